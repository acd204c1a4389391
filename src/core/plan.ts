/** A plan from judged changes: canonical lines, the id over them, the writes and what they cost. */
import { createHash } from 'node:crypto';
import { isImpossible } from './key-limits.ts';
import { CHANGE_KINDS, type Change, type Plan, type TenantPair } from './model/change.ts';
import { invitePlaceholder, type Operation, orgPlaceholder } from './model/operation.ts';
import type { RunScope } from './model/run.ts';
import { toOperations } from './operations.ts';
import { effectOf } from './policy.ts';

/** One JSON line a change: fixed key order, no verdict, no time. An id not known yet is a placeholder. */
export function canonicalLine(change: Change): string {
  return JSON.stringify([
    change.kind,
    change.subject.type,
    change.subject.directoryId,
    change.subject.devinId ?? placeholderOf(change.subject),
    change.subject.label,
    change.org && (change.org.id ?? change.org.name),
    change.before?.id ?? null,
    change.after?.id ?? null,
    change.cause,
    ...(change.scim === undefined ? [] : [change.scim.user, change.scim.group]),
  ]);
}

function placeholderOf({ type, label }: Change['subject']): string {
  return type === 'org' ? orgPlaceholder(label) : invitePlaceholder(label);
}

/** Equal exactly when canonical changes, configuration hash, tenant pair and scope are equal. */
export function planId(
  changes: readonly Change[],
  configHash: string,
  tenants: TenantPair,
  only: RunScope | null = null,
): string {
  const hash = createHash('sha256');
  const scope =
    only === null
      ? []
      : [
          [
            only.user ?? null,
            only.group ?? null,
            only.org ?? null,
            ...(only.rollback ? [only.rollback] : []),
          ],
        ];
  hash.update(`${JSON.stringify([tenants.directory, tenants.devin, configHash, ...scope])}\n`);
  for (const change of changes) hash.update(`${canonicalLine(change)}\n`);
  return hash.digest('hex');
}

/** Orgs, groups, then people; by label, id, place and kind within, so that a reviewer reads one subject at a time. */
export function compareChanges(a: Change, b: Change): number {
  return (
    TYPE_ORDER[a.subject.type] - TYPE_ORDER[b.subject.type] ||
    text(a.subject.label, b.subject.label) ||
    text(a.subject.directoryId ?? '', b.subject.directoryId ?? '') ||
    text(a.subject.devinId ?? '', b.subject.devinId ?? '') ||
    text(a.org?.name ?? '', b.org?.name ?? '') ||
    KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind) ||
    text(a.key, b.key)
  );
}

const KIND_ORDER = Object.keys(CHANGE_KINDS);
const TYPE_ORDER = { org: 0, group: 1, person: 2 } as const;

function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export type PlanParts = Omit<Plan, 'id' | 'operations' | 'budget'> & {
  /** Calls a second that the target may be asked; null when unlimited. */
  readonly maxPerSecond: number | null;
};

/** `parts.changes` must be in subject order. */
export function assemblePlan({ maxPerSecond, ...parts }: PlanParts): Plan {
  const operations = toOperations(parts.changes, parts.declaredOrgs, parts.only?.user !== undefined);
  return {
    id: planId(parts.changes, parts.configHash, parts.tenants, parts.only),
    ...parts,
    operations,
    budget: budgetOf(operations, parts.changes, maxPerSecond),
  };
}

/** The plan as it would be with all that guards or policy keep back and the key can do: its cost and requests. */
export function ifAllowed(plan: Plan): Pick<Plan, 'operations' | 'budget'> {
  const changes = plan.changes.map((change): Change => {
    const { state } = change.verdict;
    const kept = state === 'held' || (state === 'barred' && !isImpossible(change));
    return kept ? { ...change, verdict: { state: 'ready' } } : change;
  });
  const operations = toOperations(changes, plan.declaredOrgs, plan.only?.user !== undefined);
  return { operations, budget: budgetOf(operations, changes, plan.budget.perSecond) };
}

/** One GET by id before and one after each removal or downgrade of a person. */
function budgetOf(
  operations: readonly Operation[],
  changes: readonly Change[],
  maxPerSecond: number | null,
): Plan['budget'] {
  const taking = changes.filter(
    (change) =>
      change.verdict.state === 'ready' && change.subject.type === 'person' && effectOf(change) === 'revoke',
  );
  const writes = operations.length;
  const proofs = taking.length * 2;
  const etaSeconds = maxPerSecond === null ? null : Math.ceil((writes + proofs) / maxPerSecond);
  return { writes, proofs, perSecond: maxPerSecond, etaSeconds };
}

/** How many changes are in each state, and how many of them take something away. */
export function countVerdicts(
  changes: readonly Change[],
): Readonly<Record<'ready' | 'held' | 'waiting' | 'barred', number>> {
  const counts = { ready: 0, held: 0, waiting: 0, barred: 0 };
  for (const { verdict } of changes) counts[verdict.state]++;
  return counts;
}

/** A plan with nothing ready, held or barred; what waits for time alone may remain. */
export function isSettled(plan: Pick<Plan, 'changes'>): boolean {
  return plan.changes.every(({ verdict }) => verdict.state === 'waiting');
}
