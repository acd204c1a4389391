/** Applications, the System Log and proofs of possession of the fake Okta. */
import { createHash, createPrivateKey, createPublicKey, createSign, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { CompanyDirectory, emptyCompany } from '../../src/sandbox/company.ts';
import type { FakeOkta } from '../../src/sandbox/fake-okta.ts';
import { type Got, oktaFor, request } from './helpers.ts';

function small(now = () => Date.UTC(2026, 10, 1)): CompanyDirectory {
  const company = new CompanyDirectory(emptyCompany(), { now });
  for (const name of ['Ada', 'Bo', 'Cy'])
    company.hire({ firstName: name, lastName: 'Test', email: `${name}@corp.example` });
  company.createGroup('team');
  return company;
}

function nextOf({ headers }: Got): string {
  return /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? '';
}

test('an application lists whom groups bring, who is there by name, and who of them left', async () => {
  const company = small();
  const team = company.group('team').id;
  for (const email of ['ada@corp.example', 'bo@corp.example']) company.join(team, email);
  const [ada, bo, cy] = [...company.company.people.values()].map(({ id }) => id);
  company.deactivate(bo as string);
  company.deactivate(cy as string);
  const apps = new Map([['0oa1', { groups: new Set([team]), people: new Set([cy as string]) }]]);
  const { call } = await oktaFor({ company, apps });
  const { body } = await call('GET', '/api/v1/apps/0oa1/users?expand=user&limit=500');
  expect(body).toMatchObject([
    { id: ada, scope: 'GROUP', _embedded: { user: { status: 'ACTIVE' } } },
    { id: cy, scope: 'USER', status: 'DEPROVISIONED', _embedded: { user: { status: 'DEPROVISIONED' } } },
  ]);
  const groups = await call('GET', '/api/v1/apps/0oa1/groups?expand=group');
  expect(groups.body).toMatchObject([{ id: team, _embedded: { group: { profile: { name: 'team' } } } }]);
  expect((await call('GET', `/api/v1/apps/0oa1/users/${ada}`)).body._embedded).toBeUndefined();
  for (const path of [`0oa1/users/${bo}`, '0oa1/groups/00gnone', '0oa2/users'])
    expect(await call('GET', `/api/v1/apps/${path}`)).toMatchObject({ status: 404 });
});

test('the groups of an application come twenty at a time unless asked otherwise', async () => {
  const company = small();
  const groups = new Set(Array.from({ length: 30 }, (_, index) => company.createGroup(`g${index}`).id));
  const apps = new Map([['0oa1', { groups, people: new Set<string>() }]]);
  const { call } = await oktaFor({ company, apps });
  const first = await call('GET', '/api/v1/apps/0oa1/groups');
  expect([first.body.length, nextOf(first)]).toEqual([20, expect.stringContaining('after=')]);
  expect((await call('GET', '/api/v1/apps/0oa1/groups?limit=200')).body).toHaveLength(30);
  expect((await call('GET', '/api/v1/apps/0oa1/groups?limit=201')).status).toBe(400);
});

test('the System Log without an end always links on, and an empty page is its end for now', async () => {
  let clock = Date.UTC(2026, 10, 1);
  const company = small(() => clock);
  clock += 60_000;
  const { okta, call } = await oktaFor({ company });
  const since = new Date(clock).toISOString();
  const start = `/api/v1/logs?since=${since}&sortOrder=ASCENDING&limit=1000`;
  const empty = await call('GET', start);
  expect(empty.body).toEqual([]);
  const { id } = company.deactivate('ada@corp.example');
  company.join('team', 'bo@corp.example');
  const more = await call('GET', nextOf(empty).slice(okta.url.length));
  expect(more.body).toMatchObject([
    { eventType: 'user.account.update_profile', target: [{ id, type: 'User' }] },
    { eventType: 'group.user_membership.add', target: [{ type: 'UserGroup' }] },
  ]);
  const end = await call('GET', nextOf(more).slice(okta.url.length));
  expect([end.body, nextOf(end)]).toEqual([[], nextOf(more)]);
  const filter = encodeURIComponent('eventType sw "user."');
  expect((await call('GET', `${start}&filter=${filter}`)).body).toHaveLength(1);
  const ended = await call('GET', `/api/v1/logs?since=${since}&until=${new Date(clock + 1e6).toISOString()}`);
  expect([ended.body.length, nextOf(ended)]).toEqual([2, '']);
  for (const bad of ['since=yesterday', 'after=x', 'limit=1001', 'filter=published+eq+"x"'])
    expect((await call('GET', `/api/v1/logs?${bad}`)).status, bad).toBe(400);
});

test('answers tell the time of the fake, which is not the time of the reader', async () => {
  const { call } = await oktaFor({ company: small(), now: () => Date.UTC(2026, 0, 2, 3, 4, 5) });
  const { headers } = await call('GET', '/api/v1/users');
  expect(headers.get('date')).toBe('Fri, 02 Jan 2026 03:04:05 GMT');
});

interface Proof {
  readonly htm: string;
  readonly htu: string;
  readonly nonce?: string;
  readonly ath?: string;
  readonly jti?: string;
  readonly iat?: number;
}

function signed(okta: FakeOkta, header: object, claims: object): string {
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = createSign('RSA-SHA256').update(parts.join('.')).sign(okta.privateKeyPem, 'base64url');
  return [...parts, signature].join('.');
}

function proof(okta: FakeOkta, claims: Proof, header: object = {}): string {
  const jwk = createPublicKey(createPrivateKey(okta.privateKeyPem)).export({ format: 'jwk' });
  const usual = { jti: randomUUID(), iat: Math.floor(Date.now() / 1000) };
  return signed(okta, { typ: 'dpop+jwt', alg: 'RS256', jwk, ...header }, { ...usual, ...claims });
}

function buy(okta: FakeOkta, dpop?: string): Promise<Got> {
  const url = `${okta.url}/oauth2/v1/token`;
  const exp = Math.floor(Date.now() / 1000) + 300;
  const claims = { iss: okta.clientId, sub: okta.clientId, aud: url, exp, jti: randomUUID() };
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'okta.users.read',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signed(okta, { alg: 'RS256' }, claims),
  });
  return request(url, { method: 'POST', body, ...(dpop === undefined ? {} : { headers: { dpop } }) });
}

