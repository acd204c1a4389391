/**
 * What a reviewer wants to know beside the plan: what removals mean to people, and who made the drift. Asked only
 * for people about to lose access and for drift that is new, so that an idle turn costs no call more.
 */
import { losersOf, MOST_LOOKED_UP, withKnownAuthors, withUntold } from '../core/impact.ts';
import type { Notice, Plan } from '../core/model/change.ts';
import type { DevinTarget } from '../devin/target.ts';
import { errorText } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { Store } from '../state/store.ts';

interface EnrichDeps {
  readonly target: DevinTarget;
  readonly store: Store;
  readonly clock: () => number;
  readonly note: (message: string) => void;
}

const UNREADABLE_LOG =
  'who made the drift is not shown: the key may not read the audit log (ManageEnterpriseSettings)';

/** The same plan, with more to read; what cannot be read leaves it as it is. Its id does not change. */
export async function enrich(deps: EnrichDeps, plan: Plan, context: ReadContext): Promise<Plan> {
  const losers = losersOf(plan);
  const drift = plan.notices.some(({ edge }) => edge !== undefined);
  if (losers.length === 0 && !drift) return plan;
  const earlier = await lastPlan(deps);
  const impact = losers.length === 0 ? undefined : await impactOf(deps, plan, earlier, context);
  const notices = drift ? await attributed(deps, plan, earlier, context) : plan.notices;
  return { ...plan, notices, ...(impact === undefined ? {} : { impact }) };
}

async function lastPlan({ store }: EnrichDeps): Promise<Plan | null> {
  const head = await store.plans.latest();
  return head === null ? null : store.plans.get(head.id);
}

async function impactOf(
  deps: EnrichDeps,
  plan: Plan,
  earlier: Plan | null,
  context: ReadContext,
): Promise<Plan['impact']> {
  if (deps.target.impact === undefined) return undefined;
  const losers = losersOf(plan);
  const same = earlier === null ? [] : losersOf(earlier);
  if (earlier?.impact !== undefined && same.map(idOf).join() === losers.map(idOf).join())
    return earlier.impact;
  const asked = losers.slice(0, MOST_LOOKED_UP);
  try {
    const reading = await deps.target.impact(asked, deps.clock(), context);
    return { ...reading, leftOut: losers.length - asked.length };
  } catch (error) {
    return undefinedAfter(deps, 'what removals mean', error, context);
  }
}

function idOf({ devinId }: { readonly devinId: string }): string {
  return devinId;
}

async function attributed(
  deps: EnrichDeps,
  plan: Plan,
  earlier: Plan | null,
  context: ReadContext,
): Promise<readonly Notice[]> {
  const notices = withKnownAuthors(plan.notices, earlier?.notices ?? []);
  const { authors } = deps.target;
  const fresh = notices.filter(({ edge, by }) => edge !== undefined && by === undefined);
  if (fresh.length === 0) return notices;
  if (authors === undefined) return withUntold(notices, deps.target.noAuthors ?? null);
  try {
    const edges = fresh.map(({ edge, subject }) => ({
      ...(edge as NonNullable<Notice['edge']>),
      name: subject.replace(/^group /, ''),
    }));
    const words = await authors(edges, context);
    const found = new Map(fresh.map((notice, index) => [notice, words?.[index] ?? null]));
    const named = notices.map((notice) =>
      found.has(notice) ? { ...notice, by: found.get(notice) ?? null } : notice,
    );
    return withUntold(named, words === null ? UNREADABLE_LOG : null);
  } catch (error) {
    undefinedAfter(deps, 'who made the drift', error, context);
    return notices;
  }
}

/** It is only more to read: a failure of it stops nothing. */
function undefinedAfter(
  { note }: EnrichDeps,
  what: string,
  error: unknown,
  { signal }: ReadContext,
): undefined {
  if (signal.aborted) throw signal.reason;
  note(`${what} could not be read, and the plan goes on without: ${errorText(error)}`);
  return undefined;
}
