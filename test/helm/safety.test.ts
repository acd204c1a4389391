import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { configText, EXAMPLES, example, find, type Manifest, type PodSpec, podsOf, render } from './helm.ts';

const NAMES = [...EXAMPLES.keys()];

/** What the restricted Pod Security Standard forbids, in this pod. */
function unrestricted(spec: PodSpec): string[] {
  const found: string[] = [];
  const pod = spec.securityContext ?? {};
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[key]) found.push(key);
  if (!['RuntimeDefault', 'Localhost'].includes(pod.seccompProfile?.type)) found.push('seccompProfile');
  const allowed = [
    'configMap',
    'csi',
    'downwardAPI',
    'emptyDir',
    'ephemeral',
    'persistentVolumeClaim',
    'projected',
    'secret',
  ];
  for (const { name, ...source } of spec.volumes ?? []) {
    for (const kind of Object.keys(source))
      if (!allowed.includes(kind)) found.push(`volume ${name}: ${kind}`);
  }
  for (const { name, securityContext: own = {}, ports = [] } of [
    ...(spec.initContainers ?? []),
    ...spec.containers,
  ]) {
    if (!(own.runAsNonRoot ?? pod.runAsNonRoot)) found.push(`${name}: runAsNonRoot`);
    if ((own.runAsUser ?? pod.runAsUser) === 0) found.push(`${name}: runAsUser 0`);
    if (own.allowPrivilegeEscalation !== false) found.push(`${name}: allowPrivilegeEscalation`);
    if (own.privileged) found.push(`${name}: privileged`);
    if (!own.capabilities?.drop?.includes('ALL')) found.push(`${name}: capabilities`);
    if (own.capabilities?.add) found.push(`${name}: added capabilities`);
    if (!own.readOnlyRootFilesystem) found.push(`${name}: writable root`);
    for (const port of ports) if (port.hostPort) found.push(`${name}: hostPort`);
  }
  return found;
}

test.each(NAMES)('every pod of %s fits the restricted profile, and has a read-only root', async (name) => {
  const pods = podsOf(await render(EXAMPLES.get(name)));
  expect(pods.length).toBeGreaterThanOrEqual(2);
  for (const { owner, spec } of pods)
    expect(unrestricted(spec), `${owner.kind} ${owner.metadata.name}`).toEqual([]);
});

test('the check of the profile sees what it looks for', async () => {
  const { spec } = podsOf(await render(example('okta')))[0] as { spec: PodSpec };
  spec.hostNetwork = true;
  spec.securityContext = {};
  spec.volumes.push({ name: 'host', hostPath: { path: '/' } });
  spec.containers[0].securityContext = { privileged: true };
  expect(unrestricted(spec)).toHaveLength(8);
});

test.each(NAMES)(
  'no pod of %s gets a token of the Kubernetes API, or the addresses of other services',
  async (name) => {
    for (const { spec } of podsOf(await render(EXAMPLES.get(name)))) {
      expect(spec.automountServiceAccountToken).toBe(false);
      expect(spec.enableServiceLinks).toBe(false);
      for (const container of spec.containers) {
        expect(container.resources.requests).toHaveProperty('memory');
        expect(container.resources.requests).toHaveProperty('cpu');
        expect(container.resources.limits).toHaveProperty('memory');
      }
    }
  },
);

/** Names of ConfigMaps, Secrets and claims that pods use, as `kind name`. */
function referencesOf(spec: PodSpec): string[] {
  const found: string[] = [];
  for (const volume of spec.volumes ?? []) {
    if (volume.configMap) found.push(`ConfigMap ${volume.configMap.name}`);
    for (const source of volume.projected?.sources ?? [])
      if (source.secret) found.push(`Secret ${source.secret.name}`);
  }
  for (const { env = [], envFrom = [] } of spec.containers) {
    for (const { valueFrom } of env)
      if (valueFrom?.secretKeyRef) found.push(`Secret ${valueFrom.secretKeyRef.name}`);
    for (const { configMapRef } of envFrom) if (configMapRef) found.push(`ConfigMap ${configMapRef.name}`);
  }
  if (spec.serviceAccountName !== 'default') found.push(`ServiceAccount ${spec.serviceAccountName}`);
  return found;
}

