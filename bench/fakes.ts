/** The other sides, in a process of their own: fakes over loopback, what they were asked, and how they change. */
import { once } from 'node:events';
import { start } from './child.ts';
import type { Asked } from './replay.ts';

export interface FakesOptions {
  readonly people: number;
  readonly groups: number;
  readonly edges: number;
  readonly orgs: number;
  /** Calls a second that Devin takes; null: any number. */
  readonly devinPerSecond: number | null;
  /** Whether Devin already has everybody, with an enterprise role. */
  readonly devinFull: boolean;
}

export interface FakesReady {
  /** `url` answers as a tenant; `replayUrl` answers what was answered before from memory, at next to no cost. */
  readonly okta: { readonly url: string; readonly replayUrl: string; readonly token: string };
  readonly graph: {
    readonly url: string;
    readonly replayUrl: string;
    /** Where to sign in, when that is elsewhere. */
    readonly authorityUrl?: string;
    readonly tenantId: string;
    readonly clientId: string;
    readonly clientSecret: string;
  };
  readonly devin: { readonly url: string; readonly key: string };
}

/** Requests since the last time somebody asked. */
export interface Seen {
  readonly okta: number;
  readonly graph: number;
  readonly devin: number;
  /** Unix ms of each request to Devin, and how many were refused with 429. */
  readonly devinTimes: readonly number[];
  readonly devin429: number;
}

export type FakesAsk =
  | { readonly ask: 'seen' }
  | { readonly ask: 'asked'; readonly of: 'okta' | 'graph' }
  /** So many people join a group; answers with how many groups changed. */
  | { readonly ask: 'change'; readonly people: number }
  | { readonly ask: 'deactivate'; readonly person: number };

export interface Fakes extends FakesReady {
  seen(): Promise<Seen>;
  /** What the replay was asked since the last time. */
  asked(of: 'okta' | 'graph'): Promise<Asked[]>;
  change(people: number): Promise<number>;
  deactivate(person: number): Promise<void>;
  close(): void;
}

/** @param script who serves; `large-fakes-child.ts` has only what readers of people and groups ask for. */
export async function startFakes(options: FakesOptions, script = './fakes-child.ts'): Promise<Fakes> {
  const child = start(script, [JSON.stringify(options)]);
  const answer = async () => {
    const ended = new AbortController();
    const gone = once(child, 'exit', { signal: ended.signal }).then(() => {
      throw new Error('the fakes ended');
    });
    const [message] = await Promise.race([once(child, 'message'), gone]);
    ended.abort();
    gone.catch(() => {});
    return message as unknown;
  };
  const ask = (message: FakesAsk): Promise<unknown> => {
    const answered = answer();
    child.send(message);
    return answered;
  };
  const ready = (await answer()) as FakesReady;
  return {
    ...ready,
    seen: async () => (await ask({ ask: 'seen' })) as Seen,
    asked: async (of) => (await ask({ ask: 'asked', of })) as Asked[],
    change: async (people) => (await ask({ ask: 'change', people })) as number,
    deactivate: async (person) => void (await ask({ ask: 'deactivate', person })),
    close: () => void child.kill('SIGKILL'),
  };
}
