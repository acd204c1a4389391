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
import { type Breaker, isStopped, type OpenBreaker } from './breaker.ts';
import { jobOf, type Tries, type WriteJob } from './job.ts';
import { type PlanIndex, type PlanShelf, placeholdersOf } from './plan-index.ts';

/** BullMQ's jobs cost 1 KB each, and a priority queue of 100,000 would be slow to supersede. */
const MOST_JOBS = 1000;
/** Room that bulk work leaves for lanes 1 and 2. */
const URGENT_ROOM = 100;
const WINDOW = 500;
const LEASE_MS = 5000;
const RESCAN_MS = { first: 200, longest: 5000 };

export interface FeederDeps {
  readonly queue: Queue<WriteJob>;
  readonly connection: Redis;
  readonly prefix: string;
  readonly store: Store;
  readonly breaker: Breaker;
  readonly planOf: PlanShelf;
  readonly clock: () => number;
  readonly tries: Tries;
}

/** Takes or keeps the lease. KEYS: lease. ARGV: who, ms. */
const takeLease = script(
  'idpTakeLease',
  `local holder = redis.call('GET', KEYS[1])
  if holder and holder ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`,
);

/** KEYS: lease. ARGV: who. Ours may have lapsed, and another writer has taken it. */
const leaveLease = script(
  'idpLeaveLease',
  `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`,
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
  readonly index: PlanIndex;
  readonly list: readonly Operation[];
  readonly lane: keyof Cursor;
  readonly cursor: Cursor;
  readonly end: number;
  readonly stopped: readonly OpenBreaker[];
  /** Keys of operations of stopped kinds that others wait for. */
  readonly parked: ReadonlySet<string>;
}

