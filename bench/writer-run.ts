export interface WriterRun {
  /** Calls a second that were allowed, and that Devin has seen while writing. */
  readonly allowed: number;
  readonly achieved: number;
  /** Refusals for calling too fast. */
  readonly refused: number;
  readonly operations: number;
  /** At no limit: operations a second of the queue, and of the same requests sent plainly. */
  readonly queuePerSecond: number;
  readonly plainPerSecond: number;
  /** Operations a second that `submit` takes in, and bytes of Redis for each operation that was carried out. */
  readonly enqueuePerSecond: number;
  readonly bytesPerOperation: number;
  readonly enqueued: number;
}
