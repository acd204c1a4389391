/**
 * One gate in front of Devin for every call, read or write, of every replica. It hands out slots of an exact
 * sliding window, at most a second ahead, so that an urgent call never stands behind a long line of reserved
 * ones; it closes for everybody when Devin says to wait, goes slower after that, and recovers within a minute.
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
  /** Least distance between two calls in ms; default: three quarters of an even distribution. */
  readonly pacingMs?: number;
  /** ms by which calls may arrive late that open a connection; default 150. */
  readonly coldMs?: number;
  /** Name of the budget that is shared; default `devin`. */
  readonly budget?: string;
}

/** Calls reach the other side a little bunched; 5 ms were measured to be too few, 20 ms to be enough. */
const MARGIN_MS = 20;

/** A connection that nobody used for so long is opened anew, which delays its first call by a handshake or two. */
const IDLE_MS = 3000;
const COLD_MS = 150;

/** Callers that start together each open a connection. */
const WARMING_MS = 600;

const FURTHEST_AHEAD_MS = 1000;

/** Slots that are given back leave gaps; older ones behind them must still be known. */
const SPARE_SLOTS = 16;

/** Of an even distribution: calls in bursts arrive less exactly, and a little room lets a late one catch up. */
const EVENNESS = 0.75;

export function openGate(options: GateOptions): Gate {
  const { connection } = options;
  const budget = options.budget ?? 'devin';
  const key = keyspace(options.prefix);
  const slots = key('gate', budget, 'slots');
  const closed = key('gate', budget, 'closed');
  const rate = key('gate', budget, 'rate');
  const windows = windowArguments(options);
  const lateness = latenessOf(options.coldMs ?? COLD_MS);
  const lookNow = async (): Promise<[number, string, string]> =>
    (await lookAtGate(connection, [closed, rate], [])) as [number, string, string];
  const closure = async (): Promise<Closure | null> => {
    const [ms, why] = await lookNow();
    return ms > 0 ? { ms, why } : null;
  };
  /** True once a slot was reached while the gate was open. */
  const pass = async (signal: AbortSignal): Promise<boolean> => {
    const [ms, slot] = (await reserveSlot(
      connection,
      [slots, closed, rate],
      [MARGIN_MS, keptSlots(options), FURTHEST_AHEAD_MS, lateness(), ...windows],
    )) as [number, string];
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
  const pacing = pacingMs ?? (1000 * EVENNESS) / maxPerSecond;
  // The script adds the margin to each window; a distance between two calls is meant as it stands.
  if (pacing > 0) windows.push(1, pacing - MARGIN_MS);
  return windows;
}

function keptSlots({ maxPerSecond }: GateOptions): number {
  return 2 * Math.max(1, Math.floor(maxPerSecond)) + SPARE_SLOTS;
}

/** A call that may arrive late is booked for the latest moment, so that the window behind it is safe. */
function latenessOf(coldMs: number): () => number {
  let last = Number.NEGATIVE_INFINITY;
  let warmAt = 0;
  return () => {
    const now = performance.now();
    if (now - last > IDLE_MS) warmAt = now + WARMING_MS;
    last = now;
    return now < warmAt ? coldMs : 0;
  };
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
