/** How far the journal is written to its file, and who may write it now. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keyspace } from '../../lib/keyspace.ts';
import { script } from '../../lib/redis-script.ts';
import type { Anchor, AnchorStore } from '../journal-file.ts';
import { parseStored, reading } from './parse.ts';

const anchorSchema: z.ZodType<Anchor> = z.object({
  seq: z.int().positive(),
  hash: z.string().length(64),
  id: z.string(),
  file: z.string(),
});

/** A writer that takes longer has died, or lost its place: it may write nothing more. */
const LOCK_MS = 60_000;

/** KEYS: anchor, lock. ARGV: token, new anchor. Only the holder of the lock moves the anchor. */
const moveAnchor = script(
  'idpMoveAnchor',
  `if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
  redis.call('PEXPIRE', KEYS[2], ${LOCK_MS})
  redis.call('SET', KEYS[1], ARGV[2])
  return 1`,
);

const unlock = script(
  'idpUnlockJournal',
  `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`,
);

export function redisAnchor(client: Redis, key: Keyspace): AnchorStore {
  const anchor = key('journal', 'anchor');
  const lock = key('journal', 'lock');
  const get = async () => {
    const text = await reading(anchor, client.get(anchor));
    return text === null ? null : parseStored(anchorSchema, text, anchor);
  };
  return {
    get,
    hold: async (work) => {
      const token = randomUUID();
      if ((await client.set(lock, token, 'PX', LOCK_MS, 'NX')) === null) return false;
      try {
        await work(
          async (next) => (await moveAnchor(client, [anchor, lock], [token, JSON.stringify(next)])) === 1,
        );
      } finally {
        await unlock(client, [lock], [token]);
      }
      return true;
    },
  };
}
