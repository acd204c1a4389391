/** The real helm, on the real chart, with nothing of the user's own settings. */
import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { type HelmTools, helmTools } from '../../scripts/helm-tools.ts';
import { CHART, ROOT } from './paths.ts';

export { CHART, ROOT };

export const RELEASE = 'rel';
export const NAMESPACE = 'idp';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: a manifest of any kind; the compiler checks it against its type in another test
  readonly [key: string]: any;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const home = mkdtempSync(join(tmpdir(), 'helm-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const tools: HelmTools = await helmTools();

function run(program: string, args: readonly string[], input = ''): Promise<Ran> {
  const env = { HOME: home, PATH: '/usr/bin:/bin', KUBECONFIG: join(home, 'none') };
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      { env, timeout: 150_000, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

export const helm = (args: readonly string[], input = ''): Promise<Ran> => run(tools.helm, args, input);
export const kubectl = (args: readonly string[], input = ''): Promise<Ran> => run(tools.kubectl, args, input);

/** Every values file that the chart brings as an example: name → values. */
export const EXAMPLES: ReadonlyMap<string, Record<string, unknown>> = new Map(
  globSync('ci/*-values.yaml', { cwd: CHART })
    .sort()
    .map((file) => [basename(file, '-values.yaml'), parse(readFileSync(join(CHART, file), 'utf8'))]),
);

export function example(name: string): Record<string, unknown> {
  const values = EXAMPLES.get(name);
  if (values === undefined) throw new Error(`there is no ci/${name}-values.yaml`);
  return structuredClone(values);
}

export function template(values: unknown, more: readonly string[] = []): Promise<Ran> {
  return helm(
    ['template', RELEASE, CHART, '--namespace', NAMESPACE, '--values', '-', ...more],
    stringify(values, { version: '1.1' }),
  );
}

/** The objects of a release. @throws what helm says. */
export async function render(values: unknown, more: readonly string[] = []): Promise<Manifest[]> {
  const { code, stdout, stderr } = await template(values, more);
  if (code !== 0) throw new Error(stderr);
  // Helm and Kubernetes read YAML 1.1, where 0440 is octal.
  const documents = parseAllDocuments(stdout, { version: '1.1' });
  return documents.flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const value = document.toJS() as Manifest | null;
    return value === null ? [] : [value];
  });
}

export function find(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.find(
    (one) => one.kind === kind && (name === undefined || one.metadata.name === name),
  );
  if (found === undefined) throw new Error(`no ${kind} ${name ?? ''} was rendered`);
  return found;
}

/** The text of config.yaml, as the pod finds it. */
export function configText(manifests: readonly Manifest[]): string {
  const map = manifests.find(({ kind, data }) => kind === 'ConfigMap' && 'config.yaml' in data);
  return String(map?.data['config.yaml']);
}

// biome-ignore lint/suspicious/noExplicitAny: a pod spec; the compiler checks it in another test
export type PodSpec = Record<string, any>;

/** Every pod that a release may run, with the object that makes it. */
export function podsOf(
  manifests: readonly Manifest[],
): { owner: Manifest; metadata: Manifest['metadata']; spec: PodSpec }[] {
  return manifests.flatMap((owner) => {
    const template =
      owner.kind === 'Pod'
        ? owner
        : owner.kind === 'CronJob'
          ? owner.spec.jobTemplate.spec.template
          : owner.spec?.template;
    return template?.spec?.containers === undefined
      ? []
      : [{ owner, metadata: template.metadata, spec: template.spec }];
  });
}
