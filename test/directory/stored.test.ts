/** Readings that went through the store: a restarted daemon goes on from them. */
import { expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import { mergeSources } from '../../src/directory/merge.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import type { CompanyDirectory } from '../../src/sandbox/company.ts';
import { packSnapshot, unpackSnapshot } from '../../src/state/redis/snapshot-bytes.ts';
import { ALL, callsOf, context, graphOf, oktaOf, plainSnapshot, smallCompany } from './setup.ts';

async function stored(snapshot: DirectorySnapshot): Promise<DirectorySnapshot> {
  return unpackSnapshot(await packSnapshot(snapshot));
}

function change(company: CompanyDirectory): void {
  const [first, second] = company.company.people.values();
  const [group] = company.company.groups.values();
  if (first === undefined || second === undefined || group === undefined) throw new Error('nobody to change');
  company.deactivate(first.id);
  if (group.members.has(second.id)) company.leave(group.id, second.id);
  else company.join(group.id, second.id);
}

const SOURCES: readonly [string, (company: CompanyDirectory) => Promise<DirectorySource>][] = [
  ['Okta', async (company) => (await oktaOf({ company })).source],
  ['Entra', async (company) => (await graphOf({ company })).source],
];

test.each(SOURCES)(
  'a stored reading of %s is gone on from, and gives what a full one would',
  async (_, open) => {
    const company = smallCompany();
    const source = await open(company);
    const full = await stored(await source.read(ALL, context()));
    expect(full.fullAt).toBeGreaterThan(0);
    change(company);
    const updated = await source.update?.(full, context());
    if (updated === undefined) throw new Error('it cannot go on');
    const again = await stored(updated);
    expect(again).toMatchObject({ basis: 'update', fullAt: full.fullAt });
    const fresh = await source.read(ALL, context());
    expect(plainSnapshot(again)).toEqual(plainSnapshot(fresh));
    expect(callsOf(updated)).toBeLessThan(callsOf(fresh));
    const idle = await source.update?.(again, context());
    expect(idle && plainSnapshot(idle)).toEqual(plainSnapshot(fresh));
  },
);

test('Okta and Entra merged go on from one stored reading, and Okta goes on while Entra is down', async () => {
  const company = smallCompany();
  const { source: okta } = await oktaOf({ company });
  const { graph, source: entra } = await graphOf({ company: smallCompany() });
  const both = mergeSources({
    authority: 'order',
    addressOf: (email) => email?.toLowerCase() ?? null,
    sources: [
      { name: 'hq', domains: [], source: okta },
      { name: 'azure', domains: [], source: entra },
    ],
  });
  const first = await stored(await both.read(ALL, context()));
  const people = [...company.company.people.values()].filter(({ email }) => email !== null).length;
  expect(first.personCount).toBe(people);
  change(company);
  graph.faults.add({
    path: /v1\.0/,
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'status', status: 503 },
  });
  const second = await both.update?.(first, context());
  if (second === undefined) throw new Error('it cannot go on');
  expect(second.notices.map(({ kind }) => kind)).toContain('source-unread');
  const [leaver] = company.company.people.values();
  expect(second.person(second.personIndex(`hq/${leaver?.id}`)).status).toBe('deactivated');
  graph.faults.clear();
  const third = await both.update?.(await stored(second), context());
  expect(third?.notices.filter(({ kind }) => kind === 'source-unread')).toEqual([]);
  expect(third && plainSnapshot(third)).toEqual(plainSnapshot(await both.read(ALL, context())));
});
