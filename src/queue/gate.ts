/**
 * One gate in front of Devin for every call, read or write, of every replica. It hands out slots of an exact
 * sliding window, at most a second ahead, so that an urgent call never stands behind a long line of reserved
 * ones; it closes for everybody when Devin says to wait, goes slower after that, and recovers within two minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { keyspace } from '../lib/keyspace.ts';
import type { Pace } from '../lib/pace.ts';
import { closeGate, lookAtGate, reserveSlot } from './gate-script.ts';

export interface Closure {
  /** ms until it opens again. */
  readonly ms: number;
  readonly why: string;
}

export interface Gate extends Pace {
  /** null while it is open. */
  closure(): Promise<Closure | null>;
  /** Calls a second that it lets through at the moment. */
  perSecond(): Promise<number>;
}

export interface GateOptions {
  readonly connection: Redis;
  readonly prefix: string;
  /** Calls a second over all replicas; below 1 is one call in so many seconds. */
  readonly maxPerSecond: number;
  /** Least distance between two calls in ms; default: half of an even distribution, none above 20 a second. */
  readonly pacingMs?: number;
  /** Name of the budget that is shared; default `devin`. */
  readonly budget?: string;
}

/** Calls reach the other side a little bunched; 5 ms were measured to be too few, 20 ms to be enough. */
const MARGIN_MS = 20;

const FURTHEST_AHEAD_MS = 1000;

/** Slots that are given back leave gaps; older ones behind them must still be known. */
const SPARE_SLOTS = 16;

/** Smoothing at high rates would cost throughput: the margin alone is as long as the distance between calls. */
const SMOOTH_UP_TO = 20;

export function openGate(options: GateOptions): Gate {
  const { connection } = options;
  const budget = options.budget ?? 'devin';
  const key = keyspace(options.prefix);
  const slots = key('gate', budget, 'slots');
  const closed = key('gate', budget, 'closed');
  const rate = key('gate', budget, 'rate');
  const windows = windowArguments(options);
  const lookNow = async (): Promise<[number, string, string]> =>
    (await lookAtGate(connection, [closed, rate], [])) as [number, string, string];
  const closure = async (): Promise<Closure | null> => {
    const [ms, why] = await lookNow();
    return ms > 0 ? { ms, why } : null;
  };
  /** True once a slot was reached while the gate was open. */
  const pass = async (signal: AbortSignal): Promise<boolean> => {
    const [ms, slot] = (await reserveSlot(connection, [slots, closed, rate], windows)) as [number, string];
    if (ms < 0) {
      await wait(-ms - FURTHEST_AHEAD_MS, signal);
      return false;
    }
    if (ms === 0) return true;
    try {
      await wait(ms, signal);
    } catch (error) {
      await connection.lrem(slots, 1, slot);
      throw error;
    }
    // Somebody else may have been told to wait since the slot was reserved.
    return (await closure()) === null;
  };
  return {
    acquire: async (signal) => {
      do signal.throwIfAborted();
      while (!(await pass(signal)));
    },
    closedFor: async (ms, why) => {
      await closeGate(connection, [closed, rate], [Math.max(0, Math.ceil(ms)), why]);
    },
    closure,
    perSecond: async () => options.maxPerSecond * Number((await lookNow())[2]),
  };
}

/** "waiting 32 s: Devin asked for it". */
export function closureText({ ms, why }: Closure): string {
  return `waiting ${Math.ceil(ms / 1000)} s: ${why}`;
}

function windowArguments({ maxPerSecond, pacingMs }: GateOptions): number[] {
  const limit = Math.max(1, Math.floor(maxPerSecond));
  const windows: number[] = [limit, (1000 * limit) / maxPerSecond];
  const pacing = pacingMs ?? (maxPerSecond <= SMOOTH_UP_TO ? 500 / maxPerSecond : 0);
  // The script adds the margin to each window; a distance between two calls is meant as it stands.
  if (pacing > MARGIN_MS) windows.push(1, pacing - MARGIN_MS);
  return [MARGIN_MS, 2 * limit + SPARE_SLOTS, FURTHEST_AHEAD_MS, ...windows];
}

/** A timer may fire a little early: it counts from the start of the event loop's turn. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + ms;
  for (let left = ms; left > 0; left = end - performance.now()) {
    await sleep(Math.ceil(left), undefined, { signal }).catch(() => {
      throw signal.reason;
    });
  }
}
