/** Where plans go in, and how far they are. It carries nothing out: writers do, in this process or another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Plan } from '../core/model/change.ts';
import type { WriteProgress } from '../core/model/run.ts';
import { hashTag } from '../lib/keyspace.ts';
import type { Store, Submission, Tally } from '../state/store.ts';
import { type Breaker, breakerText, openBreaker } from './breaker.ts';
import { discardFailed } from './discard-failed.ts';
import { leaseKey } from './feeder.ts';
import { closureText, type Gate } from './gate.ts';
import type { SettledOptions, SubmitOptions, WriteQueue } from './interface.ts';
import { jobOf, type WriteJob } from './job.ts';
import { indexPlan, isUrgent, subjectsOf } from './plan-index.ts';
import { retryFailed } from './retry-failed.ts';

export type { SettledOptions, SubmitOptions, WriteQueue } from './interface.ts';

export interface WriteQueueOptions {
  readonly connection: Redis;
  readonly prefix: string;
  readonly store: Store;
  readonly gate: Pick<Gate, 'closure' | 'perSecond'>;
  readonly clock?: () => number;
}

interface Parts extends Required<WriteQueueOptions> {
  readonly breaker: Breaker;
  readonly jobs: Queue<WriteJob>;
}

const LOOK_MS = 150;

/** Urgent operations that go to BullMQ with their plan; the feeder brings the rest. */
const MOST_AT_ONCE = 100;

const NEVER_SUBMITTED: WriteProgress = {
  total: 0,
  done: 0,
  failed: 0,
  skipped: 0,
  inFlight: 0,
  waiting: null,
  etaSeconds: null,
};

export function openWriteQueue(options: WriteQueueOptions): WriteQueue {
  const breaker = openBreaker(options.connection, options.prefix);
  const { connection } = options;
  const prefix = hashTag(options.prefix);
  const jobs = new Queue<WriteJob>('writes', { connection, prefix, skipWaitingForReady: true });
  // Lost connections are told by the connection itself.
  jobs.on('error', () => {});
  const parts: Parts = { clock: Date.now, ...options, breaker, jobs };
  const { store, clock } = parts;
  return {
    submit: (plan, how) => submit(parts, plan, how),
    progress: (planId) => progress(parts, planId),
    settled: (planId, how) => settled(parts, planId, how),
    failures: (planId) => store.writes.failures(planId),
    retry: (planId, by, opKeys) => retryFailed({ store, clock }, { planId, by, opKeys }),
    discard: (planId, by, why, opKeys) => discardFailed({ store, clock }, { planId, by, why, opKeys }),
    pause: (by, how) => store.pause.set({ by, at: clock(), all: how?.all ?? false }),
    resume: (by) => store.pause.clear(by, clock()),
    close: () => jobs.close(),
  };
}

async function submit({ store, clock, jobs }: Parts, plan: Plan, how: SubmitOptions = {}): Promise<void> {
  const scope = how.scope ?? (plan.only === null ? 'all' : 'part');
  const at = clock();
  // Sealed before any job of it exists: no writer ever waits for a plan that is not there.
  const edition = await store.plans.seal(plan);
  const total = plan.operations.length;
  const run = how.run ?? null;
  const subjects = scope === 'part' ? await subjectsIn(plan) : [];
  await store.writes.submit({ planId: plan.id, scope, total, submittedAt: at, run, edition, subjects });
  // Without waiting for the feeder's next look: they overtake a bulk apply at its next write.
  const urgent = plan.operations.filter(isUrgent).slice(0, MOST_AT_ONCE);
  if (urgent.length > 0) await jobs.addBulk(urgent.map((operation) => jobOf(plan.id, operation)));
}

async function subjectsIn(plan: Plan): Promise<readonly string[]> {
  const index = await indexPlan(plan);
  return [...new Set(plan.operations.flatMap((operation) => subjectsOf(index, operation)))];
}

async function progress(parts: Parts, planId: string): Promise<WriteProgress> {
  const standing = await parts.store.writes.standing(planId);
  if (standing === null) return NEVER_SUBMITTED;
  const { submission, tally } = standing;
  const { done, failed, skipped, inFlight } = tally;
  const { total, state } = submission;
  const isOpen = state === 'open';
  return {
    total,
    done,
    failed,
    // What a newer plan superseded will not be carried out under this one.
    skipped: state === 'superseded' ? Math.max(skipped, total - done - failed - inFlight) : skipped,
    inFlight: state === 'settled' ? 0 : inFlight,
    waiting: isOpen ? await waiting(parts) : null,
    etaSeconds: isOpen ? await eta(parts, submission, { done, failed, skipped }) : null,
  };
}

async function waiting({ store, breaker, gate, connection, prefix, clock }: Parts): Promise<string | null> {
  const pause = await store.pause.get();
  if (pause !== null) return `paused by ${pause.by}${pause.all ? ', deactivations included' : ''}`;
  const closure = await gate.closure();
  if (closure !== null) return closureText(closure);
  const [stopped] = await breaker.open(clock());
  if (stopped !== undefined) return breakerText(stopped);
  if ((await connection.exists(leaseKey(prefix))) === 0) return 'no writer is running';
  return null;
}

/** From the pace so far, and from what the gate lets through before there is one; null while a pause has no end. */
async function eta(
  { store, gate, clock }: Parts,
  { total, submittedAt }: Submission,
  { done, failed, skipped }: Pick<Tally, 'done' | 'failed' | 'skipped'>,
): Promise<number | null> {
  if ((await store.pause.get()) !== null) return null;
  const ended = done + failed + skipped;
  const atBest = 1000 / (await gate.perSecond());
  const each = ended === 0 ? atBest : Math.max(atBest, (clock() - submittedAt) / ended);
  const closedMs = (await gate.closure())?.ms ?? 0;
  return Math.ceil((closedMs + each * (total - ended)) / 1000);
}

async function settled(
  parts: Parts,
  planId: string,
  { signal, onProgress }: SettledOptions,
): Promise<WriteProgress> {
  let told = '';
  for (;;) {
    signal.throwIfAborted();
    const now = await progress(parts, planId);
    const text = JSON.stringify(now);
    if (text !== told) onProgress?.(now);
    told = text;
    if (now.done + now.failed + now.skipped >= now.total) return now;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {
      throw signal.reason;
    });
  }
}
