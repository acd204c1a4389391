import type { Redis } from 'ioredis';
import { z } from 'zod';
import { keyspace } from '../../lib/keyspace.ts';
import type { Store } from '../store.ts';
import { redisJournal } from './journal.ts';
import { redisMemory } from './memory.ts';
import { parseStored, reading } from './parse.ts';
import { redisPause } from './pause.ts';
import { redisPlans } from './plans.ts';
import { redisRuns } from './runs.ts';
import { redisSnapshots } from './snapshots.ts';
import { redisWrites } from './writes.ts';

/** Changes when old content could be misread by new code. */
const FORMAT = 1;

const markerSchema = z.object({ format: z.literal(FORMAT), createdAt: z.number() });

/**
 * The store under a prefix. @throws ConfigError when what is there was written by a version that we do not know.
 */
export async function openStore(client: Redis, prefix: string, now: number): Promise<Store> {
  const key = keyspace(prefix);
  const fresh = await mark(client, key('marker'), now);
  return {
    memory: redisMemory(client, key),
    plans: redisPlans(client, key),
    snapshots: redisSnapshots(client, key),
    writes: redisWrites(client, key),
    journal: redisJournal(client, key),
    runs: redisRuns(client, key),
    pause: redisPause(client, key),
    fresh,
  };
}

async function mark(client: Redis, marker: string, now: number): Promise<boolean> {
  const set = await client.set(marker, JSON.stringify({ format: FORMAT, createdAt: now }), 'NX');
  if (set === 'OK') return true;
  parseStored(markerSchema, (await reading(marker, client.get(marker))) ?? '', marker);
  return false;
}
