export interface Rendered {
  readonly format: string;
  readonly seconds: readonly number[];
  readonly bytes: number;
  /** Longest wait for one chunk. */
  readonly blockMs: number;
}

export interface ReportsRun {
  readonly changes: number;
  readonly formats: readonly Rendered[];
  /** JSON.stringify of the whole plan. */
  readonly plainSeconds: number;
  readonly plainBytes: number;
  /** POSTs that invite a whole company, and how many people they invite. */
  readonly inviteCalls: number;
  readonly invited: number;
}
