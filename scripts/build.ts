/** Compiles src to dist, and copies what the compiler does not: files that the program reads beside its code. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const COMPILER = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [COMPILER, '-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);

const assets = globSync('**/*.{css,js,lua,yaml}', { cwd: join(ROOT, 'src') });
for (const asset of assets) cpSync(join(ROOT, 'src', asset), join(ROOT, 'dist', asset));
console.log(`built dist, with ${assets.length} files beside the code`);
