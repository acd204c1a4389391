import { expect, test } from 'vitest';
import { CompanyDirectory, DEMO_COMPANY, emptyCompany, fictionalCompany } from '../../src/sandbox/company.ts';
import type { FakeGraph } from '../../src/sandbox/fake-graph.ts';
import { type Call, caller, type Got, graphFor, request, tokenRequest } from './helpers.ts';

function small(): CompanyDirectory {
  const company = new CompanyDirectory(emptyCompany());
  for (const name of ['Ada', 'Bo', 'Cy']) {
    company.hire({ firstName: name, lastName: 'Test', email: `${name}@corp.example` });
  }
  company.createGroup('outer');
  company.createGroup('inner');
  company.nest('outer', 'inner');
  company.join('outer', 'ada@corp.example');
  return company;
}

async function everything(graph: FakeGraph, call: Call, path: string) {
  const rows: { id: string }[] = [];
  let next: string | null = path;
  let pages = 0;
  while (next !== null) {
    const got: Got = await call('GET', next);
    expect(got.status).toBe(200);
    rows.push(...got.body.value);
    pages += 1;
    const link: string | undefined = got.body['@odata.nextLink'];
    expect(link === undefined || link.startsWith(`${graph.url}/v1.0/`)).toBe(true);
    next = link?.slice(graph.url.length) ?? null;
  }
  return { rows, pages };
}

function batch(call: Call, items: { method?: string; url: string; body?: unknown }[]): Promise<Got> {
  const requests = items.map((item, index) => ({ id: String(index), method: 'GET', ...item }));
  return call('POST', '/v1.0/$batch', { requests });
}

function byId({ body }: Got): { id: string; status: number; body: Got['body'] }[] {
  return body.responses.toSorted((a: { id: string }, b: { id: string }) => Number(a.id) - Number(b.id));
}

test('users, groups and members page through absolute links to their end', async () => {
  const company = fictionalCompany(DEMO_COMPANY);
  const { graph, call } = await graphFor({ company, pageSize: 50 });
  const users = await everything(graph, call, '/v1.0/users?$select=id,accountEnabled&$top=999');
  expect([users.pages, new Set(users.rows.map(({ id }) => id)).size]).toEqual([3, 120]);
  const groups = await everything(graph, call, '/v1.0/groups?$top=10&%24select=id');
  expect([groups.pages, groups.rows.length]).toEqual([3, company.groups.size]);
  const staff = [...company.groups.values()].find(({ name }) => name === 'all-staff');
  const members = await everything(graph, call, `/v1.0/groups/${staff?.id}/members?$select=id`);
  expect([members.pages, members.rows.length]).toEqual([3, 120]);
});

test('without $select nobody learns whether an account is enabled', async () => {
  const company = small();
  company.suspend('bo@corp.example');
  const { call } = await graphFor({ company });
  const usual = (await call('GET', '/v1.0/users')).body.value[0];
  expect('accountEnabled' in usual || 'userType' in usual).toBe(false);
  const { value } = (await call('GET', '/v1.0/users?$select=mail,accountEnabled,userType')).body;
  expect(value).toEqual([
    { mail: 'Ada@corp.example', accountEnabled: true, userType: 'Member' },
    { mail: 'Bo@corp.example', accountEnabled: false, userType: 'Member' },
    { mail: 'Cy@corp.example', accountEnabled: true, userType: 'Member' },
  ]);
});

test('members are people and groups, told apart by their type', async () => {
  const company = small();
  const { call } = await graphFor({ company });
  const { id } = company.group('outer');
  const { value } = (await call('GET', `/v1.0/groups/${id}/members?$select=id`)).body;
  expect(value).toEqual([
    { '@odata.type': '#microsoft.graph.group', id: company.group('inner').id },
    { '@odata.type': '#microsoft.graph.user', id: company.person('ada@corp.example').id },
  ]);
});

