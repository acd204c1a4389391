import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { entraOptions } from '../../src/directory/entra/options.ts';
import { selfSigned } from '../helpers/certificate.ts';
import { ALL, context, entraOf, failureOf, graphOf } from './setup.ts';

const ids = {
  tenantId: '11111111-2222-4333-8444-555555555555',
  clientId: '21111111-2222-4333-8444-555555555555',
};

function problems(value: object): string {
  const parsed = entraOptions.safeParse({ ...ids, ...value });
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
}

function tokenFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'entra-token-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'token');
  writeFileSync(path, content);
  return path;
}

test('exactly one way to sign in is configured', () => {
  const { certificate, key } = selfSigned();
  const workloadIdentity = { tokenPath: '/var/run/secrets/token' };
  expect(problems({})).toBe(
    ': needs exactly one of clientSecret, certificate and workloadIdentity; none is given',
  );
  expect(problems({ clientSecret: 's3cret-value', workloadIdentity })).toContain(
    'clientSecret and workloadIdentity are given',
  );
  for (const one of [
    { clientSecret: 's3cret-value' },
    { certificate: certificate + key },
    { workloadIdentity },
  ])
    expect(problems(one)).toBe('');
  expect(problems({ workloadIdentity: { tokenPath: 'token' } })).toContain('must be an absolute path');
});

test('a certificate that cannot sign is refused without being printed', () => {
  const { certificate, key } = selfSigned();
  const other = selfSigned();
  const cases: [string, string][] = [
    [key, 'holds no PEM certificate'],
    [certificate, 'holds no PEM private key without a passphrase'],
    [certificate + other.key, 'holds a private key that belongs to another certificate'],
    ['nothing', 'holds no PEM certificate'],
  ];
  for (const [pem, words] of cases) {
    const found = problems({ certificate: pem });
    expect(found).toContain(words);
    expect(found).not.toContain(key.slice(40, 80));
  }
});

test('a sign-in and a Graph of two different clouds are refused, with the address that belongs', () => {
  const sign = { clientSecret: 's3cret-value' };
  expect(problems({ ...sign, graphUrl: 'https://graph.microsoft.us' })).toBe(
    'authorityUrl: is login.microsoftonline.com of the public cloud, but graphUrl is graph.microsoft.us of the US government cloud; that one signs in at https://login.microsoftonline.us',
  );
  expect(problems({ ...sign, authorityUrl: 'https://login.chinacloudapi.cn' })).toContain(
    'of the cloud of 21Vianet in China, but graphUrl is graph.microsoft.com',
  );
  const pairs = [
    ['https://graph.microsoft.us', 'https://login.microsoftonline.us'],
    ['https://dod-graph.microsoft.us', 'https://login.microsoftonline.us'],
    ['https://microsoftgraph.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
    ['https://graph.corp.example', 'https://login.microsoftonline.com'],
  ];
  for (const [graphUrl, authorityUrl] of pairs)
    expect(problems({ ...sign, graphUrl, authorityUrl })).toBe('');
});

test('a certificate signs in, and what it signs is verified', async () => {
  const own = selfSigned();
  const { graph, source } = await graphOf(
    { certificate: own.certificate },
    { certificate: own.certificate + own.key },
  );
  const snapshot = await source.read(ALL, context());
  expect(snapshot.personCount).toBe(graph.company.company.people.size);
  const stranger = selfSigned();
  const words = await failureOf(
    entraOf(graph, { certificate: stranger.certificate + stranger.key }).read(ALL, context()),
  );
  expect(words).toContain('AADSTS700027');
  expect(words).toContain('upload its public part');
});

test('the token of the platform is read again at every sign-in, because the platform renews it', async () => {
  let trusted = 'federated-token-one';
  const path = tokenFile(`${trusted}\n`);
  const { graph } = await graphOf({ federatedToken: () => trusted });
  const source = entraOf(graph, { workloadIdentity: { tokenPath: path } });
  await source.read(ALL, context());
  trusted = 'federated-token-two';
  writeFileSync(path, trusted);
  graph.revokeTokens();
  const snapshot = await source.read(ALL, context());
  expect(snapshot.personCount).toBe(graph.company.company.people.size);
  trusted = 'federated-token-three';
  graph.revokeTokens();
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain('The token in workloadIdentity.tokenPath has ended');
  expect(words).not.toContain('federated-token-two');
});

test('a token file that is missing or empty is named, and nothing is sent', async () => {
  const { graph } = await graphOf({ federatedToken: () => 'x' });
  const empty = tokenFile('\n');
  for (const [path, words] of [
    ['/nowhere/token', 'the token file /nowhere/token cannot be read (ENOENT)'],
    [empty, `the token file ${empty} is empty`],
  ] as const) {
    const source = entraOf(graph, { workloadIdentity: { tokenPath: path } });
    expect(await failureOf(source.read(ALL, context()))).toContain(words);
  }
  expect(graph.requests.filter(({ method }) => method === 'POST')).toEqual([]);
});

test('parallel requests of a cold start share one sign-in', async () => {
  const { graph } = await graphOf({ pageSize: 5 }, { concurrency: 8 });
  const source = entraOf(graph, { concurrency: 8 });
  await Promise.all([source.read(ALL, context()), source.read(ALL, context()), source.read(ALL, context())]);
  expect(graph.requests.filter(({ path }) => path.includes('/token'))).toHaveLength(1);
});
