/** What the journal holds: one entry before each write, one for each change after it, and what people decided. */

import type { WrittenChange } from '../core/model/written.ts';
import type { MarkTold } from '../core/scim-ledger.ts';

/** `already`: refused, and a look showed that it was as wanted. */
export type OutcomeState = 'done' | 'already' | 'failed' | 'skipped';

export type JournalKind =
  | 'sending'
  | 'write'
  | 'pause'
  | 'resume'
  | 'approve'
  | 'reject'
  | 'hold'
  | 'submit'
  | 'retry'
  | 'discard'
  | 'supersede'
  | 'breaker'
  | 'adopt'
  | 'release'
  | 'rollback'
  | 'attest'
  | 'relink'
  | 'budget';

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
 * with its pre-image, its request and how it ended. All but `at` and `kind` may be null.
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
  /** The run whose plan it was; absent: none, or from before that was kept. */
  readonly run?: string;
  /** A `write` whole, with ids: what taking it back needs. */
  readonly change?: WrittenChange;
  /** What it means for the ledger; absent: nothing. */
  readonly edge?: JournalEdge;
  /** The same of what was written through SCIM. */
  readonly mark?: MarkTold;
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

const BLANK: Omit<JournalEntry, 'at' | 'kind'> = {
  planId: null,
  opKey: null,
  item: null,
  subject: null,
  actor: null,
  before: null,
  after: null,
  request: null,
  outcome: null,
  reason: null,
};

/** An entry with null where nothing is said. */
export function entryOf(entry: Pick<JournalEntry, 'at' | 'kind'> & Partial<JournalEntry>): JournalEntry {
  return { ...BLANK, ...entry };
}
