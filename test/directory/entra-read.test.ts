import { expect, test } from 'vitest';
import { CompanyDirectory } from '../../src/sandbox/company.ts';
import {
  ALL,
  callsOf,
  context,
  corpus,
  graphOf,
  pages,
  plainCompany,
  plainSnapshot,
  smallCompany,
} from './setup.ts';

/** Entra has one switch: everybody who is not active is a disabled account. */
const statusOf = (status: string) => (status === 'active' ? 'active' : 'deactivated');

test('a whole real organization, nested groups and all, is read exactly, in the calls that the design allows', async () => {
  const company = corpus();
  const { graph, source } = await graphOf({ company });
  const snapshot = await source.read(ALL, context());
  expect(plainSnapshot(snapshot)).toEqual(plainCompany(company, { nested: true }));
  expect([...company.groups.values()].some(({ children }) => children.size > 0)).toBe(true);
  const further = [...company.groups.values()].map(
    ({ members, children }) => pages(members.size + children.size, 999) - 1,
  );
  const lists =
    pages(company.people.size, 999) + pages(company.groups.size, 999) + pages(company.groups.size, 20);
  const formula = lists + further.reduce((sum, count) => sum + count, 0);
  // Two are links to later changes; two more sign in: where the token endpoint is, and the token.
  expect(graph.requests.length).toBe(formula + 2 + 2);
  expect(callsOf(snapshot)).toBe(graph.requests.length);
  expect(snapshot.tenant).toBe(`entra:${graph.tenantId}`);
});

test('further pages of users, groups and members are followed, by absolute links', async () => {
  const company = smallCompany(50);
  const { source } = await graphOf({ company, pageSize: 7 });
  const snapshot = await source.read(ALL, context());
  expect(plainSnapshot(snapshot)).toEqual(plainCompany(company.company, { nested: true, statusOf }));
  const users = snapshot.reads.find(({ what }) => what === 'Entra users');
  const count = company.company.people.size;
  expect(users).toEqual({
    what: 'Entra users',
    pages: pages(count, 7),
    items: count,
    calls: pages(count, 7),
  });
});

test('guests are no people and their memberships are no errors, unless they are included', async () => {
  const company = smallCompany();
  const [guest = ''] = company.group('devin-users').members;
  const overrides = new Map([[guest, { userType: 'Guest' }]]);
  const without = await (await graphOf({ company, overrides })).source.read(ALL, context());
  expect(without.personIndex(guest)).toBe(-1);
  const users = without.members(without.groupIndex(company.group('devin-users').id));
  expect(users).toHaveLength(company.group('devin-users').members.size - 1);
  const included = await (await graphOf({ company, overrides }, { guests: 'include' })).source.read(
    ALL,
    context(),
  );
  expect(included.person(included.personIndex(guest)).status).toBe('active');
});

test('an e-mail is the mailbox, else a name that is an address of the company, else none', async () => {
  const company = smallCompany(20);
  const ids = [...company.company.people.keys()];
  const cases = [
    [{ mail: 'Mail@corp.example', userPrincipalName: 'upn@corp.example' }, 'Mail@corp.example'],
    [{ mail: null, userPrincipalName: 'upn@corp.example' }, 'upn@corp.example'],
    [{ mail: '', userPrincipalName: 'a_b.example#EXT#@corp.onmicrosoft.com' }, null],
    [{ mail: null, userPrincipalName: 'a@corp.onmicrosoft.com' }, null],
    [
      { mail: 'a@corp.onmicrosoft.com', userPrincipalName: 'a@corp.onmicrosoft.com' },
      'a@corp.onmicrosoft.com',
    ],
  ] as const;
  const overrides = new Map(cases.map(([fields], index) => [ids[index] as string, fields]));
  const { source } = await graphOf({ company, overrides });
  const { people } = plainSnapshot(await source.read(ALL, context()));
  expect(cases.map((_, index) => people[ids[index] as string]?.email)).toEqual(
    cases.map(([, email]) => email),
  );
});

test('a user without a type is a member', async () => {
  const company = smallCompany();
  const [id = ''] = company.company.people.keys();
  const { source } = await graphOf({ company, overrides: new Map([[id, { userType: null }]]) });
  const snapshot = await source.read(ALL, context());
  expect(snapshot.personIndex(id)).not.toBe(-1);
});

test('people of a group that is nested in a chosen one but not chosen itself count in the chosen one', async () => {
  const company = smallCompany();
  const [first = '', second = '', third = ''] = company.company.people.keys();
  const outer = company.createGroup('eng-all');
  const inner = company.createGroup('team-blue');
  const deeper = company.createGroup('team-blue-night');
  const chosen = company.createGroup('eng-leads');
  outer.children.add(inner.id);
  inner.children.add(deeper.id);
  // A cycle, and a chosen group below one that is not.
  deeper.children.add(outer.id).add(chosen.id);
  outer.members.add(first);
  inner.members.add(second);
  deeper.members.add(third);
  const { source } = await graphOf({ company }, { groups: { include: ['eng-*'], exclude: [] } });
  const { groups } = plainSnapshot(await source.read(ALL, context()));
  expect(groups).toEqual({
    [outer.id]: { name: 'eng-all', members: [first, second, third].sort(), children: [chosen.id] },
    [chosen.id]: { name: 'eng-leads', members: [], children: [] },
  });
});

test('a cycle of groups is read once and kept as it is', async () => {
  const company = smallCompany();
  const one = company.createGroup('one');
  const two = company.createGroup('two');
  one.children.add(two.id);
  two.children.add(one.id);
  const { source } = await graphOf({ company });
  const { groups } = plainSnapshot(await source.read(ALL, context()));
  expect(groups[one.id]?.children).toEqual([two.id]);
  expect(groups[two.id]?.children).toEqual([one.id]);
});

