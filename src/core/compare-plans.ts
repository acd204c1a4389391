/** Two plans from the same readings under two configurations: what is in one of them only, and what is judged differently. */
import type { Change, Plan } from './model/change.ts';

export interface PlanDifference {
  /** Changes that only the proposed configuration asks for. */
  readonly added: readonly Change[];
  /** Changes that only the current one asks for. */
  readonly dropped: readonly Change[];
  /** The same change, free under one and kept back under the other; as the proposed one judges it. */
  readonly judged: readonly Change[];
}

export function comparePlans(current: Plan, proposed: Plan): PlanDifference {
  const before = new Map(current.changes.map((change) => [change.key, change]));
  const after = new Set(proposed.changes.map(({ key }) => key));
  return {
    added: proposed.changes.filter(({ key }) => !before.has(key)),
    dropped: current.changes.filter(({ key }) => !after.has(key)),
    judged: proposed.changes.filter((change) => {
      const old = before.get(change.key);
      return old !== undefined && old.verdict.state !== change.verdict.state;
    }),
  };
}
