/**
 * The stored plan is the queue; BullMQ holds only its next few operations. The feeder of one writer at a time
 * tops it up in order of lane and phase. A job that is dropped (a pause, a breaker, a replica that stopped)
 * needs no care: once the queue is empty, whatever has no outcome is brought again.
 */
import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Operation } from '../core/model/operation.ts';
import { keyspace } from '../lib/keyspace.ts';
import { script } from '../lib/redis-script.ts';
import type { Store, Submission } from '../state/store.ts';
import type { Breaker } from './breaker.ts';
import type { PlanIndex } from './plan-index.ts';

/** BullMQ's jobs cost 1 KB each, and a priority queue of 100,000 would be slow to supersede. */
const MOST_JOBS = 1000;
/** Room that bulk work leaves for lanes 1 and 2. */
const URGENT_ROOM = 100;
const WINDOW = 500;
const LEASE_MS = 5000;
const RESCAN_MS = { first: 200, longest: 5000 };

export interface WriteJob {
  readonly planId: string;
  readonly opKey: string;
}

export interface FeederDeps {
  readonly queue: Queue<WriteJob>;
  readonly connection: Redis;
  readonly prefix: string;
  readonly store: Store;
  readonly breaker: Breaker;
  readonly planOf: (planId: string) => Promise<PlanIndex | null>;
  readonly clock: () => number;
  readonly tries: Tries;
}

/** How often a job is tried again after a fault of ours, such as a Redis that failed over. */
export interface Tries {
  readonly attempts: number;
  /** Doubles each time. */
  readonly backoffMs: number;
}

/** Takes or keeps the lease. KEYS: lease. ARGV: who, ms. */
const takeLease = script(
  'idpTakeLease',
  `local holder = redis.call('GET', KEYS[1])
  if holder and holder ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`,
);

export function leaseKey(prefix: string): string {
  return keyspace(prefix)('writes', 'feeder');
}

/** Where the feeding of one plan stands. */
interface Cursor {
  urgent: number;
  bulk: number;
}

/** Operations that may be brought: those of `list` before `end`, but for kinds that are stopped. */
interface Offer {
  readonly planId: string;
  readonly list: readonly Operation[];
  readonly lane: keyof Cursor;
  readonly cursor: Cursor;
  readonly end: number;
  readonly stopped: ReadonlySet<string>;
}

export class Feeder {
  readonly #deps: FeederDeps;
  readonly #me = randomUUID();
  readonly #cursors = new Map<string, Cursor>();
  #rescanAt = 0;
  #rescanMs = RESCAN_MS.first;

  constructor(deps: FeederDeps) {
    this.#deps = deps;
  }

  /** One look at what can be fed. */
  async turn(): Promise<void> {
    const { connection, prefix, store } = this.#deps;
    if ((await takeLease(connection, [leaseKey(prefix)], [this.#me, LEASE_MS])) !== 1) {
      this.#cursors.clear();
      return;
    }
    const open = await store.writes.open();
    for (const id of this.#cursors.keys())
      if (!open.some(({ planId }) => planId === id)) this.#cursors.delete(id);
    if (open.length === 0) return;
    let room = MOST_JOBS - (await this.#inQueue());
    if (room === MOST_JOBS) await this.#startOver();
    for (const submission of open) room -= await this.#feed(submission, room);
  }

  /** Another writer takes over at once. */
  async stop(): Promise<void> {
    const lease = leaseKey(this.#deps.prefix);
    if ((await this.#deps.connection.get(lease)) === this.#me) await this.#deps.connection.del(lease);
  }

  async #inQueue(): Promise<number> {
    const counts = await this.#deps.queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  /** The queue is empty: what has no outcome yet was dropped, or was never brought. */
  async #startOver(): Promise<void> {
    const now = this.#deps.clock();
    if (now < this.#rescanAt) return;
    this.#rescanAt = now + this.#rescanMs;
    this.#rescanMs = Math.min(RESCAN_MS.longest, this.#rescanMs * 2);
    this.#cursors.clear();
    // A failed job that is kept would swallow the next one of its name.
    await this.#deps.queue.clean(0, MOST_JOBS, 'failed');
  }

  async #feed(submission: Submission, room: number): Promise<number> {
    const { store, breaker, planOf, clock } = this.#deps;
    const index = await planOf(submission.planId);
    if (index === null) return 0;
    const cursor = this.#cursors.get(submission.planId) ?? { urgent: 0, bulk: 0 };
    this.#cursors.set(submission.planId, cursor);
    const pause = await store.pause.get();
    const stopped = new Set((await breaker.open(clock())).map(({ kind }) => kind));
    const offer = { planId: submission.planId, cursor, stopped };
    let fed = 0;
    if (pause?.all !== true) {
      const list = index.urgent;
      fed += await this.#fill({ ...offer, list, lane: 'urgent', end: list.length }, room);
    }
    if (pause !== null) return fed;
    const { start, end } = await this.#barrier(submission, index);
    cursor.bulk = Math.max(cursor.bulk, start);
    const bulkRoom = room - fed - URGENT_ROOM;
    return fed + (await this.#fill({ ...offer, list: index.bulk, lane: 'bulk', end }, bulkRoom));
  }

  /** Which operations of `bulk` may be out: those of the lowest phase that is not done. */
  async #barrier({ planId }: Submission, { phases }: PlanIndex): Promise<{ start: number; end: number }> {
    const ended = (await this.#deps.store.writes.tally(planId)).phases;
    let start = 0;
    for (const [phase, count] of phases) {
      if ((ended.get(phase) ?? 0) < count) return { start, end: start + count };
      start += count;
    }
    return { start, end: start };
  }

  async #fill({ planId, list, lane, cursor, end, stopped }: Offer, room: number): Promise<number> {
    let fed = 0;
    while (fed < room && cursor[lane] < end) {
      const take = Math.min(WINDOW, room - fed, end - cursor[lane]);
      const free = list.slice(cursor[lane], cursor[lane] + take).filter(({ kind }) => !stopped.has(kind));
      const keys = free.map(({ key }) => key);
      const outcomes = await this.#deps.store.writes.outcomes(planId, keys);
      const open = free.filter((_, at) => outcomes[at] === null);
      if (open.length > 0)
        await this.#deps.queue.addBulk(open.map((one) => jobOf(planId, one, this.#deps.tries)));
      cursor[lane] += take;
      fed += open.length;
    }
    if (fed > 0) this.#rescanMs = RESCAN_MS.first;
    return fed;
  }
}

/** A job's name is its operation's: adding one twice adds nothing. BullMQ forbids ':' in names. */
function jobOf(
  planId: string,
  { key, lane }: Operation,
  tries: Tries,
): Parameters<Queue<WriteJob>['addBulk']>[0][number] {
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
