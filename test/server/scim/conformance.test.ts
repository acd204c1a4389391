import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyspace } from '../../../src/lib/keyspace.ts';
import { buildServer } from '../../../src/server/server.ts';
import { redisScim } from '../../../src/state/redis/scim.ts';
import {
  MemoryScimStore,
  SCIM_TOKEN,
  type ScimStoreInTest,
  scimDeps,
  withMeanwhile,
} from '../../helpers/scim-store.ts';
import { privateRedis } from '../../lib/private-redis.ts';
import { FakeDaemon } from '../fake-daemon.ts';
import { ScimClient } from './client.ts';
import type { Row } from './row.ts';
import { ATTRIBUTES } from './rows-attributes.ts';
import { CHANGE } from './rows-change.ts';
import { CREATE_READ } from './rows-create-read.ts';
import { CUSTOM } from './rows-custom.ts';
import { HTTP } from './rows-http.ts';
import { LISTS } from './rows-lists.ts';

const FILES: Readonly<Record<string, readonly Row[]>> = {
  'rows-create-read.ts': CREATE_READ,
  'rows-lists.ts': LISTS,
  'rows-change.ts': CHANGE,
  'rows-http.ts': HTTP,
  'rows-custom.ts': CUSTOM,
  'rows-attributes.ts': ATTRIBUTES,
};

const redis = await privateRedis();
const LIMITS = { maxResources: 10_000, maxMembers: 10_000, maxBytes: 65_536, clock: Date.now };
const STORES: Readonly<Record<string, ScimStoreInTest>> = {
  memory: new MemoryScimStore(),
  redis: withMeanwhile(redisScim(redis.client(), keyspace(redis.prefix()), 'redis', LIMITS)),
};

// One server for all rows and both stores: each row makes what it asks about.
const scim = scimDeps(new MemoryScimStore(), {
  allows: async (source, bearer) => Object.hasOwn(STORES, source) && bearer === SCIM_TOKEN,
  of: (source) => STORES[source] ?? null,
});
const app = buildServer(new FakeDaemon().deps({ scim }));
let origin = '';
beforeAll(async () => {
  origin = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

for (const [name, store] of Object.entries(STORES))
  for (const { section, requirement, show } of Object.values(FILES).flat())
    test(`RFC ${section} ${requirement} (${name})`, () => show(new ScimClient(origin, store, name)));

test('the table in docs/scim.md is that of these rows', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/scim.md'), 'utf8');
  const listed = page.split('\n').filter((line) => line.startsWith('| RFC '));
  const rows = Object.entries(FILES).flatMap(([file, some]) =>
    some.map(({ section, requirement }) => `| RFC ${section} | ${requirement} | ${file} |`),
  );
  expect(new Set(rows).size).toBe(rows.length);
  expect(listed).toEqual(rows.sort(bySection));
});

function bySection(a: string, b: string): number {
  return a.split('|', 2)[1]?.localeCompare(b.split('|', 2)[1] ?? '', 'en', { numeric: true }) || 0;
}
