/**
 * What the daemon keeps between calls. Redis holds it, but nobody outside this room knows that. Everything read
 * back is validated; content that does not parse is a `ConfigError` that names the key, never an empty answer.
 */
import type { Plan, TenantPair } from '../core/model/change.ts';
import type { DirectorySnapshot } from '../core/model/directory.ts';
import type { Approval, LedgerGroup, LedgerPerson, Memory, Rejection } from '../core/model/memory.ts';
import type { RunRecord } from '../core/model/run.ts';
import type { PlaceCounts, Standing } from '../core/model/standing.ts';
import type { Journal } from './journal.ts';
import type { AnchorStore } from './journal-file.ts';
import type { WriteStore } from './write-store.ts';

export type * from './journal.ts';
export { entryOf } from './journal.ts';
export type * from './write-store.ts';

/** Who paused the writes of a store that was found empty; the first plan that a person applies resumes them. */
export const FRESH_STORE = 'devin-idp-sync, because Redis held nothing of ours';

export interface Store {
  readonly memory: MemoryStore;
  readonly plans: PlanStore;
  readonly snapshots: SnapshotStore;
  readonly standing: StandingStore;
  readonly writes: WriteStore;
  readonly journal: Journal;
  /** How far the journal is written to its file. */
  readonly anchor: AnchorStore;
  readonly runs: RunStore;
  readonly pause: PauseSwitch;
  /**
   * True when this store was empty before now: a new installation, or a Redis that lost its content. Writes of
   * lanes 3 to 5 are then paused by `FRESH_STORE`, unless whoever opened it knew that nothing can be lost.
   */
  readonly fresh: boolean;
}

export interface MemoryStore {
  /** @throws ConfigError when the store is bound to another pair of tenants. */
  load(tenants: TenantPair): Promise<Memory>;
  /**
   * Stores what differs between the two. A ledger row that a writer changed since `before` was loaded is left
   * as the writer left it.
   * @throws ConfigError when the store is bound to another pair of tenants.
   */
  save(before: Memory, after: Memory): Promise<void>;
  /** The memory of whatever pair of tenants the store is bound to. */
  loadBound(): Promise<Memory>;
  /**
   * The one way to another pair: stores what differs, and binds the store to `after.tenants` when it still is bound to
   * `before.tenants`. Rows first, so that a move that was cut short can be made again.
   * @throws ConfigError when the store has been bound to a third pair since.
   */
  rebind(before: Memory, after: Memory): Promise<void>;
  /**
   * As `load`, with the ledger rows of these people and of these Devin users only, and without holds. null: it cannot
   * be told yet which people some Devin users are linked to; the next `load` makes it known.
   * @throws ConfigError when the store is bound to another pair of tenants.
   */
  part(tenants: TenantPair, of: LedgerPart): Promise<Memory | null>;
  /** What writing one operation needs of the memory: rows and approvals that exist among those named. */
  rows(wanted: WantedRows): Promise<FoundRows>;
  /** What was said of each of these items, in the order asked. */
  said(items: readonly string[]): Promise<readonly Said[]>;
}

export interface Said {
  readonly rejection: Rejection | null;
  readonly approval: Approval | null;
}

export interface LedgerPart {
  /** IdP ids. */
  readonly people: readonly string[];
  /** Devin ids. */
  readonly users: readonly string[];
}

export interface WantedRows {
  /** IdP ids. */
  readonly people: readonly string[];
  readonly groups: readonly string[];
  /** Item keys. */
  readonly approvals: readonly string[];
}

export interface FoundRows {
  readonly people: readonly LedgerPerson[];
  readonly groups: readonly LedgerGroup[];
  readonly approvals: readonly Approval[];
}

/** A stored plan without its body. */
export interface PlanHead {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly changes: number;
  readonly operations: number;
}

/** Plans are kept for 90 days. */
export interface PlanStore {
  put(plan: Plan): Promise<void>;
  /**
   * As `put`, and keeps a copy for whoever carries it out: a later plan of the same id, in which other changes are
   * held, does not alter it. Returns its edition, a hash over its operations.
   */
  seal(plan: Plan): Promise<string>;
  get(id: string): Promise<Plan | null>;
  /** What was sealed under this edition; null where there was nothing to carry out. */
  sealed(id: string, edition: string): Promise<Plan | null>;
  /** The plan that was put last. */
  latest(): Promise<PlanHead | null>;
  /** Newest first. */
  list(limit: number): Promise<readonly PlanHead[]>;
}

/** A stored reading of the directory without its content. */
export interface SnapshotHead {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  /** Which configuration of the source it was read with: another one may read other people and groups. */
  readonly source: string;
  readonly tenant: string;
  readonly basis: DirectorySnapshot['basis'];
  /** Epoch ms of the full reading it stands on. */
  readonly fullAt: number | null;
  readonly people: number;
  readonly groups: number;
  readonly edges: number;
  /** Compressed size. */
  readonly bytes: number;
}

/** Sealed readings: the newest two are kept, and the newest of each day for 30 days. */
export interface SnapshotStore {
  put(
    snapshot: DirectorySnapshot,
    from: { readonly at: number; readonly source: string },
  ): Promise<SnapshotHead>;
  /**
   * The newest reading of this source; null: there is none.
   * @throws ConfigError naming the key when it is not as it was written; it never gives a smaller company.
   */
  latest(source: string): Promise<DirectorySnapshot | null>;
  /** Newest first. */
  list(): Promise<readonly SnapshotHead[]>;
}

export interface StoredStanding {
  /** Which configuration of the source it was read with. */
  readonly source: string;
  readonly standing: Standing;
  /** For people to look at; absent from what an older version stored. */
  readonly places?: PlaceCounts;
}

/** The newest only. */
export interface StandingStore {
  put(value: StoredStanding): Promise<void>;
  /** @throws ConfigError naming the key when it is not as it was written. */
  get(): Promise<StoredStanding | null>;
}

/** The newest 500 runs are kept. */
export interface RunStore {
  put(run: RunRecord): Promise<void>;
  /** Unless one of this id is known: a run that waits may have been taken up by now. */
  add(run: RunRecord): Promise<void>;
  get(id: string): Promise<RunRecord | null>;
  /** Newest first. */
  list(limit: number): Promise<readonly RunRecord[]>;
}

export interface Pause {
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
  /** true: deactivations and one-person resyncs stop as well. */
  readonly all: boolean;
}

export interface PauseSwitch {
  get(): Promise<Pause | null>;
  /** Takes effect between two writes. */
  set(pause: Pause): Promise<void>;
  clear(by: string, at: number): Promise<void>;
}
