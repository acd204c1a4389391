/** A writer: takes operations of open plans one by one and carries them out. Any number may run, anywhere. */
import { type Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Operation } from '../core/model/operation.ts';
import type { DevinTarget } from '../devin/target.ts';
import { endsWithin } from '../lib/ends-within.ts';
import { errorText } from '../lib/errors.ts';
import { hashTag } from '../lib/keyspace.ts';
import type { Pace } from '../lib/pace.ts';
import type { Store } from '../state/store.ts';
import { openBreaker } from './breaker.ts';
import { carryOut } from './carry-out.ts';
import { CLOSE_MS, closeWithin } from './close.ts';
import { Feeder } from './feeder.ts';
import { DEFAULT_LOCKS, type LockTimes } from './interface.ts';
import { TRIES, type Tries, type WriteJob } from './job.ts';
import { type End, recordEnd } from './outcomes.ts';
import { PATIENCE, type Patience } from './patience.ts';
import { type PlanIndex, type PlanShelf, planShelf } from './plan-index.ts';
import { subjectLock } from './subject-lock.ts';
import type { CarryOutDeps } from './task.ts';

export interface WriterOptions {
  /** One that waits while Redis is away; the store should be on such a connection as well. */
  readonly connection: Redis;
  readonly prefix: string;
  readonly store: Store;
  readonly target: DevinTarget;
  readonly pace: Pace;
  /** Of the SCIM service; without one its calls wait at `pace`. */
  readonly scimPace?: Pace;
  /** Operations in hand at a time; more than rate × latency gains nothing, and makes urgent ones wait. Default 4. */
  readonly concurrency?: number;
  /** Name of the acting key, for the journal. */
  readonly actor: string;
  readonly clock?: () => number;
  readonly locks?: LockTimes;
  readonly patience?: Patience;
  /** In a refusal of an invite, in any case: there are no free seats. Default: seat, licen[sc]e. */
  readonly seatWords?: readonly string[];
  readonly tries?: Tries;
  readonly observe?: (operation: Operation, end: End) => void;
  /** A kind of operation, or everything, was stopped; why, in words. */
  readonly alert?: (text: string) => void;
  readonly onError?: (error: Error) => void;
  /** `close` takes no longer than this, and a moment; default `CLOSE_MS`. */
  readonly closeMs?: number;
}

export interface Writer {
  /** The key may be another one: what was stopped because of it is tried at once. */
  tryAgain(): Promise<void>;
  /** Lets calls in hand end; what was not sent stays open for another writer. */
  close(): Promise<void>;
}

const TICK_MS = 250;
const LAST_MS = 500;
const SHORTEST_TICK_MS = 25;

/** Before the end of the time to close calls are cut off, so that the end is orderly; whoever takes over reads them back. */
const CUT_OFF = 0.9;

const SEAT_WORDS = ['seat', 'license', 'licence'];

const jobSchema = z.object({ planId: z.string(), opKey: z.string() });

interface Parts {
  readonly options: WriterOptions;
  readonly deps: CarryOutDeps;
  readonly planOf: PlanShelf;
  readonly stop: AbortController;
}

export function startWriter(options: WriterOptions): Writer {
  const { connection, store } = options;
  const prefix = hashTag(options.prefix);
  const stop = new AbortController();
  const hardStop = new AbortController();
  const planOf = planShelf(store.plans);
  const deps = depsOf(options, hardStop.signal);
  const queue = new Queue<WriteJob>('writes', { connection, prefix });
  const worker = startWorker({ options, deps, planOf, stop }, prefix);
  const tries = options.tries ?? TRIES;
  const feeder = new Feeder({ ...deps, queue, connection, prefix: options.prefix, planOf, tries });
  const onError = options.onError ?? (() => {});
  const again = deps.breaker.tryAgain().catch(onError);
  const loop = again.then(() => feedLoop(feeder, worker, stop.signal, onError));
  queue.on('error', onError);
  worker.on('error', onError);
  const closeMs = options.closeMs ?? CLOSE_MS;
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    stop.abort();
    const late = setTimeout(() => hardStop.abort(new Error('this writer has to stop')), CUT_OFF * closeMs);
    // The feeder waits as long as Redis is away.
    await Promise.all([endsWithin(loop, closeMs), closeWithin(worker, closeMs)]);
    clearTimeout(late);
    await endsWithin(queue.close(), LAST_MS);
  };
  return { tryAgain: () => deps.breaker.tryAgain(), close: () => (closing ??= close()) };
}

