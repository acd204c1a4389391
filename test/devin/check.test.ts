import { afterEach, expect, test } from 'vitest';
import type { DevinOptions } from '../../src/devin/options.ts';
import type { Finding } from '../../src/lib/reading.ts';
import { type FakeDevin, type FakeDevinOptions, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { answerJson, deadline, type Stub, startStub, targetFor } from './helpers.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function devin(options: FakeDevinOptions = {}): Promise<FakeDevin> {
  const fake = await startFakeDevin(options);
  open.push(fake);
  return fake;
}

async function check(url: string, more: Partial<DevinOptions> = {}, now?: () => number): Promise<string[]> {
  const findings = await targetFor(url, more, now === undefined ? {} : { now }).check(deadline());
  return findings.map(line);
}

const line = ({ level, what, detail }: Finding) => `${level} ${what}: ${detail}`;
const starting = (lines: readonly string[], start: string) => lines.filter((one) => one.startsWith(start));

test('a key that may read everything is found to, without one write', async () => {
  const fake = await devin({ orgs: ['Payments'] });
  const lines = await check(fake.url);
  expect(lines).toContain(`ok Devin key: service user devin-idp-sync (${fake.principalId}) at ${fake.url}.`);
  expect(lines).toContain('ok Devin users: readable (ViewAccountMembership).');
  expect(lines).toContain('ok Devin organizations: readable (ManageOrganizations).');
  expect(starting(lines, 'fail')).toEqual([]);
  expect(fake.requests.every(({ method }) => method === 'GET')).toBe(true);
});

test('a key with more than is needed is advised against', async () => {
  const fake = await devin();
  const advice = starting(await check(fake.url), 'advice least privilege').join('\n');
  expect(advice).toContain('The key holds ManageEnterpriseSettings');
  expect(advice).toContain('ManageOrganizations also deletes organizations');
});

test('the least key that plans has nothing to complain about', async () => {
  const fake = await devin({ permissions: ['ViewAccountMembership'] });
  const lines = await check(fake.url, { organizations: [{ id: 'org-1', name: 'Payments' }] });
  expect(starting(lines, 'fail')).toEqual([]);
  expect(lines).toContain('ok Devin organizations: 1 taken from devin.organizations.');
  expect(lines.join('\n')).not.toContain('ManageEnterpriseSettings');
  expect(fake.requests.map(({ path }) => path)).not.toContain('/v3/enterprise/organizations?first=1');
});

test('each missing permission is named with what it is needed for', async () => {
  const fake = await devin({ permissions: [] });
  const failed = starting(await check(fake.url), 'fail');
  expect(failed).toHaveLength(6);
  expect(failed.filter((one) => one.includes('permission ViewAccountMembership'))).toHaveLength(5);
  expect(starting(failed, 'fail Devin organizations:')[0]).toContain('permission ManageOrganizations');
});

test("a person's key fails, and the lists are looked at all the same", async () => {
  const fake = await devin({ principalType: 'pat_user' });
  const lines = await check(fake.url);
  expect(starting(lines, 'fail')).toHaveLength(1);
  expect(starting(lines, 'fail Devin key:')[0]).toContain('belongs to a person');
  expect(lines).toContain('ok Devin roles: readable (ViewAccountMembership).');
});

test('a wrong key is one finding and one call', async () => {
  const fake = await devin();
  const lines = await check(fake.url, { key: 'wrong' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('does not accept the key');
  expect(fake.requests).toHaveLength(1);
});

test('an address where nobody answers is one finding, not an exception', async () => {
  const fake = await devin();
  await fake.close();
  const lines = await check(fake.url);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('fail Devin key: Devin could not be asked at GET /v3/self');
});

test('a check that is stopped does not throw', async () => {
  const lines = await targetFor('http://127.0.0.1:1').check(AbortSignal.abort(new Error('stopped')));
  expect(lines.map(line)).toEqual(['fail Devin key: stopped']);
});

async function keyEnding(expires: number | null): Promise<Stub> {
  const stub = await startStub((request, response) => {
    if (request.url?.includes('/service-users/'))
      return answerJson(response, 200, { service_user_id: 's1', expires_at: expires });
    const self = {
      principal_type: 'service_user',
      service_user_id: 's1',
      service_user_name: 'bot',
      items: [],
    };
    answerJson(response, 200, self);
  });
  open.push(stub);
  return stub;
}

const now = Date.UTC(2026, 10, 22);
const inDays = (days: number) => now / 1000 + days * 86_400;

test.each([
  [inDays(200), 'ok end of the Devin key: 2027-06-10, in 200 days.'],
  [
    inDays(29),
    'warn end of the Devin key: 2026-12-21, in 29 days. Make a new key for the service user soon.',
  ],
  [
    inDays(-1),
    'fail end of the Devin key: 2026-11-21, in -1 days: it is over. Make a new key for the service user.',
  ],
  [null, 'ok end of the Devin key: Devin names none.'],
])('a key that ends at %s is reported in time', async (expires, words) => {
  const stub = await keyEnding(expires);
  expect(await check(stub.url, {}, () => now)).toContain(words);
});
