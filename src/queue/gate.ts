/**
 * One gate in front of Devin for every call, read or write, of every replica. It hands out places in an exact
 * sliding window, at most a second ahead, so that an urgent call never stands behind a long line of reserved
 * ones; it closes for everybody when Devin says to wait, goes slower after that, and recovers within a minute.
 * The window is that of arrivals at Devin, as far as answers tell: a call that was late keeps its place for longer.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { keyspace } from '../lib/keyspace.ts';
import type { Pace, Pass } from '../lib/pace.ts';
import { cameBack, closeGate, giveBack, leaveNow, lookAtGate, reservePlace } from './gate-script.ts';

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
  /** Name of the budget that is shared; default `devin`. */
  readonly budget?: string;
}

/** For what no answer tells: clocks that round, ways that are longer there than back. */
const MARGIN_MS = 8;

/** Of the pace, at most, in the long run, for calls that may have been late. */
const DOUBT = 0.03;

const FURTHEST_AHEAD_MS = 1000;

/** Of an even distribution: calls in bursts arrive less exactly, and a little room lets a late one catch up. */
const EVENNESS = 0.75;

export function openGate(options: GateOptions): Gate {
  const { connection } = options;
  const key = keyspace(options.prefix);
  const [calls, flying, ways, closed, rate] = ['calls', 'flying', 'ways', 'closed', 'rate'].map((name) =>
    key('gate', options.budget ?? 'devin', name),
  ) as [string, string, string, string, string];
  const keys = [calls, flying, ways, closed, rate];
  const windows = windowArguments(options);
  const givenBackMs = DOUBT * windows.limitMs;
  const lookNow = async (): Promise<[number, string, string]> =>
    (await lookAtGate(connection, [closed, rate], [])) as [number, string, string];
  const tell = (told: Promise<unknown>): void => void told.catch(() => {});
  const passOf = (name: string): Pass => ({
    used: (tookMs) =>
      tell(cameBack(connection, [calls, flying, ways], [name, tookMs.toFixed(3), givenBackMs])),
    unused: () => tell(giveBack(connection, [calls, flying], [name])),
  });
  const reserve = async (name: string): Promise<number> =>
    (await reservePlace(connection, keys, [name, FURTHEST_AHEAD_MS, ...windows.list])) as number;
  /** True once it may go. */
  const pass = async (name: string, signal: AbortSignal): Promise<boolean> => {
    let ms = await reserve(name);
    if (ms < 0) {
      await wait(-ms - FURTHEST_AHEAD_MS, signal);
      return false;
    }
    while (ms > 0) {
      try {
        await wait(ms, signal);
      } catch (error) {
        await giveBack(connection, [calls, flying], [name]);
        throw error;
      }
      ms = (await leaveNow(connection, keys, [name, ...windows.list])) as number;
    }
    return ms === 0;
  };
  return {
    acquire: async (signal) => {
      const name = randomUUID();
      do signal.throwIfAborted();
      while (!(await pass(name, signal)));
      return passOf(name);
    },
    closedFor: async (ms, why) => {
      await closeGate(connection, [closed, rate, ways], [Math.max(0, Math.ceil(ms)), why]);
    },
    closure: async () => {
      const [ms, why] = await lookNow();
      return ms > 0 ? { ms, why } : null;
    },
    perSecond: async () => options.maxPerSecond * Number((await lookNow())[2]),
  };
}

/** "waiting 32 s: Devin asked for it". */
export function closureText({ ms, why }: Closure): string {
  return `waiting ${Math.ceil(ms / 1000)} s: ${why}`;
}

/** Pairs of a limit and its window in ms. */
function windowArguments({ maxPerSecond, pacingMs }: GateOptions): { list: number[]; limitMs: number } {
  const limit = Math.max(1, Math.floor(maxPerSecond));
  const limitMs = (1000 * limit) / maxPerSecond;
  const pacing = pacingMs ?? (1000 * EVENNESS) / maxPerSecond;
  return { list: [limit, limitMs + MARGIN_MS, ...(pacing > 0 ? [1, pacing] : [])], limitMs };
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
