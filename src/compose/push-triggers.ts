/**
 * Pushes become runs. Who was pushed waits in Redis for a moment, so that nothing is lost with a replica that ends in
 * between. A few people are a run about each of them at once; a flood is one run about everybody, once it pauses.
 */
import type { Config } from '../config/config.ts';
import type { RunScope, RunTrigger } from '../core/model/run.ts';
import { notReady } from '../directory/scim-push/ready.ts';
import { keyspace } from '../lib/keyspace.ts';
import type { Logger } from '../lib/log.ts';
import { EVERYTHING, type Noted, openNoted, watchLeft } from './noted.ts';
import type { Pushed } from './pushed.ts';
import type { StateRoom } from './state-room.ts';

/** What belongs together (a user, then their groups) comes within this time; a leaver must not wait longer. */
const QUICK_MS = 300;
const AGAIN_MS = 1_000;
/** Until the first push of a source is complete nothing can be read. */
const UNREADY_MS = 1_000;
/** However long a flood goes on, there is a run in between. */
const LONGEST_MS = 60_000;
const FEW = 3;

/** What a change is about: one address, one group by name, or more than can be said. */
export type PushedSubject =
  | { readonly kind: 'user'; readonly email: string }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'everything' };

export interface PushTriggersDeps {
  readonly state: Pick<StateRoom, 'connections'>;
  readonly log: Logger;
  readonly config: () => Config;
  readonly pushed: Pushed;
  readonly requestRun: (trigger: RunTrigger) => Promise<unknown>;
  readonly clock: () => number;
}

export interface PushTriggers {
  /** Never throws: the change is stored, and the next scheduled run sees it in any case. */
  note(source: string, subject: PushedSubject): Promise<void>;
  close(): Promise<void>;
}

export async function openPushTriggers(deps: PushTriggersDeps): Promise<PushTriggers> {
  const { state, log, clock } = deps;
  const { producer, prefix } = state.connections;
  const noted = openNoted(producer, keyspace(prefix)('scim', 'noted'));
  let timer: NodeJS.Timeout | null = null;
  let turn: Promise<void> = Promise.resolve();
  const pace = { first: 0, last: 0 };
  const look = () => {
    timer = null;
    turn = turn
      .then(() => flush(deps, noted, pace))
      .catch((error) => {
        log.error({ err: error }, 'runs after pushes');
        return AGAIN_MS;
      })
      .then((again) => {
        if (again !== null) arm(again);
      });
  };
  let closed = false;
  const arm = (ms: number) => {
    if (timer !== null || closed) return;
    timer = setTimeout(look, ms);
  };
  // What a replica that ended has left.
  if (Object.keys(await noted.all()).length > 0) arm(QUICK_MS);
  const unwatch = watchLeft(
    noted,
    () => arm(QUICK_MS),
    (error) => log.error({ err: error }, 'pushes that were left'),
  );
  return {
    note: async (source, subject) => {
      pace.last = clock();
      if (timer === null) pace.first = pace.last;
      try {
        await noted.add([memberOf(subject)]);
      } catch (error) {
        log.error({ err: error, source }, 'a push that asks for no run');
      }
      arm(QUICK_MS);
    },
    close: async () => {
      closed = true;
      unwatch();
      if (timer !== null) {
        clearTimeout(timer);
        // The other replicas do not know of it yet.
        look();
      }
      await turn;
    },
  };
}

function memberOf(subject: PushedSubject): string {
  if (subject.kind === 'user') return `user ${subject.email}`;
  return subject.kind === 'group' ? `group ${subject.name}` : EVERYTHING;
}

/** Milliseconds after which to look again; null: nothing is left. What it asks for leaves Redis afterwards. */
async function flush(
  deps: PushTriggersDeps,
  noted: Noted,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<number | null> {
  const seen = await noted.all();
  const members = Object.keys(seen);
  if (members.length === 0) return null;
  if (await unready(deps)) return UNREADY_MS;
  const now = deps.clock();
  const flood = members.length > FEW;
  if (flood && now - last < deps.config().server.hooks.windowSeconds * 1000 && now - first < LONGEST_MS)
    return AGAIN_MS;
  for (const scope of scopesOf(members))
    await deps.requestRun({ kind: 'event', scope, by: 'SCIM push', at: first });
  await noted.done(seen);
  return null;
}

async function unready({ pushed, clock }: PushTriggersDeps): Promise<boolean> {
  for (const name of pushed.names()) {
    const shelf = pushed.get(name);
    if (shelf === null) continue;
    if (notReady(await shelf.room.standing(), shelf.options, clock()) !== null) return true;
  }
  return false;
}

function scopesOf(members: readonly string[]): RunScope[] {
  if (members.length > FEW || members.includes(EVERYTHING)) return [{}];
  return members.map((member) => {
    const [, kind, rest] = /^(\w+) (.*)$/s.exec(member) as unknown as [string, string, string];
    return kind === 'user' ? { user: rest } : { group: rest };
  });
}
