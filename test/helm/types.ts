/** Checks manifests against the types of Kubernetes by the compiler: it refuses unknown, missing and wrong fields. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Manifest, ROOT } from './helm.ts';

const PACKAGES: Readonly<Record<string, string>> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/monitoring.coreos.com',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api/gateway.networking.k8s.io',
  'external-secrets.io': '@kubernetes-models/external-secrets/external-secrets.io',
};

/** Where the type of an object stands; Kubernetes' own groups are folders of one package. */
function moduleOf({ apiVersion, kind }: Manifest): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : [null, apiVersion];
  const folder =
    group === null ? 'kubernetes-models' : (PACKAGES[group as string] ?? `kubernetes-models/${group}`);
  return `${folder}/${version}/${kind}`;
}

/** One line for everything that is wrong, with the label of its object. */
export function judge(objects: readonly { label: string; object: Manifest }[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const lines = objects.map(
      ({ object }) =>
        `{ const object: import('${moduleOf(object)}').I${object.kind} = ${JSON.stringify(object)}; void object; }`,
    );
    writeFileSync(join(folder, 'manifests.ts'), `${lines.join('\n')}\n`);
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--moduleResolution',
      'nodenext',
      '--skipLibCheck',
    ];
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout, error } = spawnSync(
      process.execPath,
      [compiler, ...options, '--pretty', 'false', 'manifests.ts'],
      {
        cwd: folder,
        encoding: 'utf8',
        timeout: 150_000,
      },
    );
    if (error) throw error;
    return stdout
      .split(/\n(?=\S)/)
      .filter((one) => one.trim() !== '')
      .map((one) => {
        const line = /^manifests\.ts\((\d+),/.exec(one)?.[1];
        return `${objects[Number(line) - 1]?.label}: ${one.trim().replaceAll(/\s+/g, ' ')}`;
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
