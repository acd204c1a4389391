import type { SchemaNode } from '../../src/config/json-schema.ts';
import {
  DIGEST,
  flag,
  GO_DURATION,
  group,
  kubernetes,
  list,
  NAME_OR_EMPTY,
  oneOf,
  QUANTITY,
  text,
  textMap,
  whole,
} from './schema-parts.ts';

const PORT = whole('A port.', 1, 65_535);
const API_PATH = { type: 'string', pattern: '^/' };

export function secretPart(): SchemaNode {
  const remote = { type: 'object', required: ['key'], properties: { key: { type: 'string' } } };
  return group('Where the credentials are; exactly one of existingSecret, externalSecret and csi.', {
    existingSecret: text(
      'Name of a Secret in the same namespace. Its keys: devin-key, okta-token or okta-private-key, entra-client-secret or entra-certificate, scim-push-token, api-token, oidc-client-secret, redis-password; only what the configuration needs is mounted. Another key is named in the configuration, such as `devin.keyFile: DEVIN_KEY`.',
      NAME_OR_EMPTY,
    ),
    externalSecret: group('An ExternalSecret (external-secrets.io/v1) that makes the Secret.', {
      enabled: flag('Render it.'),
      refreshInterval: text('How often it is read again.', GO_DURATION),
      store: group('Where it is read from.', {
        name: text('Name of the store.', NAME_OR_EMPTY),
        kind: oneOf('Kind of the store.', ['SecretStore', 'ClusterSecretStore']),
      }),
      data: {
        type: 'object',
        description:
          'Key in the Secret → its remoteRef, such as `devin-key: {key: idp-sync, property: devin}`.',
        additionalProperties: remote,
      },
    }),
    csi: group('Files from the Secrets Store CSI driver; each file is called like the key would be.', {
      enabled: flag('Mount them.'),
      driver: text('Name of the driver.'),
      secretProviderClass: text('A SecretProviderClass of yours.', NAME_OR_EMPTY),
    }),
  });
}

export function redisPart(): SchemaNode {
  return group('Where state and queues live.', {
    mode: oneOf(
      'bundled: one node in this release, for small tenants. external: a Redis of yours, as config.redis or the Secret says.',
      ['bundled', 'external'],
    ),
    external: group('What the Secret holds about an external Redis.', {
      urlFromSecret: flag('Its URL, under redis-url.'),
      passwordFromSecret: flag('Its password, under redis-password.'),
      sentinelPasswordFromSecret: flag('The password of its Sentinels, under redis-sentinel-password.'),
      tls: group('TLS with an authority of your own, also to the nodes of a Cluster and to Sentinels.', {
        secret: text(
          'Secret of its own, such as cert-manager makes: the authority in ca.crt. Empty: what Node trusts.',
          NAME_OR_EMPTY,
        ),
        clientCertificate: flag('The server asks for a certificate: tls.crt and tls.key of that Secret.'),
      }),
    }),
    bundled: group('The bundled node: append-only file, noeviction, a password.', {
      image: group("Image with redis-server and redis-cli. Empty: the daemon's own, which has both.", {
        repository: text('Repository, with its registry.'),
        tag: text('Tag.'),
        digest: text('Digest; wins over the tag.', DIGEST),
      }),
      passwordSecret: text('Secret with the password, where it is not the one of the daemon.', NAME_OR_EMPTY),
      maxmemory: text('Memory for data; above it Redis refuses writes instead of dropping keys.', {
        pattern: '^[0-9]+(kb|mb|gb)$',
      }),
      storage: group('Its volume.', {
        size: text('Size.', QUANTITY),
        storageClassName: text("Storage class; empty: the cluster's default.", NAME_OR_EMPTY),
      }),
      resources: kubernetes('object', 'ResourceRequirements', 'Requests and limits of the node.'),
    }),
  });
}

export function workloadPart(): Record<string, SchemaNode> {
  return {
    image: group('The image of the daemon.', {
      repository: text('Repository, with its registry.', { minLength: 1 }),
      tag: text("Tag; empty: the chart's appVersion."),
      digest: text('Digest, such as sha256:…; wins over the tag.', DIGEST),
      pullPolicy: oneOf('When it is pulled.', ['Always', 'IfNotPresent', 'Never']),
      pullSecrets: list('Names of Secrets for the registry.', { type: 'string' }),
    }),
    mode: oneOf('daemon: a Deployment that plans by itself. cronjob: one-shot runs, no HTTP.', [
      'daemon',
      'cronjob',
    ]),
    replicas: whole('Replicas of the daemon. Runs and writes are shared among them.', 1, 20),
    strategy: group('How a change is rolled out.', {
      type: oneOf('RollingUpdate, or Recreate where no two versions may run at once.', [
        'RollingUpdate',
        'Recreate',
      ]),
      rollingUpdate: kubernetes('object', 'RollingUpdateDeployment', 'Used with RollingUpdate.'),
    }),
    terminationGracePeriodSeconds: whole(
      'Time to end: preStopSeconds, then limits.shutdown (8 s) for what is in hand, and 2 s more.',
      20,
      600,
    ),
    preStopSeconds: whole('Wait before SIGTERM, until no request comes any more.', 0, 120),
    cronJob: group('With mode cronjob.', {
      schedule: text('When.', { pattern: '^(@\\w+|(\\S+\\s+){4}\\S+)$' }),
      timeZone: text("Name of a time zone; empty: the cluster's."),
      args: list(
        'What is run, such as [plan, --format, json] or [apply, --yes].',
        { type: 'string' },
        { minItems: 1 },
      ),
      startingDeadlineSeconds: whole('How late it may start.', 10, 86_400),
      activeDeadlineSeconds: whole('How long it may take.', 60, 86_400),
      successfulJobsHistoryLimit: whole('Jobs that are kept.', 0, 100),
      failedJobsHistoryLimit: whole('Failed jobs that are kept.', 0, 100),
    }),
    resources: kubernetes(
      'object',
      'ResourceRequirements',
      'Requests and limits; docs/kubernetes.md has measurements.',
    ),
  };
}

