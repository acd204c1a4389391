/** What people said about items: approvals let go, rejections keep, and the newer word counts. Pure. */
import { isByHand } from './by-hand.ts';
import type { Change } from './model/change.ts';
import type { Flip, Memory } from './model/memory.ts';
import { isDeactivation } from './policy.ts';

/** An approval is good for this long. */
export const APPROVAL_MS = 24 * 60 * 60 * 1000;

/** Holds that stay whatever was approved: the plan would still be wrong. */
const NEVER_LIFTED: readonly string[] = ['collision', 'flapping'];

export interface Words {
  readonly approved: ReadonlySet<string>;
  readonly rejected: ReadonlySet<string>;
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
  return { approved, rejected: new Set(rejectedAt.keys()) };
}

/** A rejection holds what would be written; a proven deactivation has a limit of its own and no other hold. */
export function refuse(change: Change, { rejected }: Words): Change {
  const { key, verdict } = change;
  if (!rejected.has(key) || isDeactivation(change)) return change;
  if (verdict.state === 'ready') return { ...change, verdict: { state: 'held', by: ['rejected'] } };
  if (verdict.state !== 'held') return change;
  return { ...change, verdict: { state: 'held', by: [...verdict.by, 'rejected'] } };
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