test('a nested group that the list did not show yet is asked for by id', async () => {
  const company = smallCompany();
  const outer = company.createGroup('outer');
  const late = company.createGroup('late');
  outer.children.add(late.id);
  const { graph, source } = await graphOf({ company });
  const value = [{ id: outer.id, displayName: 'outer', visibility: null }];
  graph.faults.add({
    path: /^\/v1\.0\/groups\?/,
    action: { kind: 'replace', body: JSON.stringify({ value }) },
  });
  const snapshot = await source.read(ALL, context());
  expect(snapshot.group(snapshot.groupIndex(late.id)).name).toBe('late');
  expect([...snapshot.children(snapshot.groupIndex(outer.id))]).toEqual([snapshot.groupIndex(late.id)]);
});

test('a group with hidden membership is marked, and is no error when its members may not be read', async () => {
  const company = smallCompany();
  const group = company.group('devin-users');
  const { graph, source } = await graphOf({
    company,
    overrides: new Map([[group.id, { visibility: 'HiddenMembership' }]]),
  });
  graph.faults.add({
    path: new RegExp(`/groups/${group.id}/members`),
    action: { kind: 'status', status: 403 },
  });
  const snapshot = await source.read(ALL, context());
  const index = snapshot.groupIndex(group.id);
  expect(snapshot.group(index).hidden).toBe(true);
  expect(snapshot.members(index)).toHaveLength(0);
});

test('a hidden membership that looks empty answers no question', async () => {
  const company = smallCompany();
  const group = company.createGroup('board');
  const { source } = await graphOf({
    company,
    overrides: new Map([[group.id, { visibility: 'HiddenMembership' }]]),
  });
  const evidence = await source.confirm({ people: [], groups: [group.id] }, context());
  expect(evidence.groups.has(group.id)).toBe(false);
});

test('devices and contacts in a group are nobody; a type that nobody knows ends the read', async () => {
  const company = smallCompany();
  const group = company.createGroup('machines');
  const { graph, source } = await graphOf({ company });
  const members = (type: string) => JSON.stringify({ value: [{ '@odata.type': type, id: 'x1' }] });
  const path = new RegExp(`/groups/${group.id}/members`);
  graph.faults.add({ path, action: { kind: 'replace', body: members('#microsoft.graph.device') } });
  const snapshot = await source.read(ALL, context());
  expect(snapshot.members(snapshot.groupIndex(group.id))).toHaveLength(0);
  graph.faults.add({ path, action: { kind: 'replace', body: members('#microsoft.graph.robot') } });
  await expect(source.read(ALL, context())).rejects.toThrow(
    /"machines".*member x1 is of the unknown type #microsoft/,
  );
});

test('a company without people is read as such when Graph says so in order', async () => {
  const { source } = await graphOf({
    company: new CompanyDirectory({ people: new Map(), groups: new Map() }),
  });
  const snapshot = await source.read(ALL, context());
  expect([snapshot.personCount, snapshot.groupCount]).toEqual([0, 0]);
});

test('proof by id is fresh: a status, a membership, and what is gone', async () => {
  const company = smallCompany();
  const { source } = await graphOf({ company });
  await source.read(ALL, context());
  const [left = '', fired = '', deleted = ''] = [...company.group('devin-users').members];
  const dead = company.createGroup('dead');
  const inner = company.createGroup('inner');
  company.group('devin-users').children.add(inner.id);
  company.leave('devin-users', left);
  company.deactivate(fired);
  company.deletePerson(deleted);
  company.deleteGroup('dead');
  const group = company.group('devin-users');
  const evidence = await source.confirm(
    { people: [left, fired, deleted], groups: [dead.id, group.id] },
    context(),
  );
  expect(Object.fromEntries(evidence.people)).toEqual({
    [left]: 'active',
    [fired]: 'deactivated',
    [deleted]: 'gone',
  });
  expect(evidence.groups.get(dead.id)).toBe('gone');
  expect(evidence.groups.get(group.id)).toEqual({ people: group.members, groups: new Set([inner.id]) });
});

test('proof counts people of nested groups that are not chosen, as the read does', async () => {
  const company = smallCompany();
  const [person = ''] = company.company.people.keys();
  const outer = company.createGroup('eng-all');
  const inner = company.createGroup('team-blue');
  outer.children.add(inner.id);
  inner.members.add(person);
  const { source } = await graphOf({ company }, { groups: { include: ['eng-*'], exclude: [] } });
  const evidence = await source.confirm({ people: [], groups: [outer.id] }, context());
  expect(evidence.groups.get(outer.id)).toEqual({ people: new Set([person]), groups: new Set() });
});

test('a group that is deleted between the list and its members is no longer a group, nor a child', async () => {
  const company = smallCompany();
  const outer = company.createGroup('outer');
  const gone = company.createGroup('gone');
  outer.children.add(gone.id);
  const { graph, source } = await graphOf({ company });
  graph.faults.add({
    path: new RegExp(`/groups/${gone.id}/members`),
    action: {
      kind: 'status',
      status: 404,
      body: '{"error":{"code":"Request_ResourceNotFound","message":"gone"}}',
    },
  });
  const snapshot = await source.read(ALL, context());
  expect(snapshot.groupIndex(gone.id)).toBe(-1);
  expect(snapshot.children(snapshot.groupIndex(outer.id))).toHaveLength(0);
});
