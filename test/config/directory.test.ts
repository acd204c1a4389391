import { expect, test } from 'vitest';
import { parse, problems, yaml } from './helper.ts';

const SOURCES = `directory:
  sources:
    - { name: hq, domains: [Corp.Example], okta: { url: https://corp.okta.com, tokenFile: /run/secrets/okta-token } }
    - { name: lab, file: { path: people.csv } }
`;

test('a single source is what it always was, and is read again from its beginning every day', () => {
  const config = parse(yaml());
  expect(config.directory).toMatchObject({ kind: 'okta', options: { url: 'https://corp.okta.com' } });
  expect(config.fullEveryMs).toBe(86_400_000);
});

test('several sources keep their order, their names and the mail domains they decide about', () => {
  const { directory, secrets, secretFiles } = parse(yaml(SOURCES));
  expect(directory).toMatchObject({
    kind: 'several',
    authority: 'order',
    sources: [
      { name: 'hq', kind: 'okta', domains: ['corp.example'], options: { token: 'okta-token-value' } },
      { name: 'lab', kind: 'file', domains: [], options: { path: '/etc/sync/people.csv' } },
    ],
  });
  expect(secrets).toEqual(['cog_devin-key-value', 'okta-token-value'].sort().reverse());
  expect(secretFiles).toContainEqual({
    path: ['directory', 'sources', 0, 'okta', 'token'],
    file: '/run/secrets/okta-token',
  });
});

test('a directory that is pushed has its defaults, and its token file starts at the configuration', () => {
  expect(parse(yaml('directory: { scimPush: { name: okta, tokenFile: push-token } }')).directory).toEqual({
    kind: 'scim-push',
    options: {
      name: 'okta',
      tokenFile: '/etc/sync/push-token',
      provider: 'other',
      personId: 'id',
      trustDeactivation: false,
      groups: { include: ['*'], exclude: [] },
      settleMinutes: 10,
      requestsPerSecond: 100,
      maxResources: 200_000,
    },
  });
});

test('how a provider pushes changes no plan, and what its word is worth does', () => {
  const hashOf = (more: string) => parse(yaml(`directory: { scimPush: { name: okta, ${more} } }`)).configHash;
  const base = hashOf('tokenFile: t');
  expect(hashOf('tokenFile: other, provider: entra, staleAfterHours: 5, requestsPerSecond: 9')).toBe(base);
  expect(hashOf('tokenFile: t, trustDeactivation: true')).not.toBe(base);
  expect(hashOf('tokenFile: t, personId: externalId')).not.toBe(base);
});

const MALFORMED: readonly [string, string, string][] = [
  ['an empty list', '{ sources: [] }', '1:14: directory.sources: must have at least one source'],
  [
    'a source beside the list',
    '{ file: { path: a.yaml }, sources: [{ name: a, file: { path: a.yaml } }] }',
    '1:38: directory.sources: is a second source beside file: give exactly one of okta, entra, scim, scimPush, file, sources',
  ],
  [
    'an entry without a source',
    '{ sources: [{ name: a }] }',
    '1:24: directory.sources[0]: must have exactly one of okta, entra, scim, scimPush, file',
  ],
  [
    'an entry with two sources',
    '{ sources: [{ name: a, file: { path: a }, okta: { url: https://a.okta.com, token: a-token-of-okta } }] }',
    '1:35: directory.sources[0].file: is a second source beside okta: give exactly one of okta, entra, scim, scimPush, file',
  ],
  [
    'a misspelt source',
    '{ sources: [{ name: a, otka: {} }] }',
    '1:35: directory.sources[0].otka: not a known key; use one of name, domains, okta, entra, scim, scimPush, file',
  ],
  [
    'two sources of one name',
    '{ sources: [{ name: a, file: { path: a } }, { name: a, file: { path: b } }] }',
    '1:58: directory.sources[1].name: "a" is also the name of sources[0]',
  ],
  [
    'one address that two sources are pushed to',
    '{ sources: [{ name: a, scimPush: { name: x, tokenFile: t } }, { name: b, scimPush: { name: x, tokenFile: t } }] }',
    '1:97: directory.sources[1].scimPush.name: "x" is also pushed to by sources[0]',
  ],
  [
    'a mail domain that two sources decide about',
    '{ sources: [{ name: a, domains: [a.example], file: { path: a } }, { name: b, domains: [A.example], file: { path: b } }] }',
    '1:99: directory.sources[1].domains[0]: sources[0] decides about "a.example" already',
  ],
  [
    'a name with other characters',
    '{ sources: [{ name: a/b, file: { path: a } }] }',
    '1:26: directory.sources[0].name: must be up to 32 small letters, digits and dashes (here: "a/b")',
  ],
  [
    'a secret that is missing',
    '{ sources: [{ name: a, entra: { tenantId: 1, clientId: 2, clientSecretFile: /run/secrets/gone } }] }',
    '1:70: directory.sources[0].entra.clientSecretFile: names /run/secrets/gone, which cannot be read: ENOENT',
  ],
  [
    'a full reading every week',
    '{ file: { path: a }, fullEvery: 7d }',
    '1:33: directory.fullEvery: must be 24h or less (here: "7d")',
  ],
];

for (const [what, directory, expected] of MALFORMED) {
  test(`${what} is one error that says where and what is allowed`, () => {
    const found = problems(yaml(`directory: ${directory}`));
    expect(found.filter((line) => line.includes('directory.') && !line.includes('Id:'))).toEqual([
      `/etc/sync/config.yaml:${expected}`,
    ]);
  });
}

test('a stored reading belongs to what is read, not to how patiently or with which secret', () => {
  const hash = (directory: string) => parse(yaml(directory)).sourceHash;
  const one = hash(SOURCES);
  expect(hash(SOURCES.replace('tokenFile: /run/secrets/okta-token', 'token: another-token-of-okta'))).toBe(
    one,
  );
  expect(hash(SOURCES.replace('corp.okta.com,', 'corp.okta.com, maxRetries: 1,'))).toBe(one);
  expect(hash(`${SOURCES}  fullEvery: 1h\n`)).toBe(one);
  expect(parse(yaml(`${SOURCES}rules: [{ group: other, role: Member }]`)).sourceHash).toBe(one);
  expect(hash(SOURCES.replace('corp.okta.com', 'lab.okta.com'))).not.toBe(one);
  expect(hash(SOURCES.replace('[Corp.Example]', '[]'))).not.toBe(one);
  expect(hash(`${SOURCES}  authority: none\n`)).not.toBe(one);
  expect(hash('directory: { file: { path: people.csv } }')).not.toBe(one);
});

test('a SCIM source signs in by a token or by a client, whose secrets come from files', () => {
  const scim = (rest: string) => yaml(`directory: { scim: { url: https://scim.corp.example/v2, ${rest} } }`);
  const byToken = parse(scim('tokenFile: /run/secrets/okta-token'));
  expect(byToken.directory).toMatchObject({ kind: 'scim', options: { token: 'okta-token-value' } });
  const client =
    'tokenUrl: https://login.corp.example/token, clientId: c, clientSecretFile: /run/secrets/okta-token';
  const byClient = parse(scim(`oauth: { ${client} }`));
  expect(byClient.directory).toMatchObject({ options: { oauth: { clientSecret: 'okta-token-value' } } });
  expect(byClient.secrets).toContain('okta-token-value');
  expect(problems(scim(`token: t, oauth: { ${client} }`)).join()).toContain(
    'needs exactly one of token and oauth',
  );
});
