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
  /** Phase → kind → how many of `bulk`. */
  readonly phaseKinds: ReadonlyMap<number, ReadonlyMap<Operation['kind'], number>>;
  /** Key of an operation whose result others need → `phase kind` → how many of `bulk`. */
  readonly dependents: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Operations of lanes 2 to 5 about one person or group. */
  readonly bySubject: ReadonlyMap<string, readonly Operation[]>;
  /** Placeholder → key of the operation whose result fills it. */
  readonly makers: ReadonlyMap<string, string>;
}

export function indexPlan(plan: Plan): PlanIndex {
  const urgent = plan.operations.filter(isUrgent).sort((a, b) => a.lane - b.lane || a.phase - b.phase);
  const bulk = plan.operations.filter((one) => !isUrgent(one)).sort((a, b) => a.phase - b.phase);
  const phases = new Map<number, number>();
  const phaseKinds = new Map<number, Map<Operation['kind'], number>>();
  for (const { phase, kind } of bulk) {
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
    const kinds = phaseKinds.get(phase) ?? new Map<Operation['kind'], number>();
    phaseKinds.set(phase, kinds.set(kind, (kinds.get(kind) ?? 0) + 1));
  }
  const bySubject = new Map<string, Operation[]>();
  const makers = makersOf(plan.operations);
  const index: PlanIndex = {
    plan,
    operations: new Map(plan.operations.map((operation) => [operation.key, operation])),
    changes: new Map(plan.changes.map((change) => [change.key, change])),
    urgent,
    bulk,
    phases,
    phaseKinds,
    bySubject,
    dependents: dependentsOf(bulk, makers),
    makers,
  };
  for (const operation of plan.operations) fileBySubject(bySubject, index, operation);
  return index;
}

function dependentsOf(
  bulk: readonly Operation[],
  makers: ReadonlyMap<string, string>,
): Map<string, Map<string, number>> {
  const dependents = new Map<string, Map<string, number>>();
  for (const operation of bulk) {
    const name = `${operation.phase} ${operation.kind}`;
    // One that needs two of them counts for the first: it waits for both anyway.
    const maker = placeholdersOf(operation).flatMap((placeholder) => makers.get(placeholder) ?? [])[0];
    if (maker === undefined) continue;
    const counts = dependents.get(maker) ?? new Map<string, number>();
    dependents.set(maker, counts.set(name, (counts.get(name) ?? 0) + 1));
  }
  return dependents;
}

function fileBySubject(files: Map<string, Operation[]>, index: PlanIndex, operation: Operation): void {
  if (operation.lane === 1) return;
  for (const subject of subjectsOf(index, operation)) {
    const file = files.get(subject);
    if (file === undefined) files.set(subject, [operation]);
    else file.push(operation);
  }
}

export function isUrgent(operation: Operation): boolean {
  return operation.lane <= 2;
}

export function changesOf(index: PlanIndex, operation: Operation): readonly Change[] {
  return operation.items.flatMap((item) => index.changes.get(item) ?? []);
}

/** The same operation for some of its people or groups only. */
export function narrowed(index: PlanIndex, operation: Operation, batch: readonly string[]): Operation {
  const labels = new Set(batch);
  const changes = changesOf(index, operation).filter(({ subject }) => labels.has(subject.label));
  return { ...operation, batch, items: changes.map(({ key }) => key) };
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
    if (operation.kind === 'create-org' && operation.create !== null)
      makers.set(orgPlaceholder(operation.create.name), operation.key);
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
