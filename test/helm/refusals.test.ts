import { expect, test } from 'vitest';
import { CHART, example, helm, template } from './helm.ts';

const OKTA = example('okta');
const TENANT = '11111111-2222-3333-4444-555555555555';

/** What is wrong, the least example with the mistake, and the words that say so. */
const REFUSED: readonly [string, (values: Record<string, unknown>) => unknown, RegExp][] = [
  [
    'no configuration at all',
    ({ config: _config, ...rest }) => rest,
    /config\.directory is missing: give the daemon's configuration/,
  ],
  [
    'a configuration without rules',
    (v) => ({ ...v, config: { directory: (v.config as { directory: unknown }).directory } }),
    /'\/config': missing property 'rules'/,
  ],
  [
    'a text without rules',
    (v) => ({ ...v, config: 'directory: { file: { path: p } }' }),
    /config\.rules is missing/,
  ],
  ['a text that is no YAML', (v) => ({ ...v, config: 'directory: [' }), /the text is not a YAML map/],
  [
    'a misspelt key of the daemon',
    (v) => ({ ...v, config: { ...(v.config as object), polcy: 'full' } }),
    /additional properties 'polcy' not allowed/,
  ],
  [
    'a rule with an unknown way',
    (v) => ({
      ...v,
      config: { ...(v.config as object), rules: [{ group: 'g', role: 'Member', via: 'grup' }] },
    }),
    /'\/config\/rules\/0\/via': value must be one of 'direct', 'group'/,
  ],
  [
    'an unknown policy',
    (v) => ({ ...v, policy: 'everything' }),
    /'\/policy': value must be one of '', 'observe'/,
  ],
  [
    'a tenant that is no id',
    (v) => ({
      ...v,
      config: {
        ...(v.config as object),
        directory: { entra: { tenantId: 'corp.example', clientId: TENANT } },
      },
    }),
    /'\/config\/directory\/entra\/tenantId': 'corp\.example' does not match pattern/,
  ],
  [
    'the Devin key among the values',
    (v) => ({ ...v, config: { ...(v.config as object), devin: { key: 'cog_do-not-show' } } }),
    /config\.devin\.key is a secret: put it into the Secret/,
  ],
  [
    'an Okta token among the values',
    (v) => ({
      ...v,
      config: {
        ...(v.config as object),
        directory: { okta: { url: 'https://corp.okta.com', token: 'do-not-show' } },
      },
    }),
    /config\.directory\.okta\.token is a secret/,
  ],
  [
    'a secret of one of several sources',
    (v) => ({
      ...v,
      config: {
        ...(v.config as object),
        directory: {
          sources: [
            { name: 'a', entra: { tenantId: TENANT, clientId: TENANT, clientSecret: 'do-not-show' } },
          ],
        },
      },
    }),
    /config\.directory\.sources\[0\]\.entra\.clientSecret is a secret/,
  ],
  [
    'a password in the URL of Redis',
    (v) => ({
      ...v,
      redis: { mode: 'external' },
      config: { ...(v.config as object), redis: { url: 'redis://:do-not-show@redis.corp.example' } },
    }),
    /config\.redis\.url holds a password/,
  ],
  [
    'no place for the secrets',
    (v) => ({ ...v, secret: {} }),
    /nothing says where the credentials are: set secret\.existingSecret/,
  ],
  [
    'two places for the secrets',
    (v) => ({ ...v, secret: { existingSecret: 's', csi: { enabled: true, secretProviderClass: 'p' } } }),
    /secret\.existingSecret and secret\.csi\.enabled are given together/,
  ],
  [
    'an ExternalSecret that lacks a key',
    (v) => ({
      ...v,
      secret: {
        externalSecret: { enabled: true, store: { name: 'vault' }, data: { 'devin-key': { key: 'k' } } },
      },
    }),
    /secret\.externalSecret\.data has no [\w-]+, which config\./,
  ],
  [
    'a CSI driver with the bundled Redis',
    (v) => ({ ...v, secret: { csi: { enabled: true, secretProviderClass: 'p' } } }),
    /set redis\.bundled\.passwordSecret, or use redis\.mode external/,
  ],
  [
    'an external Redis that is nowhere',
    (v) => ({ ...v, redis: { mode: 'external' } }),
    /redis\.mode is external, but nothing says where it is/,
  ],
  [
    'a Redis of yours beside the bundled one',
    (v) => ({ ...v, config: { ...(v.config as object), redis: { url: 'redis://redis.corp.example' } } }),
    /config\.redis\.url is about a Redis of yours: set redis\.mode to external/,
  ],
  [
    'an identity of Entra for Okta',
    (v) => ({ ...v, workloadIdentity: { enabled: true } }),
    /workloadIdentity\.enabled is for Entra, and config\.directory has no entra/,
  ],
  ['no replica', (v) => ({ ...v, replicas: 0 }), /'\/replicas': minimum: got 0, want 1/],
  ['half a replica', (v) => ({ ...v, replicas: 2.5 }), /'\/replicas': got number, want integer/],
  [
    'a digest that is none',
    (v) => ({ ...v, image: { digest: 'latest' } }),
    /'\/image\/digest': 'latest' does not match pattern/,
  ],
  [
    'an image without a name',
    (v) => ({ ...v, image: { repository: '' } }),
    /'\/image\/repository': minLength/,
  ],
  [
    'a misspelt value',
    (v) => ({ ...v, replicaCount: 3 }),
    /additional properties 'replicaCount' not allowed/,
  ],
  [
    'a misspelt value further down',
    (v) => ({ ...v, redis: { bundled: { storage: { sise: '1Gi' } } } }),
    /'\/redis\/bundled\/storage': additional properties 'sise' not allowed/,
  ],
  ['an unknown mode', (v) => ({ ...v, mode: 'job' }), /'\/mode': value must be one of 'daemon', 'cronjob'/],
  [
    'a schedule of three fields',
    (v) => ({ ...v, cronJob: { schedule: '0 6 *' } }),
    /'\/cronJob\/schedule': '0 6 \*' does not match pattern/,
  ],
  [
    'a certificate in the values',
    (v) => ({
      ...v,
      redis: { mode: 'external' },
      config: {
        ...(v.config as object),
        redis: { url: 'rediss://redis.corp.example', tls: { ca: 'do-not-show' } },
      },
    }),
    /config\.redis\.tls\.ca is a secret: name its Secret in redis\.external\.tls\.secret/,
  ],
  [
    'TLS to the Redis of the chart',
    (v) => ({ ...v, redis: { external: { tls: { secret: 'redis-tls' } } } }),
    /redis\.external\.tls is about a Redis of yours: set redis\.mode to external/,
  ],
  [
    'a grace period that cuts writes off',
    (v) => ({ ...v, terminationGracePeriodSeconds: 10 }),
    /'\/terminationGracePeriodSeconds': minimum: got 10, want 20/,
  ],
  [
    'a text where a switch is',
    (v) => ({ ...v, networkPolicy: { enabled: 'yes' } }),
    /'\/networkPolicy\/enabled': got string, want boolean/,
  ],
  [
    'a port that is none',
    (v) => ({ ...v, service: { port: 70_000 } }),
    /'\/service\/port': maximum: got 70,000, want 65,535/,
  ],
  [
    'a name that Kubernetes does not take',
    (v) => ({ ...v, secret: { existingSecret: 'My_Secret' } }),
    /'\/secret\/existingSecret': 'My_Secret' does not match pattern/,
  ],
];

test('the examples of mistakes are many', () => {
  expect(REFUSED.length).toBeGreaterThanOrEqual(15);
});

test.each(REFUSED)('helm refuses %s, and says what to do', async (_what, mistake, words) => {
  const { code, stdout, stderr } = await template(mistake(structuredClone(OKTA)));
  expect(code).not.toBe(0);
  expect(stderr).toMatch(words);
  expect(`${stdout}${stderr}`).not.toContain('do-not-show');
});

test('a mistake is refused at install as well, before anything is made', async () => {
  const { code, stderr } = await helm([
    'install',
    'rel',
    CHART,
    '--dry-run=client',
    '--set',
    'policy=everything',
  ]);
  expect(code).not.toBe(0);
  expect(stderr).toContain("'/policy': value must be one of");
});
