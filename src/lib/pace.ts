/** The one shared gate in front of a vendor's API; over all replicas it lives in Redis. */
export interface Pace {
  /**
   * Resolves when the next call may go out; waits while the gate is closed. Rejects with the signal's reason
   * when it is aborted, and then no call was counted.
   */
  acquire(signal: AbortSignal): Promise<void>;
  /** Closes the gate to everybody for `ms`, with the reason in words; never shortens a longer closure. */
  closedFor(ms: number, why: string): Promise<void>;
}

/** A gate that is always open: for tests, and for a single look by hand. */
export const unpaced: Pace = {
  acquire: async (signal) => signal.throwIfAborted(),
  closedFor: async () => {},
};
