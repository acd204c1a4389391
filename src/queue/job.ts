/** An operation as a job of BullMQ. */
import type { JobsOptions } from 'bullmq';
import type { Operation } from '../core/model/operation.ts';

export interface WriteJob {
  readonly planId: string;
  readonly opKey: string;
}

/** How often a job is tried again after a fault of ours, such as a Redis that failed over. */
export interface Tries {
  readonly attempts: number;
  /** Doubles each time. */
  readonly backoffMs: number;
}

export const TRIES: Tries = { attempts: 5, backoffMs: 1000 };

/** A job's name is its operation's: adding one twice adds nothing. BullMQ forbids ':' in names. */
export function jobOf(
  planId: string,
  { key, lane }: Operation,
  tries: Tries = TRIES,
): { name: string; data: WriteJob; opts: JobsOptions } {
  return {
    name: 'write',
    data: { planId, opKey: key },
    opts: {
      jobId: `${encodeURIComponent(planId)}-${encodeURIComponent(key)}`,
      // Jobs without a priority would run before all others.
      priority: lane,
      attempts: tries.attempts,
      backoff: { type: 'exponential', delay: tries.backoffMs },
      removeOnComplete: true,
    },
  };
}
