import { expect, test } from 'vitest';
import { allItems, devinFor, encoded, request } from './helpers.ts';

const USERS = '/v3/enterprise/members/users';
const IDP_USERS = '/v3/enterprise/members/idp-users';
const ORGS = '/v3/enterprise/organizations';

test('an invitation creates direct members at once and a second one changes nothing', async () => {
  const { devin, call } = await devinFor();
  const body = {
    emails: ['Ada@corp.example', 'ada@corp.example', 'bo@corp.example'],
    enterprise_role_id: 'account_member',
  };
  const first = await call('POST', USERS, body);
  expect(first.body.map((user: { email: string }) => user.email)).toEqual([
    'Ada@corp.example',
    'bo@corp.example',
  ]);
  expect(first.body[0].user_id).toMatch(/^email\|[0-9a-f]+$/);
  const second = await call('POST', USERS, { ...body, enterprise_role_id: 'account_admin' });
  expect(second.body).toEqual(first.body);
  expect(devin.state.effects.map(({ kind, label }) => [kind, label])).toEqual([
    ['invite', 'Ada@corp.example'],
    ['invite', 'bo@corp.example'],
  ]);
});

test('one bad address, 101 addresses or an unknown field refuse the whole invitation', async () => {
  const { devin, call } = await devinFor();
  const role = { enterprise_role_id: 'account_member' };
  const many = Array.from({ length: 101 }, (_, index) => `p${index}@corp.example`);
  const answers = [
    await call('POST', USERS, { ...role, emails: ['good@corp.example', 'bad'] }),
    await call('POST', USERS, { ...role, emails: many }),
    await call('POST', USERS, { ...role, emails: [], silent: true }),
    await call('POST', USERS, { emails: [] }),
    await call('POST', USERS, { emails: [], enterprise_role_id: 'nobody' }),
    await call('POST', USERS, { emails: [], enterprise_role_id: 'org_member' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422, 422]);
  expect(answers[0]?.body.errors).toMatchObject([{ loc: ['body', 'emails', 1] }]);
  expect(answers[4]?.body.detail).toContain('role nobody does not exist');
  expect(answers[5]?.body.detail).toContain('role_type org');
  expect(devin.state.users.size).toBe(0);
});

test('a list pages by cursor to its end and never repeats or misses a user', async () => {
  const { devin, call } = await devinFor();
  for (let index = 0; index < 25; index += 1) devin.state.addUser({ email: `p${index}@corp.example` });
  const { items, pages } = await allItems(call, USERS, 10);
  expect(pages).toBe(3);
  expect(new Set(items.map(({ user_id }) => user_id)).size).toBe(25);
  const last = await call('GET', `${USERS}?first=25`);
  expect(last.body).toMatchObject({ has_next_page: false, end_cursor: null, total: 25 });
});

test('a page stays in place when the user its cursor names is removed', async () => {
  const { devin, call } = await devinFor();
  for (let index = 0; index < 6; index += 1) devin.state.addUser({ email: `p${index}@corp.example` });
  const first = (await call('GET', `${USERS}?first=3`)).body;
  devin.state.removeUser(devin.state.user(first.items[2].user_id));
  const rest = (await call('GET', `${USERS}?first=3&after=${first.end_cursor}`)).body;
  expect(rest.items).toHaveLength(3);
  expect(rest.has_next_page).toBe(false);
});

test('the e-mail filter matches whole addresses in any case', async () => {
  const { devin, call } = await devinFor();
  devin.state.addUser({ email: 'Ada@corp.example' });
  devin.state.addUser({ email: null, id: 'email|unknown' });
  expect((await call('GET', `${USERS}?email=ADA%40corp.example`)).body.items).toHaveLength(1);
  expect((await call('GET', `${USERS}?email=ada`)).body.items).toHaveLength(0);
});

test('a user whose address was changed is found by the new one only', async () => {
  const { devin, call } = await devinFor();
  const user = devin.state.addUser({ email: 'ada@corp.example' });
  devin.state.changeEmail(user, 'ada.new@corp.example');
  const body = { emails: ['ada@corp.example', 'ADA.new@corp.example'], enterprise_role_id: 'account_member' };
  const ids = (await call('POST', USERS, body)).body.map((one: { user_id: string }) => one.user_id);
  expect(ids[1]).toBe(user.id);
  expect(ids[0]).not.toBe(user.id);
  expect((await call('GET', `${USERS}?email=ada.new%40corp.example`)).body.items).toHaveLength(1);
});

test('queries are read strictly', async () => {
  const { call } = await devinFor();
  const bad = [
    'limit=5',
    'first=0',
    'first=201',
    'first=ten',
    'first=1&first=2',
    'after=nonsense',
    'email=a&order=asc',
  ];
  for (const query of bad) {
    const answer = await call('GET', `${USERS}?${query}`);
    expect([query, answer.status, answer.type]).toEqual([query, 422, 'application/problem+json']);
    expect(answer.body.errors.length).toBeGreaterThan(0);
  }
  expect((await call('GET', '/v3/self?first=1')).status).toBe(422);
  const other = (await call('GET', '/v3/enterprise/roles?first=1')).body.end_cursor;
  expect((await call('GET', `${USERS}?after=${other}`)).status).toBe(422);
});

test('bodies are read strictly', async () => {
  const { devin, call } = await devinFor();
  const headers = { authorization: `Bearer ${devin.key}` };
  const json = { ...headers, 'content-type': 'application/json' };
  const url = `${devin.url}${USERS}`;
  expect((await request(url, { method: 'POST', headers, body: '{}' })).status).toBe(422);
  expect((await request(url, { method: 'POST', headers: json, body: '{' })).body.errors[0].type).toBe(
    'json_invalid',
  );
  expect((await request(url, { method: 'POST', headers: json })).status).toBe(422);
  expect((await call('DELETE', `${USERS}/email%7Cx`, { role_id: 'x' })).status).toBe(422);
});

test('a user is given, changed and taken an organization role, each exactly once', async () => {
  const { devin, call } = await devinFor({ orgs: ['Payments'] });
  const user = devin.state.addUser({ email: 'ada@corp.example' });
  const org = devin.state.org('Payments').id;
  const path = `${ORGS}/${org}/members/users/${encoded(user.id)}`;
  expect((await call('PATCH', path, { role_id: 'org_admin' })).status).toBe(404);
  const given = await call('POST', path, { role_id: 'org_member' });
  expect(given.body.role_assignments.map((one: { org_id: string }) => one.org_id)).toEqual([null, org]);
  expect((await call('POST', path, { role_id: 'org_member' })).status).toBe(409);
  expect((await call('PATCH', path, { role_id: 'org_admin' })).status).toBe(200);
  expect((await call('PATCH', path, { role_id: 'org_admin' })).status).toBe(200);
  expect((await call('PATCH', path, { role_id: 'account_admin' })).status).toBe(422);
  expect((await call('GET', `${ORGS}/${org}/members/users`)).body.items).toHaveLength(1);
  expect((await call('DELETE', path)).status).toBe(200);
  expect((await call('DELETE', path)).status).toBe(404);
  const effects = devin.state.effects.map(({ kind, before, after }) => [kind, before, after]);
  expect(effects).toEqual([
    ['add-to-org', null, 'org_member'],
    ['change-org-role', 'org_member', 'org_admin'],
    ['remove-from-org', 'org_admin', null],
  ]);
});

test('the status of an existing assignment is the one that the test chose', async () => {
  const { devin, call } = await devinFor({ orgs: ['Payments'], codes: { alreadyAssigned: 400 } });
  const user = devin.state.addUser({ email: 'ada@corp.example', orgs: { Payments: 'org_member' } });
  const path = `${ORGS}/${devin.state.org('Payments').id}/members/users/${encoded(user.id)}`;
  expect((await call('POST', path, { role_id: 'org_member' })).status).toBe(400);
});

test('unknown organizations, users and paths are not found, and a collection takes no POST', async () => {
  const { devin, call } = await devinFor({ orgs: ['Payments'] });
  const user = devin.state.addUser({ email: 'ada@corp.example' });
  const org = devin.state.org('Payments').id;
  const body = { role_id: 'org_member' };
  expect((await call('POST', `${ORGS}/org-none/members/users/${encoded(user.id)}`, body)).status).toBe(404);
  expect((await call('POST', `${ORGS}/${org}/members/users/nobody`, body)).status).toBe(404);
  expect((await call('GET', '/v3/enterprise/members')).status).toBe(404);
  const posted = await call('POST', `${ORGS}/${org}/members/users`, body);
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
});

test('an enterprise role is replaced, and the removed member goes with all organization roles', async () => {
  const { devin, call } = await devinFor({ orgs: ['Payments'] });
  const user = devin.state.addUser({ email: 'ada@corp.example', orgs: { Payments: 'org_member' } });
  const path = `${USERS}/${encoded(user.id)}`;
  expect((await call('PATCH', path, { role_id: 'account_admin' })).status).toBe(200);
  const removed = await call('DELETE', path);
  expect(removed.body.role_assignments).toHaveLength(2);
  expect((await call('GET', path)).status).toBe(404);
  expect((await call('DELETE', path)).status).toBe(404);
  expect(devin.state.effects.map(({ kind, before, after }) => [kind, before, after])).toEqual([
    ['set-enterprise-role', 'account_member', 'account_admin'],
    ['remove-user', 'account_admin', null],
  ]);
});

test('a login makes somebody a member through groups, whom no user call can touch', async () => {
  const { devin, call } = await devinFor({ orgs: ['Payments'] });
  const { state } = devin;
  const org = state.org('Payments').id;
  const group = state.registerGroup('devin-users');
  state.setGroupRole(group, '', 'account_member');
  state.setGroupRole(group, org, 'org_member');
  const user = state.login('ada@corp.example', ['devin-users', 'unregistered']);
  const path = `${USERS}/${encoded(user.id)}`;
  expect((await call('GET', USERS)).body.items).toEqual([]);
  const [listed] = (await call('GET', IDP_USERS)).body.items;
  expect(listed.idp_role_assignments.map((one: { org_id: string | null }) => one.org_id)).toEqual([
    null,
    org,
  ]);
  expect(
    (await call('GET', `${ORGS}/${org}/members/idp-users`)).body.items[0].idp_role_assignments,
  ).toHaveLength(1);
  expect((await call('GET', path)).body.role_assignments).toEqual([]);
  expect((await call('PATCH', path, { role_id: 'account_admin' })).status).toBe(422);
  expect((await call('DELETE', path)).status).toBe(422);
  expect((await call('DELETE', `${ORGS}/${org}/members/users/${encoded(user.id)}`)).status).toBe(422);
  const invited = await call('POST', USERS, {
    emails: ['ADA@corp.example'],
    enterprise_role_id: 'account_admin',
  });
  expect(invited.body[0]).toMatchObject({ user_id: user.id, role_assignments: [] });
  expect(state.effects).toEqual([]);
});

test('the next login takes away what the groups no longer give', async () => {
  const { devin, call } = await devinFor();
  const group = devin.state.registerGroup('devin-users');
  devin.state.setGroupRole(group, '', 'account_member');
  const user = devin.state.login('ada@corp.example', ['devin-users']);
  expect((await call('GET', IDP_USERS)).body.items).toHaveLength(1);
  expect(devin.state.login('ada@corp.example', []).id).toBe(user.id);
  expect((await call('GET', IDP_USERS)).body.items).toHaveLength(0);
  expect((await call('GET', `${USERS}/${encoded(user.id)}`)).status).toBe(404);
});

test('somebody with direct and derived roles is listed once, or twice where the enterprise is started so', async () => {
  for (const directInIdpUsers of [false, true]) {
    const { devin, call } = await devinFor({ directInIdpUsers });
    devin.state.setGroupRole(devin.state.registerGroup('g'), '', 'account_member');
    const user = devin.state.addUser({ email: 'ada@corp.example' });
    devin.state.login('ada@corp.example', ['g']);
    expect((await call('GET', USERS)).body.items).toHaveLength(1);
    expect((await call('GET', IDP_USERS)).body.items).toHaveLength(directInIdpUsers ? 1 : 0);
    const path = `${USERS}/${encoded(user.id)}`;
    expect((await call('GET', path)).body.idp_role_assignments).toHaveLength(1);
    expect((await call('DELETE', path)).status).toBe(200);
    expect((await call('GET', IDP_USERS)).body.items).toHaveLength(1);
  }
});

test('an organization is created with its limits, read and changed', async () => {
  const { devin, call } = await devinFor({ now: () => 1_000_000 });
  const body = { name: 'Payments', max_session_acu_limit: 5 };
  const created = await call('POST', ORGS, body);
  expect(created).toMatchObject({
    status: 200,
    body: { ...body, max_cycle_acu_limit: null, created_at: 1000 },
  });
  expect(created.body.org_id).toMatch(/^org-[0-9a-f]+$/);
  const path = `${ORGS}/${created.body.org_id}`;
  expect((await call('PATCH', path, { max_cycle_acu_limit: 9, name: null })).body).toMatchObject({
    name: 'Payments',
    max_session_acu_limit: 5,
    max_cycle_acu_limit: 9,
  });
  expect((await call('GET', path)).body.max_cycle_acu_limit).toBe(9);
  expect((await call('POST', ORGS, { name: 'X', acu_limit: 1 })).status).toBe(422);
  expect((await call('DELETE', path)).status).toBe(405);
  expect(devin.state.effects.map(({ kind }) => kind)).toEqual(['create-org', 'update-org']);
});

test('roles are listed with their scope, custom ones included', async () => {
  const { call } = await devinFor({ customRoles: [{ name: 'No access', scope: 'enterprise' }] });
  const { items } = await allItems(call, '/v3/enterprise/roles', 2);
  const named = items
    .map(({ role_id, role_name, role_type }) => `${role_type} ${role_name} ${role_id}`)
    .sort();
  expect(named.slice(0, 2)).toEqual(['enterprise Admin account_admin', 'enterprise Member account_member']);
  expect(named[2]).toMatch(/^enterprise No access role-[0-9a-f]{32}$/);
  expect(named.slice(3)).toEqual(['org Admin org_admin', 'org Member org_member']);
});
