/** Every property of the decision and of the readers, a thousand times each, from a seed that is said: FC_SEED repeats it. */
import { spawnSync } from 'node:child_process';

const FILES = ['properties', 'part', 'rollback']
  .map((name) => `test/core/${name}.test.ts`)
  .concat('test/sync/bad-reads.test.ts');

const seed = process.env.FC_SEED ?? String(Math.floor(Math.random() * 2 ** 31));
const runs = process.env.FC_RUNS ?? '1000';
console.log(`${runs} runs of each property, seed ${seed}`);
const env = { ...process.env, FC_SEED: seed, FC_RUNS: runs };
const vitest = spawnSync('vitest', ['run', ...FILES], { stdio: 'inherit', env });
if (vitest.error !== undefined) throw vitest.error;
if (vitest.status !== 0)
  console.log(`Repeat it with FC_SEED=${seed} FC_RUNS=${runs} npm run test:properties`);
process.exitCode = vitest.status ?? 1;
