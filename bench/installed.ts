/** The program as an installation has it: compiled, and without its sources. */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/** Below `node_modules`, so that packages are found and nobody takes it for a part of the project. */
const HOME = join(ROOT, 'node_modules', '.bench');
const COMPILER = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** Path of a script that takes the same arguments as the command. */
export function installedProgram(): string {
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  const dist = join(HOME, 'dist');
  // Types are somebody else's check: what compiles is measured.
  spawnSync(process.execPath, [COMPILER, '-p', 'tsconfig.build.json', '--outDir', dist], { cwd: ROOT });
  for (const asset of globSync('**/*.{css,js,lua,yaml}', { cwd: join(ROOT, 'src') }))
    cpSync(join(ROOT, 'src', asset), join(dist, asset));
  cpSync(join(ROOT, 'package.json'), join(HOME, 'package.json'));
  const start = join(HOME, 'start.mjs');
  writeFileSync(start, "import { main } from './dist/main.js';\n\nawait main(process.argv.slice(2));\n");
  return start;
}
