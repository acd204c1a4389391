/** A plan as the writers need it: found by key, ordered by lane and phase. */
import type { Change, Plan } from '../core/model/change.ts';
import { invitePlaceholder, type Operation, orgPlaceholder } from '../core/model/operation.ts';
import type { PlanStore } from '../state/store.ts';

export interface PlanIndex {
  readonly plan: Plan;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly changes: ReadonlyMap<string, Change>;
  /** Lanes 1 and 2, which stand behind no barrier; in order of lane and phase. */
  readonly urgent: readonly Operation[];
  /** Lanes 3 to 5 in order of phase. */
  readonly bulk: readonly Operation[];
  /** Phase → how many operations of `bulk` it has, in order of phase. */
  readonly phases: ReadonlyMap<number, number>;
  /** Placeholder → key of the operation whose result fills it. */
  readonly makers: ReadonlyMap<string, string>;
}

export function indexPlan(plan: Plan): PlanIndex {
  const urgent = plan.operations.filter(isUrgent).sort((a, b) => a.lane - b.lane || a.phase - b.phase);
  const bulk = plan.operations.filter((one) => !isUrgent(one)).sort((a, b) => a.phase - b.phase);
  const phases = new Map<number, number>();
  for (const { phase } of bulk) phases.set(phase, (phases.get(phase) ?? 0) + 1);
  return {
    plan,
    operations: new Map(plan.operations.map((operation) => [operation.key, operation])),
    changes: new Map(plan.changes.map((change) => [change.key, change])),
    urgent,
    bulk,
    phases,
    makers: makersOf(plan.operations),
  };
}

export function isUrgent(operation: Operation): boolean {
  return operation.lane <= 2;
}

export function changesOf(index: PlanIndex, operation: Operation): readonly Change[] {
  return operation.items.flatMap((item) => index.changes.get(item) ?? []);
}

/** Names of people and groups, the same in every plan. */
export function subjectsOf(index: PlanIndex, operation: Operation): readonly string[] {
  const subjects = changesOf(index, operation).map(
    ({ subject }) => `${subject.type}:${subject.directoryId ?? subject.devinId ?? subject.label}`,
  );
  return operation.subject === null ? subjects : [...new Set([operation.subject, ...subjects])];
}

/** Placeholders that must be filled before the operation can be sent. */
export function placeholdersOf({ user, org }: Operation): readonly string[] {
  return [user, org].filter((name) => name !== null).filter((name) => /^\{(invite|org):.*\}$/s.test(name));
}

function makersOf(operations: readonly Operation[]): Map<string, string> {
  const makers = new Map<string, string>();
  for (const operation of operations) {
    if (operation.kind === 'invite')
      for (const email of operation.batch) makers.set(invitePlaceholder(email), operation.key);
    if (operation.create !== null) makers.set(orgPlaceholder(operation.create.name), operation.key);
  }
  return makers;
}

const KEPT = 4;

/** Plans in hand, read and indexed once; a big one takes a moment. */
export function planShelf(plans: PlanStore): (planId: string) => Promise<PlanIndex | null> {
  const shelf = new Map<string, Promise<PlanIndex | null>>();
  const load = async (planId: string): Promise<PlanIndex | null> => {
    const plan = await plans.get(planId);
    return plan === null ? null : indexPlan(plan);
  };
  return (planId) => {
    const known = shelf.get(planId);
    if (known !== undefined) return known;
    const loading = load(planId);
    shelf.set(planId, loading);
    loading.catch(() => shelf.delete(planId));
    const [oldest] = shelf.keys();
    if (shelf.size > KEPT && oldest !== undefined) shelf.delete(oldest);
    return loading;
  };
}
