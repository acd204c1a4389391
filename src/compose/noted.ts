/**
 * Who waits for a run, in Redis, so that it outlives the replica that was told. Each note has a mark of its own: what
 * is noted once more while its run is asked for may be about a moment that this run does not see any more, and stays.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { script } from '../lib/redis-script.ts';

/** Stands for more than can be said one by one. */
export const EVERYTHING = 'everything';

/** What waits is bounded, whatever is sent. */
const MOST = 5_000;

/** Whoever took a note asks for its run within this time; one that stands for longer was left. */
const LEFT_MS = 90_000;

/** Who or what → the mark of the newest note about it. */
export type Marks = Readonly<Record<string, string>>;

export interface Noted {
  add(members: readonly string[]): Promise<void>;
  all(): Promise<Marks>;
  /** These have a run now. What was noted again since they were seen stays. */
  done(seen: Marks): Promise<void>;
}

/** KEYS: the notes. ARGV: member and mark, in turn. */
const forget = script(
  'idpForgetNoted',
  `for i = 1, #ARGV, 2 do
    if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
  end`,
);

export function openNoted(redis: Redis, key: string): Noted {
  return {
    add: async (members) => {
      const full = members.length > MOST || (await redis.hlen(key)) >= MOST;
      const mark = randomUUID();
      const rows = (full ? [EVERYTHING] : members).map((member) => [member, mark] as const);
      if (rows.length > 0) await redis.hset(key, Object.fromEntries(rows));
    },
    all: () => redis.hgetall(key),
    done: async (seen) => {
      await forget(redis, [key], Object.entries(seen).flat());
    },
  };
}

/** Says when a note was left by a replica that ended. Gives the end of looking. */
export function watchLeft(noted: Noted, found: () => void, onError: (error: unknown) => void): () => void {
  let before: Marks = {};
  const look = async () => {
    const now = await noted.all();
    const left = Object.entries(now).some(([member, mark]) => before[member] === mark);
    before = now;
    if (left) found();
  };
  const timer = setInterval(() => void look().catch(onError), LEFT_MS).unref();
  return () => clearInterval(timer);
}
