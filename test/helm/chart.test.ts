import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { rowsOf } from '../../scripts/chart/readme.ts';
import { valuesSchema } from '../../scripts/chart/values-schema.ts';
import { parseConfigText } from '../../src/config/load.ts';
import { SECRETS } from '../../src/config/secrets.ts';
import { METRICS, type MetricShape, metricName } from '../../src/lib/metrics.ts';
import {
  CHART,
  configText,
  EXAMPLES,
  example,
  find,
  helm,
  kubectl,
  NAMESPACE,
  RELEASE,
  ROOT,
  render,
  template,
} from './helm.ts';
import { certificateWithKey, privateKey } from './secrets.ts';
import { judge } from './types.ts';

const NAMES = [...EXAMPLES.keys()];
const chart = parseYaml(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

function secretFile(path: string): string {
  if (path.endsWith('OKTA_PEM')) return privateKey();
  if (path.endsWith('entra-certificate')) return certificateWithKey();
  if (path.endsWith('redis-url')) return 'rediss://idp-sync:secret@redis.corp.example:6380';
  if (/notify-\w+-url$/.test(path)) return 'https://hooks.corp.example/services/x';
  return 'a-secret-of-some-length';
}

const ENVIRONMENT = { OKTA_TOKEN: 'okta-token-from-the-environment', DEFAULT_ROLE: 'Member' };

function parseRendered(text: string) {
  return parseConfigText(text, {
    file: '/etc/devin-idp-sync/config.yaml',
    env: ENVIRONMENT,
    readFile: secretFile,
  });
}

test('there are examples for what a company may want, a dozen and more', () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(12);
});

test('the chart, the image and the package have one version', () => {
  expect([chart.version, chart.appVersion]).toEqual([manifest.version, manifest.version]);
  expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).toContain(`ARG VERSION=${manifest.version}\n`);
});

test.each(NAMES)('helm lints the chart with the values %s, strictly', async (name) => {
  const { code, stdout } = await helm([
    'lint',
    '--strict',
    CHART,
    '--values',
    join(CHART, 'ci', `${name}-values.yaml`),
  ]);
  expect(code, stdout).toBe(0);
});

test('every object of every example has the fields of its type, all that are needed, and no other', async () => {
  const rendered = await Promise.all(
    NAMES.map(async (name) => [name, await render(EXAMPLES.get(name))] as const),
  );
  const all = rendered.flatMap(([name, manifests]) => manifests.map((object) => ({ name, object })));
  expect(new Set(all.map(({ object }) => object.kind))).toEqual(
    new Set([
      'ConfigMap',
      'CronJob',
      'Deployment',
      'ExternalSecret',
      'HTTPRoute',
      'Ingress',
      'NetworkPolicy',
      'Pod',
      'PodDisruptionBudget',
      'PrometheusRule',
      'Service',
      'ServiceAccount',
      'ServiceMonitor',
      'StatefulSet',
    ]),
  );
  expect(
    judge(
      all.map(({ name, object }) => ({ label: `${name} ${object.kind} ${object.metadata.name}`, object })),
    ),
  ).toEqual([]);
});

test('an unknown field, a missing one and one of the wrong type would have been seen, at any depth', async () => {
  const [deployment, monitor] = await Promise.all([
    render(example('okta')).then((all) => find(all, 'Deployment')),
    render(example('observed')).then((all) => find(all, 'ServiceMonitor')),
  ]);
  const unknown = structuredClone(deployment);
  unknown.spec.template.spec.containers[0].livenessProbe.httpGet.prt = 'http';
  const missing = structuredClone(deployment);
  delete missing.spec.selector;
  const wrong = structuredClone(deployment);
  wrong.spec.replicas = '2';
  const custom = structuredClone(monitor);
  custom.spec.endpoints[0].intervall = '30s';
  const said = judge(
    [unknown, missing, wrong, custom].map((object, index) => ({ label: `planted ${index}`, object })),
  );
  expect(said.join('\n')).toMatch(/planted 0.*"prt"/);
  expect(said.join('\n')).toMatch(/planted 1.*selector/);
  expect(said.join('\n')).toMatch(/planted 2.*string/);
  expect(said.join('\n')).toMatch(/planted 3.*"intervall"/);
});