export class Feeder {
  readonly #deps: FeederDeps;
  readonly #me = randomUUID();
  readonly #cursors = new Map<string, Cursor>();
  #rescanAt = 0;
  #rescanMs = RESCAN_MS.first;
  /** What had ended at the last rescan. */
  #ended = '';

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
    const names = new Set(open.map(cursorName));
    for (const name of this.#cursors.keys()) if (!names.has(name)) this.#cursors.delete(name);
    if (open.length === 0) return;
    let room = MOST_JOBS - (await this.#inQueue());
    if (room === MOST_JOBS) await this.#startOver(open);
    for (const submission of open) room -= await this.#feed(submission, room);
  }

  /** Another writer takes over at once. */
  async stop(): Promise<void> {
    await leaveLease(this.#deps.connection, [leaseKey(this.#deps.prefix)], [this.#me]);
  }

  async #inQueue(): Promise<number> {
    const counts = await this.#deps.queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  /** The queue is empty: what has no outcome yet was dropped, or was never brought. */
  async #startOver(open: readonly Submission[]): Promise<void> {
    const now = this.#deps.clock();
    if (now < this.#rescanAt) return;
    const ended = (await Promise.all(open.map((one) => this.#endedOf(one)))).join();
    // What comes back again and again without an end waits for something; looking often would not help it.
    this.#rescanMs =
      ended === this.#ended ? Math.min(RESCAN_MS.longest, this.#rescanMs * 2) : RESCAN_MS.first;
    this.#ended = ended;
    this.#rescanAt = now + this.#rescanMs;
    this.#cursors.clear();
    // A failed job that is kept would swallow the next one of its name.
    await this.#deps.queue.clean(0, MOST_JOBS, 'failed');
  }

  async #endedOf({ planId }: Submission): Promise<string> {
    const { done, failed, skipped } = await this.#deps.store.writes.tally(planId);
    return `${planId} ${done + failed + skipped}`;
  }

  async #feed(submission: Submission, room: number): Promise<number> {
    const { store, breaker, planOf, clock } = this.#deps;
    const index = await planOf(submission);
    if (index === null) return 0;
    const name = cursorName(submission);
    const cursor = this.#cursors.get(name) ?? { urgent: 0, bulk: 0 };
    this.#cursors.set(name, cursor);
    const pause = await store.pause.get();
    const stopped = await breaker.open(clock());
    const parked = await this.#parked(index, stopped);
    const offer = { index, cursor, stopped, parked };
    let fed = 0;
    if (pause?.all !== true) {
      const list = index.urgent;
      fed += await this.#fill({ ...offer, list, lane: 'urgent', end: list.length }, room);
    }
    if (pause !== null) return fed;
    const { start, end } = await this.#barrier(index, stopped, parked);
    cursor.bulk = Math.max(cursor.bulk, start);
    const bulkRoom = room - fed - URGENT_ROOM;
    return fed + (await this.#fill({ ...offer, list: index.bulk, lane: 'bulk', end }, bulkRoom));
  }

  /**
   * Which operations of `bulk` may be out: those of the lowest phase that is not done. A kind that is stopped, and
   * what needs its results, keep nobody else waiting; `dependencies` holds back what builds on them.
   */
  async #barrier(
    index: PlanIndex,
    stopped: readonly OpenBreaker[],
    parked: ReadonlySet<string>,
  ): Promise<{ start: number; end: number }> {
    const tally = await this.#deps.store.writes.tally(index.plan.id);
    let at = 0;
    let start: number | null = null;
    for (const [phase, count] of index.phases) {
      const left = count - (tally.phases.get(phase) ?? 0);
      if (left > 0) start ??= at;
      at += count;
      let waiting = 0;
      for (const [kind, all] of index.phaseKinds.get(phase) ?? []) {
        const name = `${phase} ${kind}`;
        if (isStopped(stopped, kind)) waiting += all - (tally.kinds.get(name) ?? 0);
        else for (const maker of parked) waiting += index.dependents.get(maker)?.get(name) ?? 0;
      }
      if (left > waiting) break;
    }
    return { start: start ?? at, end: at };
  }

  /** Operations of stopped kinds that others wait for, by key. */
  async #parked(index: PlanIndex, stopped: readonly OpenBreaker[]): Promise<ReadonlySet<string>> {
    if (stopped.length === 0) return new Set();
    const makers = [...index.dependents.keys()].filter((key) => {
      const maker = index.operations.get(key);
      return maker !== undefined && isStopped(stopped, maker.kind);
    });
    const outcomes = await this.#deps.store.writes.outcomes(index.plan.id, makers);
    return new Set(makers.filter((_, at) => outcomes[at] === null));
  }

  async #fill(offer: Offer, room: number): Promise<number> {
    const { index, list, lane, cursor, end } = offer;
    const planId = index.plan.id;
    let fed = 0;
    while (fed < room && cursor[lane] < end) {
      const take = Math.min(WINDOW, room - fed, end - cursor[lane]);
      const slice = list.slice(cursor[lane], cursor[lane] + take);
      const free = freeOf(offer, slice);
      const keys = free.map(({ key }) => key);
      const outcomes = await this.#deps.store.writes.outcomes(planId, keys);
      const open = free.filter((_, at) => outcomes[at] === null);
      if (open.length > 0)
        await this.#deps.queue.addBulk(open.map((one) => jobOf(planId, one, this.#deps.tries)));
      cursor[lane] += take;
      fed += open.length;
    }
    return fed;
  }
}

/** A plan that is submitted with other operations is fed from the beginning. */
function cursorName({ planId, edition }: Submission): string {
  return `${planId} ${edition}`;
}

/** Those whose kind is not stopped, and that need nothing which a stopped kind has yet to make. */
function freeOf({ index, stopped, parked }: Offer, slice: readonly Operation[]): readonly Operation[] {
  if (stopped.length === 0) return slice;
  return slice.filter(
    (operation) =>
      !isStopped(stopped, operation.kind) &&
      !placeholdersOf(operation).some((name) => parked.has(index.makers.get(name) ?? '')),
  );
}
