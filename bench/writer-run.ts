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

/** What a process holds; bytes, and the longest block of its event loop in ms. */
export interface Held {
  readonly rss: number;
  readonly heapUsed: number;
  readonly blockMs: number;
}

/** One large plan fed and carried out at no limit. */
export interface BulkRun {
  readonly operations: number;
  readonly seconds: number;
  /** How often the progress was looked at; it had moved each time. */
  readonly looks: number;
  /** Bytes that the writer's heap holds after a collection, at each tenth of the way. */
  readonly live: readonly number[];
  /** Most bytes of the writer, and of what Redis keeps. */
  readonly rss: number;
  readonly redis: number;
  readonly redisPlan: number;
  readonly redisAfter: number;
  /** Longest block of the writer's event loop. */
  readonly blockMs: number;
}
