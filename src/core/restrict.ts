/** A plan narrowed to the items that somebody saw and approved; all else waits for the next plan. */
import { follow } from './follow.ts';
import type { Change, Plan } from './model/change.ts';
import { toOperations } from './operations.ts';

/** Batches are made anew, so that one newcomer does not keep a hundred approved invites back. */
export function restrictTo(plan: Plan, items: ReadonlySet<string>): Plan {
  const narrowed = plan.changes.map((change): Change => {
    if (items.has(change.key) || change.verdict.state !== 'ready') return change;
    return {
      ...change,
      verdict: { state: 'waiting', until: null, why: 'not in the plan that was approved' },
    };
  });
  const changes = follow(narrowed);
  return {
    ...plan,
    changes,
    operations: toOperations(changes, plan.declaredOrgs, plan.only?.user !== undefined),
  };
}
