/** How the company stood at the last decision about everything, as one compressed value. */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { PlaceCounts, Standing } from '../../core/model/standing.ts';
import { errorText } from '../../lib/errors.ts';
import type { Keyspace } from '../../lib/keyspace.ts';
import type { StandingStore, StoredStanding } from '../store.ts';
import { tenantsSchema } from './memory-schema.ts';
import { damaged, parseStored, reading } from './parse.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Far longer than it counts; it only keeps an abandoned prefix from holding it for ever. */
const KEPT_MS = 31 * 24 * 3_600_000;

const id = z.string().min(1);
const count = z.int().nonnegative();
const counts = z.record(z.string(), count);

const standing: z.ZodType<Standing> = z.strictObject({
  at: z.number(),
  tenants: tenantsSchema,
  configHash: z.string(),
  size: z.strictObject({ people: count, groups: count, edges: count }),
  groups: z.array(z.strictObject({ id, name: z.string(), hidden: z.boolean() })),
  roles: z.array(z.strictObject({ id, name: z.string(), scope: z.enum(['enterprise', 'org']) })),
  orgs: z.array(z.strictObject({ id, name: z.string() })),
  counts: z.strictObject({
    everybody: count,
    users: count,
    orgPeople: count,
    peopleByOrg: counts,
    groupPeople: counts,
  }),
  pending: z.array(
    z.strictObject({
      guard: z.string(),
      place: z.string().nullable(),
      count,
      people: z.array(z.string()),
      later: count.exactOptional(),
    }),
  ),
  // Not there in a row of an older version.
  gifts: z
    .array(
      z.strictObject({
        group: id,
        rule: z.string(),
        via: z.enum(['direct', 'group', 'scim']),
        org: z.strictObject({ id: z.string().nullable(), name: z.string() }).nullable(),
        role: z.string(),
      }),
    )
    .default([]),
});

const tally = { name: z.string(), ready: count, held: count, waiting: count, barred: count };

const places: z.ZodType<PlaceCounts> = z.strictObject({
  at: z.number(),
  planId: z.string().regex(/^[0-9a-f]{64}$/),
  orgs: z.array(z.strictObject({ ...tally, foreign: count })),
  groups: z.array(z.strictObject(tally)),
});

const stored: z.ZodType<StoredStanding> = z.strictObject({
  source: z.string(),
  standing,
  places: places.exactOptional(),
});

export function redisStanding(client: Redis, key: Keyspace): StandingStore {
  const name = key('standing');
  return {
    put: async (value) => {
      await client.set(name, await compress(JSON.stringify(value)), 'PX', KEPT_MS);
    },
    get: async () => {
      const data = await reading(name, client.getBuffer(name));
      if (data === null) return null;
      const text = await decompress(data).catch((error: unknown) => {
        throw damaged(name, errorText(error), error);
      });
      return parseStored(stored, text.toString(), name);
    },
  };
}
