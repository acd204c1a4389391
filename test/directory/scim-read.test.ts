import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFileSource } from '../../src/directory/file/source.ts';
import { type Holding, holdingOf, scimSource, startProvider } from './scim-provider.ts';
import { ALL, callsOf, context, plainSnapshot } from './setup.ts';

/** The same company, read by the file connector. */
async function asFile({ users, groups }: Holding) {
  const folder = await mkdtemp(join(tmpdir(), 'scim-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'directory.json');
  const people = users.map(({ id, active, emails }) => {
    const [email] = emails as { value: string }[];
    return { id, email: email?.value, name: id, status: active === false ? 'deactivated' : 'active' };
  });
  const listed = groups.map(({ id, displayName, members }) => {
    const all = members as { value: string; type: string }[];
    const of = (kind: string) => all.filter(({ type }) => type === kind).map(({ value }) => value);
    return { id, name: displayName, members: of('User'), children: of('Group') };
  });
  await writeFile(path, JSON.stringify({ people, groups: listed }));
  return plainSnapshot(await createFileSource({ path }).read(ALL, context()));
}

test('5,000 users and 500 groups of a third-party provider are read as the file connector reads them', async () => {
  const holding = holdingOf(5_000, 500);
  const { url, requests } = await startProvider(holding);
  const snapshot = await scimSource(url, { pageSize: 1000 }).read(ALL, context());
  expect(plainSnapshot(snapshot)).toEqual(await asFile(holding));
  // The provider's own document, the pages, and one more call at the end of each list.
  expect(requests).toHaveLength(1 + 6 + 1 + 1 + 1);
  expect(callsOf(snapshot)).toBe(requests.length);
  expect([snapshot.tenant, snapshot.basis]).toEqual(['scim:corp', 'full']);
});
