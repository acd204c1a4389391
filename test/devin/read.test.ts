import { afterEach, expect, test } from 'vitest';
import { type DevinState, ENTERPRISE } from '../../src/core/model/devin.ts';
import type { DevinOptions } from '../../src/devin/options.ts';
import { SourceReadError } from '../../src/lib/errors.ts';
import type { ReadProgress } from '../../src/lib/reading.ts';
import { type FakeDevin, type FakeDevinOptions, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import {
  answerJson,
  deadline,
  failure,
  reading,
  type Stub,
  silenceIsLate,
  startStub,
  targetFor,
} from './helpers.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function devin(options: FakeDevinOptions = {}): Promise<FakeDevin> {
  const fake = await startFakeDevin(options);
  open.push(fake);
  return fake;
}

async function stub(answer: Parameters<typeof startStub>[0]): Promise<Stub> {
  const started = await startStub(answer);
  open.push(started);
  return started;
}

async function readError(url: string, more: Partial<DevinOptions> = {}): Promise<Error> {
  const error = await failure(targetFor(url, more).read(reading()));
  expect(error).toBeInstanceOf(SourceReadError);
  return error;
}

/** Everything a reading says of one user, in words. */
function accessOf(state: DevinState, email: string): string[] {
  const { orgs, roles } = state.head;
  const place = (org: number) => (org === ENTERPRISE ? 'enterprise' : orgs[org]?.name);
  for (let user = 0; user < state.userCount; user++) {
    if (state.user(user).email !== email) continue;
    const direct = state.directRoles(user).map(({ org, role }) => `${place(org)}: ${roles[role]?.id}`);
    const derived = state
      .derivedRoles(user)
      .map(({ group, org, role }) => `${place(org)}: ${roles[role]?.id} through ${state.groupName(group)}`);
    return [...direct, ...derived];
  }
  return ['nobody'];
}

test('a whole enterprise is read as it is', async () => {
  const fake = await devin({
    orgs: ['Payments', 'Data'],
    customRoles: [{ name: 'No access', scope: 'enterprise' }],
  });
  fake.state.addUser({ email: 'ann@corp.example', orgs: { Payments: 'org_admin', Data: 'org_member' } });
  fake.state.addUser({ email: null, id: 'email|nobody' });
  const group = fake.state.registerGroup('devin-data');
  fake.state.registerGroup('devin-idle');
  fake.state.setGroupRole(group, '', 'account_member');
  fake.state.setGroupRole(group, fake.state.org('Data').id, 'org_member');
  fake.state.login('bob@corp.example', ['devin-data']);

  const state = await targetFor(fake.url).read(reading());
  expect(state.head.url).toBe(fake.url);
  expect(state.head.principal).toEqual({ id: fake.principalId, name: 'devin-idp-sync' });
  expect(state.head.orgs.map((org) => org.name)).toEqual(['Payments', 'Data']);
  expect(state.head.roles.map((role) => role.name)).toContain('No access');
  expect(state.userCount).toBe(3);
  expect(accessOf(state, 'ann@corp.example')).toEqual([
    'enterprise: account_member',
    'Payments: org_admin',
    'Data: org_member',
  ]);
  expect(accessOf(state, 'bob@corp.example')).toEqual([
    'enterprise: account_member through devin-data',
    'Data: org_member through devin-data',
  ]);
  expect(state.isRegistered(state.groupIndex('devin-idle'))).toBe(true);
  expect(state.groupRoles(state.groupIndex('devin-idle'))).toEqual([]);
  expect(state.groupRoles(state.groupIndex('devin-data'))).toHaveLength(2);
});

test('a user in both lists is one user with both kinds of roles', async () => {
  const fake = await devin({ directInIdpUsers: true });
  fake.state.addUser({ email: 'ann@corp.example' });
  fake.state.setGroupRole(fake.state.registerGroup('devin-all'), '', 'account_admin');
  fake.state.login('ann@corp.example', ['devin-all']);
  const state = await targetFor(fake.url).read(reading());
  expect(state.userCount).toBe(1);
  expect(accessOf(state, 'ann@corp.example')).toEqual([
    'enterprise: account_member',
    'enterprise: account_admin through devin-all',
  ]);
});