test('a deleted person is absent from lists, groups and answers by id', async () => {
  const company = small();
  const { id } = company.person('ada@corp.example');
  company.deletePerson(id);
  const { call } = await graphFor({ company });
  const outer = company.group('outer').id;
  const inner = company.group('inner').id;
  expect((await call('GET', '/v1.0/users')).body.value).toHaveLength(2);
  expect((await call('GET', `/v1.0/groups/${outer}/members`)).body.value).toMatchObject([{ id: inner }]);
  const gone = await call('GET', `/v1.0/users/${id}`);
  expect(gone).toMatchObject({ status: 404, body: { error: { code: 'Request_ResourceNotFound' } } });
  const asked = { ids: [id, inner, company.person('bo@corp.example').id] };
  const found = await call('POST', '/v1.0/directoryObjects/getByIds?$select=id,accountEnabled', asked);
  expect(found.body.value).toEqual([
    { '@odata.type': '#microsoft.graph.group', id: inner },
    { '@odata.type': '#microsoft.graph.user', id: asked.ids[2], accountEnabled: true },
  ]);
  const people = await call('POST', '/v1.0/directoryObjects/getByIds', { ...asked, types: ['user'] });
  expect(people.body.value).toHaveLength(1);
});

test('one person, one group and the tenant are read by id', async () => {
  const company = small();
  const { graph, call } = await graphFor({ company });
  expect((await call('GET', '/v1.0/users/ADA%40corp.example?$select=givenName')).body.givenName).toBe('Ada');
  expect(
    (await call('GET', `/v1.0/groups/${company.group('inner').id}?$select=displayName`)).body.displayName,
  ).toBe('inner');
  expect((await call('GET', '/v1.0/groups/none')).status).toBe(404);
  expect((await call('GET', '/v1.0/organization?$select=id')).body.value).toEqual([{ id: graph.tenantId }]);
});

test('what Graph does not support is refused', async () => {
  const { call } = await graphFor({ company: small() });
  const token = (await call('GET', '/v1.0/users?$top=1')).body['@odata.nextLink'].replace(/.*skiptoken=/, '');
  const bad = [
    '/v1.0/users?$top=1000',
    '/v1.0/users?$top=0',
    '/v1.0/users?$select=email',
    '/v1.0/groups?$select=accountEnabled',
    '/v1.0/users?$filter=x',
    '/v1.0/users?limit=1',
    `/v1.0/groups?$skiptoken=${token}`,
    '/v1.0/nowhere',
  ];
  for (const path of bad) {
    const got = await call('GET', path);
    expect([path, got.status, typeof got.body.error.code]).toEqual([path, 400, 'string']);
  }
  expect((await call('POST', '/v1.0/users', {})).status).toBe(405);
  const many = Array.from({ length: 1001 }, (_, index) => String(index));
  expect((await call('POST', '/v1.0/directoryObjects/getByIds', { ids: many })).status).toBe(400);
});

test('a batch answers each request on its own and in no particular order', async () => {
  const company = small();
  const { graph, call } = await graphFor({ company });
  const got = await batch(call, [
    { url: `/groups/${company.group('outer').id}/members?$select=id&$top=1` },
    { url: '/users/nobody' },
    { url: '/directoryObjects/getByIds', method: 'POST', body: { ids: [company.group('inner').id] } },
  ]);
  expect(got.body.responses.map(({ id }: { id: string }) => id)).not.toEqual(['0', '1', '2']);
  const [members, nobody, found] = byId(got);
  expect(members?.body['@odata.nextLink']).toContain(
    `${graph.url}/v1.0/groups/${company.group('outer').id}/members?`,
  );
  expect([members?.status, nobody?.status, found?.status]).toEqual([200, 404, 200]);
  expect(found?.body.value).toHaveLength(1);
  expect(graph.requests).toHaveLength(1);
  expect(graph.batched.map(({ status }) => status)).toEqual([200, 404, 200]);
});

