/** A batch of members of whom some have no user, because the same plan could not make it: the others go all the same. */
import type { Resolver } from '../devin/target.ts';
import type { End } from './outcomes.ts';
import { narrowed, placeholdersOf } from './plan-index.ts';
import { failed, type Task } from './task.ts';

export interface Present {
  /** Without those who are lost. */
  readonly task: Task;
  /** Placeholder → why, in words. */
  readonly lost: ReadonlyMap<string, string>;
}

/** @returns the task as it is for everything but a batch in which somebody is lost. */
export async function withoutLost(task: Task): Promise<Present> {
  const { deps, index, operation } = task;
  const planId = index.plan.id;
  const members = new Set(operation.kind === 'scim-add-members' ? operation.batch : []);
  const placeholders = placeholdersOf(operation).filter((name) => members.has(name));
  const ids = await deps.store.writes.ids(planId, placeholders);
  const missing = placeholders.filter((_, at) => ids[at] === null);
  const makers = missing.map((name) => index.makers.get(name));
  const outcomes = await deps.store.writes.outcomes(
    planId,
    makers.map((maker) => maker ?? ''),
  );
  // One that may still be made is waited for.
  const gone = missing.filter((_, at) => makers[at] === undefined || outcomes[at] !== null);
  if (gone.length === 0) return { task, lost: new Map() };
  const lost = new Map(gone.map((name) => [name, 'the user was not made in this plan']));
  const batch = operation.batch.filter((name) => !lost.has(name));
  return { task: { ...task, operation: narrowed(index, operation, batch) }, lost };
}

/** The end of the whole batch, from that of those who were there. */
export function withLost(end: End, present: readonly string[], lost: Present['lost']): End {
  if (lost.size === 0 || end.state === 'skipped') return end;
  const isDone = end.state === 'done' || end.state === 'already';
  const why = end.reason ?? 'for a reason that is not known';
  const tried = present.filter((name) => end.leftOut?.has(name) !== true);
  const others = end.refused ?? new Map(isDone ? [] : tried.map((name) => [name, why]));
  const refused = new Map([...lost, ...others]);
  const reason = `${lost.size} of ${present.length + lost.size} have no user, because it was not made in this plan`;
  if (others.size === tried.length) return { ...end, ...failed(end.attempts, end.status, reason), refused };
  return { ...end, state: 'failed', reason, refused };
}

/** For the words of the journal: what is not known keeps its placeholder. */
export function lenient({ user, org }: Resolver): Resolver {
  const orItself = (resolve: (name: string) => string) => (name: string) => {
    try {
      return resolve(name);
    } catch {
      return name;
    }
  };
  return { user: orItself(user), org: orItself(org) };
}
