/**
 * What the daemon keeps between calls. Redis holds it, but nobody outside this room knows that. Everything read
 * back is validated; content that does not parse is a `ConfigError` that names the key, never an empty answer.
 */
import type { Plan, TenantPair } from '../core/model/change.ts';
import type { DirectorySnapshot } from '../core/model/directory.ts';
import type { Approval, LedgerGroup, LedgerPerson, Memory, RecentWrite } from '../core/model/memory.ts';
import type { RunRecord } from '../core/model/run.ts';

/** Who paused the writes of a store that was found empty; the first plan that a person applies resumes them. */
export const FRESH_STORE = 'devin-idp-sync, because Redis held nothing of ours';

export interface Store {
  readonly memory: MemoryStore;
  readonly plans: PlanStore;
  readonly snapshots: SnapshotStore;
  readonly writes: WriteStore;
  readonly journal: Journal;
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
  /** What writing one operation needs of the memory: rows and approvals that exist among those named. */
  rows(wanted: WantedRows): Promise<FoundRows>;
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
  get(id: string): Promise<Plan | null>;
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

export type SubmissionState = 'open' | 'settled' | 'superseded';

/** One plan given to the writers. */
export interface Submission {
  readonly planId: string;
  /** Grows with each submission; a higher one is newer. */
  readonly sequence: number;
  readonly state: SubmissionState;
  /** Epoch ms. */
  readonly submittedAt: number;
  readonly endedAt: number | null;
  readonly total: number;
  /** `all`: it supersedes every older one. `part`: a scoped plan, carried out beside them. */
  readonly scope: 'all' | 'part';
}

/** `already`: refused, and a look showed that it was as wanted. */
export type OutcomeState = 'done' | 'already' | 'failed' | 'skipped';

/** How one operation ended. */
export interface Outcome {
  readonly opKey: string;
  readonly state: OutcomeState;
  /** Epoch ms. */
  readonly at: number;
  /** HTTP calls that tried to carry it out. */
  readonly attempts: number;
  /** HTTP status of the last refusal; null when there was none. */
  readonly status: number | null;
  /** Why it failed or was skipped, in words. */
  readonly reason: string | null;
}

/** A call that may be under way; one without an outcome after a crash is read back before anything else. */
export interface Intent {
  readonly opKey: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Rows of the ledger that an operation changes. */
export interface LedgerRows {
  readonly people: readonly LedgerPerson[];
  readonly removedPeople: readonly string[];
  readonly groups: readonly LedgerGroup[];
  readonly removedGroups: readonly string[];
  /** Guarded writes that count for the windows of the guards. */
  readonly recent?: readonly RecentWrite[];
}

/** Everything that is known once an operation has ended; written whole or not at all. */
export interface OutcomeRecord {
  readonly planId: string;
  readonly outcome: Outcome;
  /** Phase whose count it closes; null for lanes 1 and 2, which stand behind no barrier. */
  readonly phase: number | null;
  /** Kind of the operation, counted beside its phase. */
  readonly kind?: string;
  readonly ledger: LedgerRows;
  readonly journal: readonly JournalEntry[];
  /** Ids that did not exist when the plan was made: placeholder → id. */
  readonly ids: Readonly<Record<string, string>>;
  /** Subjects whose grant failed here. */
  readonly failedSubjects: readonly string[];
}

export interface Tally {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  /** Phase → operations of lanes 3–5 that have ended. */
  readonly phases: ReadonlyMap<number, number>;
  /** `phase kind` → operations of it that have ended. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly inFlight: number;
}

/** Operations whose failure or omission is taken back. */
export interface Reopening {
  readonly operations: readonly {
    readonly opKey: string;
    readonly phase: number | null;
    readonly kind: string;
  }[];
  /** Subjects of which no grant counts as failed any more. */
  readonly subjects: readonly string[];
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
}

/** The carrying out of plans. */
export interface WriteStore {
  /**
   * Opens a round of this plan. Outcomes of an earlier, ended round of the same plan are forgotten (the journal
   * keeps them). A plan that is open already stays as it is. `all` supersedes every other open plan.
   */
  submit(submission: Pick<Submission, 'planId' | 'scope' | 'total' | 'submittedAt'>): Promise<Submission>;
  /** Opens failed and skipped operations of a plan again; how many, or null when a newer plan has taken over. */
  reopen(planId: string, reopening: Reopening): Promise<number | null>;
  submission(planId: string): Promise<Submission | null>;
  /** Oldest first. */
  open(): Promise<readonly Submission[]>;
  /** A scoped plan makes operations of older plans about the same subjects stale. */
  touch(planId: string, subjects: readonly string[]): Promise<void>;
  /** Sequence of the newest scoped plan that touched one of these subjects; 0 for none. */
  touchedBy(subjects: readonly string[]): Promise<number>;
  /** In the order asked; null where an operation has not ended. */
  outcomes(planId: string, opKeys: readonly string[]): Promise<readonly (Outcome | null)[]>;
  /** The dead letters of a plan: operations that failed for good. */
  failures(planId: string): Promise<readonly Outcome[]>;
  tally(planId: string): Promise<Tally>;
  /** Notes, before the call, that it is about to be made. */
  intend(planId: string, intent: Intent, entry: JournalEntry): Promise<void>;
  /** Takes an intent back: the call was refused, so that nothing is unknown about it. */
  withdraw(planId: string, opKey: string): Promise<void>;
  intent(planId: string, opKey: string): Promise<Intent | null>;
  /** One transaction. False, and nothing is written, when this operation has an outcome already. */
  record(record: OutcomeRecord): Promise<boolean>;
  /** Ids behind placeholders, in the order asked; null where the operation that makes one has not succeeded. */
  ids(planId: string, placeholders: readonly string[]): Promise<readonly (string | null)[]>;
  failedSubjects(planId: string, subjects: readonly string[]): Promise<readonly string[]>;
}

export type JournalKind =
  | 'sending'
  | 'write'
  | 'pause'
  | 'resume'
  | 'approve'
  | 'reject'
  | 'hold'
  | 'submit'
  | 'supersede'
  | 'breaker'
  | 'adopt'
  | 'release';

/** A role that became ours, or ceased to be: enough to build the ledger again from the journal alone. */
export interface JournalEdge {
  readonly type: 'person' | 'group';
  readonly directoryId: string;
  /** Devin user id, or the name of the group. */
  readonly devinId: string;
  /** `''` is the enterprise, else an org id. */
  readonly place: string;
  /** Role id; null: no longer ours. */
  readonly role: string | null;
  /** The whole person or group is gone from Devin. */
  readonly gone: boolean;
}

/**
 * `sending` is one entry an operation, before its call, with the whole request; `write` is one entry a change,
 * with its pre-image and how it ended. All but `at` and `kind` may be null.
 */
export interface JournalEntry {
  /** Epoch ms. */
  readonly at: number;
  readonly kind: JournalKind;
  readonly planId: string | null;
  readonly opKey: string | null;
  /** Item key of the change. */
  readonly item: string | null;
  /** E-mail of a person, name of a group or org. */
  readonly subject: string | null;
  readonly actor: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown } | null;
  readonly outcome: OutcomeState | null;
  readonly reason: string | null;
  /** What it means for the ledger; absent: nothing. */
  readonly edge?: JournalEdge;
}

/** An entry with its place in the stream; ids grow. */
export interface JournalRow extends JournalEntry {
  readonly id: string;
}

export interface JournalRange {
  /** Exclusive: entries after this id. */
  readonly after?: string;
  /** Epoch ms, inclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
}

/** Append-only; entries are kept for 30 days. */
export interface Journal {
  append(entries: readonly JournalEntry[]): Promise<void>;
  /** Oldest first. */
  read(range: JournalRange): Promise<readonly JournalRow[]>;
}

/** The newest 500 runs are kept. */
export interface RunStore {
  put(run: RunRecord): Promise<void>;
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