/** What the examples say exists already. */
const GIVEN = [
  'Secret devin-idp-sync',
  'Secret idp-sync-credentials',
  'Secret redis-auth',
  'Secret okta',
  'ConfigMap corporate-ca',
  'ConfigMap proxy',
];

test.each(NAMES)('everything that %s refers to is rendered or given', async (name) => {
  const manifests = await render(EXAMPLES.get(name));
  const made = manifests.flatMap(({ kind, metadata, spec }) => [
    `${kind} ${metadata.name}`,
    ...(kind === 'ExternalSecret' ? [`Secret ${spec.target.name}`] : []),
  ]);
  const pods = podsOf(manifests);
  for (const { spec } of pods) {
    for (const reference of referencesOf(spec)) expect([...made, ...GIVEN]).toContain(reference);
    const volumes = (spec.volumes ?? []).map((volume: { name: string }) => volume.name);
    const claims = pods.flatMap(({ owner }) =>
      (owner.spec.volumeClaimTemplates ?? []).map((claim: Manifest) => claim.metadata.name),
    );
    for (const { volumeMounts } of spec.containers)
      for (const mount of volumeMounts) expect([...volumes, ...claims]).toContain(mount.name);
  }
  for (const { kind, metadata, spec } of manifests) {
    const selector =
      kind === 'Service'
        ? spec.selector
        : kind === 'NetworkPolicy'
          ? spec.podSelector.matchLabels
          : spec?.selector?.matchLabels;
    if (selector === undefined || kind === 'ServiceMonitor') continue;
    const chosen = pods.filter((pod) =>
      Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value),
    );
    expect(chosen.length, `${kind} ${metadata.name} chooses pods`).toBeGreaterThan(0);
  }
});

test.each(NAMES)(
  'every file that the configuration of %s names is mounted, under the key it needs',
  async (name) => {
    const manifests = await render(EXAMPLES.get(name));
    const files = [...configText(manifests).matchAll(/\w+(?:File|tokenPath): (\S+)/g)].map(
      ([, path = '']) => path,
    );
    expect(files.length).toBeGreaterThan(0);
    for (const { owner, spec } of podsOf(manifests)) {
      if (owner.kind === 'StatefulSet') continue;
      const mounts = spec.containers[0].volumeMounts as { name: string; mountPath: string }[];
      for (const path of files) {
        const mount = mounts.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
        const volume = spec.volumes.find((one: { name: string }) => one.name === mount?.name);
        if (volume.csi) continue;
        const sources = volume.projected?.sources ?? [{ secret: volume.secret }];
        const paths = sources.flatMap((source: PodSpec) =>
          source.secret
            ? source.secret.items.map((item: { path: string }) => item.path)
            : [source.serviceAccountToken.path],
        );
        expect(paths).toContain(path.slice((mount?.mountPath.length ?? 0) + 1));
        expect((volume.projected ?? volume.secret).defaultMode).toBe(0o440);
      }
    }
  },
);

