/** The runs queue: one turn of the loop at a time over all replicas, asked for by the clock, people and events. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, Queue, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { queuedRun, type RunTrigger } from '../core/model/run.ts';
import { RunTriggerData } from '../core/model/run-schema.ts';
import { endsWithin } from '../lib/ends-within.ts';
import { hashTag, keyspace } from '../lib/keyspace.ts';
import { script } from '../lib/redis-script.ts';
import type { RunStore } from '../state/store.ts';
import { CLOSE_MS, closeWithin } from './close.ts';
import {
  DEFAULT_LOCKS,
  type LockTimes,
  type RunHandler,
  type RunQueue,
  type RunRequest,
} from './interface.ts';

export type { RunQueue, RunRequest } from './interface.ts';

export interface QueueConnections {
  readonly prefix: string;
  readonly producer: Redis;
  readonly worker: Redis;
}

export interface RunQueueOptions {
  readonly connections: QueueConnections;
  readonly intervalMs: number;
  /** Share of the interval, 0 to 1, by which it is shortened, each daemon by its own part. */
  readonly jitter: number;
  readonly handler: RunHandler;
  /** Where a run that waits can be seen before it starts. */
  readonly records?: Pick<RunStore, 'add'>;
  readonly locks?: LockTimes;
  readonly onError?: (error: Error) => void;
  /** A turn that does not end on a signal within this time is left to another replica; default `CLOSE_MS`. */
  readonly closeMs?: number;
}

const SCHEDULER = 'periodic';
const LAST_MS = 500;
const SCHEDULED_JOB = /^repeat:periodic:(\d+)$/;

/** A run that waits longer has lost its job; the next trigger makes a new one. */
const PENDING_MS = 24 * 3_600_000;

/** People do not wait behind the schedule. */
const PRIORITY = { asked: 1, schedule: 2 } as const;

const jobData = z.object({ trigger: RunTriggerData.nullable() });

const deleteIfEqual = script(
  'idpDeleteIfEqual',
  `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`,
);

export function openRunQueue(options: RunQueueOptions): RunQueue {
  const { connections, records } = options;
  const prefix = hashTag(connections.prefix);
  const queue = new Queue('runs', { connection: connections.producer, prefix, skipWaitingForReady: true });
  queue.on('error', options.onError ?? (() => {}));
  let worker: Worker | null = null;
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    worker?.cancelAllJobs('shutdown');
    stopping ??= worker === null ? Promise.resolve() : closeWithin(worker, options.closeMs ?? CLOSE_MS);
    return stopping;
  };
  return {
    start: async () => {
      if (worker !== null) return;
      worker = startWorker(options, prefix);
      await queue.setGlobalConcurrency(1);
      await schedule(queue, options);
    },
    reschedule: async (times) => {
      await schedule(queue, { ...options, ...times });
    },
    waiting: async () => {
      const counts = await queue.getJobCounts('waiting', 'prioritized', 'active');
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
    request: async (trigger) => {
      const id = await claim(connections, trigger);
      // Also for a run that waits already: the process that claimed it may have died before it noted it or added the
      // job; and it may be under way by the time that this one comes to it.
      await records?.add(queuedRun(id, trigger));
      const opts = { jobId: id, removeOnComplete: true, removeOnFail: true, priority: PRIORITY.asked };
      await queue.add('run', { trigger }, opts);
      return id;
    },
    nextAt: async () => (await queue.getJobScheduler(SCHEDULER))?.next ?? null,
    wait: async (runId, signal) => {
      while ((await queue.getJobState(jobIdOf(runId))) !== 'unknown') {
        await sleep(100, undefined, { signal }).catch(() => {
          throw signal.reason;
        });
      }
    },
    stop,
    close: async () => {
      await stop();
      await endsWithin(queue.close(), LAST_MS);
    },
  };
}

async function schedule(queue: Queue, options: RunQueueOptions): Promise<void> {
  const opts = { removeOnComplete: true, removeOnFail: true, priority: PRIORITY.schedule };
  const template = { name: 'run', data: { trigger: null }, opts };
  await queue.upsertJobScheduler(SCHEDULER, { every: shortened(options) }, template);
}

function startWorker(options: RunQueueOptions, prefix: string): Worker {
  const { lockMs, stalledMs, maxStalled } = options.locks ?? DEFAULT_LOCKS;
  const worker = new Worker('runs', (job, token, signal) => carryOut(options, job, token, signal), {
    connection: options.connections.worker,
    prefix,
    concurrency: 1,
    lockDuration: lockMs,
    stalledInterval: stalledMs,
    maxStalledCount: maxStalled,
  });
  worker.on('error', options.onError ?? (() => {}));
  worker.on('lockRenewalFailed', (jobs) => {
    for (const id of jobs) worker.cancelJob(id, 'another replica has taken it over');
  });
  return worker;
}

async function carryOut(
  { connections, handler, locks = DEFAULT_LOCKS }: RunQueueOptions,
  job: Job,
  token: string | undefined,
  signal = new AbortController().signal,
): Promise<void> {
  const request = requestOf(job);
  // From here on a new trigger is a new run: this one may have read what the trigger is about already.
  await deleteIfEqual(connections.worker, [pendingKey(connections.prefix, request.trigger)], [request.id]);
  try {
    await handler(request, signal, async () => (await job.extendLock(token ?? '', locks.lockMs)) === 1);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (!signal.aborted) return;
  await job.moveToWait(token);
  throw new WaitingError();
}

function requestOf(job: Job): RunRequest {
  const { trigger } = jobData.parse(job.data);
  const scheduled: RunTrigger = { kind: 'schedule', scope: {}, by: 'schedule', at: job.timestamp };
  return { id: runIdOf(job.id ?? ''), trigger: trigger ?? scheduled };
}

function runIdOf(jobId: string): string {
  return jobId.replace(SCHEDULED_JOB, 'schedule-$1');
}

function jobIdOf(runId: string): string {
  return runId.replace(/^schedule-(\d+)$/, `repeat:${SCHEDULER}:$1`);
}

/**
 * BullMQ's own deduplication gives the id of the *running* job to whoever asks while one runs; a caller needs the
 * id of the run that will start after the question. So the waiting run of each kind and scope has a key of ours.
 */
async function claim({ prefix, producer }: QueueConnections, trigger: RunTrigger): Promise<string> {
  const key = pendingKey(prefix, trigger);
  for (;;) {
    const id = randomUUID();
    if ((await producer.set(key, id, 'PX', PENDING_MS, 'NX')) === 'OK') return id;
    const waiting = await producer.get(key);
    if (waiting !== null) return waiting;
  }
}

function pendingKey(prefix: string, { kind, scope }: RunTrigger): string {
  const text = JSON.stringify([kind, scope.user ?? null, scope.group ?? null, scope.org ?? null]);
  return keyspace(prefix)('runs', 'pending', createHash('sha256').update(text).digest('hex').slice(0, 32));
}

/** The same for every replica of one daemon, different between daemons: they do not all read at once. */
function shortened({ intervalMs, jitter, connections }: RunQueueOptions): number {
  const hash = createHash('sha256').update(connections.prefix).digest().readUInt32BE(0) / 2 ** 32;
  return Math.max(1000, Math.round(intervalMs * (1 - jitter * hash)));
}
