/** One process: a plan through the queue at no limit, and the same requests sent plainly. */
import pLimit from 'p-limit';
import type { Plan } from '../src/core/model/change.ts';
import { restrictTo } from '../src/core/restrict.ts';
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

const UNLIMITED = 100_000;
const FAST_OPERATIONS = 3000;
const WRITERS = 4;

const size = SIZES['10k'];
const directory = sealDirectory(buildDirectory(shapeOf(size, 0)));
const redis = await startPrivateRedis();

async function planFor(fakes: Fakes, count: number): Promise<Plan> {
  const plan = openPlan(directory, await devinTarget(fakes).read(reading()));
  const adds = plan.changes.filter(({ kind }) => kind === 'add-to-org').slice(0, count);
  return restrictTo(plan, new Set(adds.map(({ key }) => key)));
}

/** Carries a plan out and says how long that took. */
async function carryOut(fakes: Fakes, plan: Plan): Promise<number> {
  const { client } = redis;
  const prefix = 'fast';
  const store = await openStore(client, prefix, Date.now());
  const gate = openGate({ connection: client, prefix, maxPerSecond: UNLIMITED });
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

async function withoutLimit() {
  const fakes = await startFakes({ ...size, orgs: 25, devinPerSecond: null, devinFull: true });
  const plan = await planFor(fakes, FAST_OPERATIONS);
  const before = await redis.bytes();
  const took = await carryOut(fakes, plan);
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
  ...(await withoutLimit()),
  ...(await enqueue()),
};
await redis.close();
console.log(JSON.stringify(run));
process.exit();