test.each(NAMES)('the daemon takes the configuration that %s puts into its ConfigMap', async (name) => {
  const config = parseRendered(configText(await render(EXAMPLES.get(name))));
  expect(config.settings.rules.length).toBeGreaterThan(0);
  expect(config.stateDir).toBe('/var/lib/devin-idp-sync');
  expect(
    config.secretFiles.filter(({ file }) => !/^\/run\/secrets\/devin-idp-sync(-redis)?\//.test(file)),
  ).toEqual([]);
});

test('without a word about policy nothing is written; one value turns writes on', async () => {
  const quiet = parseRendered(configText(await render(example('okta'))));
  expect(new Set(Object.values(quiet.settings.policy))).toEqual(new Set(['observe']));
  const loud = parseRendered(configText(await render(example('okta'), ['--set', 'policy=leavers'])));
  expect(new Set(Object.values(loud.settings.policy))).toEqual(new Set(['leavers']));
  const each = parseRendered(configText(await render(example('entra-certificate'))));
  expect(each.settings.policy).toMatchObject({ users: 'leavers', memberships: 'full', groups: 'observe' });
});

test('TLS to a Redis of yours: authority and own certificate from a Secret of their own, passwords of the Secret', async () => {
  const volumes = async (name: string) => {
    const manifests = await render(example(name));
    const { spec } = find(manifests, 'Deployment').spec.template;
    const tls = spec.volumes.filter((volume: { name: string }) => volume.name === 'redis-tls');
    return { redis: parseRendered(configText(manifests)).redis, tls };
  };
  const cluster = await volumes('csi');
  expect(cluster.redis.tls).toEqual({
    ca: expect.any(String),
    cert: expect.any(String),
    key: expect.any(String),
  });
  expect(cluster.redis.cluster).toHaveLength(2);
  const files = ['ca.crt', 'tls.crt', 'tls.key'].map((key) => ({ key, path: key }));
  const secret = { secretName: 'idp-sync-redis-tls', defaultMode: 0o440, items: files };
  expect(cluster.tls).toEqual([{ name: 'redis-tls', secret }]);
  const sentinel = await volumes('external-secrets');
  expect(sentinel.redis).toMatchObject({
    tls: { ca: expect.any(String) },
    password: 'a-secret-of-some-length',
    sentinel: { name: 'idp-sync', password: 'a-secret-of-some-length' },
  });
  expect(sentinel.redis.tls).not.toHaveProperty('key');
  expect(sentinel.tls).toMatchObject([{ secret: { secretName: 'corp-ca', items: [{ key: 'ca.crt' }] } }]);
});

test('tokens of SCIM, to read and to be pushed to, come from the Secret', async () => {
  const least = example('okta') as { config: { rules: unknown } };
  const sources = [
    { name: 'a', scim: { url: 'https://scim.corp.example/v2' } },
    { name: 'b', scimPush: { name: 'okta', provider: 'okta' } },
  ];
  const values = { ...least, config: { ...least.config, directory: { sources } } };
  const { directory, secretFiles } = parseRendered(configText(await render(values)));
  const folder = '/run/secrets/devin-idp-sync';
  expect(secretFiles.map(({ file }) => file)).toContain(`${folder}/a-scim-token`);
  const pushed = { name: 'b', options: { tokenFile: `${folder}/b-scim-push-token` } };
  expect(directory).toMatchObject({ sources: [{ name: 'a' }, pushed] });
});

test('the three values of the least example are all that differs from the defaults', () => {
  expect(Object.keys(example('okta'))).toEqual(['image', 'secret', 'config']);
});

test("the daemon's own file can be given as it is, as text", async () => {
  const { stdout, stderr } = await helm([
    ...['template', RELEASE, CHART, '--set', 'secret.existingSecret=s'],
    ...['--set-file', `config=${join(ROOT, 'config', 'example.yaml')}`],
  ]);
  expect(stderr).toBe('');
  expect(stdout).toContain('pattern: devin-(?<org>[a-z]+)-admins');
  expect(stdout).toContain('tokenFile: /run/secrets/devin-idp-sync/okta-token');
});

test('the chart refuses every kind of secret that the daemon knows', () => {
  const source = readFileSync(join(CHART, 'templates', '_config.tpl'), 'utf8');
  const refused = /\$names := list (.*?) -/.exec(source)?.[1] ?? '';
  for (const name of new Set(SECRETS.map((path) => String(path.at(-1)))))
    expect(name === 'url' || refused.includes(`"${name}"`), name).toBe(true);
});

test('a change of the configuration rolls the pods, a change beside it does not', async () => {
  const sum = async (...more: string[]) =>
    find(await render(example('okta'), more), 'Deployment').spec.template.metadata.annotations[
      'checksum/config'
    ];
  const first = await sum();
  expect(await sum('--set', 'policy=leavers')).not.toBe(first);
  expect(await sum('--set', 'config.rules[0].role=Viewer')).not.toBe(first);
  expect(await sum('--set', 'replicas=3')).toBe(first);
});

const defaults = parseYaml(readFileSync(join(CHART, 'values.yaml'), 'utf8'));

test('every value is in the schema with a description, and has a default', () => {
  const rows = rowsOf(valuesSchema(), defaults, '');
  expect(rows.length).toBeGreaterThan(80);
  for (const { path, about, value } of rows) {
    expect(about, path).toMatch(/\S{2,}.*\./);
    expect(value, `${path} has no default in values.yaml`).toBeDefined();
  }
});

test('alerts and dashboard ask for metrics that the daemon counts', async () => {
  const manifests = await render(example('observed'));
  const counted = Object.values<MetricShape>(METRICS).map(metricName);
  const rules = JSON.stringify(find(manifests, 'PrometheusRule').spec);
  const panels = JSON.parse(
    find(manifests, 'ConfigMap', 'idp-sync-dashboard').data['devin-idp-sync.json'],
  ).panels;
  const asked = [...`${rules}${JSON.stringify(panels)}`.matchAll(/devin_idp_sync_\w+/g)].map(
    ([name]) => name,
  );
  expect(new Set(asked).size).toBeGreaterThan(6);
  for (const name of asked) expect(counted).toContain(name.replace(/_bucket$/, ''));
  expect(rules).toContain('{{ $value }}');
  expect(rules).toContain(`namespace=\\"${NAMESPACE}\\",job=\\"idp-sync\\",result=\\"failed\\"`);
});

test('the silence of a provider that pushes is an alert by source, unless it is turned off', async () => {
  const alerts = async (rule: object) => {
    const values = example('observed') as { metrics: { prometheusRule: object } };
    Object.assign(values.metrics.prometheusRule, rule);
    const { groups } = find(await render(values), 'PrometheusRule').spec;
    return groups[0].rules.filter(({ alert }: { alert: string }) => alert === 'DevinIdpSyncPushSilent');
  };
  const [alert] = await alerts({ pushSilentAfterHours: 48, pushSources: 'entra|ping-.+' });
  const seen = `max by (source) (devin_idp_sync_scim_last_seen_timestamp_seconds{namespace="${NAMESPACE}",job="idp-sync",source=~"entra|ping-.+"})`;
  // A source that was never heard is one that is being set up.
  expect(alert.expr).toBe(`(time() - ${seen}) > 172800 and ${seen} > 0`);
  expect(alert.annotations.summary).toBe(
    '{{ $labels.source }} has pushed nothing to devin-idp-sync for 48 hours.',
  );
  expect(await alerts({})).toHaveLength(1);
  expect(await alerts({ pushSilentAfterHours: 0 })).toEqual([]);
});

test('the notes tell how to see the first plan, which keys the Secret needs, and how to turn writes on', async () => {
  const notes = async (name: string) => {
    const file = join(CHART, 'ci', `${name}-values.yaml`);
    const { stdout, stderr, code } = await helm([
      ...['install', RELEASE, CHART, '--namespace', NAMESPACE, '--values', file],
      ...['--dry-run=client', '--hide-notes=false'],
    ]);
    expect(code, stderr).toBe(0);
    return stdout.slice(stdout.indexOf('NOTES:'));
  };
  const okta = await notes('okta');
  expect(okta).toContain('it reads, plans and reports, and writes nothing');
  expect(okta).toMatch(/keys:(\n {2}(api-token|devin-key|okta-token|redis-password) +for \S+){4}\n\n/);
  expect(okta).toContain(
    `kubectl --namespace ${NAMESPACE} exec deployment/${RELEASE}-devin-idp-sync -- devin-idp-sync resync`,
  );
  expect(okta).toContain('--set policy=leavers');
  const writes = await notes('writes');
  expect(writes).toContain('The policy is "full". The first plan still waits for an approval.');
  expect(writes).not.toContain('--set policy=leavers');
  expect(await notes('cronjob')).toContain('create job --from=cronjob/');
});

test('the package of the chart has its schema and no examples', async () => {
  const { stdout } = await helm(['show', 'all', CHART]);
  expect(stdout).toContain('kubeVersion');
  const packed = await template(example('okta'), ['--kube-version', '1.29.0']);
  expect(packed.stderr).toContain('requires kubeVersion: >=1.30.0-0');
});

test('kubectl reads what helm renders', async () => {
  const { stdout } = await template(example('observed'));
  const core = stdout
    .split(/^---$/m)
    .filter((one) => !/monitoring\.coreos\.com/.test(one))
    .join('---');
  const {
    code,
    stderr,
    stdout: listed,
  } = await kubectl(['label', '--local', '--filename', '-', '--output', 'name', 'seen=yes'], core);
  expect(code, stderr).toBe(0);
  expect(listed).toContain('deployment.apps/idp-sync');
});
