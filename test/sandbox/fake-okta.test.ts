import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { CompanyDirectory, DEMO_COMPANY, emptyCompany, fictionalCompany } from '../../src/sandbox/company.ts';
import type { FakeOkta } from '../../src/sandbox/fake-okta.ts';
import { type Call, caller, type Got, oktaFor, request } from './helpers.ts';

const ALL = encodeURIComponent(
  ['ACTIVE', 'STAGED', 'SUSPENDED', 'DEPROVISIONED'].map((status) => `status eq "${status}"`).join(' or '),
);

function small(): CompanyDirectory {
  const company = new CompanyDirectory(emptyCompany(), { now: () => Date.UTC(2026, 10, 1) });
  for (const name of ['Ada', 'Bo', 'Cy', 'Di', 'Eve']) {
    company.hire({ firstName: name, lastName: 'Test', email: `${name}@corp.example` });
  }
  company.createGroup('devin-users');
  return company;
}

function nextOf({ headers }: Got): string | null {
  return /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? null;
}

async function everything(
  okta: FakeOkta,
  call: Call,
  path: string,
): Promise<{ rows: { id: string }[]; pages: number }> {
  const rows: { id: string }[] = [];
  let next: string | null = path;
  let pages = 0;
  while (next !== null) {
    const got: Got = await call('GET', next);
    expect(got.status).toBe(200);
    rows.push(...got.body);
    pages += 1;
    const link = nextOf(got);
    expect(link === null || link.startsWith(`${okta.url}/api/v1/`)).toBe(true);
    next = link?.slice(okta.url.length) ?? null;
  }
  return { rows, pages };
}

test('a list of users leaves out the deactivated, and a filter brings them back', async () => {
  const company = small();
  company.deactivate('ada@corp.example');
  const { call } = await oktaFor({ company });
  expect((await call('GET', '/api/v1/users')).body).toHaveLength(4);
  const { body } = await call('GET', `/api/v1/users?filter=${ALL}`);
  expect(body).toHaveLength(5);
  const gone = await call('GET', `/api/v1/users?filter=${encodeURIComponent('status eq "DEPROVISIONED"')}`);
  expect(gone.body).toMatchObject([{ status: 'DEPROVISIONED', profile: { email: 'Ada@corp.example' } }]);
});

test('users, groups and members page through absolute links to their end', async () => {
  const company = fictionalCompany(DEMO_COMPANY);
  const { okta, call } = await oktaFor({ company, pageSize: 50 });
  const users = await everything(okta, call, `/api/v1/users?limit=200&filter=${ALL}`);
  expect([users.pages, new Set(users.rows.map(({ id }) => id)).size]).toEqual([3, 120]);
  const groups = await everything(okta, call, '/api/v1/groups?limit=10');
  expect([groups.pages, groups.rows.length]).toEqual([3, company.groups.size + 1]);
  const staff = [...company.groups.values()].find(({ name }) => name === 'all-staff');
  const members = await everything(okta, call, `/api/v1/groups/${staff?.id}/users?limit=50`);
  expect([members.pages, members.rows.length]).toEqual([3, 120]);
  const first = await call('GET', '/api/v1/users?limit=2');
  expect(first.headers.get('link')).toMatch(/^<.*limit=2>; rel="self", <.*after=.*>; rel="next"$/);
});

test('the groups are those of the company, flat, and Everyone', async () => {
  const company = small();
  company.createGroup('inner');
  company.nest('devin-users', 'inner');
  company.join('devin-users', 'bo@corp.example');
  const { call } = await oktaFor({ company });
  const { body } = await call('GET', '/api/v1/groups');
  expect(
    body.map((group: { type: string; profile: { name: string } }) => [group.type, group.profile.name]),
  ).toEqual([
    ['BUILT_IN', 'Everyone'],
    ['OKTA_GROUP', 'devin-users'],
    ['OKTA_GROUP', 'inner'],
  ]);
  const own = encodeURIComponent('type eq "OKTA_GROUP" or type eq "APP_GROUP"');
  expect((await call('GET', `/api/v1/groups?filter=${own}`)).body).toHaveLength(2);
  const members = await call('GET', `/api/v1/groups/${body[1].id}/users`);
  expect(members.body.map((user: { profile: { email: string } }) => user.profile.email)).toEqual([
    'Bo@corp.example',
  ]);
  expect((await call('GET', `/api/v1/groups/${body[0].id}/users`)).body).toHaveLength(5);
});

