/**
 * One process: so many writes are fed and carried out at no limit by a writer of its own process. Prints how far it is
 * with the memory of the writer and of Redis, and fails when the count did not move from one look to the next.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { restrictTo } from '../src/core/restrict.ts';
import { openGate } from '../src/queue/gate.ts';
import { openWriteQueue } from '../src/queue/writes.ts';
import { openStore } from '../src/state/redis/open-store.ts';
import { start } from './child.ts';
import { startFakes } from './fakes.ts';
import { openPlan } from './open-plan.ts';
import { startPrivateRedis } from './private-redis.ts';
import { type Size, shapeOf } from './shape.ts';
import { devinTarget, reading } from './sources.ts';
import { buildDirectory, sealDirectory } from './tenant.ts';
import type { Replica } from './writer-replica.ts';
import type { BulkRun, Held } from './writer-run.ts';

const count = Number(process.argv[2]);
const LOOK_MS = 5000;
/** The whole child is ended by whoever started it; see bulk.ts. */
const LIMIT_MS = 30 * 60_000;
const UNLIMITED = 100_000;
const prefix = 'bulk';
/** More memberships than are written: many people are in several groups of one organization. */
const size: Size = { people: count / 4, groups: count / 80, edges: Math.round(count * 2) };

const redis = await startPrivateRedis();
const shape = shapeOf(size, 0);
const fakes = await startFakes({ ...size, orgs: shape.orgs, devinPerSecond: null, devinFull: true });
const store = await openStore(redis.client, prefix, Date.now());
const gate = openGate({ connection: redis.client, prefix, maxPerSecond: UNLIMITED });
const queue = openWriteQueue({ connection: redis.client, prefix, store, gate });
const before = await redis.bytes();
const { id, operations } = await submitted();
const plan = (await redis.bytes()) - before;

const words: Replica = { socket: redis.socket, prefix, perSecond: UNLIMITED, devin: fakes.devin };
// A heap as a small container gives it: garbage that nobody has to collect says nothing.
const writer = start(
  './writer-bulk-writer.ts',
  [JSON.stringify(words)],
  ['--expose-gc', '--max-old-space-size=512'],
  LIMIT_MS,
);
await once(writer, 'message');
writer.once('exit', (code) => {
  throw new Error(`the writer ended with ${code}`);
});
const started = performance.now();
const run = await watch();
const after = (await redis.bytes()) - before;
writer.removeAllListeners('exit');
writer.kill('SIGKILL');
await queue.close();
fakes.close();
await redis.close();
console.log(JSON.stringify({ ...run, redisPlan: plan, redisAfter: after } satisfies BulkRun));
process.exit();

async function submitted(): Promise<{ id: string; operations: number }> {
  const have = await devinTarget(fakes).read(reading());
  const whole = openPlan(sealDirectory(buildDirectory(shape)), have);
  const adds = whole.changes.filter(({ kind }) => kind === 'add-to-org').slice(0, count);
  const plan = restrictTo(whole, new Set(adds.map(({ key }) => key)));
  if (plan.operations.length < count) throw new Error(`only ${plan.operations.length} operations`);
  await queue.submit(plan);
  return { id: plan.id, operations: plan.operations.length };
}

async function ask(what: 'look' | 'collect'): Promise<Held> {
  const answer = once(writer, 'message');
  writer.send(what);
  return (await answer)[0] as Held;
}

/** Looks until all is done; what the writer still holds is weighed after each tenth. */
async function watch(): Promise<Omit<BulkRun, 'redisPlan' | 'redisAfter'>> {
  const most = { rss: 0, redis: 0, blockMs: 0 };
  const live: number[] = [];
  let done = 0;
  let looks = 0;
  while (done < operations) {
    await sleep(operations < 50_000 ? LOOK_MS / 5 : LOOK_MS);
    const now = await queue.progress(id);
    if (now.failed > 0 || now.skipped > 0) throw new Error(`not all went well: ${JSON.stringify(now)}`);
    if (now.done <= done) throw new Error(`no progress since the last look: ${JSON.stringify(now)}`);
    if (now.done < operations && now.etaSeconds === null) throw new Error('nobody knows how long it takes');
    const tenth = Math.floor((now.done * 10) / operations);
    const held = await ask(tenth > live.length ? 'collect' : 'look');
    if (tenth > live.length) live.push(held.heapUsed);
    const bytes = (await redis.bytes()) - before;
    most.rss = Math.max(most.rss, held.rss);
    most.redis = Math.max(most.redis, bytes);
    most.blockMs = Math.max(most.blockMs, held.blockMs);
    done = now.done;
    looks++;
    const memory = `writer ${mb(held.rss)} MB (heap ${mb(held.heapUsed)}), Redis ${mb(bytes)} MB`;
    const seconds = Math.round((performance.now() - started) / 1000);
    console.error(`  ${seconds} s: ${done} of ${operations}, about ${now.etaSeconds ?? 0} s left, ${memory}`);
  }
  const seconds = (performance.now() - started) / 1000;
  return { operations, seconds, looks, live, rss: most.rss, redis: most.redis, blockMs: most.blockMs };
}

function mb(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
