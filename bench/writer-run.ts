export interface WriterRun {
  /** At no limit: operations a second of the queue, and of the same requests sent plainly. */
  readonly queuePerSecond: number;
  readonly plainPerSecond: number;
  /** Operations a second that `submit` takes in, and bytes of Redis for each operation that was carried out. */
  readonly enqueuePerSecond: number;
  readonly bytesPerOperation: number;
  readonly enqueued: number;
}

/** Reads and writes of so many replicas at one limit. */
export interface ShareRun {
  readonly perSecond: number;
  readonly replicas: number;
  /** Of the allowed rate, from 0 to 1. */
  readonly share: number;
  /** Refusals for calling too fast. */
  readonly refused: number;
  readonly writes: number;
  /** Reads and writes that arrived. */
  readonly calls: number;
}
