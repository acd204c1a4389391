/** A few people alone: the same as in a reading of everything, in a few calls. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { closureOf, peopleIn } from '../../src/core/want.ts';
import { fileOptions } from '../../src/directory/file/options.ts';
import { createFileSource } from '../../src/directory/file/source.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import type { CompanyDirectory } from '../../src/sandbox/company.ts';
import { ALL, context, failureOf, graphOf, oktaOf, smallCompany } from './setup.ts';

type Told = readonly [email: string | null, status: string, groups: readonly string[]];

const APP = '0oaapp';
const APP_ID = '77777777-8888-4999-8000-111111111111';

/** A company with every state and, where the IdP knows such, groups in groups, one of them not chosen. */
function lively(nested: boolean): CompanyDirectory {
  const company = smallCompany();
  const [a = '', b = '', c = ''] = company.group('devin-users').members;
  company.suspend(a);
  company.deactivate(b);
  company.leave('devin-users', c);
  const inner = company.createGroup('inner');
  const deep = company.createGroup('x-deep');
  company.join(deep.id, c);
  if (nested) {
    company.nest('devin-users', inner.id);
    company.nest(inner.id, deep.id);
    company.nest(deep.id, inner.id);
  }
  return company;
}

/** Person by id → who they are and every group that reaches them, from a reading of everything. */
async function fromAll(source: DirectorySource): Promise<Map<string, Told>> {
  const snapshot = await source.read(ALL, context());
  const groups = new Map<number, string[]>();
  for (let group = 0; group < snapshot.groupCount; group++) {
    for (const person of peopleIn(snapshot, closureOf(snapshot, group)))
      groups.set(person, [...(groups.get(person) ?? []), snapshot.group(group).id]);
  }
  return new Map(
    Array.from({ length: snapshot.personCount }, (_, index) => {
      const { id, email, status } = snapshot.person(index);
      return [id, [email, status, (groups.get(index) ?? []).sort()]];
    }),
  );
}

async function fromLooks(source: DirectorySource, ids: Iterable<string>): Promise<Map<string, Told>> {
  const told = new Map<string, Told>();
  for (const id of ids) {
    const seen = await source.look?.({ people: [id], emails: [], groups: [] }, context());
    for (const { person, groups } of seen?.people ?? [])
      told.set(person.id, [person.email, person.status, groups.map((group) => group.id).sort()]);
  }
  return told;
}

