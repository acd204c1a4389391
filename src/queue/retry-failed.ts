/** Tries dead letters again, with what was skipped because of them. */
import type { Plan } from '../core/model/change.ts';
import { ConfigError } from '../lib/errors.ts';
import type { Outcome, Reopening, Store } from '../state/store.ts';
import { refuseUnfailed } from './discard-failed.ts';
import { indexPlan, isUrgent, subjectsOf } from './plan-index.ts';

export interface Retry {
  readonly planId: string;
  readonly by: string;
  /** Absent: all that failed. */
  readonly opKeys: readonly string[] | undefined;
}

interface Deps {
  readonly store: Store;
  readonly clock: () => number;
}

/** Others fail or are discarded while this is made up, at most so often. */
const MOST_LOOKS = 20;

/** @throws ConfigError */
export async function retryFailed(deps: Deps, retry: Retry): Promise<number> {
  const { planId } = retry;
  for (let look = 0; look < MOST_LOOKS; look++) {
    const reopened = await reopen(deps, retry);
    if (reopened === null)
      throw new ConfigError([
        `plan ${planId} is no longer the newest: what is still wanted is in the plan that took over`,
      ]);
    if (reopened !== 'moved') return reopened;
  }
  throw new ConfigError([
    `operations of plan ${planId} fail faster than they can be listed; try again once it is quieter`,
  ]);
}

async function reopen(
  { store, clock }: Deps,
  { planId, by, opKeys }: Retry,
): Promise<number | null | 'moved'> {
  const submission = await store.writes.submission(planId);
  const edition = submission?.edition ?? '';
  const plan = submission === null ? null : await store.plans.sealed(planId, edition);
  if (plan === null) throw new ConfigError([`there is no plan ${planId}`]);
  const outcomes = await store.writes.outcomes(
    planId,
    plan.operations.map(({ key }) => key),
  );
  const keysIn = (state: Outcome['state']) =>
    plan.operations.flatMap(({ key }, at) => (outcomes[at]?.state === state ? [key] : []));
  const failed = keysIn('failed');
  refuseUnfailed(planId, failed, opKeys);
  const seen = { edition, failed, skipped: keysIn('skipped').length };
  const again = await chosenOf(plan, outcomes, { failed, chosen: new Set(opKeys ?? failed) });
  return store.writes.reopen(planId, { ...again, seen, by, at: clock() });
}

async function chosenOf(
  plan: Plan,
  outcomes: readonly (Outcome | null)[],
  { failed, chosen }: { readonly failed: readonly string[]; readonly chosen: ReadonlySet<string> },
): Promise<Pick<Reopening, 'operations' | 'subjects'>> {
  const index = await indexPlan(plan);
  // What was skipped asks for its reasons again, and is skipped again where they still hold.
  const again = plan.operations.filter(({ key }, at) => {
    const outcome = outcomes[at];
    return chosen.has(key) || (outcome?.state === 'skipped' && outcome.discardedBy === undefined);
  });
  const stillLost = new Set(
    failed
      .filter((key) => !chosen.has(key))
      .flatMap((key) => {
        const operation = index.operations.get(key);
        return operation === undefined ? [] : subjectsOf(index, operation);
      }),
  );
  const subjects = again.flatMap((operation) => subjectsOf(index, operation));
  return {
    operations: again.map((operation) => {
      const phase = isUrgent(operation) ? null : operation.phase;
      return { opKey: operation.key, phase, kind: operation.kind };
    }),
    subjects: subjects.filter((subject) => !stillLost.has(subject)),
  };
}
