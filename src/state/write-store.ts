/** What is kept about the carrying out of plans: rounds, intents, outcomes and counts. */
import type { LedgerGroup, LedgerPerson, RecentWrite } from '../core/model/memory.ts';
import type { MarksAfter } from '../core/scim-ledger.ts';
import type { JournalEntry, OutcomeState } from './journal.ts';

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
  /** The run that asked for it; null: none is known. */
  readonly run: string | null;
  /** Which of its operations were let go, see `PlanStore.seal`. */
  readonly edition: string;
}

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
  /** Who took it off the list of what failed. */
  readonly discardedBy?: string;
}

/** A call that may be under way; one without an outcome after a crash is read back before anything else. */
export interface Intent {
  readonly opKey: string;
  /** Epoch ms; 0 when a person has it tried again: what was sent before may have taken effect meanwhile. */
  readonly at: number;
}

/** Rows of the ledger that an operation changes. */
export interface LedgerRows {
  readonly people: readonly LedgerPerson[];
  readonly removedPeople: readonly string[];
  readonly groups: readonly LedgerGroup[];
  readonly removedGroups: readonly string[];
  /** The rows that these were made from, null where there was none; absent: whatever they are by now. */
  readonly from?: {
    readonly people: ReadonlyMap<string, LedgerPerson | null>;
    readonly groups: ReadonlyMap<string, LedgerGroup | null>;
  };
  /** What was written through SCIM, and mark keys of what was taken; absent: nothing. */
  readonly scim?: MarksAfter;
  /** Guarded writes that count for the windows of the guards. */
  readonly recent?: readonly RecentWrite[];
}

/** Everything that is known once an operation has ended; written whole or not at all. */
export interface OutcomeRecord {
  readonly planId: string;
  /** Of the plan that it was an operation of; under another one it counts for nothing, though it happened. */
  readonly edition?: string;
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

/** A plan and how far it is, at one moment. */
export interface PlanStanding {
  readonly submission: Submission;
  readonly tally: Tally;
}

/** A plan as it is given to the writers. */
export type Opening = Pick<Submission, 'planId' | 'scope' | 'total' | 'submittedAt'> & {
  readonly run?: string | null;
  readonly edition?: string;
  /** Of a `part`: whom its operations are about. */
  readonly subjects?: readonly string[];
};

/** Operations whose failure or omission is taken back. */
export interface Reopening {
  readonly operations: readonly {
    readonly opKey: string;
    readonly phase: number | null;
    readonly kind: string;
  }[];
  /** All that had failed and how many were skipped when this was made up, and of which edition. */
  readonly seen: {
    readonly edition: string;
    readonly failed: readonly string[];
    readonly skipped: number;
  };
  /** Subjects of which no grant counts as failed any more. */
  readonly subjects: readonly string[];
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Dead letters that nobody shall try again. */
export interface Discarding {
  readonly opKeys: readonly string[];
  readonly by: string;
  readonly why: string;
  /** Epoch ms. */
  readonly at: number;
}

/** The carrying out of plans. */
export interface WriteStore {
  /**
   * Opens a round of this plan. Outcomes of an earlier round of the same plan are forgotten (the journal keeps them)
   * when it has ended or had other operations; open already with the same ones, it stays as it is. `all` supersedes
   * every other open plan; a `part` makes
   * operations of older plans about its subjects stale. One transaction with the entries of the journal.
   */
  submit(submission: Opening): Promise<Submission>;
  /**
   * Opens failed and skipped operations of a plan again; how many, or null when a newer plan has taken over. What failed
   * is read back before it is sent: nobody may know whether it took effect. Nothing is opened when others have failed or
   * were discarded since ("moved"): a removal might go out whose grant has failed by now.
   */
  reopen(planId: string, reopening: Reopening): Promise<number | null | 'moved'>;
  /** Failed operations become skipped ones, and the journal says by whom; how many. */
  discard(planId: string, discarding: Discarding): Promise<number>;
  submission(planId: string): Promise<Submission | null>;
  /** Oldest first. */
  open(): Promise<readonly Submission[]>;
  /** Sequence of the newest scoped plan that touched each of these subjects, in the order asked; 0 for none. */
  touchedBy(subjects: readonly string[]): Promise<readonly number[]>;
  /** In the order asked; null where an operation has not ended. */
  outcomes(planId: string, opKeys: readonly string[]): Promise<readonly (Outcome | null)[]>;
  /** The dead letters of a plan: operations that failed for good. */
  failures(planId: string): Promise<readonly Outcome[]>;
  tally(planId: string): Promise<Tally>;
  /** Both at one moment: between two reads a plan may be superseded, or submitted again with other operations. */
  standing(planId: string): Promise<PlanStanding | null>;
  /** Notes, before the call, that it is about to be made. False, and nothing is noted: this round is no longer open. */
  intend(
    round: Pick<Submission, 'planId' | 'edition'>,
    intent: Intent,
    entry: JournalEntry,
  ): Promise<boolean>;
  /** Takes an intent back: the call was refused, so that nothing is unknown about it. */
  withdraw(planId: string, opKey: string): Promise<void>;
  intent(planId: string, opKey: string): Promise<Intent | null>;
  /**
   * One transaction. Nothing is written, when this operation has an outcome already (false), or when a row of the ledger
   * is not what the new one was made from: somebody has decided about it meanwhile.
   */
  record(record: OutcomeRecord): Promise<boolean | 'moved'>;
  /** Ids behind placeholders, in the order asked; null where the operation that makes one has not succeeded. */
  ids(planId: string, placeholders: readonly string[]): Promise<readonly (string | null)[]>;
  failedSubjects(planId: string, subjects: readonly string[]): Promise<readonly string[]>;
}