export function podPart(): Record<string, SchemaNode> {
  return {
    serviceAccount: group('Its account. It has no rights, and no token of the Kubernetes API.', {
      create: flag('Make one.'),
      name: text("Its name; empty: the release's, or default where none is made.", NAME_OR_EMPTY),
      annotations: textMap('Such as azure.workload.identity/client-id.'),
    }),
    workloadIdentity: group(
      'Sign-in to Entra with a token of the service account, without a stored secret.',
      {
        enabled: flag('Mount the token, and sign in with it.'),
        audience: text('Audience of the token, as the federated credential of the app registration says.'),
      },
    ),
    podDisruptionBudget: group('How many replicas a drain may take at once.', {
      enabled: flag('Render it.'),
      maxUnavailable: whole('Replicas.', 1, 20),
    }),
    topologySpreadConstraints: kubernetes(
      'array',
      'TopologySpreadConstraint',
      'Empty: over nodes and zones, where possible.',
    ),
    affinity: kubernetes('object', 'Affinity', 'Of all pods.'),
    nodeSelector: textMap('Of all pods.'),
    tolerations: kubernetes('array', 'Toleration', 'Of all pods.'),
    priorityClassName: text('Of all pods.', NAME_OR_EMPTY),
    podLabels: textMap('Further labels of the pods, such as azure.workload.identity/use.'),
    podAnnotations: textMap('Further annotations of the pods.'),
    env: kubernetes('array', 'EnvVar', 'Environment, for what config takes from it, and for proxies.'),
    envFrom: kubernetes('array', 'EnvFromSource', 'Environment from a ConfigMap or a Secret.'),
    extraVolumes: kubernetes('array', 'Volume', 'Further volumes, such as a CA bundle.'),
    extraVolumeMounts: kubernetes('array', 'VolumeMount', 'Where they are mounted.'),
    podSecurityContext: kubernetes(
      'object',
      'PodSecurityContext',
      'Of all pods; fits the restricted profile.',
    ),
    securityContext: kubernetes(
      'object',
      'SecurityContext',
      'Of all containers; fits the restricted profile.',
    ),
  };
}

export function networkPart(): Record<string, SchemaNode> {
  const peers = (what: string) => kubernetes('array', 'NetworkPolicyPeer', what);
  return {
    service: group('The Service of the daemon.', {
      type: oneOf('Its type.', ['ClusterIP', 'NodePort', 'LoadBalancer']),
      port: { ...PORT, description: 'Its port.' },
      annotations: textMap('Its annotations.'),
    }),
    ingress: group('An Ingress, for the review pages and the API.', {
      enabled: flag('Render it.'),
      className: text('Its class.', NAME_OR_EMPTY),
      host: text('Its host name.'),
      paths: list('Paths that it passes on.', API_PATH, { minItems: 1 }),
      tlsSecret: text('Secret with the certificate.', NAME_OR_EMPTY),
      annotations: textMap('Its annotations.'),
    }),
    httpRoute: group('An HTTPRoute of the Gateway API.', {
      enabled: flag('Render it.'),
      parentRefs: kubernetes('array', 'ParentReference', 'Gateways that it belongs to.'),
      hostnames: list('Host names.', { type: 'string' }),
      paths: list('Paths that it passes on.', API_PATH, { minItems: 1 }),
      annotations: textMap('Its annotations.'),
    }),
    networkPolicy: group('What may be reached, and from where.', {
      enabled: flag('Render it.'),
      ingressFrom: peers('Who may call the daemon: add Prometheus and an ingress controller.'),
      dnsTo: peers('Where names are resolved.'),
      httpsPorts: list('Ports of the identity provider and Devin.', PORT, { minItems: 1 }),
      httpsTo: peers('Where they are. By default the internet without private networks.'),
      redisPorts: list('Ports of an external Redis.', PORT, { minItems: 1 }),
      redisTo: peers('Where it is; empty: anywhere.'),
      extraEgress: kubernetes('array', 'NetworkPolicyEgressRule', 'Further rules, such as a proxy.'),
    }),
    metrics: group('What the Prometheus operator and Grafana need.', {
      serviceMonitor: group('A ServiceMonitor.', {
        enabled: flag('Render it.'),
        interval: text('How often it is scraped.', GO_DURATION),
        labels: textMap('Labels that your Prometheus selects by.'),
      }),
      prometheusRule: group('Alerts.', {
        enabled: flag('Render them.'),
        labels: textMap('Labels that your Prometheus selects by.'),
        staleAfterMinutes: whole(
          'Minutes without a successful run; some intervals of config.schedule.',
          5,
          10_080,
        ),
        heldAfterMinutes: whole('Minutes that a hold may wait for a person.', 1, 10_080),
        pushSilentAfterHours: whole(
          'Hours without a request of a provider that pushes over SCIM; 0: no such alert.',
          0,
          8760,
        ),
        pushSources: text(
          'Names of the scimPush sources that are to be heard so often, as a regular expression of Prometheus. Okta comes only when something changes.',
          { pattern: '^[A-Za-z0-9_.|()*+?-]+$' },
        ),
      }),
      dashboard: group('A ConfigMap with a Grafana dashboard.', {
        enabled: flag('Render it.'),
        labels: textMap("Labels that Grafana's sidecar selects by."),
      }),
    }),
  };
}
