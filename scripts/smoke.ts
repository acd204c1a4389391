/**
 * Runs the program as somebody gets it who installs the package: packed, without sources. It says its version and
 * plays the demo, which takes a company through reads, a plan, the writes and an empty second plan.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const LONGEST_MS = 180_000;
const folder = mkdtempSync(join(tmpdir(), 'smoke-'));

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: LONGEST_MS,
  });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(' ')} ended with ${status ?? error?.message}\n${stdout}\n${stderr}`,
  );
}

try {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], ROOT);
  run('tar', ['-xzf', `devin-idp-sync-${version}.tgz`], folder);
  const installed = join(folder, 'package');
  symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'));
  const program = join(installed, 'bin', 'devin-idp-sync.mjs');
  const said = run(process.execPath, [program, '--version'], folder).trim();
  if (said !== version) throw new Error(`the packed program says it is ${said}, the package says ${version}`);
  const demo = run(process.execPath, [program, 'demo', '--yes', '--out', folder], folder);
  console.log(`the packed program ${said} plays the demo (${demo.trim().split('\n').length} lines)`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
