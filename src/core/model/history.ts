/** One thing that was written or decided about somebody, as the journal keeps it. */
export interface HistoryEntry {
  /** Epoch ms. */
  readonly at: number;
  /** Kind of the change that was written; of a decision, of the entry. */
  readonly kind: string;
  /** E-mail of a person, name of a group or org. */
  readonly subject: string;
  /** Name of the organization; null: the enterprise, or nothing in particular. */
  readonly org: string | null;
  /** Names of roles. */
  readonly before: string | null;
  readonly after: string | null;
  /** `done`, `already`, `failed` or `skipped`; null: a decision. */
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly plan: string | null;
  readonly run: string | null;
  /** Item key: what `rollback --item` takes. */
  readonly item: string | null;
}
