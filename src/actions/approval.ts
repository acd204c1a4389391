/** What decisions of people change in memory: pure. Each names who, when and why, and binds to item keys. */
import type { Change, Plan } from '../core/model/change.ts';
import type { DirectorySnapshot } from '../core/model/directory.ts';
import type { Approval, Memory } from '../core/model/memory.ts';
import type { ApprovalRules } from '../core/model/settings.ts';
import { redoKey } from '../core/redo.ts';
import { grown, sizeOf } from '../core/remember.ts';
import { APPROVAL_MS } from '../core/spoken.ts';
import { samePerson } from './same-person.ts';

export interface Approver {
  /** `os:<user>` on the command line, the name of a token or login elsewhere. */
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
  readonly why: string;
}

/**
 * The first plan of this configuration was seen and accepted; the directory's size becomes the baseline. Without the
 * held items it may only grow: an unattended `--yes` on a shrunken reading would lift `shrink` for the next one.
 */
export function approveConfig(
  memory: Memory,
  plan: Plan,
  directory: DirectorySnapshot,
  consent: 'ready' | 'held',
): Memory {
  const size = sizeOf(directory);
  const known = consent === 'held' ? null : memory.baseline;
  return { ...memory, approvedConfig: plan.configHash, baseline: known === null ? size : grown(known, size) };
}

/** The same, of a stored plan, which knows the size of the directory that it was made from. */
export function acceptPlan(memory: Memory, plan: Plan): Memory {
  return { ...memory, approvedConfig: plan.configHash, baseline: plan.size ?? memory.baseline };
}

export interface Accepted {
  readonly memory: Memory;
  /** Items that need a second person. */
  readonly half: ReadonlySet<string>;
}

/** Lets items go for 24 hours; those about admin roles may need two people. A rejection of them ends. */
export function acceptItems(
  memory: Memory,
  changes: readonly Change[],
  approver: Approver,
  rules: ApprovalRules,
): Accepted {
  const halves = new Map(memory.halfApprovals.map((half) => [half.item, half]));
  const approvals = new Map(memory.approvals.map((approval) => [approval.item, approval]));
  const half = new Set<string>();
  for (const { key, privileged } of changes) {
    const first = halves.get(key);
    const second =
      first !== undefined && !samePerson(first.by, approver.by) && approver.at - first.at <= APPROVAL_MS;
    if (privileged && rules.adminNeedsTwo && !second) {
      half.add(key);
      halves.set(key, { item: key, ...approver });
    } else {
      halves.delete(key);
      approvals.set(key, approvalOf(key, approver, second ? first : undefined));
    }
  }
  const settled = new Set(
    changes.flatMap((change) => (half.has(change.key) ? [] : [change.key, redoKey(change)])),
  );
  const rejections = memory.rejections.filter(({ item }) => !settled.has(item));
  return {
    memory: {
      ...memory,
      approvals: [...approvals.values()],
      halfApprovals: [...halves.values()],
      rejections,
    },
    half,
  };
}

function approvalOf(item: string, approver: Approver, first: Approval | undefined): Approval {
  if (first === undefined) return { item, ...approver };
  const { by, at, why } = approver;
  return { item, by: `${first.by} and ${by}`, at, why: `${first.why}; ${why}` };
}

/** Keeps items held; what was approved of them before is taken back. */
export function refuseItems(memory: Memory, changes: readonly Change[], by: Approver): Memory {
  const items = new Set(changes.map(({ key }) => key));
  const others = ({ item }: { readonly item: string }) => !items.has(item);
  return {
    ...memory,
    approvals: memory.approvals.filter(others),
    halfApprovals: memory.halfApprovals.filter(others),
    rejections: [...memory.rejections.filter(others), ...[...items].map((item) => ({ item, ...by }))],
  };
}

/** Lets the held items of exactly the plan that was seen go; `plan` is what is held now. */
export function approveHeld(
  memory: Memory,
  plan: Plan,
  seen: Plan,
  approver: Approver,
  rules: ApprovalRules,
): Memory {
  const shown = new Set(seen.changes.map(({ key }) => key));
  const held = plan.changes.filter(({ key, verdict }) => verdict.state === 'held' && shown.has(key));
  return acceptItems(memory, held, approver, rules).memory;
}

/** Items held by something other than the approval of the configuration. */
export function heldBeyondFirstPlan(plan: Plan): number {
  return plan.changes.filter(
    ({ verdict }) => verdict.state === 'held' && verdict.by.some((guard) => guard !== 'first-plan'),
  ).length;
}
