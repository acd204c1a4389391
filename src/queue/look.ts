/** Reads the subject of an operation by id: before what takes access away, after it, and when an answer was lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { effectOf } from '../core/policy.ts';
import type { OperationResult } from '../devin/target.ts';
import { errorText, TargetError } from '../lib/errors.ts';
import type { End } from './outcomes.ts';
import { changesOf } from './plan-index.ts';
import { type Course, done, failed, type Task } from './task.ts';

export type Seen =
  | { readonly state: 'done'; readonly result: OperationResult }
  | { readonly state: 'not-done' }
  /** `busy`: Devin only asked to come back later. */
  | {
      readonly state: 'unreadable';
      readonly why: string;
      readonly status: number | null;
      readonly busy: boolean;
    };

/** Reads the subject after each wait until it is as wanted; "not done" counts only when the last look says so. */
export async function look(
  { deps, operation, resolver }: Task,
  waits: readonly number[],
  signal: AbortSignal,
): Promise<Seen> {
  let seen: Seen = unreadable(new Error('it was never read'));
  for (const wait of waits) {
    await sleep(wait, undefined, { signal });
    try {
      seen = await deps.target.readBack(operation, resolver, signal);
    } catch (error) {
      signal.throwIfAborted();
      seen = unreadable(error);
    }
    if (seen.state === 'done') return seen;
  }
  return seen;
}

function unreadable(error: unknown): Seen & { state: 'unreadable' } {
  const status = error instanceof TargetError ? error.status : null;
  return { state: 'unreadable', why: errorText(error), status, busy: status === 429 };
}

/** What takes access from a person is proven by id around the call; what gives it is not worth two calls more. */
function takesFromPerson({ index, operation }: Task): boolean {
  const changes = changesOf(index, operation);
  return (
    changes.length > 0 &&
    changes.every((change) => change.subject.type === 'person' && effectOf(change) === 'revoke')
  );
}

/**
 * A resync of one person and a batch of another plan may both want to invite somebody, each by what it read before the
 * other's call: whoever comes second under the lock of that person finds them there.
 */
function mayBeInvitedTwice({ operation }: Task): boolean {
  return operation.kind === 'invite' && operation.lane === 2;
}

/**
 * A run may read the service while an older plan still writes, and no rule of SCIM forbids two groups of one name. A
 * second user of one name is refused by the service (RFC 7643, section 4.1.1), so that needs no look.
 */
function mayBeMadeTwice({ operation }: Task): boolean {
  return operation.kind === 'scim-create-group';
}

async function madeMeanwhile(task: Task): Promise<Course | null> {
  const seen = await look(task, [0], task.stop);
  if (seen.state === 'unreadable' && seen.busy) return 'later';
  if (seen.state !== 'done') return null;
  return { ...done(seen.result, 0, 'another plan has done it meanwhile'), state: 'already' };
}

/** null: go on and send it. */
export async function proofBefore(task: Task): Promise<Course | null> {
  if (mayBeInvitedTwice(task) || mayBeMadeTwice(task)) return madeMeanwhile(task);
  if (!takesFromPerson(task)) return null;
  const seen = await look(task, [0], task.stop);
  if (seen.state === 'not-done') return null;
  if (seen.state === 'done')
    return { ...done(seen.result, 0, 'it was gone already, so nothing was sent'), state: 'already' };
  // Whoever left must lose access even while nothing can be read; a removal of a person may be sent twice.
  if (task.operation.lane === 1) return null;
  if (seen.busy) return 'later';
  return failed(0, seen.status, `nothing was sent, because it could not be read before: ${seen.why}`);
}

/** Whether what Devin says it took is gone indeed. */
export async function proofAfter(task: Task, end: End): Promise<End> {
  if (!takesFromPerson(task)) return end;
  const { deps, index, operation } = task;
  // The call is over, so a writer that has to stop still finishes this one look.
  const seen = await look(task, deps.patience.looks, deps.hardStop);
  if (seen.state === 'done') return end;
  if (seen.state === 'unreadable')
    return { ...end, reason: `Devin answered that it is done; it could not be read afterwards: ${seen.why}` };
  const who = changesOf(index, operation)[0]?.subject.label ?? operation.subject;
  const what = operation.role === null ? 'still has it' : 'does not have the lower role';
  return failed(
    end.attempts,
    end.status,
    `Devin answered that it is done, but ${who} ${what} when read by id afterwards`,
  );
}
