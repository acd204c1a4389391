/** A refusal that says more about the key or the contract than about the one item that was refused. */

import { isScimKind } from '../core/model/scim.ts';
import { errorText } from '../lib/errors.ts';
import { entryOf } from '../state/store.ts';
import type { OpenBreaker, Stopped } from './breaker.ts';
import { breakerText } from './breaker.ts';
import type { Fate } from './fate.ts';
import type { Task } from './task.ts';

type Refused = Extract<Fate, { kind: 'refused' }>;

/** Of an invite that finds no free seat, as far as anybody knows; the words decide. */
const SEAT_STATUSES = [402, 409, 422];

/** True when a whole kind, or everything, was stopped because of it: the item itself stays to be done. */
export async function stopsMore(task: Task, fate: Refused): Promise<boolean> {
  const { deps, operation } = task;
  if (isScimKind(operation.kind)) {
    if (fate.status !== 401) return false;
    return stop(task, operation.kind, 'stopped: the SCIM service does not accept the token', fate.why);
  }
  if (fate.status === 401) return stopAll(task, 'stopped: Devin does not accept the key', fate.why);
  if (fate.status === 403) return mayNothing(task, fate.why);
  if (operation.kind !== 'invite' || !SEAT_STATUSES.includes(fate.status ?? 0)) return false;
  const said = fate.why.toLowerCase();
  if (!deps.seatWords.some((word) => said.includes(word))) return false;
  return stop(task, 'invite', 'parked: Devin has no free seats', fate.why);
}

/** A key that may still say who it is and read a list lacks one permission; one that may not is barred as a whole. */
async function mayNothing(task: Task, why: string): Promise<boolean> {
  try {
    await task.deps.target.probe(task.stop);
    return false;
  } catch (error) {
    task.stop.throwIfAborted();
    const words = 'stopped: the key may not even ask who it is, or read a list';
    return stopAll(task, words, `${why} ${errorText(error)}`);
  }
}

function stopAll(task: Task, words: string, why: string): Promise<boolean> {
  return stop(task, 'all', words, why);
}

async function stop(task: Task, kind: Stopped, words: string, why: string): Promise<true> {
  const opened = await task.deps.breaker.stop(kind, words, why, task.deps.clock());
  if (opened !== null) await announce(task, opened);
  return true;
}

/** To the journal, and to whoever watches this writer. */
export async function announce({ deps, index }: Task, opened: OpenBreaker): Promise<void> {
  const reason = breakerText(opened);
  deps.alert(reason);
  await deps.store.journal.append([
    entryOf({ at: deps.clock(), kind: 'breaker', planId: index.plan.id, actor: deps.actor, reason }),
  ]);
}
