/** What an approval changes in memory: pure. It names who, when and why, and binds to item keys. */

import type { Plan } from '../core/model/change.ts';
import type { DirectorySnapshot } from '../core/model/directory.ts';
import type { Approval, Memory } from '../core/model/memory.ts';
import { sizeOf } from '../core/remember.ts';

export interface Approver {
  /** `os:<user>` on the command line, the name of a token or login elsewhere. */
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
  readonly why: string;
}

/** The first plan of this configuration was seen and accepted; the directory's size becomes the baseline. */
export function approveConfig(memory: Memory, plan: Plan, directory: DirectorySnapshot): Memory {
  return { ...memory, approvedConfig: plan.configHash, baseline: sizeOf(directory) };
}

/** Lets the held items of exactly the plan that was seen go, for 24 hours; `plan` is what is held now. */
export function approveHeld(memory: Memory, plan: Plan, seen: Plan, approver: Approver): Memory {
  const known = new Set(memory.approvals.map(({ item }) => item));
  const shown = new Set(seen.changes.map(({ key }) => key));
  const fresh = plan.changes.flatMap(({ key, verdict }): Approval[] =>
    verdict.state === 'held' && shown.has(key) && !known.has(key) ? [{ item: key, ...approver }] : [],
  );
  return { ...memory, approvals: [...memory.approvals, ...fresh] };
}

/** Items held by something other than the approval of the configuration. */
export function heldBeyondFirstPlan(plan: Plan): number {
  return plan.changes.filter(
    ({ verdict }) => verdict.state === 'held' && verdict.by.some((guard) => guard !== 'first-plan'),
  ).length;
}
