/** How long the writers wait for a clear answer, and how often they repeat a call. */

/** Waits in ms and bounds of repeating. */
export interface Patience {
  /** Before each look at a subject whose write had no clear answer; a slow server may still be at it. */
  readonly looks: readonly number[];
  /** Before each repetition of a call that did not get through. */
  readonly repeats: readonly number[];
  /** How many times in a row Devin may say "too many requests" to one operation. */
  readonly busy: number;
  /** Longest wait that we choose ourselves after such an answer without a Retry-After. */
  readonly longestBusyMs: number;
}

export const PATIENCE: Patience = {
  looks: [0, 1500, 5000],
  repeats: [1000, 4000, 15_000],
  busy: 50,
  longestBusyMs: 60_000,
};
