/**
 * Ten failures in a row of one kind of operation stop that kind: what fails ten times will fail a thousand times,
 * and each try costs a call. It is tried again after 5 minutes, 15 minutes, 1 hour, then every 6 hours.
 */
import type { Redis } from 'ioredis';
import type { OperationKind } from '../core/model/operation.ts';
import { keyspace } from '../lib/keyspace.ts';
import { script } from '../lib/redis-script.ts';

export interface OpenBreaker {
  readonly kind: OperationKind;
  /** Epoch ms of the next try. */
  readonly until: number;
  /** The last failure, in words. */
  readonly why: string;
}

export interface Breaker {
  /** Kinds that must wait now. */
  open(now: number): Promise<readonly OpenBreaker[]>;
  /** The breaker that this failure opened; null when it stays as it was. */
  failed(kind: OperationKind, why: string, now: number): Promise<OpenBreaker | null>;
  succeeded(kind: OperationKind): Promise<void>;
}

const IN_A_ROW = 10;
const MINUTE = 60_000;
const WAITS_MS = [5 * MINUTE, 15 * MINUTE, 60 * MINUTE, 360 * MINUTE];

/** KEYS: hash. ARGV: kind, now, why, limit, waits. Returns the time of the next try when it opened, else 0. */
const countFailure = script(
  'idpCountFailure',
  `local kind, now = ARGV[1], tonumber(ARGV[2])
  local streak = redis.call('HINCRBY', KEYS[1], 'streak ' .. kind, 1)
  if streak < tonumber(ARGV[4]) then return 0 end
  if tonumber(redis.call('HGET', KEYS[1], 'until ' .. kind) or '0') > now then return 0 end
  local step = math.min(redis.call('HINCRBY', KEYS[1], 'step ' .. kind, 1), #ARGV - 4)
  local at = string.format('%.0f', now + tonumber(ARGV[4 + step]))
  redis.call('HSET', KEYS[1], 'until ' .. kind, at, 'why ' .. kind, ARGV[3])
  return at`,
);

export function openBreaker(connection: Redis, prefix: string): Breaker {
  const key = keyspace(prefix)('writes', 'breaker');
  return {
    open: async (now) => {
      const fields = await connection.hgetall(key);
      return Object.entries(fields).flatMap(([field, value]) => {
        const [name, kind] = field.split(' ') as [string, OperationKind];
        const until = Number(value);
        return name === 'until' && until > now ? [{ kind, until, why: fields[`why ${kind}`] ?? '' }] : [];
      });
    },
    failed: async (kind, why, now) => {
      const until = Number(await countFailure(connection, [key], [kind, now, why, IN_A_ROW, ...WAITS_MS]));
      return until === 0 ? null : { kind, until, why };
    },
    succeeded: async (kind) => {
      await connection.hdel(key, ...['streak', 'step', 'until', 'why'].map((name) => `${name} ${kind}`));
    },
  };
}

/** "invite stopped after 10 failures in a row (no seats left); tries again at 12:05 UTC". */
export function breakerText({ kind, until, why }: OpenBreaker): string {
  const time = new Date(until).toISOString().slice(11, 16);
  return `${kind} stopped after ${IN_A_ROW} failures in a row (${why}); tries again at ${time} UTC`;
}
