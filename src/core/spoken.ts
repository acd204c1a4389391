/** What people said about items: approvals let go, rejections keep, and the newer word counts. Pure. */
import { isByHand } from './by-hand.ts';
import type { Change } from './model/change.ts';
import type { Approval, Flip, Memory, Rejection } from './model/memory.ts';
import { isDeactivation } from './policy.ts';
import { isRedoKey, redoKey } from './redo.ts';

/** An approval is good for this long. */
export const APPROVAL_MS = 24 * 60 * 60 * 1000;

/** Holds that stay whatever was approved: the plan would still be wrong. */
const NEVER_LIFTED: readonly string[] = ['collision', 'flapping', 'role-ceiling'];

export interface Words {
  readonly approved: ReadonlySet<string>;
  readonly rejected: ReadonlySet<string>;
  /** What a rollback took back, by redo key. */
  readonly undone: ReadonlySet<string>;
}

/** An approval from before a grant was taken back again does not give it once more. */
export function wordsOf({ approvals, rejections, flips }: Memory, now: number): Words {
  const rejectedAt = new Map(rejections.map(({ item, at }) => [item, at]));
  const undoneAt = new Map(flips.map((flip: Flip) => [flip.item, flip.lastAt]));
  const approved = new Set<string>();
  for (const { item, at } of approvals) {
    const since = Math.max(rejectedAt.get(item) ?? -1, undoneAt.get(item) ?? -1);
    if (now - at > APPROVAL_MS || at < since) continue;
    approved.add(item);
    rejectedAt.delete(item);
  }
  const said = [...rejectedAt.keys()];
  return {
    approved,
    rejected: new Set(said.filter((item) => !isRedoKey(item))),
    undone: new Set(said.filter(isRedoKey)),
  };
}

/** Who keeps back a change that was let go before: by the newer word, and never a proven deactivation. */
export function rejectedSince(
  change: Change,
  rejection: Rejection | null,
  approval: Approval | null,
): string | null {
  if (rejection === null || isDeactivation(change)) return null;
  return approval !== null && approval.at >= rejection.at ? null : rejection.by;
}

/** A rejection holds what would be written; a proven deactivation has a limit of its own and no other hold. */
export function refuse(change: Change, words: Words): Change {
  const { verdict } = change;
  if (isDeactivation(change) || verdict.state === 'waiting' || verdict.state === 'barred') return change;
  const saying = refusals(change, words);
  if (saying.length === 0) return change;
  const before = verdict.state === 'held' ? verdict.by : [];
  return { ...change, verdict: { state: 'held', by: [...before, ...saying] } };
}

/** An approval of the very item is newer than the rollback: that one took older ones back. */
function refusals(change: Change, { approved, rejected, undone }: Words): string[] {
  const again = undone.size > 0 && !approved.has(change.key) && undone.has(redoKey(change));
  return [...(rejected.has(change.key) ? ['rejected'] : []), ...(again ? ['rolled-back'] : [])];
}

/** True when a person keeps something: without that nothing needs a look. */
export function keepsAny({ rejected, undone }: Words): boolean {
  return rejected.size + undone.size > 0;
}

export function isLiftable(by: readonly string[]): boolean {
  return !by.some((guard) => NEVER_LIFTED.includes(guard));
}

/** A grant that another writer took back too often is given no more. Every grant that was taken back has its flip. */
export function stopFlapping(
  changes: readonly Change[],
  flips: readonly Flip[],
  limit: number,
): readonly Change[] {
  const stopped = new Set(flips.filter(({ count }) => count >= limit).map(({ item }) => item));
  if (stopped.size === 0) return changes;
  return changes.map((change) =>
    stopped.has(change.key) && isByHand(change)
      ? { ...change, verdict: { state: 'held', by: ['by-hand', 'flapping'] } }
      : change,
  );
}
