import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { entraOptions } from '../../src/directory/entra/options.ts';
import { fileOptions } from '../../src/directory/file/options.ts';
import { groupSelector } from '../../src/directory/group-filter.ts';
import { oktaOptions } from '../../src/directory/okta/options.ts';
import { scopesOf } from '../../src/directory/okta/sign-in.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pem = (key: typeof rsa) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

const okta = { url: 'https://corp.okta.com', token: 'secret-token-1' };
const entra = {
  tenantId: '11111111-2222-4333-8444-555555555555',
  clientId: '21111111-2222-4333-8444-555555555555',
  clientSecret: 'secret-value',
};

function problems(schema: z.ZodType, value: unknown): string {
  const parsed = schema.safeParse(value);
  return parsed.success
    ? ''
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
}

test('the smallest options are enough, and defaults are filled in', () => {
  expect(oktaOptions.parse(okta)).toMatchObject({
    groups: { include: ['*'], exclude: [] },
    rateShare: 0.5,
    timeoutMs: 30_000,
    concurrency: 6,
  });
  expect(entraOptions.parse(entra)).toMatchObject({
    graphUrl: 'https://graph.microsoft.com',
    authorityUrl: 'https://login.microsoftonline.com',
    guests: 'exclude',
    email: ['mail', 'userPrincipalName'],
  });
  expect(fileOptions.parse({ path: 'company.yaml' })).toEqual({ path: 'company.yaml' });
});

test('an address that would send a credential in the clear or elsewhere is refused', () => {
  const cases: [string, string][] = [
    ['http://corp.example', 'must start with https://'],
    ['ftp://corp.example', 'must start with https://'],
    ['https://user:pass@corp.example', 'must not hold a user name'],
    ['https://corp.example/?a=b', 'must not have a query'],
    ['corp.example', 'is not a URL'],
    ['https://corp-admin.okta.com', 'is the admin console'],
  ];
  for (const [url, words] of cases) expect(problems(oktaOptions, { ...okta, url }), url).toContain(words);
  expect(problems(entraOptions, { ...entra, graphUrl: 'http://corp.example' })).toContain(
    'must start with https://',
  );
  expect(problems(entraOptions, { ...entra, graphUrl: 'https://graph.microsoft.com/v1.0' })).toContain(
    'no path',
  );
  for (const url of ['http://127.0.0.1:8080', 'http://localhost:1', 'http://[::1]:1', 'https://corp.example'])
    expect(problems(oktaOptions, { ...okta, url }), url).toBe('');
});

test('Okta needs exactly one way to sign in', () => {
  const privateKey = { clientId: 'c', key: pem(rsa) };
  expect(problems(oktaOptions, { url: okta.url })).toContain('exactly one of token and privateKey');
  expect(problems(oktaOptions, { ...okta, privateKey })).toContain('exactly one of token and privateKey');
  expect(problems(oktaOptions, { url: okta.url, privateKey })).toBe('');
});

test('Okta is asked for the scopes that the reading needs, unless others are named', () => {
  const privateKey = { clientId: 'c', key: pem(rsa) };
  const scopes = (more: object) => scopesOf(oktaOptions.parse({ url: okta.url, privateKey, ...more }));
  expect(scopes({})).toEqual(['okta.users.read', 'okta.groups.read']);
  expect(scopes({ app: { id: '0oa1' } })).toEqual(['okta.users.read', 'okta.groups.read', 'okta.apps.read']);
  expect(scopes({ systemLog: true })).toEqual(['okta.users.read', 'okta.groups.read', 'okta.logs.read']);
  expect(scopes({ privateKey: { ...privateKey, scopes: ['okta.users.read'] } })).toEqual(['okta.users.read']);
});

test('a choice of groups that excludes another is refused', () => {
  const filter = 'id eq "00g1"';
  const cases: [object, string][] = [
    [{ groups: { filter, search: filter } }, 'excludes filter'],
    [{ groups: { filter }, app: { id: '0oa1' } }, 'with app use include and exclude'],
    [{ systemLog: true, app: { id: '0oa1' } }, 'is of no use with app'],
    [{ app: { id: 'devin' } }, "must be the application's id"],
  ];
  for (const [more, words] of cases)
    expect(problems(oktaOptions, { ...okta, ...more }), words).toContain(words);
});

test('only RSA keys are taken, as PEM or JWK, and no problem prints the key', () => {
  const jwk = JSON.stringify(rsa.export({ format: 'jwk' }));
  const withKey = (key: string) =>
    problems(oktaOptions, { url: okta.url, privateKey: { clientId: 'c', key } });
  expect(withKey(jwk)).toBe('');
  expect(withKey(pem(ec))).toContain('is a ec key');
  const broken = pem(rsa).slice(0, 300);
  expect(withKey(broken)).toContain('is neither a PEM private key');
  expect(withKey(broken)).not.toContain(broken.slice(40, 80));
});

test('secrets with stray spaces or lines are refused without being printed', () => {
  const token = problems(oktaOptions, { ...okta, token: 'secret-token-1\n' });
  expect(token).toContain('token: must be one line');
  expect(token).not.toContain('secret-token-1');
  expect(problems(entraOptions, { ...entra, clientSecret: 'a b' })).toContain(
    'clientSecret: must be one line',
  );
});

test('a tenant is named by its id, because a domain can change', () => {
  expect(problems(entraOptions, { ...entra, tenantId: 'corp.example' })).toContain('tenantId: must be an id');
});

test('unknown keys are refused', () => {
  for (const [schema, value] of [
    [oktaOptions, okta],
    [entraOptions, entra],
    [fileOptions, { path: 'x' }],
  ] as const)
    expect(problems(schema, { ...value, surprise: 1 })).toContain('surprise');
});

test('every option is described, and makes a JSON schema', () => {
  for (const schema of [oktaOptions, entraOptions, fileOptions]) {
    const { properties } = z.toJSONSchema(schema, { io: 'input' });
    for (const [key, property] of Object.entries(properties ?? {}))
      expect((property as { description?: string }).description, key).toBeTruthy();
  }
});

test('group patterns: whole names, any case, exclude wins', () => {
  const selected = groupSelector({ include: ['devin-*', 'team-?', 'a.b(c)'], exclude: ['*-test'] });
  const yes = ['devin-users', 'DEVIN-', 'team-7', 'a.b(c)'];
  const no = ['my-devin-users', 'devin', 'team-77', 'aXb(c)', 'devin-x-test', ''];
  expect(yes.filter((name) => !selected(name))).toEqual([]);
  expect(no.filter(selected)).toEqual([]);
});
