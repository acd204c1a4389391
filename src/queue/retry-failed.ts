/** Tries dead letters again, with what was skipped because of them. */
import { ConfigError } from '../lib/errors.ts';
import type { Store } from '../state/store.ts';
import { refuseUnfailed } from './discard-failed.ts';
import { indexPlan, isUrgent, subjectsOf } from './plan-index.ts';

export interface Retry {
  readonly planId: string;
  readonly by: string;
  /** Absent: all that failed. */
  readonly opKeys: readonly string[] | undefined;
}

/** @throws ConfigError */
export async function retryFailed(
  { store, clock }: { readonly store: Store; readonly clock: () => number },
  { planId, by, opKeys }: Retry,
): Promise<number> {
  const submission = await store.writes.submission(planId);
  const plan = submission === null ? null : await store.plans.sealed(planId, submission.edition);
  if (plan === null) throw new ConfigError([`there is no plan ${planId}`]);
  const index = await indexPlan(plan);
  const failed = (await store.writes.failures(planId)).map(({ opKey }) => opKey);
  refuseUnfailed(planId, failed, opKeys);
  const chosen = new Set(opKeys ?? failed);
  const outcomes = await store.writes.outcomes(
    planId,
    plan.operations.map(({ key }) => key),
  );
  // What was skipped asks for its reasons again, and is skipped again where they still hold.
  const again = plan.operations.filter(({ key }, at) => {
    const outcome = outcomes[at];
    return chosen.has(key) || (outcome?.state === 'skipped' && outcome.discardedBy === undefined);
  });
  const subjects = again.flatMap((operation) => subjectsOf(index, operation));
  const stillLost = new Set(
    failed
      .filter((key) => !chosen.has(key))
      .flatMap((key) => {
        const operation = index.operations.get(key);
        return operation === undefined ? [] : subjectsOf(index, operation);
      }),
  );
  const reopened = await store.writes.reopen(planId, {
    operations: again.map((operation) => {
      const phase = isUrgent(operation) ? null : operation.phase;
      return { opKey: operation.key, phase, kind: operation.kind };
    }),
    subjects: subjects.filter((subject) => !stillLost.has(subject)),
    by,
    at: clock(),
  });
  if (reopened !== null) return reopened;
  throw new ConfigError([
    `plan ${planId} is no longer the newest: what is still wanted is in the plan that took over`,
  ]);
}
