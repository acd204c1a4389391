/** One process: a plan through the queue at a limit, then at none, and the same requests sent plainly. */
import pLimit from 'p-limit';
import type { Plan } from '../src/core/model/change.ts';
import { restrictTo } from '../src/core/restrict.ts';
import { type Pace, unpaced } from '../src/lib/pace.ts';
import { openGate } from '../src/queue/gate.ts';
import { startWriter } from '../src/queue/worker.ts';
import { openWriteQueue } from '../src/queue/writes.ts';
import { openStore } from '../src/state/redis/open-store.ts';
import { type Fakes, startFakes } from './fakes.ts';
import { joinersPlan, openPlan } from './open-plan.ts';
import { startPrivateRedis } from './private-redis.ts';
import { SIZES, shapeOf } from './shape.ts';
import { devinTarget, reading } from './sources.ts';
import { buildDirectory, sealDirectory } from './tenant.ts';
import type { WriterRun } from './writer-run.ts';

const [perSecond, seconds] = process.argv.slice(2).map(Number) as [number, number];
const UNLIMITED = 100_000;
const FAST_OPERATIONS = 3000;
const WRITERS = 4;

const size = SIZES['10k'];
const directory = sealDirectory(buildDirectory(shapeOf(size, 0)));
const redis = await startPrivateRedis();

async function planFor(fakes: Fakes, count: number, pace: Pace = unpaced): Promise<Plan> {
  const plan = openPlan(directory, await devinTarget(fakes, pace).read(reading()));
  const adds = plan.changes.filter(({ kind }) => kind === 'add-to-org').slice(0, count);
  return restrictTo(plan, new Set(adds.map(({ key }) => key)));
}

/** Carries a plan out and says how long that took. */
async function carryOut(fakes: Fakes, plan: Plan, limit: number, prefix: string): Promise<number> {
  const { client } = redis;
  const store = await openStore(client, prefix, Date.now());
  const gate = openGate({ connection: client, prefix, maxPerSecond: limit });
  const queue = openWriteQueue({ connection: client, prefix, store, gate });
  const target = devinTarget(fakes, gate);
  const writer = startWriter({
    connection: client,
    prefix,
    store,
    target,
    pace: gate,
    actor: 'bench',
    concurrency: WRITERS,
  });
  const started = performance.now();
  await queue.submit(plan);
  const progress = await queue.settled(plan.id, { signal: AbortSignal.timeout(300_000) });
  const took = (performance.now() - started) / 1000;
  await writer.close();
  await queue.close();
  if (progress.done !== plan.operations.length)
    throw new Error(`not all was written: ${JSON.stringify(progress)}`);
  return took;
}

/** Steady state: the first second may use slots that nobody used before. */
async function atLimit(): Promise<Pick<WriterRun, 'achieved' | 'refused' | 'operations'>> {
  const fakes = await startFakes({ ...size, orgs: 25, devinPerSecond: perSecond, devinFull: true });
  const gate = openGate({ connection: redis.client, prefix: 'reading', maxPerSecond: perSecond });
  const plan = await planFor(fakes, perSecond * seconds, gate);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await fakes.seen();
  await carryOut(fakes, plan, perSecond, 'limited');
  const { devinTimes, devin429 } = await fakes.seen();
  fakes.close();
  const from = (devinTimes[0] as number) + 1000;
  const steady = devinTimes.filter((at) => at > from);
  return { achieved: slope(steady) * 1000, refused: devin429, operations: plan.operations.length };
}

/** Calls a ms as a line fitted through their times: calls come in bunches, and both ends would count too much. */
function slope(times: readonly number[]): number {
  const mean = times.reduce((sum, at) => sum + at, 0) / times.length;
  const middle = (times.length - 1) / 2;
  const over = times.reduce((sum, at, index) => sum + (at - mean) * (index - middle), 0);
  return over / times.reduce((sum, at) => sum + (at - mean) ** 2, 0);
}

async function withoutLimit() {
  const fakes = await startFakes({ ...size, orgs: 25, devinPerSecond: null, devinFull: true });
  const plan = await planFor(fakes, FAST_OPERATIONS);
  const before = await redis.bytes();
  const took = await carryOut(fakes, plan, UNLIMITED, 'fast');
  const bytes = (await redis.bytes()) - before;
  const other = await planFor(fakes, FAST_OPERATIONS);
  const plain = await plainly(fakes, other);
  fakes.close();
  const { length } = plan.operations;
  return {
    queuePerSecond: length / took,
    plainPerSecond: other.operations.length / plain,
    bytesPerOperation: bytes / length,
  };
}

async function plainly(fakes: Fakes, plan: Plan): Promise<number> {
  const target = devinTarget(fakes);
  const limit = pLimit(WRITERS);
  const started = performance.now();
  const send = async (operation: Plan['operations'][number]) => {
    const { method, path, body } = target.describe(operation, null);
    const headers = { authorization: `Bearer ${fakes.devin.key}`, 'content-type': 'application/json' };
    const answer = await fetch(fakes.devin.url + path, { method, headers, body: JSON.stringify(body) });
    await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`);
  };
  await Promise.all(plan.operations.map((operation) => limit(() => send(operation))));
  return (performance.now() - started) / 1000;
}

async function enqueue() {
  const plan = joinersPlan(size);
  const store = await openStore(redis.client, 'enqueue', Date.now());
  const gate = openGate({ connection: redis.client, prefix: 'enqueue', maxPerSecond: 10 });
  const queue = openWriteQueue({ connection: redis.client, prefix: 'enqueue', store, gate });
  const started = performance.now();
  await queue.submit(plan);
  const took = (performance.now() - started) / 1000;
  await queue.close();
  return { enqueuePerSecond: plan.operations.length / took, enqueued: plan.operations.length };
}

const run: WriterRun = {
  allowed: perSecond,
  ...(await withoutLimit()),
  ...(await atLimit()),
  ...(await enqueue()),
};
await redis.close();
console.log(JSON.stringify(run));
process.exit();
