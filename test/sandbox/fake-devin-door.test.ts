import { expect, test } from 'vitest';
import { allItems, caller, devinFor } from './helpers.ts';

const USERS = '/v3/enterprise/members/users';
const ORGS = '/v3/enterprise/organizations';
const AUDIT = '/v3/enterprise/audit-logs';

test('a wrong key is told so and learns nothing about paths', async () => {
  const { devin } = await devinFor();
  for (const path of ['/v3/self', '/v3/nowhere']) {
    const answer = await caller(devin.url, 'Bearer cog_other')('GET', path);
    expect(answer).toMatchObject({
      status: 401,
      type: 'application/problem+json',
      body: { title: 'Unauthorized' },
    });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  }
});

test('each refused call names the permission that its key lacks', async () => {
  const { call } = await devinFor({ permissions: ['ViewAccountMembership'] });
  const body = { emails: ['a@corp.example'], enterprise_role_id: 'account_member' };
  expect((await call('GET', USERS)).status).toBe(200);
  expect((await call('GET', '/v3/self')).status).toBe(200);
  const refused = [await call('POST', USERS, body), await call('GET', ORGS), await call('GET', AUDIT)];
  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403]);
  expect(refused.map(({ body }) => body.detail)).toEqual([
    'This key lacks the permission ManageAccountMembership.',
    'This key lacks the permission ManageOrganizations.',
    'This key lacks the permission ManageEnterpriseSettings.',
  ]);
});

test('whoever may manage members may list them', async () => {
  const { call } = await devinFor({ permissions: ['ManageAccountMembership'] });
  expect((await call('GET', USERS)).status).toBe(200);
});

test('a window of one second takes exactly as many requests as allowed, wherever it is laid', async () => {
  let clock = 0;
  const { call } = await devinFor({ rate: { perSecond: 3 }, now: () => clock });
  const statusAt = async (ms: number) => {
    clock = ms;
    return (await call('GET', '/v3/self')).status;
  };
  const times = [0, 600, 900, 950, 1000, 1599, 1600, 1899, 1900];
  const statuses = [];
  for (const ms of times) statuses.push(await statusAt(ms));
  expect(statuses).toEqual([200, 200, 200, 429, 200, 429, 200, 429, 200]);
});

test('a refused request says in whole seconds when to come back', async () => {
  const { devin, call } = await devinFor({ rate: { perSecond: 1 }, now: () => 0 });
  const body = { emails: ['a@corp.example'], enterprise_role_id: 'account_member' };
  await call('GET', '/v3/self');
  const refused = await call('POST', USERS, body);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(devin.state.effects).toEqual([]);
});

test('self says whether the key is a service user or a person', async () => {
  const service = await devinFor();
  expect((await service.call('GET', '/v3/self')).body).toEqual({
    principal_type: 'service_user',
    service_user_id: service.devin.principalId,
    service_user_name: 'devin-idp-sync',
    org_id: null,
  });
  const personal = await devinFor({ principalType: 'pat_user' });
  expect((await personal.call('GET', '/v3/self')).body.principal_type).toBe('pat_user');
});

test('the audit log tells what the key did from what a person did', async () => {
  const { devin, call } = await devinFor();
  devin.state.addUser({ email: 'by-hand@corp.example' });
  await call('POST', USERS, { emails: ['by-key@corp.example'], enterprise_role_id: 'account_member' });
  devin.state.login('by-key@corp.example', []);
  const { items, pages } = await allItems(call, AUDIT, 2);
  expect(pages).toBe(2);
  expect(items.map((item) => [item.action, item.user_email, item.service_user_id])).toEqual([
    ['login', 'by-key@corp.example', null],
    ['add_enterprise_member', null, devin.principalId],
    ['add_enterprise_member', 'admin@corp.example', null],
  ]);
  expect((await call('GET', `${AUDIT}?order=asc&first=1`)).body.items[0].user_email).toBe(
    'admin@corp.example',
  );
  expect((await call('GET', `${AUDIT}?action=login`)).body.items).toHaveLength(1);
});

test('the audit log is cut by time and by organization', async () => {
  let clock = 1_000_000;
  const { devin, call } = await devinFor({ now: () => clock });
  const org = devin.state.addOrg('Payments');
  clock = 2_000_000;
  devin.state.addUser({ email: 'ada@corp.example', orgs: { Payments: 'org_member' } });
  expect((await call('GET', `${AUDIT}?time_after=1500`)).body.items).toHaveLength(2);
  expect((await call('GET', `${AUDIT}?time_after=0&time_before=1500`)).body.items).toHaveLength(1);
  expect((await call('GET', `${AUDIT}?time_before=1500`)).status).toBe(422);
  expect((await call('GET', `${AUDIT}?time_after=0&time_before=8640001`)).status).toBe(422);
  expect((await call('GET', `${ORGS}/${org.id}/audit-logs`)).body.items).toHaveLength(2);
});
