/** `npm run test:chaos`, and `npm run test:chaos -- --full` for five times as many kills. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const given = process.argv.slice(2);
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const rest = given.filter((word) => word !== '--full');
const isFull = given.includes('--full');
const env = isFull ? { ...process.env, CHAOS_FULL: '1' } : process.env;
// Fifty kills take five times as long as ten.
const patience = isFull ? ['--testTimeout=1200000'] : [];
const words = [vitest, 'run', '--config', 'vitest.chaos.config.ts', ...patience, ...rest];
const child = spawn(process.execPath, words, { stdio: 'inherit', env });
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
