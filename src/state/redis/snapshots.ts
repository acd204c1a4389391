import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { errorText } from '../../lib/errors.ts';
import type { Keyspace } from '../../lib/keyspace.ts';
import type { SnapshotHead, SnapshotStore } from '../store.ts';
import { damaged, parseStored, reading } from './parse.ts';
import { packSnapshot, unpackSnapshot } from './snapshot-bytes.ts';
import { committed } from './transaction.ts';

const DAY_MS = 24 * 3_600_000;
const DAYS_KEPT = 30;
const NEWEST_KEPT = 2;

const headSchema: z.ZodType<SnapshotHead> = z.object({
  id: z.string().min(1),
  at: z.number(),
  source: z.string(),
  tenant: z.string(),
  basis: z.enum(['full', 'update']),
  fullAt: z.number().nullable(),
  people: z.number().int().nonnegative(),
  groups: z.number().int().nonnegative(),
  edges: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
});

export function redisSnapshots(client: Redis, key: Keyspace): SnapshotStore {
  const heads = key('snapshot-heads');
  const body = (id: string): string => key('snapshot', id);
  const parse = (id: string, text: string) => parseStored(headSchema, text, `${heads} ${id}`);
  const stored = async () => Object.entries(await reading(heads, client.hgetall(heads)));
  const list = async () => newestFirst((await stored()).map(([id, text]) => parse(id, text)));
  return {
    list,
    put: async (snapshot, { at, source }) => {
      const data = await packSnapshot(snapshot);
      const { tenant, basis, fullAt, personCount: people, groupCount: groups, edgeCount: edges } = snapshot;
      const id = randomUUID();
      const head: SnapshotHead = {
        id,
        at,
        source,
        tenant,
        basis,
        fullAt,
        people,
        groups,
        edges,
        bytes: data.length,
      };
      const batch = client.multi();
      batch.set(body(id), data, 'PX', (DAYS_KEPT + 1) * DAY_MS);
      batch.hset(heads, id, JSON.stringify(head));
      for (const old of replaced(head, await stored())) batch.hdel(heads, old).del(body(old));
      await committed(batch.exec());
      return head;
    },
    latest: async (source) => {
      const head = (await list()).find((each) => each.source === source);
      if (head === undefined) return null;
      const data = await reading(body(head.id), client.getBuffer(body(head.id)));
      if (data === null) return null;
      return await unpackSnapshot(data).catch((error: unknown) => {
        throw damaged(body(head.id), errorText(error), error);
      });
    },
  };
}

function newestFirst(heads: readonly SnapshotHead[]): SnapshotHead[] {
  return [...heads].sort((a, b) => b.at - a.at);
}

/**
 * Ids of readings that are neither among the newest nor the newest of their day within the days that are kept, and
 * of damaged entries: a sound reading now stands in for them.
 */
function replaced(head: SnapshotHead, stored: readonly (readonly [id: string, text: string])[]): string[] {
  const days = new Set<number>();
  const readable = stored.flatMap(([, text]) => soundHead(text));
  const kept = newestFirst([head, ...readable]).filter(({ at }, index) => {
    const day = Math.floor(at / DAY_MS);
    const first = !days.has(day);
    days.add(day);
    return index < NEWEST_KEPT || (first && head.at - at <= DAYS_KEPT * DAY_MS);
  });
  const ids = new Set(kept.map(({ id }) => id));
  return stored.flatMap(([id]) => (ids.has(id) ? [] : [id]));
}

function soundHead(text: string): SnapshotHead[] {
  try {
    return [headSchema.parse(JSON.parse(text))];
  } catch {
    return [];
  }
}
