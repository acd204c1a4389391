/** Directories that push to this daemon: their rooms in Redis, their tokens, their pace and their silences. */
import { hash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { SCIM_PUSH_LIMITS, type ScimPushOptions, staleAfterMs } from '../directory/scim-push/options.ts';
import { silence } from '../directory/scim-push/silence.ts';
import { errorText } from '../lib/errors.ts';
import { keyspace } from '../lib/keyspace.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Finding } from '../lib/reading.ts';
import type { ScimRoom } from '../lib/scim/pushed.ts';
import type { Silent } from '../notify/notifier.ts';
import { type ApiToken, tokenOf } from '../server/auth.ts';
import { type TokenFile, watchTokenFiles } from '../server/token-files.ts';
import { redisScim } from '../state/redis/scim.ts';
import type { StateRoom } from './state-room.ts';

/** A sign of life is written down once in so long. */
const SEEN_MS = 60_000;

/** What a source that is not configured is compared with, so that its answer takes as long. */
const NOBODY: readonly ApiToken[] = [{ name: '', role: 'viewer', hash: hash('sha256', '') }];

export function pushedSources({ directory }: Config): ScimPushOptions[] {
  const sources = directory.kind === 'several' ? directory.sources : [directory];
  return sources.flatMap((source) => (source.kind === 'scim-push' ? [source.options] : []));
}

/** For `doctor`: the daemon does not start with a file that lets nobody in. */
export function tokenFindings(config: Config): Finding[] {
  return pushedSources(config).map((options): Finding => {
    const what = `token of /scim/v2/${options.name}`;
    try {
      const { length } = watchTokenFiles([tokenFileOf(options)], () => {})();
      const detail = `${options.tokenFile} has ${length === 1 ? 'one token' : `${length} tokens, which all count`}`;
      return { level: 'ok', what, detail };
    } catch (error) {
      return { level: 'fail', what, detail: errorText(error) };
    }
  });
}

function tokenFileOf({ name, tokenFile }: ScimPushOptions): TokenFile {
  return { name, role: 'viewer', file: tokenFile, key: 'directory.scimPush' };
}

export function pushedTo(
  { connections }: Pick<StateRoom, 'connections'>,
  options: ScimPushOptions,
): ScimRoom {
  return redisScim(connections.producer, keyspace(connections.prefix), options.name, {
    ...SCIM_PUSH_LIMITS,
    maxResources: options.maxResources,
    clock: Date.now,
  });
}

interface Shelf {
  readonly options: ScimPushOptions;
  readonly room: ScimRoom;
  readonly tokens: () => readonly ApiToken[];
  /** Requests that may come at once, as a bucket that fills at their rate. */
  left: number;
  filledAt: number;
  seenAt: number;
}

export interface PushedDeps {
  readonly state: Pick<StateRoom, 'connections'>;
  readonly config: Config;
  readonly clock: () => number;
  /** Told once for each way in which a token file fails. */
  readonly onTrouble: (message: string) => void;
}

export class Pushed {
  readonly #deps: PushedDeps;
  #shelves: ReadonlyMap<string, Shelf>;

  /** @throws ConfigError when a token file cannot be read. */
  constructor(deps: PushedDeps) {
    this.#deps = deps;
    this.#shelves = this.#of(deps.config);
  }

  /** Gives what puts another configuration to use. @throws ConfigError when a token file cannot be read. */
  prepare(config: Config): () => void {
    const next = this.#of(config);
    return () => {
      this.#shelves = next;
    };
  }

  names(): string[] {
    return [...this.#shelves.keys()];
  }

  get(name: string): Pick<Shelf, 'options' | 'room'> | null {
    return this.#shelves.get(name) ?? null;
  }

  async allows(name: string, bearer: string): Promise<boolean> {
    const shelf = this.#shelves.get(name);
    if (tokenOf(bearer, shelf?.tokens() ?? NOBODY) === null || shelf === undefined) return false;
    const now = this.#deps.clock();
    if (now - shelf.seenAt >= SEEN_MS) {
      shelf.seenAt = now;
      await shelf.room.seen(now);
    }
    return true;
  }

  /** Seconds to wait; null: none. */
  busy(name: string): number | null {
    const shelf = this.#shelves.get(name);
    if (shelf === undefined) return null;
    const rate = shelf.options.requestsPerSecond;
    const now = this.#deps.clock();
    shelf.left = Math.min(rate, shelf.left + (Math.max(0, now - shelf.filledAt) * rate) / 1000);
    shelf.filledAt = now;
    if (shelf.left < 1) return 1;
    shelf.left--;
    return null;
  }

  async silences(): Promise<Silent[]> {
    const found: Silent[] = [];
    for (const [source, { options, room }] of this.#shelves) {
      const quiet = silence(await room.standing(), staleAfterMs(options), this.#deps.clock());
      if (quiet !== null) found.push({ source, ...quiet });
    }
    return found;
  }

  async measure(metrics: Metrics): Promise<void> {
    for (const [source, { room }] of this.#shelves) {
      const { users, groups, pushedAt, seenAt } = await room.standing();
      metrics.scimLastPush.set({ source }, (pushedAt ?? 0) / 1000);
      metrics.scimLastSeen.set({ source }, Math.max(pushedAt ?? 0, seenAt ?? 0) / 1000);
      metrics.scimResources.set({ source, type: 'User' }, users);
      metrics.scimResources.set({ source, type: 'Group' }, groups);
    }
  }

  #of(config: Config): ReadonlyMap<string, Shelf> {
    const { state, clock, onTrouble } = this.#deps;
    const shelves = pushedSources(config).map((options): [string, Shelf] => {
      const { name, requestsPerSecond } = options;
      const tokens = watchTokenFiles([tokenFileOf(options)], onTrouble);
      const room = pushedTo(state, options);
      return [name, { options, room, tokens, left: requestsPerSecond, filledAt: clock(), seenAt: 0 }];
    });
    return new Map(shelves);
  }
}
