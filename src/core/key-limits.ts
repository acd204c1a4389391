/** What the key cannot do is in the plan, with the reason, and is never tried. */
import type { Change } from './model/change.ts';
import type { KeyLimits } from './model/devin.ts';

/** Begins the reason, also of what builds on such a change. */
const NOT_POSSIBLE = 'not possible with this key';

/** Nothing that policy or an approval could change would let it be written. */
export function isImpossible({ verdict }: Pick<Change, 'verdict'>): boolean {
  return verdict.state === 'barred' && verdict.why.includes(NOT_POSSIBLE);
}

export function withinKey(limits: KeyLimits | undefined, change: Change): Change {
  if (limits === undefined) return change;
  const why = limits.cannot[change.kind] ?? wrongRole(limits, change);
  if (why === null) return change;
  return { ...change, verdict: { state: 'barred', why: `${NOT_POSSIBLE}: ${why}` } };
}

function wrongRole({ onlyRoles }: KeyLimits, { kind, after }: Change): string | null {
  const possible = onlyRoles[kind];
  if (possible === undefined || after === null || possible.includes(after.id as string)) return null;
  return `it can give no other role here than ${possible.join(' or ')}`;
}
