import { expect, test } from 'vitest';
import { DirectorySnapshot } from '../../src/core/model/directory.ts';
import type { EntraOptions } from '../../src/directory/entra/options.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import type { FakeGraph, FakeGraphOptions } from '../../src/sandbox/fake-graph.ts';
import { unlisted } from './elsewhere.ts';
import {
  ALL,
  callsOf,
  context,
  entraOf,
  failureOf,
  graphOf,
  plainCompany,
  plainSnapshot,
  smallCompany,
} from './setup.ts';

const statusOf = (status: string) => (status === 'active' ? 'active' : 'deactivated');
const LISTS = /^\/v1\.0\/(users|groups)\?/;
const CHANGES = /\/(users|groups)\/delta\?/;
const ALWAYS = Number.POSITIVE_INFINITY;
const DAY_MS = 24 * 3_600_000;

interface Begun {
  readonly graph: FakeGraph;
  readonly source: DirectorySource;
  readonly first: DirectorySnapshot;
  readonly update: (previous?: DirectorySnapshot) => Promise<DirectorySnapshot>;
}

/** A whole reading is done and its requests are forgotten. */
async function begun(
  fake: Partial<FakeGraphOptions> = {},
  options: Partial<EntraOptions> = {},
): Promise<Begun> {
  const { graph, source } = await graphOf({ company: smallCompany(), ...fake }, options);
  const first = await source.read(ALL, context());
  graph.requests.length = 0;
  graph.batched.length = 0;
  const update = (previous = first) =>
    (source.update as NonNullable<typeof source.update>)(previous, context());
  return { graph, source, first, update };
}

function truth(graph: FakeGraph) {
  return plainCompany(graph.company.company, { nested: true, statusOf });
}