function depsOf(options: WriterOptions, hardStop: AbortSignal): CarryOutDeps {
  const { connection, prefix, store, target, pace, actor } = options;
  return {
    store,
    target,
    pace,
    scimPace: options.scimPace ?? pace,
    actor,
    hardStop,
    breaker: openBreaker(connection, prefix),
    lock: subjectLock(connection, prefix, (options.locks ?? DEFAULT_LOCKS).lockMs),
    clock: options.clock ?? Date.now,
    patience: options.patience ?? PATIENCE,
    seatWords: (options.seatWords ?? SEAT_WORDS).map((word) => word.toLowerCase()),
    alert: options.alert ?? (() => {}),
    observe: options.observe ?? (() => {}),
  };
}

function startWorker(parts: Parts, prefix: string): Worker<WriteJob> {
  const { options, deps, planOf, stop } = parts;
  const { lockMs, stalledMs, maxStalled } = options.locks ?? DEFAULT_LOCKS;
  const run = async (job: Job<WriteJob>): Promise<void> => {
    const { index, operation } = await operationOf(options.store, planOf, job);
    if (index && operation && !stop.signal.aborted) await carryOut(deps, index, operation, stop.signal);
  };
  const worker = new Worker<WriteJob>('writes', run, {
    connection: options.connection,
    prefix,
    concurrency: options.concurrency ?? 4,
    lockDuration: lockMs,
    stalledInterval: stalledMs,
    maxStalledCount: maxStalled,
  });
  worker.on('failed', (job, error) => {
    if (job !== undefined) void giveUp(parts, job, error).catch((problem) => options.onError?.(problem));
  });
  return worker;
}

/** null: the plan is gone, or was submitted again without it. */
async function operationOf(
  store: Store,
  planOf: PlanShelf,
  job: Job<WriteJob>,
): Promise<{ index: PlanIndex | null; operation: Operation | null }> {
  const { planId, opKey } = jobSchema.parse(job.data);
  const submission = await store.writes.submission(planId);
  const index = submission === null ? null : await planOf(submission);
  return { index, operation: index?.operations.get(opKey) ?? null };
}

/** A job that failed for good, by a fault of ours or by killing its workers, becomes a dead letter with words. */
async function giveUp({ options, deps, planOf }: Parts, job: Job<WriteJob>, error: Error): Promise<void> {
  if ((await job.getState()) !== 'failed') return;
  const { index, operation } = await operationOf(options.store, planOf, job);
  if (index && operation && !isRedisTrouble(error)) {
    const reason = `given up after ${job.attemptsMade} tries: ${errorText(error)}`;
    const end: End = { state: 'failed', result: null, attempts: 0, status: null, reason };
    const resolver = { user: (name: string) => name, org: (name: string) => name };
    const at = deps.clock();
    const ended = { index, operation, resolver, end, actor: deps.actor, run: null, request: null, at };
    await recordEnd(options.store, ended);
    deps.observe(operation, end);
  }
  await job.remove();
}

/** Redis is full, read-only, loading or failing over: nothing is wrong with the operation, so it is brought again. */
function isRedisTrouble({ message }: Error): boolean {
  return /^(OOM|READONLY|LOADING|MISCONF|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|TRYAGAIN|BUSY|EXECABORT)\b/.test(
    message,
  );
}

/** Feeds whenever a job ends, and every so often besides; one failure, such as a Redis away, ends nothing. */
async function feedLoop(
  feeder: Feeder,
  worker: Worker<WriteJob>,
  stop: AbortSignal,
  onError: (error: Error) => void,
): Promise<void> {
  let wake: () => void = () => {};
  worker.on('completed', () => wake());
  stop.addEventListener('abort', () => wake());
  while (!stop.aborted) {
    await feeder.turn().catch(onError);
    await pause(SHORTEST_TICK_MS);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TICK_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (stop.aborted) wake();
    });
  }
  await feeder.stop().catch(onError);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
