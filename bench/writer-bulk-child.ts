/**
 * One process: a hundred thousand writes fed and carried out at no limit. Prints how far it is every ten seconds, with the
 * memory of this process and of Redis, and the largest of both at the end. Takes minutes: `node bench/writer-bulk-child.ts`.
 */
import { restrictTo } from '../src/core/restrict.ts';
import { openGate } from '../src/queue/gate.ts';
import { startWriter } from '../src/queue/worker.ts';
import { openWriteQueue } from '../src/queue/writes.ts';
import { openStore } from '../src/state/redis/open-store.ts';
import { startFakes } from './fakes.ts';
import { openPlan } from './open-plan.ts';
import { startPrivateRedis } from './private-redis.ts';
import { SIZES, shapeOf } from './shape.ts';
import { devinTarget, reading } from './sources.ts';
import { buildDirectory, sealDirectory } from './tenant.ts';

const count = Number(process.argv[2] ?? 100_000);
const size = count > 45_000 ? SIZES['20k'] : SIZES['10k'];
const prefix = 'bulk';
const MB = 1024 * 1024;

const redis = await startPrivateRedis();
const fakes = await startFakes({ ...size, orgs: 25, devinPerSecond: null, devinFull: true });
const have = await devinTarget(fakes).read(reading());
const whole = openPlan(sealDirectory(buildDirectory(shapeOf(size, 0))), have);
const adds = whole.changes.filter(({ kind }) => kind === 'add-to-org').slice(0, count);
const plan = restrictTo(whole, new Set(adds.map(({ key }) => key)));
const store = await openStore(redis.client, prefix, Date.now());
const gate = openGate({ connection: redis.client, prefix, maxPerSecond: 100_000 });
const queue = openWriteQueue({ connection: redis.client, prefix, store, gate });
const before = { rss: process.memoryUsage().rss, redis: await redis.bytes() };
await queue.submit(plan);
const submitted = await redis.bytes();
const started = performance.now();
const writer = startWriter({
  connection: redis.client,
  prefix,
  store,
  target: devinTarget(fakes, gate),
  pace: gate,
  actor: 'bench',
  concurrency: 8,
});
const most = { rss: 0, redis: 0 };
let said = 0;
const watch = setInterval(async () => {
  const rss = process.memoryUsage().rss;
  const bytes = await redis.bytes();
  most.rss = Math.max(most.rss, rss);
  most.redis = Math.max(most.redis, bytes);
  const seconds = Math.round((performance.now() - started) / 1000);
  if (seconds < said + 10) return;
  said = seconds;
  const { done, total, etaSeconds } = await queue.progress(plan.id);
  const memory = `rss ${Math.round(rss / MB)} MB, Redis ${Math.round(bytes / MB)} MB`;
  console.error(`${seconds} s: ${done} of ${total}, about ${etaSeconds} s left, ${memory}`);
}, 1000);
const progress = await queue.settled(plan.id, { signal: AbortSignal.timeout(1_800_000) });
clearInterval(watch);
const seconds = (performance.now() - started) / 1000;
const after = await redis.bytes();
await writer.close();
await queue.close();
fakes.close();
await redis.close();
const operations = plan.operations.length;
if (progress.done !== operations) throw new Error(`not all was written: ${JSON.stringify(progress)}`);
const megabytes = (bytes: number): number => Math.round(bytes / MB);
console.log(
  JSON.stringify({
    operations,
    perSecond: Math.round(operations / seconds),
    rssBeforeMb: megabytes(before.rss),
    rssMostMb: megabytes(most.rss),
    redisPlanMb: megabytes(submitted - before.redis),
    redisMostMb: megabytes(most.redis - before.redis),
    redisAfterMb: megabytes(after - before.redis),
  }),
);
process.exit();
