/** Guarded writes that were done, for the 24-hour windows of the guards. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RecentWrite } from '../../core/model/memory.ts';
import { recentMember, recentSchema } from './memory-schema.ts';
import { parseStored, reading } from './parse.ts';

/** The guards look back 24 hours; twice that is kept. */
const RECENT_MS = 48 * 3_600_000;

/** Entries may be equal to each other (two writes in one millisecond), so they are counted, not keyed. */
export async function addRecent(
  client: Redis,
  key: string,
  before: readonly RecentWrite[],
  after: readonly RecentWrite[],
): Promise<void> {
  const known = new Map<string, number>();
  for (const write of before) known.set(JSON.stringify(write), (known.get(JSON.stringify(write)) ?? 0) + 1);
  const added = after
    .map((write) => JSON.stringify(write))
    .filter((text) => {
      const left = known.get(text) ?? 0;
      known.set(text, left - 1);
      return left <= 0;
    });
  const scored = added.flatMap((text) => recentMember(randomUUID(), JSON.parse(text)));
  if (scored.length > 0) await reading(key, client.zadd(key, ...scored));
}

export async function recentWrites(client: Redis, key: string): Promise<readonly RecentWrite[]> {
  const [seconds] = await client.time();
  const oldest = Number(seconds) * 1000 - RECENT_MS;
  await reading(key, client.zremrangebyscore(key, '-inf', `(${oldest}`));
  const members = await client.zrange(key, '0', '-1');
  return members.map((member) => parseStored(recentSchema, member.slice(member.indexOf('{')), key));
}