test('two or more replicas roll one by one, are spread, and outlive a drain', async () => {
  const manifests = await render(example('okta'));
  const { spec } = find(manifests, 'Deployment');
  expect(spec.replicas).toBeGreaterThanOrEqual(2);
  expect(spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  const keys = spec.template.spec.topologySpreadConstraints.map(
    ({ topologyKey }: { topologyKey: string }) => topologyKey,
  );
  expect(keys).toEqual(['kubernetes.io/hostname', 'topology.kubernetes.io/zone']);
  expect(find(manifests, 'PodDisruptionBudget').spec.maxUnavailable).toBe(1);
  const strict = find(await render(example('bare')), 'Deployment').spec.strategy;
  expect(strict).toEqual({ type: 'Recreate' });
});

test('no probe can kill a run that is slow, and the end has time for what is in hand', async () => {
  const { spec } = find(await render(example('okta')), 'Deployment').spec.template;
  const { livenessProbe, startupProbe, readinessProbe, lifecycle } = spec.containers[0];
  // Liveness asks for the event loop alone, and gives it two minutes; a loaded AOF gets two before that.
  expect(livenessProbe.httpGet.path).toBe('/healthz');
  expect(livenessProbe.periodSeconds * livenessProbe.failureThreshold).toBeGreaterThanOrEqual(120);
  expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBeGreaterThanOrEqual(120);
  expect(readinessProbe.httpGet.path).toBe('/readyz');
  expect(lifecycle.preStop.sleep.seconds).toBe(5);
  const inHand = 8 + 2;
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(lifecycle.preStop.sleep.seconds + inHand);
});

test('the daemon reaches names, Redis, and https outside private networks, and nothing else', async () => {
  const manifests = await render(example('okta'));
  const { egress, ingress } = find(manifests, 'NetworkPolicy', 'rel-devin-idp-sync').spec;
  expect(egress).toHaveLength(3);
  const ports = egress.flatMap((rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port));
  expect(ports).toEqual([53, 53, 443, 6379]);
  expect(egress.every(({ to }: { to?: unknown[] }) => (to ?? []).length > 0)).toBe(true);
  expect(egress[1].to[0].ipBlock.except).toEqual(expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16']));
  expect(ingress).toEqual([{ from: [{ podSelector: {} }], ports: [{ port: 'http', protocol: 'TCP' }] }]);
  const redis = find(manifests, 'NetworkPolicy', 'rel-devin-idp-sync-redis').spec;
  expect(redis.egress).toEqual([]);
  expect(redis.ingress[0].from).toHaveLength(1);
});

test('one-shot runs need no HTTP, no Service and no token of an API', async () => {
  const manifests = await render(example('cronjob'));
  const kinds = manifests.map(({ kind }) => kind);
  for (const absent of ['Deployment', 'Ingress', 'PodDisruptionBudget']) expect(kinds).not.toContain(absent);
  expect(manifests.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name)).toEqual([
    'rel-devin-idp-sync-redis',
  ]);
  expect(configText(manifests)).not.toContain('server:');
  const { spec } = find(manifests, 'CronJob');
  expect(spec).toMatchObject({ concurrencyPolicy: 'Forbid', timeZone: 'Europe/Berlin' });
  expect(spec.jobTemplate.spec.backoffLimit).toBe(0);
  const { args, livenessProbe } = spec.jobTemplate.spec.template.spec.containers[0];
  expect(args).toEqual(['--no-install', '--log-level', 'info', 'apply', '--yes']);
  expect(livenessProbe).toBeUndefined();
});

test('helm test runs doctor with the configuration of the daemon', async () => {
  const manifests = await render(example('okta'));
  const pod = find(manifests, 'Pod');
  expect(pod.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'test' });
  expect(pod.spec.containers[0].args).toEqual(['--no-install', 'doctor']);
  expect(pod.spec.volumes).toEqual(find(manifests, 'Deployment').spec.template.spec.volumes);
});

test('the token of an identity is for Entra alone', async () => {
  const manifests = await render(example('entra-identity'));
  const { spec } = find(manifests, 'Deployment').spec.template;
  const volume = spec.volumes.find(({ name }: { name: string }) => name === 'identity');
  expect(volume.projected.sources[0].serviceAccountToken.audience).toBe('api://AzureADTokenExchange');
  const { directory } = parseYaml(configText(manifests));
  expect(directory.entra.workloadIdentity.tokenPath).toBe('/run/identity/devin-idp-sync/token');
  expect(configText(manifests)).not.toContain('clientSecret');
});