test('one throttled request of a batch leaves the others alone', async () => {
  const company = small();
  const { graph, call } = await graphFor({ company });
  const inner = `/groups/${company.group('inner').id}/members`;
  graph.faults.add({ path: /inner|\/members/, action: { kind: 'reset' } });
  graph.faults.add({
    path: new RegExp(inner),
    action: { kind: 'status', status: 429, headers: { 'Retry-After': '3' } },
  });
  const items = [{ url: inner }, { url: `/groups/${company.group('outer').id}/members` }];
  const [throttled, fine] = byId(await batch(call, items)) as {
    status: number;
    headers?: object;
    body: Got['body'];
  }[];
  expect(throttled).toMatchObject({
    status: 429,
    headers: { 'Retry-After': '3' },
    body: { error: { code: 'TooManyRequests' } },
  });
  expect(fine?.status).toBe(200);
  expect(byId(await batch(call, items)).map(({ status }) => status)).toEqual([200, 200]);
  expect(graph.faults.unfired()).toHaveLength(1);
});

test('a batch of 21, of none, with two equal ids or with unknown fields is refused', async () => {
  const { call } = await graphFor({ company: small() });
  const item = { id: '1', method: 'GET', url: '/users' };
  const bad = [
    { requests: Array.from({ length: 21 }, (_, index) => ({ ...item, id: String(index) })) },
    { requests: [] },
    { requests: [item, item] },
    { requests: [{ ...item, path: '/users' }] },
    { request: [item] },
  ];
  for (const body of bad) expect((await call('POST', '/v1.0/$batch', body)).status).toBe(400);
});

test('the token endpoint speaks Entra', async () => {
  const { graph } = await graphFor({ company: small() });
  const bad: [Record<string, string>, number, string, number][] = [
    [{ client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    [{ client_id: 'nobody' }, 400, 'unauthorized_client', 700016],
    [{ scope: 'User.Read' }, 400, 'invalid_scope', 1002012],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
  ];
  for (const [changes, status, error, number] of bad) {
    expect(await tokenRequest(graph, changes)).toMatchObject({
      status,
      body: { error, error_codes: [number] },
    });
  }
  const other = await request(`${graph.authorityUrl}/other/oauth2/v2.0/token`, { method: 'POST', body: '' });
  expect(other.body.error_description).toContain('AADSTS90002');
  const found = await request(
    `${graph.authorityUrl}/${graph.tenantId}/v2.0/.well-known/openid-configuration`,
  );
  expect(found.body.token_endpoint).toMatch(/^https:.*\/oauth2\/v2\.0\/token$/);
});

test('a token that is missing, revoked or expired opens nothing', async () => {
  let clock = 0;
  const { graph, call } = await graphFor({ company: small(), now: () => clock });
  expect((await call('GET', '/v1.0/users')).status).toBe(200);
  const nobody = await caller(graph.url, '')('GET', '/v1.0/users');
  expect(nobody).toMatchObject({ status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } });
  clock = 3_599_000;
  expect((await call('GET', '/v1.0/users')).status).toBe(401);
  clock = 0;
  graph.revokeTokens();
  expect((await call('GET', '/v1.0/users')).status).toBe(401);
});

test('an app without a permission is refused, in a batch too', async () => {
  const { call } = await graphFor({ company: small(), permissions: ['GroupMember.Read.All'] });
  expect((await call('GET', '/v1.0/groups')).status).toBe(200);
  const denied = await call('GET', '/v1.0/users');
  expect(denied).toMatchObject({ status: 403, body: { error: { code: 'Authorization_RequestDenied' } } });
  expect(
    byId(await batch(call, [{ url: '/users' }, { url: '/groups' }])).map(({ status }) => status),
  ).toEqual([403, 200]);
});

test('an override shows a guest or somebody without mail', async () => {
  const company = small();
  const { id } = company.person('ada@corp.example');
  const { call } = await graphFor({ company, overrides: new Map([[id, { userType: 'Guest', mail: null }]]) });
  expect((await call('GET', `/v1.0/users/${id}?$select=userType,mail`)).body).toMatchObject({
    userType: 'Guest',
    mail: null,
  });
});