test('time stamps move with what they are about', async () => {
  const company = small();
  const { call } = await oktaFor({ company });
  const { id } = company.group('devin-users');
  const before = (await call('GET', `/api/v1/groups/${id}`)).body;
  company.join('devin-users', 'bo@corp.example');
  const after = (await call('GET', `/api/v1/groups/${id}`)).body;
  expect(after.lastUpdated).toBe(before.lastUpdated);
  expect(after.lastMembershipUpdated > before.lastMembershipUpdated).toBe(true);
  const since = encodeURIComponent(`lastMembershipUpdated gt "${before.lastMembershipUpdated}"`);
  expect((await call('GET', `/api/v1/groups?filter=${since}`)).body).toHaveLength(1);
  const user = company.suspend('ada@corp.example');
  const moved = encodeURIComponent(`lastUpdated ge "${new Date(company.stamp(user).updated).toISOString()}"`);
  expect((await call('GET', `/api/v1/users?filter=${moved}`)).body).toMatchObject([
    { id: user.id, status: 'SUSPENDED' },
  ]);
});

test('somebody deactivated stays in the groups, somebody deleted is gone everywhere', async () => {
  const company = small();
  for (const email of ['ada@corp.example', 'bo@corp.example']) company.join('devin-users', email);
  const { call } = await oktaFor({ company });
  const ada = company.deactivate('ada@corp.example');
  const bo = company.person('bo@corp.example');
  company.deletePerson('bo@corp.example');
  const members = await call('GET', `/api/v1/groups/${company.group('devin-users').id}/users`);
  expect(members.body).toMatchObject([{ id: ada.id, status: 'DEPROVISIONED' }]);
  expect((await call('GET', `/api/v1/users/${ada.id}`)).body.status).toBe('DEPROVISIONED');
  expect(await call('GET', `/api/v1/users/${bo.id}`)).toMatchObject({
    status: 404,
    body: { errorCode: 'E0000007' },
  });
  expect((await call('GET', '/api/v1/users/Eve%40corp.example')).body.profile.firstName).toBe('Eve');
});

test('unknown parameters, limits out of range, foreign cursors and unreadable filters are refused', async () => {
  const { call } = await oktaFor({ company: small() });
  const cursor = nextOf(await call('GET', '/api/v1/users?limit=1'))?.replace(/.*after=/, '');
  const bad: [string, string][] = [
    ['/api/v1/users?first=5', 'E0000001'],
    ['/api/v1/users?limit=201', 'E0000001'],
    ['/api/v1/users?limit=0', 'E0000001'],
    ['/api/v1/groups?limit=201', 'E0000001'],
    [`/api/v1/groups?after=${cursor}`, 'E0000001'],
    ['/api/v1/users?limit=1&limit=2', 'E0000001'],
    [`/api/v1/users?filter=${encodeURIComponent('status ne "ACTIVE"')}`, 'E0000031'],
    [`/api/v1/users?filter=${encodeURIComponent('status gt "A"')}`, 'E0000031'],
    [`/api/v1/users?filter=${encodeURIComponent('(status eq "ACTIVE"')}`, 'E0000031'],
    [`/api/v1/users?filter=${encodeURIComponent('status eq ACTIVE')}`, 'E0000031'],
    [`/api/v1/users?filter=${ALL}&search=${ALL}`, 'E0000001'],
  ];
  for (const [path, code] of bad) {
    const got = await call('GET', path);
    expect([path, got.status, got.body.errorCode]).toEqual([path, 400, code]);
  }
  expect((await call('DELETE', '/api/v1/users')).status).toBe(405);
  expect((await call('GET', '/api/v1/nowhere')).status).toBe(404);
});

test('the values of a filter are case-sensitive and those of a search are not', async () => {
  const { call } = await oktaFor({ company: small() });
  const count = async (parameter: string, text: string) =>
    (await call('GET', `/api/v1/users?${parameter}=${encodeURIComponent(text)}`)).body.length;
  expect(await count('filter', 'profile.email eq "ada@corp.example"')).toBe(0);
  expect(await count('search', 'profile.email eq "ada@corp.example"')).toBe(1);
  expect(
    await count('search', '(status lt "STAGED" or status gt "STAGED") and profile.firstName sw "e"'),
  ).toBe(1);
});

test('a projection sends only what was asked for', async () => {
  const { call } = await oktaFor({ company: small() });
  const { body } = await call('GET', '/api/v1/users?limit=1&fields=status,profile:(email,login)');
  expect(body).toEqual([
    {
      id: expect.any(String),
      status: 'ACTIVE',
      profile: { email: 'Ada@corp.example', login: 'Ada@corp.example' },
    },
  ]);
});

test('an override shows a status or a profile that the company does not know', async () => {
  const company = small();
  const { id } = company.person('ada@corp.example');
  const overrides = new Map([[id, { status: 'LOCKED_OUT', profile: { login: 'ada' } }]]);
  const { call } = await oktaFor({ company, overrides });
  expect((await call('GET', `/api/v1/users/${id}`)).body).toMatchObject({
    status: 'LOCKED_OUT',
    profile: { login: 'ada' },
  });
});

