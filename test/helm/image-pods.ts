/** The image as the Dockerfile makes it, and pods of it beside a company and a Devin. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type CompanyDirectory, directoryOf, fictionalCompany } from '../../src/sandbox/company.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeGraph } from '../../src/sandbox/fake-graph.ts';
import { startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import { find, type Manifest } from './helm.ts';
import { buildStages } from './image.ts';
import { type Container, startContainer, type Volumes } from './pod.ts';

export interface BuiltImage {
  /** Root folder of a stage. */
  rootOf(stage: string): string;
  /** Path of the program in the last stage. */
  program(): string;
  /** Every file with its size, so that a process that writes into its own image is seen. */
  contents(): string[];
}

/** Built before the tests of the file that calls this, gone after them. */
export function builtImage(): BuiltImage {
  const folder = mkdtempSync(join(tmpdir(), 'image-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  let stages: ((stage: string) => string) | undefined;
  beforeAll(async () => {
    await chmod(folder, 0o755);
    stages = await buildStages(folder);
  }, 600_000);
  const rootOf = (stage: string): string => {
    if (stages === undefined) throw new Error('the image is not built yet');
    return stages(stage);
  };
  const app = () => join(rootOf('final'), 'app');
  const list = () =>
    execFileSync('find', [app(), '-type', 'f', '-printf', '%P %s\n'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
  return {
    rootOf,
    program: () => join(app(), 'bin/devin-idp-sync.mjs'),
    contents: () => list().split('\n').sort(),
  };
}

export const SECRETS = {
  'api-token': 'a-token-of-the-api-for-tests',
  'redis-password': 'a-password-of-redis-for-tests',
};

export const RULES = [
  { group: 'devin-users', role: 'Member' },
  { pattern: 'devin-(?<org>(?!users$)[a-z]+)', org: '{org}', role: 'Member' },
];

export interface World {
  readonly devin: FakeDevin;
  readonly company: CompanyDirectory;
  readonly directory: Record<string, unknown>;
  readonly secrets: Readonly<Record<string, string>>;
}

export async function world(kind: 'okta' | 'entra', rate?: number): Promise<World> {
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

export async function scratch(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pod-'));
  await chmod(path, 0o755);
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 10 }));
  return path;
}

export function valuesOf(
  { devin, directory }: World,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
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

export const REDIS = 'redis://rel-devin-idp-sync-redis:6379';

/** @param program its path in the image */
export function startPod(manifests: readonly Manifest[], { env }: Volumes, program: string): Container {
  const { args } = find(manifests, 'Deployment').spec.template.spec.containers[0];
  return startContainer(process.execPath, [program, ...args], env, join(dirname(program), '..'));
}

export async function urlOf(pod: Container): Promise<string> {
  return (await pod.said(/"url":"(http:\/\/127\.0\.0\.1:\d+)"/))[1] ?? '';
}

/** What the calls of the daemon brought about, one line an effect. */
export function effects({ devin }: World): string[] {
  return devin.state.effects.map(({ kind, subject, org }) => `${kind} ${subject} ${org ?? ''}`);
}
