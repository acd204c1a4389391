/**
 * Stops one kind of operation that keeps failing (10 in a row, or more than 40 % of at least 20), and at once what
 * cannot work at all: each try costs a call. It is tried again after 5 minutes, 15 minutes, 1 hour, then every 6 hours.
 */
import type { Redis } from 'ioredis';
import type { OperationKind } from '../core/model/operation.ts';
import { keyspace } from '../lib/keyspace.ts';
import { countFailure, countSuccess, openAtOnce } from './breaker-script.ts';

/** `all`: every write, deactivations included, because none can succeed. */
export type Stopped = OperationKind | 'all';

export interface OpenBreaker {
  readonly kind: Stopped;
  /** Epoch ms of the next try. */
  readonly until: number;
  /** By which rule: "stopped after 10 failures in a row". */
  readonly words: string;
  /** The last failure, in words. */
  readonly why: string;
}

export interface Breaker {
  /** Kinds that must wait now. */
  open(now: number): Promise<readonly OpenBreaker[]>;
  /** The breaker that this failure opened; null when it stays as it was. */
  failed(kind: OperationKind, why: string, now: number): Promise<OpenBreaker | null>;
  succeeded(kind: OperationKind, now: number): Promise<void>;
  /** Opens it without counting; null when it is open already. */
  stop(kind: Stopped, words: string, why: string, now: number): Promise<OpenBreaker | null>;
  /** Forgets that everything was stopped: a writer that starts may have another key. */
  tryAgain(): Promise<void>;
}

const IN_A_ROW = 10;
const SHARE = { atLeast: 20, share: 0.4, longest: 50 };
const MINUTE = 60_000;
const WAITS_MS = [5 * MINUTE, 15 * MINUTE, 60 * MINUTE, 360 * MINUTE];

export function openBreaker(connection: Redis, prefix: string): Breaker {
  const key = keyspace(prefix)('writes', 'breaker');
  const opened = (kind: Stopped, why: string, answer: unknown): OpenBreaker | null => {
    const [until, words] = answer as [string?, string?];
    return until === undefined || words === undefined ? null : { kind, until: Number(until), words, why };
  };
  return {
    open: async (now) => {
      const fields = await connection.hgetall(key);
      return Object.entries(fields).flatMap(([field, value]) => {
        const [name, kind] = field.split(' ') as [string, Stopped];
        const until = Number(value);
        if (name !== 'until' || until <= now) return [];
        return [{ kind, until, words: fields[`words ${kind}`] ?? '', why: fields[`why ${kind}`] ?? '' }];
      });
    },
    failed: async (kind, why, now) => {
      const rule = [IN_A_ROW, SHARE.atLeast, SHARE.share, SHARE.longest];
      return opened(kind, why, await countFailure(connection, [key], [kind, now, why, ...rule, ...WAITS_MS]));
    },
    succeeded: async (kind, now) => {
      await countSuccess(connection, [key], [kind, now, SHARE.longest]);
    },
    stop: async (kind, words, why, now) =>
      opened(kind, why, await openAtOnce(connection, [key], [kind, now, why, words, ...WAITS_MS])),
    tryAgain: async () => {
      await connection.hdel(key, 'until all', 'step all', 'words all', 'why all');
    },
  };
}

/** "invite stopped after 10 failures in a row (no seats left); tries again at 12:05 UTC". */
export function breakerText({ kind, until, words, why }: OpenBreaker): string {
  const time = new Date(until).toISOString().slice(11, 16);
  return `${kind === 'all' ? 'every write' : kind} ${words} (${why}); tries again at ${time} UTC`;
}

/** Whether this kind must wait. */
export function isStopped(open: readonly Pick<OpenBreaker, 'kind'>[], kind: OperationKind): boolean {
  return open.some((breaker) => breaker.kind === kind || breaker.kind === 'all');
}
