import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type Keyspace, keyspace } from '../../lib/keyspace.ts';
import { script } from '../../lib/redis-script.ts';
import { entryOf } from '../journal.ts';
import { FRESH_STORE, type Pause, type Store } from '../store.ts';
import { redisAnchor } from './anchor.ts';
import { journalFrom, journalKey, redisJournal } from './journal.ts';
import { redisMemory } from './memory.ts';
import { parseStored, reading } from './parse.ts';
import { redisPause } from './pause.ts';
import { redisPlans } from './plans.ts';
import { redisRuns } from './runs.ts';
import { redisSnapshots } from './snapshots.ts';
import { redisStanding } from './standing.ts';
import { redisWrites } from './writes.ts';

/** Changes when old content could be misread by new code. */
const FORMAT = 1;

const markerSchema = z.object({ format: z.literal(FORMAT), createdAt: z.number() });

export interface OpenStoreOptions {
  /** An empty store may be one that lost its content: pause lanes 3 to 5 in the same step that marks it as ours. */
  readonly pauseIfFresh?: boolean;
}

/** KEYS: marker, pause, journal. ARGV: marker, pause, entry, oldest entry kept; no pause: an empty text. */
const markStore = script(
  'idpMarkStore',
  `if not redis.call('SET', KEYS[1], ARGV[1], 'NX') then return 0 end
  if ARGV[2] ~= '' and redis.call('SET', KEYS[2], ARGV[2], 'NX') then
    redis.call('XADD', KEYS[3], 'MINID', '~', ARGV[4], '*', 'entry', ARGV[3])
  end
  return 1`,
);

/**
 * The store under a prefix. @throws ConfigError when what is there was written by a version that we do not know.
 */
export async function openStore(
  client: Redis,
  prefix: string,
  now: number,
  { pauseIfFresh = false }: OpenStoreOptions = {},
): Promise<Store> {
  const key = keyspace(prefix);
  const fresh = await mark(client, key, now, pauseIfFresh);
  return {
    memory: redisMemory(client, key),
    plans: redisPlans(client, key),
    snapshots: redisSnapshots(client, key),
    standing: redisStanding(client, key),
    writes: redisWrites(client, key),
    journal: redisJournal(client, key),
    anchor: redisAnchor(client, key),
    runs: redisRuns(client, key),
    pause: redisPause(client, key),
    fresh,
  };
}

async function mark(client: Redis, key: Keyspace, now: number, pauses: boolean): Promise<boolean> {
  const marker = key('marker');
  const pause: Pause = { by: FRESH_STORE, at: now, all: false };
  const entry = entryOf({ at: now, kind: 'pause', actor: FRESH_STORE });
  const names = [marker, key('pause'), journalKey(key)];
  const texts = [
    JSON.stringify({ format: FORMAT, createdAt: now }),
    pauses ? JSON.stringify(pause) : '',
    JSON.stringify(entry),
  ];
  if ((await markStore(client, names, [...texts, journalFrom(now)])) === 1) return true;
  parseStored(markerSchema, (await reading(marker, client.get(marker))) ?? '', marker);
  return false;
}