test('a wrong token is refused, and the name of the org is public', async () => {
  const { okta } = await oktaFor({ company: small() });
  const wrong = caller(okta.url, 'SSWS nonsense');
  expect(await wrong('GET', '/api/v1/users')).toMatchObject({ status: 401, body: { errorCode: 'E0000011' } });
  expect((await request(`${okta.url}/.well-known/okta-organization`)).body.id).toBe(okta.orgId);
  expect((await caller(okta.url, `SSWS ${okta.token}`)('GET', '/api/v1/org')).body.id).toBe(okta.orgId);
});

test('past its limit the org answers 429 until the minute is over, each class of endpoint for itself', async () => {
  let clock = 120_000;
  const { call } = await oktaFor({ company: small(), rateLimitPerMinute: 2, now: () => clock });
  const first = await call('GET', '/api/v1/users?limit=1');
  expect(first.headers.get('x-okta-request-id')).toBeTruthy();
  const limits = ['limit', 'remaining', 'reset'].map((name) => first.headers.get(`x-rate-limit-${name}`));
  expect(limits).toEqual(['2', '1', '180']);
  await call('GET', '/api/v1/users');
  const refused = await call('GET', '/api/v1/users');
  expect(refused).toMatchObject({ status: 429, body: { errorCode: 'E0000047' } });
  expect(refused.headers.get('x-rate-limit-reset')).toBe('180');
  expect((await call('GET', '/api/v1/groups')).status).toBe(200);
  clock = 180_000;
  expect((await call('GET', '/api/v1/users')).status).toBe(200);
});

interface Assertion {
  key?: string;
  claims?: Record<string, unknown>;
  scope?: string;
  grant?: string;
}

function tokenFor(okta: FakeOkta, changes: Assertion = {}): Promise<Got> {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: okta.clientId,
    sub: okta.clientId,
    aud: `${okta.url}/oauth2/v1/token`,
    exp: seconds + 300,
    jti: randomUUID(),
    ...changes.claims,
  };
  const parts = [{ alg: 'RS256' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signature = createSign('RSA-SHA256')
    .update(parts.join('.'))
    .sign(changes.key ?? okta.privateKeyPem, 'base64url');
  const body = new URLSearchParams({
    grant_type: changes.grant ?? 'client_credentials',
    scope: changes.scope ?? 'okta.users.read',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: [...parts, signature].join('.'),
  });
  return request(`${okta.url}/oauth2/v1/token`, { method: 'POST', body });
}

test('a signed assertion buys a token for the scopes it asks for and no others', async () => {
  const { okta } = await oktaFor({ company: small() });
  const { body } = await tokenFor(okta);
  expect(body).toMatchObject({ token_type: 'Bearer', scope: 'okta.users.read' });
  const call = caller(okta.url, `Bearer ${body.access_token}`);
  expect((await call('GET', '/api/v1/users')).status).toBe(200);
  const denied = await call('GET', '/api/v1/groups');
  expect(denied).toMatchObject({ status: 403, body: { errorCode: 'E0000006' } });
  expect(denied.headers.get('www-authenticate')).toContain('okta.groups.read');
  okta.revokeTokens();
  expect((await call('GET', '/api/v1/users')).status).toBe(401);
});

test('an assertion that is forged, stale, for somebody else or used twice buys nothing', async () => {
  const { okta } = await oktaFor({ company: small(), scopes: ['okta.users.read'] });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const seconds = Math.floor(Date.now() / 1000);
  const jti = randomUUID();
  expect((await tokenFor(okta, { claims: { jti } })).status).toBe(200);
  const refused: [Assertion, number, string][] = [
    [{ key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }, 401, 'invalid_client'],
    [{ claims: { exp: seconds - 1 } }, 401, 'invalid_client'],
    [{ claims: { exp: seconds + 7200 } }, 401, 'invalid_client'],
    [{ claims: { aud: 'https://elsewhere.example.com/oauth2/v1/token' } }, 401, 'invalid_client'],
    [{ claims: { iss: 'another' } }, 401, 'invalid_client'],
    [{ claims: { jti } }, 401, 'invalid_client'],
    [{ scope: 'okta.groups.read' }, 400, 'invalid_scope'],
    [{ scope: '' }, 400, 'invalid_scope'],
    [{ grant: 'password' }, 400, 'unsupported_grant_type'],
  ];
  for (const [changes, status, error] of refused) {
    expect(await tokenFor(okta, changes)).toMatchObject({ status, body: { error } });
  }
});

test('a scripted 429 speaks Okta', async () => {
  const { okta, call } = await oktaFor({ company: small() });
  okta.faults.add({ action: { kind: 'status', status: 429, headers: { 'x-rate-limit-reset': '99' } } });
  okta.faults.add({ action: { kind: 'status', status: 503 } });
  const limited = await call('GET', '/api/v1/users');
  expect([limited.body.errorCode, limited.headers.get('x-rate-limit-reset')]).toEqual(['E0000047', '99']);
  expect((await call('GET', '/api/v1/users')).body.errorCode).toBe('E0000009');
});