test.each([
  { direct: 0, idp: 0, groups: 0, orgs: 0, calls: 7 },
  { direct: 200, idp: 200, groups: 200, orgs: 200, calls: 7 },
  { direct: 401, idp: 201, groups: 205, orgs: 3, calls: 3 + 2 + 2 * 2 + 1 + 1 + 1 },
])(
  '$direct direct users, $idp through groups, $groups groups and $orgs orgs take $calls calls',
  async (size) => {
    const fake = await devin({ orgs: Array.from({ length: size.orgs }, (_, index) => `Org ${index}`) });
    const names = Array.from({ length: size.groups }, (_, index) => `group-${index}`);
    for (const name of names) fake.state.setGroupRole(fake.state.registerGroup(name), '', 'account_member');
    for (let index = 0; index < size.direct; index++)
      fake.state.addUser({ email: `direct-${index}@corp.example` });
    for (let index = 0; index < size.idp; index++)
      fake.state.login(`idp-${index}@corp.example`, [names[0] ?? '']);
    const state = await targetFor(fake.url).read(reading());
    expect(state.userCount).toBe(size.direct + size.idp);
    expect(state.groupCount).toBe(size.groups);
    expect(state.head.orgs).toHaveLength(size.orgs);
    expect(fake.requests).toHaveLength(size.calls);
    expect(fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(state.head.reads.reduce((sum, report) => sum + report.calls, 0)).toBe(size.calls);
  },
);

test('what was read is reported list by list, with repeated calls counted', async () => {
  const fake = await devin({ orgs: ['Payments'] });
  for (let index = 0; index < 201; index++) fake.state.addUser({ email: `u${index}@corp.example` });
  fake.faults.add({ path: /members\/users/, skip: 1, action: { kind: 'status', status: 503 } });
  const seen: ReadProgress[] = [];
  const state = await targetFor(fake.url).read({ signal: deadline(), onProgress: (one) => seen.push(one) });
  expect(fake.faults.unfired()).toEqual([]);
  expect(state.head.reads).toContainEqual({ what: 'Devin users', pages: 2, items: 201, calls: 3 });
  expect(seen.filter(({ what }) => what === 'Devin users').map(({ done }) => done)).toEqual([200, 201]);
});

test.each([
  ['a 503', { kind: 'status', status: 503 } as const, ['503', 'tried 3 times']],
  ['a cut body', { kind: 'cut' } as const, ['the connection failed']],
  ['a reset', { kind: 'reset' } as const, ['the connection failed']],
  ['a server that hangs', { kind: 'hang' } as const, ['no complete answer came within 60000 ms']],
  ['an HTML page', { kind: 'replace', body: '<html>', contentType: 'text/html' } as const, ['not JSON']],
  ['an object for a list', { kind: 'replace', body: '{"items":{}}' } as const, ['items: ']],
  [
    'a row without id',
    { kind: 'replace', body: '{"items":[{"email":null,"name":null,"role_assignments":[]}]}' } as const,
    ['items.0.user_id: '],
  ],
  [
    'a row without the field for its address',
    { kind: 'replace', body: '{"items":[{"user_id":"1","name":null,"role_assignments":[]}]}' } as const,
    ['items.0.email: '],
  ],
  [
    'a row without roles',
    { kind: 'replace', body: '{"items":[{"user_id":"1","email":null,"name":null}]}' } as const,
    ['items.0.role_assignments: '],
  ],
])('%s on page 2 ends the read and names the page', async (_, action, words) => {
  const fake = await devin();
  for (let index = 0; index < 401; index++) fake.state.addUser({ email: `u${index}@corp.example` });
  fake.faults.add({ path: /members\/users.*after=/, times: Number.POSITIVE_INFINITY, action });
  silenceIsLate(fake);
  const error = await readError(fake.url, { readRetries: 2 });
  expect(error.message).toContain('Page 2 of Devin users (/v3/enterprise/members/users)');
  for (const word of words) expect(error.message).toContain(word);
  expect(error.message).not.toContain(fake.key);
});

test('a cursor that leads back ends the read', async () => {
  const fake = await devin();
  const page = { items: [], end_cursor: 'again', has_next_page: true };
  fake.faults.add({
    path: /idp-users/,
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'replace', body: JSON.stringify(page), status: 200 },
  });
  const error = await readError(fake.url);
  expect(error.message).toContain('Page 2 of Devin users through IdP groups');
  expect(error.message).toContain('points to a page that was read before');
});

test('a full page that announces another one without a cursor is not the end of the company', async () => {
  const items = Array.from({ length: 200 }, (_, index) => ({ idp_group_name: `g${index}` }));
  const fake = await devin();
  const body = JSON.stringify({ items, has_next_page: true, end_cursor: null });
  fake.faults.add({ path: /enterprise\/idp-groups/, action: { kind: 'replace', body } });
  expect((await readError(fake.url)).message).toContain('announces another page but gives no end_cursor');
});

test('a cursor on the last page does not open a page that is not there', async () => {
  const fake = await devin();
  const body = JSON.stringify({ items: [], has_next_page: false, end_cursor: 'leftover' });
  fake.faults.add({ path: /enterprise\/idp-groups/, action: { kind: 'replace', body } });
  await targetFor(fake.url).read(reading());
  expect(fake.requests).toHaveLength(7);
});

test('one list that fails stops the others before the read ends', async () => {
  const server = await stub((request, response) => {
    if (request.url?.includes('/roles')) answerJson(response, 403, { title: 'Forbidden', status: 403 });
  });
  const error = await readError(server.url);
  expect(error.message).toContain('Page 1 of Devin roles');
  expect(error.message).toContain('permission ViewAccountMembership');
});