function fileOf(company: CompanyDirectory): DirectorySource {
  const folder = mkdtempSync(join(tmpdir(), 'directory-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'company.json');
  const { people, groups } = company.company;
  const value = {
    people: Array.from(people.values(), ({ id, email, status }) => ({ id, email, status })),
    groups: Array.from(groups.values(), (group) => ({
      ...group,
      members: [...group.members],
      children: [...group.children],
    })),
  };
  writeFileSync(path, JSON.stringify(value), { mode: 0o600 });
  return createFileSource(fileOptions.parse({ path }));
}

const include = { include: ['devin-*', 'inner', 'all-*'], exclude: [] };

const SOURCES: Readonly<Record<string, (company: CompanyDirectory) => Promise<DirectorySource>>> = {
  Okta: async (company) => (await oktaOf({ company }, { groups: include })).source,
  'Okta with an application': async (company) => {
    const groups = new Set([company.group('devin-users').id]);
    const [by = ''] = [...company.company.people.keys()].reverse();
    const apps = new Map([[APP, { groups, people: new Set([by]) }]]);
    return (await oktaOf({ company, apps }, { app: { id: APP } })).source;
  },
  Entra: async (company) => (await graphOf({ company }, { groups: include })).source,
  'Entra with an application': async (company) => {
    const [by = ''] = [...company.company.people.keys()].reverse();
    const assignments = new Map([[APP_ID, new Set([company.group('devin-users').id, by])]]);
    const permissions = ['User.Read.All', 'GroupMember.Read.All', 'Application.Read.All'];
    const fake = { company, assignments, permissions };
    return (await graphOf(fake, { application: { appId: APP_ID } })).source;
  },
  'a file': async (company) => fileOf(company),
};

test.each(Object.keys(SOURCES))('%s says of each person what a reading of everything says', async (name) => {
  const company = lively(!name.startsWith('Okta'));
  const source = await (SOURCES[name] as (typeof SOURCES)[string])(company);
  const all = await fromAll(source);
  const looks = await fromLooks(source, company.company.people.keys());
  expect(looks).toEqual(all);
  expect(all.size).toBeGreaterThan(5);
});

test('Okta finds a person by address in any case, in three calls, whatever the size of the company', async () => {
  for (const people of [20, 60]) {
    const company = smallCompany(people);
    const { okta, source } = await oktaOf({ company });
    await source.tenant(new AbortController().signal);
    const [one] = company.company.people.values();
    okta.requests.length = 0;
    const emails = [one?.email.toUpperCase() ?? '', 'nobody@corp.example'];
    const seen = await source.look?.({ people: [], emails, groups: [] }, context());
    expect(seen?.people.map(({ person }) => person.id)).toEqual([one?.id]);
    expect(okta.requests).toHaveLength(3);
    expect(seen?.reads.reduce((sum, { calls }) => sum + calls, 0)).toBe(3);
  }
});

test('Entra finds a person by address in two calls, and a group of many in one more', async () => {
  const company = lively(true);
  const { graph, source } = await graphOf({ company });
  await source.look?.({ people: ['warm-up'], emails: [], groups: [] }, context());
  const [one] = company.company.people.values();
  graph.requests.length = 0;
  const sought = { people: [], emails: [one?.email ?? '', "o'neil@corp.example"], groups: [] };
  const seen = await source.look?.(sought, context());
  expect(seen?.people.map(({ person }) => person.id)).toEqual([one?.id]);
  expect(graph.requests).toHaveLength(2);
  const groups = [company.group('devin-users').id, 'gone-group'];
  const again = await source.look?.({ people: [], emails: [], groups }, context());
  expect(again?.existing).toEqual([groups[0]]);
  expect(graph.requests).toHaveLength(3);
});

test('who is asked for by id and does not exist is not found, nor is a group that is gone', async () => {
  for (const [name, open] of Object.entries(SOURCES)) {
    const company = lively(false);
    const source = await open(company);
    const kept = company.group('devin-users').id;
    const sought = { people: ['nobody'], emails: [], groups: [kept, 'nothing'] };
    const seen = await source.look?.(sought, context());
    expect([name, seen?.people, seen?.existing]).toEqual([name, [], [kept]]);
  }
});

test('a group of a person on the second page counts, and a page that fails ends the look', async () => {
  const company = smallCompany();
  const [one] = company.company.people.values();
  const id = one?.id ?? '';
  for (let group = 0; group < 7; group++) company.join(company.createGroup(`devin-extra-${group}`).id, id);
  const { okta, source } = await oktaOf({ company, pageSize: 3 });
  const { graph, source: entra } = await graphOf({ company, pageSize: 3 });
  const sought = { people: [id], emails: [], groups: [] };
  for (const each of [source, entra]) {
    const seen = await each.look?.(sought, context());
    expect(seen?.people[0]?.groups.length).toBeGreaterThanOrEqual(7);
  }
  okta.faults.add({ path: /groups.*after=/, times: 99, action: { kind: 'status', status: 503 } });
  expect(await failureOf(source.look?.(sought, context()) ?? Promise.resolve())).toContain(
    `groups of Okta user ${id}, page 2`,
  );
  graph.faults.add({ path: /MemberOf.*skiptoken/i, times: 99, action: { kind: 'status', status: 503 } });
  expect(await failureOf(entra.look?.(sought, context()) ?? Promise.resolve())).toContain(
    `groups of Entra user ${id}, page 2`,
  );
});

test('guests are no people unless configuration says so', async () => {
  const company = smallCompany();
  const [one] = company.company.people.values();
  const overrides = new Map([[one?.id ?? '', { userType: 'Guest' }]]);
  const sought = { people: [one?.id ?? ''], emails: [], groups: [] };
  for (const [guests, found] of [
    ['exclude', 0],
    ['include', 1],
  ] as const) {
    const { source } = await graphOf({ company, overrides }, { guests });
    expect((await source.look?.(sought, context()))?.people).toHaveLength(found);
  }
});
