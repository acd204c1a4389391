import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildServer } from '../../../src/server/server.ts';
import { MemoryScimStore, scimDeps } from '../../helpers/scim-store.ts';
import { FakeDaemon } from '../fake-daemon.ts';
import { ScimClient } from './client.ts';
import type { Row } from './row.ts';
import { CHANGE } from './rows-change.ts';
import { CREATE_READ } from './rows-create-read.ts';
import { HTTP } from './rows-http.ts';
import { LISTS } from './rows-lists.ts';

const FILES: Readonly<Record<string, readonly Row[]>> = {
  'rows-create-read.ts': CREATE_READ,
  'rows-lists.ts': LISTS,
  'rows-change.ts': CHANGE,
  'rows-http.ts': HTTP,
};

const store = new MemoryScimStore();
const app = buildServer(new FakeDaemon().deps({ scim: scimDeps(store) }));
let client: ScimClient;

// One server for all rows: each row makes what it asks about.
beforeAll(async () => {
  client = new ScimClient(await app.listen({ host: '127.0.0.1', port: 0 }), store);
});
afterAll(() => app.close());

for (const { section, requirement, show } of Object.values(FILES).flat())
  test(`RFC ${section} ${requirement}`, () => show(client));

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
