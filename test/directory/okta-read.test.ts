import { expect, test } from 'vitest';
import { CompanyDirectory } from '../../src/sandbox/company.ts';
import {
  ALL,
  callsOf,
  context,
  corpus,
  oktaOf,
  pages,
  plainCompany,
  plainSnapshot,
  smallCompany,
} from './setup.ts';

test('a whole real organization is read exactly as Okta holds it, in the calls that the design allows', async () => {
  const company = corpus();
  const { okta, source } = await oktaOf({ company }, { rateShare: 1 });
  const snapshot = await source.read(ALL, context());
  expect(plainSnapshot(snapshot)).toEqual(plainCompany(company, { nested: false }));
  const members = [...company.groups.values()].map((group) => pages(group.members.size, 200));
  const lists = pages(company.people.size, 200) + pages(company.groups.size, 200);
  const formula = lists + members.reduce((sum, count) => sum + count, 0);
  // One more call names the org.
  expect(okta.requests).toHaveLength(formula + 1);
  expect(callsOf(snapshot)).toBe(okta.requests.length);
  expect(snapshot.tenant).toBe(`okta:${okta.orgId}`);
});

test('small pages are followed to their end and say how many there were', async () => {
  const company = smallCompany(50);
  const { source } = await oktaOf({ company, pageSize: 7 });
  const snapshot = await source.read(ALL, context());
  expect(plainSnapshot(snapshot)).toEqual(plainCompany(company.company, { nested: false }));
  expect(snapshot.reads.find(({ what }) => what === 'Okta users')).toEqual({
    what: 'Okta users',
    pages: pages(company.company.people.size, 7),
    items: company.company.people.size,
    calls: pages(company.company.people.size, 7),
  });
});

test('every Okta status is read, deactivated users too, and means what the default says', async () => {
  const company = smallCompany(20);
  const ids = [...company.company.people.keys()];
  const statuses = {
    ACTIVE: 'active',
    PROVISIONED: 'active',
    RECOVERY: 'active',
    PASSWORD_EXPIRED: 'active',
    LOCKED_OUT: 'active',
    STAGED: 'staged',
    SUSPENDED: 'suspended',
    DEPROVISIONED: 'deactivated',
  };
  const overrides = new Map(Object.keys(statuses).map((status, index) => [ids[index] as string, { status }]));
  const { source } = await oktaOf({ company, overrides });
  const { people } = plainSnapshot(await source.read(ALL, context()));
  expect(Object.keys(statuses).map((_, index) => people[ids[index] as string]?.status)).toEqual(
    Object.values(statuses),
  );
});

test('a configured meaning of a status wins over the default', async () => {
  const company = smallCompany(20);
  const [id = ''] = company.company.people.keys();
  const overrides = new Map([[id, { status: 'PROVISIONED' }]]);
  const { source } = await oktaOf({ company, overrides }, { statuses: { PROVISIONED: 'staged' } });
  expect(plainSnapshot(await source.read(ALL, context())).people[id]?.status).toBe('staged');
});

test('members are read only of groups that include and exclude let through', async () => {
  const company = smallCompany();
  const extra = company.createGroup('devin-legacy');
  const { okta, source } = await oktaOf(
    { company },
    { groups: { include: ['DEVIN-*'], exclude: ['*legacy'] } },
  );
  const { groups } = plainSnapshot(await source.read(ALL, context()));
  const names = Object.values(groups).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !name.startsWith('devin-'))).toEqual([]);
  expect(groups[extra.id]).toBeUndefined();
  const asked = okta.requests.filter(({ path }) => /\/groups\/[^/]+\/users/.test(path));
  expect(asked).toHaveLength(names.length);
});

test('Everyone is never a group', async () => {
  const { source } = await oktaOf();
  const { groups } = plainSnapshot(await source.read(ALL, context()));
  expect(Object.values(groups).map(({ name }) => name)).not.toContain('Everyone');
});

test('a person without an e-mail is read with none, not left out', async () => {
  const company = smallCompany(20);
  const [id = ''] = company.company.people.keys();
  const overrides = new Map([[id, { profile: { login: 'nobody', email: null } }]]);
  const { source } = await oktaOf({ company, overrides });
  expect(plainSnapshot(await source.read(ALL, context())).people[id]).toEqual({
    email: null,
    status: 'active',
  });
});

test('a company without people is read as such when Okta says so in order', async () => {
  const { source } = await oktaOf({
    company: new CompanyDirectory({ people: new Map(), groups: new Map() }),
  });
  const snapshot = await source.read(ALL, context());
  expect([snapshot.personCount, snapshot.groupCount]).toEqual([0, 0]);
});

test('proof by id is fresh: a status, a membership, and what is gone', async () => {
  const company = smallCompany();
  const { source } = await oktaOf({ company });
  await source.read(ALL, context());
  const [left = '', fired = '', deleted = ''] = [...company.group('devin-users').members];
  const dead = company.createGroup('dead');
  company.leave('devin-users', left);
  company.deactivate(fired);
  company.deletePerson(deleted);
  company.deleteGroup('dead');
  const group = company.group('devin-users');
  const evidence = await source.confirm(
    { people: [left, fired, deleted], groups: [group.id, dead.id] },
    context(),
  );
  expect([...evidence.people]).toEqual(
    expect.arrayContaining([
      [left, 'active'],
      [fired, 'deactivated'],
      [deleted, 'gone'],
    ]),
  );
  expect(evidence.groups.get(dead.id)).toBe('gone');
  expect(evidence.groups.get(group.id)).toEqual({ people: group.members, groups: new Set() });
});

test('a group that is deleted between the list and its members is no longer a group', async () => {
  const company = smallCompany();
  const { okta, source } = await oktaOf({ company });
  const group = company.group('devin-users');
  const gone = { status: 404, body: JSON.stringify({ errorCode: 'E0000007', errorSummary: 'Not found' }) };
  okta.faults.add({
    path: new RegExp(`/groups/${group.id}(/users|$)`),
    times: 2,
    action: { kind: 'status', ...gone },
  });
  const snapshot = await source.read(ALL, context());
  expect(snapshot.groupIndex(group.id)).toBe(-1);
  expect(snapshot.groupCount).toBe(company.company.groups.size - 1);
});

test('progress tells what is read and how far it is', async () => {
  const company = smallCompany();
  const { source } = await oktaOf({ company });
  const reading = context();
  await source.read(ALL, reading);
  const total = company.company.groups.size;
  expect(reading.seen).toContainEqual({ what: 'Okta users', done: company.company.people.size, total: null });
  expect(reading.seen).toContainEqual({ what: 'Okta group members', done: total, total });
});
