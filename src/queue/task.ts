/** One operation in the hands of one writer, and the ends it can come to. */
import type { Operation } from '../core/model/operation.ts';
import type { DevinTarget, OperationResult, Resolver } from '../devin/target.ts';
import type { Pace } from '../lib/pace.ts';
import type { Store } from '../state/store.ts';
import type { End } from './outcomes.ts';
import type { Patience } from './patience.ts';
import type { PermissionDeps } from './permission.ts';
import { type PlanIndex, placeholdersOf } from './plan-index.ts';
import type { IsHeld, SubjectLock } from './subject-lock.ts';

export interface CarryOutDeps extends PermissionDeps {
  readonly target: DevinTarget;
  readonly pace: Pace;
  readonly scimPace: Pace;
  readonly lock: SubjectLock;
  /** Name of the acting key, for the journal. */
  readonly actor: string;
  readonly patience: Patience;
  /** In a refusal of an invite, in lower case: there are no free seats. */
  readonly seatWords: readonly string[];
  /** Told when a kind of operation, or everything, is stopped; must not throw. */
  readonly alert: (text: string) => void;
  /** Told about every outcome; must not throw. */
  readonly observe: (operation: Operation, end: End) => void;
  /** Ends calls in flight; only when this replica has run out of time to stop. */
  readonly hardStop: AbortSignal;
}

/** `later`: without an end the operation stays open, and the feeder brings it again. */
export type Course = End | 'later';

export interface Task {
  readonly deps: CarryOutDeps;
  readonly index: PlanIndex;
  readonly operation: Operation;
  readonly resolver: Resolver;
  /** The run whose plan it is; null: none. */
  readonly run: string | null;
  /** The lock of its subject is still ours. */
  readonly isHeld: IsHeld;
  /** Of a refused batch that is taken apart: how many more parts may be tried. */
  readonly parts?: { left: number };
  /** This replica is asked to stop: end at the next safe point. */
  readonly stop: AbortSignal;
}

export function done(result: OperationResult, attempts: number, reason: string | null): End {
  return { state: 'done', result, attempts, status: null, reason };
}

export function failed(attempts: number, status: number | null, reason: string): End {
  return { state: 'failed', result: null, attempts, status, reason };
}

/** Fills in what earlier operations of the plan have made. */
export async function resolverFor(store: Store, index: PlanIndex, operation: Operation): Promise<Resolver> {
  const placeholders = placeholdersOf(operation);
  const ids = await store.writes.ids(index.plan.id, placeholders);
  const known = new Map(placeholders.map((placeholder, at) => [placeholder, ids[at] ?? null]));
  const resolve = (name: string): string => {
    const id = known.get(name);
    if (id === undefined) return name;
    if (id === null) throw new Error(`${name} is not known yet`);
    return id;
  };
  return { user: resolve, org: resolve };
}
