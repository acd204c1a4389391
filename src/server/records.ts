/** Rows that the HTTP room shows, as the rooms behind it keep them. */

/** A stored plan without its body. */
export interface PlanHead {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly changes: number;
  readonly operations: number;
}

/** How one API write ended. `already`: refused, and a look showed that it was as wanted. */
export interface OperationOutcome {
  readonly opKey: string;
  readonly state: 'done' | 'already' | 'failed' | 'skipped';
  /** Epoch ms. */
  readonly at: number;
  /** HTTP calls that tried to carry it out. */
  readonly attempts: number;
  /** HTTP status of the last refusal; null when there was none. */
  readonly status: number | null;
  /** Why it failed or was skipped, in words. */
  readonly reason: string | null;
}

/** One entry of the journal; ids grow. */
export interface JournalRow {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  readonly kind: string;
  readonly planId: string | null;
  readonly opKey: string | null;
  readonly item: string | null;
  readonly subject: string | null;
  readonly actor: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown } | null;
  readonly outcome: OperationOutcome['state'] | null;
  readonly reason: string | null;
}

export interface JournalRange {
  /** Exclusive: entries after this id. */
  readonly after?: string;
  /** Epoch ms, inclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
}