/** The same reading with another `resume` or time. */
function altered(snapshot: DirectorySnapshot, changes: object): DirectorySnapshot {
  return new Proxy(snapshot, {
    get: (target, key) => {
      if (key in changes) return Reflect.get(changes, key);
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('a turn in which nothing changed costs two calls, turn after turn', async () => {
  const { graph, first, update } = await begun();
  const second = await update();
  const third = await update(second);
  expect(graph.requests.map(({ path }) => path.split('?')[0])).toEqual([
    '/v1.0/users/delta',
    '/v1.0/groups/delta',
    '/v1.0/users/delta',
    '/v1.0/groups/delta',
  ]);
  expect(callsOf(third)).toBe(2);
  expect(plainSnapshot(third)).toEqual(plainSnapshot(first));
  expect([third.basis, third.fullAt]).toEqual(['update', first.fullAt]);
});

test('joiners, leavers, changed people and changed groups arrive with the next turn, without a list being read', async () => {
  const { graph, update } = await begun();
  const { company } = graph;
  const [one = '', two = '', three = ''] = [...company.group('devin-users').members];
  company.deactivate(one);
  company.leave('devin-users', two);
  company.changeEmail(three, 'new.name@corp.example');
  company.hire({ firstName: 'Nia', lastName: 'New', email: 'nia@corp.example', groups: ['devin-users'] });
  company.renameGroup('devin-users', 'devin-people');
  const next = await update();
  expect(plainSnapshot(next)).toEqual(truth(graph));
  expect(next.basis).toBe('update');
  expect(graph.requests.filter(({ path }) => LISTS.test(path))).toEqual([]);
  expect(graph.requests).toHaveLength(2);
});

test('a deleted user loses every membership, although no group says so', async () => {
  const { graph, update } = await begun();
  const [gone = '', soft = ''] = [...graph.company.group('devin-users').members];
  graph.company.deletePerson(gone);
  graph.softDelete(soft);
  const next = await update();
  expect([next.personIndex(gone), next.personIndex(soft)]).toEqual([-1, -1]);
  expect(plainSnapshot(next)).toEqual(truth(graph));
});

test('a restored user, whose memberships come back without a word, makes a whole reading', async () => {
  const { graph, update } = await begun();
  const [id = ''] = [...graph.company.group('devin-users').members];
  graph.softDelete(id);
  const without = await update();
  graph.restore(id);
  const back = await update(without);
  expect(back.basis).toBe('full');
  expect(plainSnapshot(back)).toEqual(truth(graph));
});

test('a field that is absent did not change, and one that is null was taken away', async () => {
  const company = smallCompany();
  const [id = '', other = ''] = company.company.people.keys();
  const overrides = new Map<string, Record<string, unknown>>([
    [id, { mail: 'mailbox@corp.example', userPrincipalName: 'login@corp.example' }],
    [other, { mail: 'other@corp.example', userPrincipalName: 'o@corp.example' }],
  ]);
  const { update } = await begun({ company, overrides });
  overrides.set(id, { mail: null, userPrincipalName: 'login@corp.example' });
  company.deactivate(other);
  const { people } = plainSnapshot(await update());
  expect(people[id]).toEqual({ email: 'login@corp.example', status: 'active' });
  expect(people[other]).toEqual({ email: 'other@corp.example', status: 'deactivated' });
});

test('a guest who becomes a member brings memberships along that were known all the time', async () => {
  const company = smallCompany();
  const group = company.group('devin-users');
  const [id = ''] = [...group.members];
  const overrides = new Map([[id, { userType: 'Guest' }]]);
  const { graph, first, update } = await begun({ company, overrides });
  expect(first.personIndex(id)).toBe(-1);
  overrides.delete(id);
  const next = await update();
  expect(plainSnapshot(next)).toEqual(truth(graph));
  expect(next.basis).toBe('update');
});

test('a group that comes into scope by its new name is read whole, and only that group', async () => {
  const company = smallCompany();
  const [person = ''] = company.company.people.keys();
  const group = company.createGroup('quiet');
  group.members.add(person);
  const { graph, update } = await begun({ company }, { groups: { include: ['devin-*'], exclude: [] } });
  company.renameGroup('quiet', 'devin-quiet');
  const next = await update();
  const index = next.groupIndex(group.id);
  expect(next.group(index).name).toBe('devin-quiet');
  expect(next.members(index)).toHaveLength(1);
  expect(graph.batched.map(({ path }) => path.split('?')[0])).toEqual([
    `/v1.0/groups/${group.id}`,
    `/v1.0/groups/${group.id}/members`,
  ]);
});

test('a group told in slices over many pages is put together', async () => {
  const { graph, update } = await begun({ delta: { pageSize: 2, slice: 3 } });
  const group = graph.company.createGroup('devin-everybody');
  for (const id of graph.company.company.people.keys()) graph.company.join(group.id, id);
  const next = await update();
  expect(next.members(next.groupIndex(group.id))).toHaveLength(graph.company.company.people.size);
  expect(next.basis).toBe('update');
});

test('somebody who both left and joined is asked about, because changes have no order', async () => {
  const { graph, update } = await begun();
  const group = graph.company.group('devin-users');
  const [id = ''] = [...group.members];
  const member = { '@odata.type': '#microsoft.graph.user', id };
  const told = { ...member, '@removed': { reason: 'deleted' } };
  for (const slices of [
    [[member], [told]],
    [[told], [member]],
  ]) {
    const value = slices.map((slice) => ({ id: group.id, 'members@delta': slice }));
    const link = `${graph.url}/v1.0/groups/delta?$deltatoken=later`;
    const body = JSON.stringify({ value, '@odata.deltaLink': link });
    graph.faults.add({ path: /\/groups\/delta\?/, action: { kind: 'replace', body } });
    const next = await update();
    expect(plainSnapshot(next)).toEqual(truth(graph));
    expect(next.basis).toBe('update');
  }
  expect(graph.batched.filter(({ path }) => path.includes('/members'))).toHaveLength(2);
});

for (const status of [400, 404, 410]) {
  test(`a link that Graph no longer knows (${status}) makes a whole reading`, async () => {
    const { graph, update } = await begun();
    graph.company.deactivate([...graph.company.company.people.keys()][0] as string);
    graph.faults.add({ path: /\/users\/delta\?\$deltatoken=d/, action: { kind: 'status', status } });
    const next = await update();
    expect(next.basis).toBe('full');
    expect(plainSnapshot(next)).toEqual(truth(graph));
    // What the attempt has cost is on the bill.
    expect(callsOf(next)).toBe(graph.requests.length);
  });
}

test('after the service has forgotten every link, one whole reading starts a new chain', async () => {
  const { graph, update } = await begun();
  graph.expireDeltaLinks();
  const whole = await update();
  expect(whole.basis).toBe('full');
  expect((await update(whole)).basis).toBe('update');
});

test('a chain of changes that never ends, or ends without a link, makes a whole reading', async () => {
  const { graph, update } = await begun();
  let page = 0;
  const next = () => `${graph.url}/v1.0/users/delta?$skiptoken=${page++}`;
  for (let count = 0; count < 30; count++) {
    const body = JSON.stringify({
      value: [{ id: `x${count}`, '@removed': { reason: 'deleted' } }],
      '@odata.nextLink': next(),
    });
    graph.faults.add({
      path: /users\/delta\?\$(skip|delta)token=[rd\d]/,
      action: { kind: 'replace', body, status: 200 },
    });
  }
  const endless = await update();
  expect(endless.basis).toBe('full');
  expect(graph.requests.filter(({ fault }) => fault === 'replace').length).toBeLessThanOrEqual(10);
  graph.faults.clear();
  graph.faults.add({
    path: /groups\/delta\?\$deltatoken=d/,
    action: { kind: 'replace', body: '{"value":[]}' },
  });
  expect((await update(endless)).basis).toBe('full');
});

test('a login page in place of changes makes a whole reading', async () => {
  const { graph, update } = await begun();
  const action = { kind: 'replace', body: '<html>', contentType: 'text/html' } as const;
  graph.faults.add({ path: /users\/delta\?\$deltatoken=d/, action });
  const next = await update();
  expect(next.basis).toBe('full');
  expect(plainSnapshot(next)).toEqual(truth(graph));
});

test('a link to changes on another host is not followed, and no token goes there', async () => {
  const other = await unlisted();
  const { graph, first, update } = await begun();
  const usersLink = `${other.url}/v1.0/users/delta?$deltatoken=x`;
  const stolen = altered(first, { resume: { ...(first.resume as object), usersLink } });
  expect((await update(stolen)).basis).toBe('full');
  const body = JSON.stringify({ value: [], '@odata.nextLink': usersLink });
  graph.faults.add({ path: /users\/delta\?\$deltatoken=d/, action: { kind: 'replace', body } });
  expect((await update()).basis).toBe('full');
  expect(other.hits).toBe(0);
});

test('while Graph fails, the turn fails: a whole reading would only add to the load', async () => {
  const { graph, update } = await begun();
  graph.faults.add({ path: CHANGES, times: ALWAYS, action: { kind: 'status', status: 503 } });
  expect(await failureOf(update())).toMatch(
    /^changes of Entra users, page 1 .*answered 503 after 3 attempts/,
  );
  graph.faults.clear();
  graph.faults.add({ path: CHANGES, times: ALWAYS, action: { kind: 'reset' } });
  expect(await failureOf(update())).toContain('changes of Entra users, page 1');
  expect(graph.requests.filter(({ path }) => LISTS.test(path))).toEqual([]);
});

test('failures of a turn that pass cost calls and nothing else, a token that ends too', async () => {
  const { graph, update } = await begun({ delta: { pageSize: 1 } });
  const [one = '', two = ''] = graph.company.company.people.keys();
  graph.company.deactivate(one);
  graph.company.deactivate(two);
  graph.faults.add({
    path: CHANGES,
    action: { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
  });
  graph.faults.add({ path: CHANGES, skip: 1, action: { kind: 'cut' } });
  graph.revokeTokens();
  const next = await update();
  expect(plainSnapshot(next)).toEqual(truth(graph));
  expect(next.basis).toBe('update');
  expect(graph.faults.unfired()).toEqual([]);
});

test('a reading of yesterday, of another configuration or another version is not gone on from', async () => {
  const { graph, first, update } = await begun();
  const resume = first.resume as object;
  const stale = [
    altered(first, { fullAt: (first.fullAt as number) - DAY_MS }),
    altered(first, { fullAt: null }),
    altered(first, { fullAt: Date.now() + DAY_MS }),
    altered(first, { tenant: 'entra:other' }),
    altered(first, { scope: { kind: 'part', people: [] } }),
    altered(first, { resume: null }),
    altered(first, { resume: { ...resume, version: 0 } }),
    altered(first, { resume: { ...resume, linksAt: Date.now() - 6 * DAY_MS } }),
    altered(first, { resume: { ...resume, users: [['id']] } }),
  ];
  for (const previous of stale) expect((await update(previous)).basis).toBe('full');
  const narrower = entraOf(graph, { groups: { include: ['devin-*'], exclude: [] } });
  expect((await narrower.update?.(first, context()))?.basis).toBe('full');
});

test('a whole reading is due a day after the last one, by the clock that is given', async () => {
  const { graph } = await graphOf();
  let now = Date.now();
  const source = entraOf(graph, {}, { now: () => now });
  const first = await source.read(ALL, context());
  now += DAY_MS - 1;
  expect((await source.update?.(first, context()))?.basis).toBe('update');
  now += 1;
  expect((await source.update?.(first, context()))?.basis).toBe('full');
});

test('where Graph keeps no record of changes, every turn is a whole reading', async () => {
  const { graph, source } = await graphOf();
  graph.faults.add({ path: CHANGES, times: ALWAYS, action: { kind: 'status', status: 501 } });
  const first = await source.read(ALL, context());
  expect(first.resume).toBeNull();
  expect((await source.update?.(first, context()))?.basis).toBe('full');
});

test('what an update keeps in mind is small where people and groups are what they seem', async () => {
  const { first } = await begun();
  expect(first).toBeInstanceOf(DirectorySnapshot);
  expect(first.resume).toMatchObject({ users: [], members: [], nested: [], removed: [] });
});