test('a token is sold for a proof with a nonce of ours, once', async () => {
  const { okta } = await oktaFor({ company: small(), dpop: true });
  const at = { htm: 'POST', htu: `${okta.url}/oauth2/v1/token` };
  expect((await buy(okta)).body.error).toBe('invalid_dpop_proof');
  const asked = await buy(okta, proof(okta, at));
  expect([asked.status, asked.body.error]).toEqual([400, 'use_dpop_nonce']);
  const nonce = asked.headers.get('dpop-nonce') ?? '';
  const good = proof(okta, { ...at, nonce });
  expect((await buy(okta, good)).body).toMatchObject({ token_type: 'DPoP' });
  expect((await buy(okta, good)).body.error_description).toContain('jti was used before');
  const old = Math.floor(Date.now() / 1000) - 3600;
  const refused: [string, string][] = [
    [proof(okta, { ...at, nonce, htm: 'GET' }), 'htm'],
    [proof(okta, { ...at, nonce, htu: 'https://elsewhere.example.com' }), 'htu'],
    [proof(okta, { ...at, nonce, iat: old }), 'iat'],
    [proof(okta, { ...at, nonce }, { typ: 'jwt' }), 'typ'],
    [proof(okta, { ...at, nonce }, { alg: 'ES256' }), 'alg'],
    [proof(okta, { ...at, nonce }, { jwk: {} }), 'jwk'],
    [`${good.slice(0, -8)}AAAAAAAA`, 'signature'],
  ];
  for (const [dpop, word] of refused) {
    const { body } = await buy(okta, dpop);
    expect([body.error, body.error_description], word).toEqual([
      'invalid_dpop_proof',
      expect.stringContaining(word),
    ]);
  }
});

test('a bound token serves only with a fresh proof by its own key', async () => {
  const { okta } = await oktaFor({ company: small(), dpop: true });
  const at = { htm: 'POST', htu: `${okta.url}/oauth2/v1/token` };
  const nonce = (await buy(okta, proof(okta, at))).headers.get('dpop-nonce') ?? '';
  const token: string = (await buy(okta, proof(okta, { ...at, nonce }))).body.access_token;
  const ath = createHash('sha256').update(token).digest('base64url');
  const here = { htm: 'GET', htu: `${okta.url}/api/v1/users`, ath };
  const get = async (authorization: string, dpop?: string) =>
    (
      await request(`${okta.url}/api/v1/users?limit=1`, {
        headers: { authorization, ...(dpop === undefined ? {} : { dpop }) },
      })
    ).status;
  const good = proof(okta, here);
  expect(await get(`DPoP ${token}`, good)).toBe(200);
  expect(await get(`DPoP ${token}`, good)).toBe(401);
  expect(await get(`DPoP ${token}`)).toBe(401);
  expect(await get(`Bearer ${token}`, proof(okta, here))).toBe(401);
  expect(await get(`DPoP ${token}`, proof(okta, { ...here, ath: 'x' }))).toBe(401);
  expect(await get(`DPoP ${token}`, proof(okta, here))).toBe(200);
});
