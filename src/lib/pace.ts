/** The one shared gate in front of a vendor's API; over all replicas it lives in Redis. */
export interface Pace {
  /**
   * Resolves when the next call may go out; waits while the gate is closed. Rejects with the signal's reason
   * when it is aborted, and then no call was counted.
   */
  acquire(signal: AbortSignal): Promise<Pass>;
  /** Closes the gate to everybody for `ms`, with the reason in words; never shortens a longer closure. */
  closedFor(ms: number, why: string): Promise<void>;
}

/** For one call. Its holder says how it went; nobody waits for the gate to hear it, and nothing is thrown. */
export interface Pass {
  /** The call has ended, with an answer or without; `tookMs` counts from the moment it was sent. */
  used(tookMs: number): void;
  /** Nothing was sent: the place is somebody else's. */
  unused(): void;
}

/** Carries a call out and tells the gate how long it took. */
export async function timed<T>(pass: Pass, call: () => Promise<T>): Promise<T> {
  const began = performance.now();
  try {
    return await call();
  } finally {
    pass.used(performance.now() - began);
  }
}

/** Of a gate that counts nothing. */
export const FREE_PASS: Pass = { used: () => {}, unused: () => {} };

/** A gate that is always open: for tests, and for a single look by hand. */
export const unpaced: Pace = {
  acquire: async (signal) => {
    signal.throwIfAborted();
    return FREE_PASS;
  },
  closedFor: async () => {},
};
