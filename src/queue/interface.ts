/** What other rooms know of the queues. */
import type { Plan } from '../core/model/change.ts';
import type { RunTrigger, WriteProgress } from '../core/model/run.ts';
import type { Outcome } from '../state/store.ts';

export interface SubmitOptions {
  /** `all` supersedes every plan in hand; `part` runs beside it: the default for a plan of a scoped run. */
  readonly scope?: 'all' | 'part';
  /** The run that made it, for the journal. */
  readonly run?: string;
}

export interface SettledOptions {
  /** Ends the waiting, not the writing. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: WriteProgress) => void;
}

/** Plans go in here and are carried out by whichever writer runs, in this process or another. */
export interface WriteQueue {
  /** Stores the plan and opens it to the writers; a plan that is open already goes on. */
  submit(plan: Plan, options?: SubmitOptions): Promise<void>;
  /** All zero for a plan that was never submitted. */
  progress(planId: string): Promise<WriteProgress>;
  /** Resolves when no operation of the plan is left to do. Rejects with the signal's reason. */
  settled(planId: string, options: SettledOptions): Promise<WriteProgress>;
  /** The dead letters: operations that failed for good, with the reason in words. */
  failures(planId: string): Promise<readonly Outcome[]>;
  /**
   * Tries dead letters again, all of them or those named, and what was skipped because of one. Returns how many
   * operations are open again.
   * @throws ConfigError for a plan or operation that did not fail, or when a newer plan has taken over.
   */
  retry(planId: string, by: string, opKeys?: readonly string[]): Promise<number>;
  /**
   * Takes dead letters off the list, all of them or those named; they count as skipped from then on. Returns how many.
   * @throws ConfigError for an operation that did not fail.
   */
  discard(planId: string, by: string, why: string, opKeys?: readonly string[]): Promise<number>;
  /** Takes effect between two writes. Deactivations and one-person resyncs go on unless `all`. */
  pause(by: string, options?: { readonly all?: boolean }): Promise<void>;
  resume(by: string): Promise<void>;
  close(): Promise<void>;
}

export interface RunRequest {
  readonly id: string;
  readonly trigger: RunTrigger;
}

/**
 * Runs one turn. The signal says that this replica stops, or has lost the run: end soon, another one will run it again.
 * `isOurs` is asked right before what must not be done by two: a replica that was cut off from Redis, or stood still,
 * for longer than its lock lives has lost its run without knowing.
 */
export type RunHandler = (
  request: RunRequest,
  signal: AbortSignal,
  isOurs: () => Promise<boolean>,
) => Promise<unknown>;

/** One run at a time over all replicas. */
export interface RunQueue {
  /** Starts to work, and to schedule. Without it this process only asks for runs. */
  start(): Promise<void>;
  /** The id of the run that will answer this trigger: one that waits already, or a new one. */
  request(trigger: RunTrigger): Promise<string>;
  /** Other times of the schedule from now on, for every replica. `jitter` as in the configuration. */
  reschedule(times: { readonly intervalMs: number; readonly jitter: number }): Promise<void>;
  /** Runs that wait for their turn, and the one in hand. */
  waiting(): Promise<number>;
  /** Epoch ms of the next scheduled run; null when there is none. */
  nextAt(): Promise<number | null>;
  /** Resolves when the handler has ended for this run. Rejects with the signal's reason. */
  wait(runId: string, signal: AbortSignal): Promise<void>;
  /** Takes no more runs and gives back the one in hand; runs can still be asked for. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Timing of locks, in ms; production values stand in `DEFAULT_LOCKS`. */
export interface LockTimes {
  /** A job whose worker has not renewed its lock for so long is taken over. */
  readonly lockMs: number;
  readonly stalledMs: number;
  /** How many dead workers one job survives. */
  readonly maxStalled: number;
}

export const DEFAULT_LOCKS: LockTimes = { lockMs: 30_000, stalledMs: 15_000, maxStalled: 10 };
