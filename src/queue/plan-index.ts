/** A plan as the writers need it: found by key, ordered by lane and phase. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Change, Plan } from '../core/model/change.ts';
import { invitePlaceholder, type Operation, orgPlaceholder } from '../core/model/operation.ts';
import {
  isScimKind,
  memberName,
  scimBodyOf,
  scimGroupPlaceholder,
  scimUserPlaceholder,
} from '../core/model/scim.ts';
import type { PlanStore, Submission } from '../state/store.ts';

export interface PlanIndex {
  readonly plan: Plan;
  /** See `PlanStore.seal`. */
  readonly edition: string;
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

/** Lines between two chances for others: a plan of 100,000 operations takes half a second in all. */
const STRIDE = 4000;

export async function indexPlan(plan: Plan, edition = ''): Promise<PlanIndex> {
  const { operations } = plan;
  const urgent = operations.filter(isUrgent).sort((a, b) => a.lane - b.lane || a.phase - b.phase);
  const bulk = operations.filter((one) => !isUrgent(one)).sort((a, b) => a.phase - b.phase);
  const phases = new Map<number, number>();
  const phaseKinds = new Map<number, Map<Operation['kind'], number>>();
  await breathing(bulk, ({ phase, kind }) => {
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
    const kinds = phaseKinds.get(phase) ?? new Map<Operation['kind'], number>();
    phaseKinds.set(phase, kinds.set(kind, (kinds.get(kind) ?? 0) + 1));
  });
  const changes = new Map<string, Change>();
  await breathing(plan.changes, (change) => changes.set(change.key, change));
  const byKey = new Map<string, Operation>();
  const makers = new Map<string, string>();
  await breathing(operations, (operation) => {
    byKey.set(operation.key, operation);
    fileMakers(makers, operation);
  });
  const dependents = new Map<string, Map<string, number>>();
  await breathing(bulk, (operation) => countDependent(dependents, makers, operation));
  const bySubject = new Map<string, Operation[]>();
  const sorted = { urgent, bulk, phases, phaseKinds };
  const index: PlanIndex = {
    plan,
    edition,
    operations: byKey,
    changes,
    ...sorted,
    bySubject,
    dependents,
    makers,
  };
  await breathing(operations, (operation) => fileBySubject(bySubject, index, operation));
  return index;
}

async function breathing<T>(items: readonly T[], each: (item: T) => unknown): Promise<void> {
  for (const [at, item] of items.entries()) {
    each(item);
    if (at % STRIDE === STRIDE - 1) await breathe();
  }
}

function countDependent(
  dependents: Map<string, Map<string, number>>,
  makers: ReadonlyMap<string, string>,
  operation: Operation,
): void {
  const name = `${operation.phase} ${operation.kind}`;
  // One that needs two of them counts for the first: it waits for both anyway.
  const maker = placeholdersOf(operation).flatMap((placeholder) => makers.get(placeholder) ?? [])[0];
  if (maker === undefined) return;
  const counts = dependents.get(maker) ?? new Map<string, number>();
  dependents.set(maker, counts.set(name, (counts.get(name) ?? 0) + 1));
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
  const changes = changesOf(index, operation).filter((change) => labels.has(batchName(change)));
  return { ...operation, batch, items: changes.map(({ key }) => key) };
}

export function subjectOf({ subject }: Pick<Change, 'subject'>): string {
  return `${subject.type}:${subject.directoryId ?? subject.devinId ?? subject.label}`;
}

/** What a batch calls the subject of a change. */
export function batchName({ subject, scim }: Pick<Change, 'subject' | 'scim'>): string {
  return scim === undefined ? subject.label : memberName(subject, scim);
}

/** Names of people and groups, the same in every plan. */
export function subjectsOf(index: PlanIndex, operation: Operation): readonly string[] {
  const subjects = changesOf(index, operation).map(subjectOf);
  return operation.subject === null ? subjects : [...new Set([operation.subject, ...subjects])];
}

/** Placeholders that must be filled before the operation can be sent. */
export function placeholdersOf({ kind, user, org, group, batch }: Operation): readonly string[] {
  // The name of a group may look like a placeholder; through SCIM a group goes by its id.
  if (isScimKind(kind))
    return [group, ...batch]
      .filter((name) => name !== null)
      .filter((name) => /^\{scim-(user|group):.*\}$/s.test(name));
  return [user, org].filter((name) => name !== null).filter((name) => /^\{(invite|org):.*\}$/s.test(name));
}

function fileMakers(makers: Map<string, string>, operation: Operation): void {
  if (operation.kind === 'invite')
    for (const email of operation.batch) makers.set(invitePlaceholder(email), operation.key);
  if (operation.kind === 'create-org' && operation.create !== null)
    makers.set(orgPlaceholder(operation.create.name), operation.key);
  const made = madeThroughScim(operation);
  if (made !== null) makers.set(made, operation.key);
}

/** The placeholder of the user or group that an operation makes in the SCIM service. */
export function madeThroughScim({ kind, role }: Operation): string | null {
  if (kind !== 'scim-create-user' && kind !== 'scim-create-group') return null;
  const { externalId = '' } = scimBodyOf(role ?? '{}');
  return kind === 'scim-create-user' ? scimUserPlaceholder(externalId) : scimGroupPlaceholder(externalId);
}

const KEPT = 4;

/** Finds a plan as it was submitted. */
export type PlanShelf = (of: Pick<Submission, 'planId' | 'edition'>) => Promise<PlanIndex | null>;

/** Plans in hand, read and indexed once; a big one takes a moment. */
export function planShelf(plans: PlanStore): PlanShelf {
  const shelf = new Map<string, Promise<PlanIndex | null>>();
  const load: PlanShelf = async ({ planId, edition }) => {
    const plan = await plans.sealed(planId, edition);
    return plan === null ? null : indexPlan(plan, edition);
  };
  return (of) => {
    const name = `${of.planId} ${of.edition}`;
    const known = shelf.get(name);
    if (known !== undefined) return known;
    const loading = load(of);
    shelf.set(name, loading);
    loading.catch(() => shelf.delete(name));
    const [oldest] = shelf.keys();
    if (shelf.size > KEPT && oldest !== undefined) shelf.delete(oldest);
    return loading;
  };
}
