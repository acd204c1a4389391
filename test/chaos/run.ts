/** `npm run test:chaos`, and `npm run test:chaos -- --full` for five times as many kills. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const given = process.argv.slice(2);
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const rest = given.filter((word) => word !== '--full');
const env = given.includes('--full') ? { ...process.env, CHAOS_FULL: '1' } : process.env;
const words = [vitest, 'run', '--config', 'vitest.chaos.config.ts', ...rest];
const child = spawn(process.execPath, words, { stdio: 'inherit', env });
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
