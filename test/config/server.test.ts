import { expect, test } from 'vitest';
import { shownConfig } from '../../src/config/shown.ts';
import { parse, problems, yaml } from './helper.ts';

const TWO = `server:
  tokens:
    - { name: oncall, role: approver, tokenFile: secrets/oncall }
    - { name: dashboard, role: viewer, tokenFile: /run/secrets/dashboard }`;

test('tokens keep their name and role, and their files start at the configuration', () => {
  expect(parse(yaml(TWO)).server.tokens).toEqual([
    { name: 'oncall', role: 'approver', file: '/etc/sync/secrets/oncall' },
    { name: 'dashboard', role: 'viewer', file: '/run/secrets/dashboard' },
  ]);
});

test('two tokens of one name are one error, and so is a role that there is not', () => {
  expect(problems(yaml(TWO.replace('dashboard, role', 'oncall, role')))).toEqual([
    expect.stringMatching(/server\.tokens\[1\]\.name: "oncall" is listed twice/),
  ]);
  expect(problems(yaml(TWO.replace('viewer', 'root')))).toEqual([
    expect.stringMatching(/server\.tokens\[1\]\.role/),
  ]);
});

test('a server that is open to the network needs a token of either kind', () => {
  const open = 'server: { listen: "0.0.0.0:8080" }';
  expect(problems(yaml(open))).toEqual([expect.stringContaining('server.tokens')]);
  expect(problems(yaml(`${TWO}\n  listen: 0.0.0.0:8080`))).toEqual([]);
});

test('a public address must be one', () => {
  expect(parse(yaml('server: { publicUrl: https://idp-sync.corp.example }')).server.publicUrl).toBe(
    'https://idp-sync.corp.example',
  );
  expect(problems(yaml('server: { publicUrl: idp-sync.corp.example }'))).toHaveLength(1);
});

test('the configuration that people see has every default and no secret', () => {
  const config = parse(
    yaml(
      'server: { token: the-token-of-this-server }\nredis: { url: "redis://u:pw-of-redis@r.corp.example" }',
    ),
  );
  const text = shownConfig(config);
  for (const secret of config.secrets) expect(text).not.toContain(secret);
  expect(text).not.toContain('pw-of-redis');
  expect(text).toContain('(secret)');
  expect(text).toContain('interval');
  expect(text).toContain('devin-users');
});

const OIDC = `server:
  publicUrl: https://idp-sync.corp.example
  oidc: { issuer: https://corp.okta.com, clientId: 0oa1, clientSecret: a-secret-of-the-client, roles: { viewer: [all] } }`;

test('a login provider gets its defaults, and the way back from publicUrl', () => {
  const { server, secrets } = parse(yaml(OIDC));
  expect(server.oidc).toEqual({
    issuer: 'https://corp.okta.com',
    clientId: '0oa1',
    clientSecret: 'a-secret-of-the-client',
    clientAuth: 'post',
    scopes: ['openid', 'profile', 'email'],
    groupsClaim: 'groups',
    roles: { viewer: ['all'], operator: [], approver: [] },
    sessionMs: 8 * 3_600_000,
    callbackUrl: 'https://idp-sync.corp.example/login/callback',
  });
  expect(secrets).toContain('a-secret-of-the-client');
  expect(shownConfig(parse(yaml(OIDC)))).not.toContain('a-secret-of-the-client');
});

test.each([
  ['without publicUrl', OIDC.replace(/ +publicUrl.*\n/, ''), 'needs server.publicUrl'],
  ['over plain http', OIDC.replace('https://corp.okta.com', 'http://corp.okta.com'), 'must be the https://'],
  [
    'for everybody at Microsoft',
    OIDC.replace('https://corp.okta.com', 'https://login.microsoftonline.com/common/v2.0'),
    'people of other companies',
  ],
  ['without a group', OIDC.replace('viewer: [all]', ''), 'at least one group'],
  ['without openid', OIDC.replace('clientId', 'scopes: [email], clientId'), 'must have openid'],
  ['with a role that there is not', OIDC.replace('viewer:', 'admin: [all], viewer:'), 'not a known key'],
])('a login provider %s is one error', (_what, text, words) => {
  expect(problems(yaml(text))).toEqual([expect.stringContaining(words)]);
});

test('a server with a login is not open', () => {
  expect(problems(yaml(OIDC.replace('  publicUrl', '  listen: 0.0.0.0:8080\n  publicUrl')))).toEqual([]);
});

test('a provider on this machine may be without TLS', () => {
  expect(parse(yaml(OIDC.replace('https://corp.okta.com', 'http://127.0.0.1:9'))).server.oidc?.issuer).toBe(
    'http://127.0.0.1:9',
  );
});
