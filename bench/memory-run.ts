/** The ledger of a company loaded and saved; processor seconds of this process, without Redis. */
export interface MemoryRun {
  readonly people: number;
  readonly load: readonly number[];
  /** The same rows by HSCAN and JSON.parse alone. */
  readonly plain: readonly number[];
  /** Saved with a hundred rows changed. */
  readonly save: readonly number[];
}
