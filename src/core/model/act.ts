/** One entry of the audit log of Devin, as far as it tells who gave what to whom. */
export interface Act {
  readonly action: string;
  /** Our own service user acted. */
  readonly ours: boolean;
  /** Org id; null: the enterprise. */
  readonly org: string | null;
  /** Every text in the details, whatever their shape: ids and addresses of those whom it was about are among them. */
  readonly mentions: readonly string[];
}
