/** May this operation go out now? Asked before it starts and again right before each call. */
import type { Change } from '../core/model/change.ts';
import type { Operation } from '../core/model/operation.ts';
import { rejectedSince } from '../core/spoken.ts';
import type { Said, Store } from '../state/store.ts';
import { type Breaker, isStopped } from './breaker.ts';
import { isRevocation, STALE } from './outcomes.ts';
import {
  batchName,
  changesOf,
  isUrgent,
  type PlanIndex,
  placeholdersOf,
  subjectOf,
  subjectsOf,
} from './plan-index.ts';

/** `later`: nothing is recorded, the feeder brings it again while its plan is open. `never`: skip it, with the reason. */
export type Permission =
  | { readonly state: 'now' }
  | { readonly state: 'later' }
  | { readonly state: 'never'; readonly reason: string };

const NOW: Permission = { state: 'now' };
const LATER: Permission = { state: 'later' };

export interface PermissionDeps {
  readonly store: Store;
  readonly breaker: Breaker;
  readonly clock: () => number;
}

/** What may change from one moment to the next: the plan's place, a pause, a breaker. */
export async function permission(
  { store, breaker, clock }: PermissionDeps,
  index: PlanIndex,
  operation: Operation,
): Promise<Permission> {
  // Of a batch, those whom a scoped plan is about were left out before; see `carryOut`.
  const subjects = operation.batch.length > 1 ? [] : subjectsOf(index, operation);
  // All at once: what stands between a slot at the gate and its call makes calls bunch up.
  const [submission, rejected, pause, stopped, touched] = await Promise.all([
    store.writes.submission(index.plan.id),
    operation.batch.length > 1 ? [] : rejectedOf(store, changesOf(index, operation)),
    store.pause.get(),
    breaker.open(clock()),
    store.writes.touchedBy(subjects),
  ]);
  if (submission?.state !== 'open' || submission.edition !== index.edition) return LATER;
  if (pause !== null && (pause.all || !isUrgent(operation))) return LATER;
  if (isStopped(stopped, operation.kind)) return LATER;
  const by = rejected.find((name) => name !== null) ?? null;
  if (by !== null) return { state: 'never', reason: rejectedText(by) };
  if (touched.some((sequence) => sequence > submission.sequence)) return { state: 'never', reason: STALE };
  return NOW;
}

/** Who has rejected each since it was let go; null: nobody. */
async function rejectedOf(store: Store, changes: readonly Change[]): Promise<readonly (string | null)[]> {
  const said = await store.memory.said(changes.map(({ key }) => key));
  return changes.map((change, at) => {
    const { rejection, approval } = said[at] as Said;
    return rejectedSince(change, rejection, approval);
  });
}

function rejectedText(by: string): string {
  return `rejected by ${by} after it was let go`;
}

/**
 * Of a batch, those who are not to be sent, each with the reason: whom a newer scoped plan is about, which decides
 * whatever it has come to, and who was rejected since.
 */
export async function leftOutOf({
  deps,
  index,
  operation,
}: {
  readonly deps: Pick<PermissionDeps, 'store'>;
  readonly index: PlanIndex;
  readonly operation: Operation;
}): Promise<ReadonlyMap<string, string>> {
  const left = new Map<string, string>();
  if (operation.batch.length < 2) return left;
  const changes = changesOf(index, operation);
  const { writes } = deps.store;
  const [submission, rejected, touched] = await Promise.all([
    writes.submission(index.plan.id),
    rejectedOf(deps.store, changes),
    writes.touchedBy(changes.map(subjectOf)),
  ]);
  const own = submission?.sequence ?? Number.POSITIVE_INFINITY;
  for (const [at, change] of changes.entries()) {
    const by = rejected[at] ?? null;
    if ((touched[at] ?? 0) > own) left.set(batchName(change), STALE);
    else if (by !== null) left.set(batchName(change), rejectedText(by));
  }
  return left;
}

/** What earlier operations of the same plan have left: ids that this one needs, and grants that failed. */
export async function dependencies(
  store: Store,
  index: PlanIndex,
  operation: Operation,
): Promise<Permission> {
  const planId = index.plan.id;
  const placeholders = placeholdersOf(operation);
  const ids = await store.writes.ids(planId, placeholders);
  const missing = placeholders.find((_, at) => ids[at] === null);
  if (missing !== undefined) {
    const maker = index.makers.get(missing);
    const [outcome] = maker === undefined ? [null] : await store.writes.outcomes(planId, [maker]);
    if (maker !== undefined && outcome === null) return LATER;
    return {
      state: 'never',
      reason: `${nameOf(missing)} in this plan, so there is nothing to give a role to`,
    };
  }
  const earlier = earlierOf(index, operation).map(({ key }) => key);
  if ((await store.writes.outcomes(planId, earlier)).includes(null)) return LATER;
  // A deactivation takes access from somebody who gets no other; nothing may hold it up.
  if (operation.lane === 1 || !isRevocation(index, operation)) return NOW;
  const failed = await store.writes.failedSubjects(planId, subjectsOf(index, operation));
  if (failed.length === 0) return NOW;
  return { state: 'never', reason: 'the grant that replaces it did not succeed in this plan' };
}

/**
 * A resync of one person has no barriers, and barriers let others pass a kind that is stopped; but what is done
 * about one subject always goes phase by phase.
 */
function earlierOf(index: PlanIndex, operation: Operation): readonly Operation[] {
  if (operation.lane === 1) return [];
  const same = subjectsOf(index, operation).flatMap((subject) => index.bySubject.get(subject) ?? []);
  return same.filter(({ lane, phase }) => (lane === 2) === (operation.lane === 2) && phase < operation.phase);
}

function nameOf(placeholder: string): string {
  const [, what, name] = /^\{(\w+):(.*)\}$/s.exec(placeholder) ?? [];
  return what === 'org' ? `the organization ${name} was not created` : `${name} was not invited`;
}