test('a read that is stopped ends with the reason of the stop', async () => {
  const stop = new AbortController();
  const server = await stub(() => stop.abort(new Error('shutdown')));
  const error = await failure(targetFor(server.url).read(reading(stop.signal)));
  expect(error.message).toBe('shutdown');
});

test('a key without ManageOrganizations reads when the configuration names the organizations', async () => {
  const fake = await devin({ orgs: ['Payments', 'Data'], permissions: ['ViewAccountMembership'] });
  const { id } = fake.state.org('Payments');
  fake.state.addUser({ email: 'ann@corp.example', orgs: { Payments: 'org_member', Data: 'org_member' } });
  const refused = await readError(fake.url);
  expect(refused.message).toContain('Page 1 of Devin organizations');
  expect(refused.message).toContain('ManageOrganizations, or name the organizations in devin.organizations');

  const state = await targetFor(fake.url, { organizations: [{ id, name: 'Pay' }] }).read(reading());
  const other = fake.state.org('Data').id;
  expect(accessOf(state, 'ann@corp.example')).toEqual([
    'enterprise: account_member',
    'Pay: org_member',
    `${other}: org_member`,
  ]);
});

test('an organization that is made while the lists are read is asked for by id', async () => {
  const fake = await devin({ orgs: ['Payments'] });
  fake.state.addUser({ email: 'ann@corp.example', orgs: { Payments: 'org_member' } });
  const empty = JSON.stringify({ items: [], end_cursor: null, has_next_page: false });
  fake.faults.add({ path: /organizations\?/, action: { kind: 'replace', body: empty } });
  const state = await targetFor(fake.url).read(reading());
  expect(state.head.orgs).toEqual([{ id: fake.state.org('Payments').id, name: 'Payments' }]);
  expect(fake.requests).toHaveLength(8);
});

test('an organization that is deleted while roles in it linger keeps its id as name', async () => {
  const fake = await devin({ orgs: ['Payments'] });
  fake.state.addUser({ email: 'ann@corp.example', orgs: { Payments: 'org_member' } });
  const { id } = fake.state.org('Payments');
  fake.state.orgs.delete(id);
  const state = await targetFor(fake.url).read(reading());
  expect(state.head.orgs).toEqual([{ id, name: id }]);
});

test('a list that lacks many organizations is a list cut short', async () => {
  const orgs = Array.from({ length: 21 }, (_, index) => `Org ${index}`);
  const fake = await devin({ orgs });
  fake.state.addUser({
    email: 'ann@corp.example',
    orgs: Object.fromEntries(orgs.map((org) => [org, 'org_member'])),
  });
  const empty = JSON.stringify({ items: [], end_cursor: null, has_next_page: false });
  fake.faults.add({ path: /organizations\?/, action: { kind: 'replace', body: empty } });
  expect((await readError(fake.url)).message).toContain('lacks 21 organizations in which people hold roles');
});

test('a role that people hold but that is not listed any more keeps its name', async () => {
  const fake = await devin({ customRoles: [{ name: 'Old', scope: 'enterprise', id: 'role-old' }] });
  fake.state.addUser({ email: 'ann@corp.example', role: 'role-old' });
  const empty = JSON.stringify({ items: [], end_cursor: null, has_next_page: false });
  fake.faults.add({ path: /enterprise\/roles/, action: { kind: 'replace', body: empty } });
  const state = await targetFor(fake.url).read(reading());
  expect(state.head.roles).toEqual([{ id: 'role-old', name: 'Old', scope: 'enterprise' }]);
});

test("a person's key is refused before anything is written with it", async () => {
  const fake = await devin({ principalType: 'pat_user' });
  const words = 'belongs to a person (a personal access token), not to a service user';
  expect((await failure(targetFor(fake.url).identify(deadline()))).message).toContain(words);
  expect((await readError(fake.url)).message).toContain(words);
});

test('a key of one organization only is refused', async () => {
  const self = {
    principal_type: 'service_user',
    service_user_id: 's1',
    service_user_name: 'bot',
    org_id: 'org-1',
  };
  const server = await stub((_, response) => answerJson(response, 200, self));
  const error = await failure(targetFor(server.url).identify(deadline()));
  expect(error.message).toContain('service user bot of one organization only (org-1)');
});

test('the older version of the API says who the key is without a kind', async () => {
  const self = { service_user_id: 's1', service_user_name: 'bot', org_id: null };
  const server = await stub((_, response) => answerJson(response, 200, self));
  expect(await targetFor(server.url, { prefix: '/v3beta1' }).identify(deadline())).toEqual({
    id: 's1',
    name: 'bot',
  });
  expect(server.requests.map(({ url }) => url)).toEqual(['/v3beta1/enterprise/self']);
  const error = await failure(targetFor(server.url).identify(deadline()));
  expect(error.message).toContain('principal_type none');
});

test('a key that is not accepted says so before anything else', async () => {
  const fake = await devin();
  const error = await failure(targetFor(fake.url, { key: 'cog_wrong' }).identify(deadline()));
  expect(error).toBeInstanceOf(SourceReadError);
  expect(error.message).toContain('does not accept the key');
});
