/** One process: replicas write and this one reads, all the time, at one limit; how much of it is used, by arrivals. */
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
import { SIZES, shapeOf } from './shape.ts';
import { devinTarget } from './sources.ts';
import { buildDirectory, sealDirectory } from './tenant.ts';
import type { Replica } from './writer-replica.ts';
import type { ShareRun } from './writer-run.ts';

const [perSecond, seconds, replicas] = process.argv.slice(2).map(Number) as [number, number, number];
const size = SIZES['10k'];
const prefix = 'share';
const redis = await startPrivateRedis();
const fakes = await startFakes({ ...size, orgs: 25, devinPerSecond: perSecond, devinFull: true });
const stop = new AbortController();
const reading = () => ({ signal: stop.signal, onProgress: () => {} });
const gate = openGate({ connection: redis.client, prefix, maxPerSecond: perSecond });
const target = devinTarget(fakes, gate);

const unlimited = await startFakes({ ...size, orgs: 25, devinPerSecond: null, devinFull: true });
const have = await devinTarget(unlimited).read(reading());
unlimited.close();
const whole = openPlan(sealDirectory(buildDirectory(shapeOf(size, 0))), have);
const adds = whole.changes.filter(({ kind }) => kind === 'add-to-org').slice(0, 2 * perSecond * seconds);
const plan = restrictTo(whole, new Set(adds.map(({ key }) => key)));

const store = await openStore(redis.client, prefix, Date.now());
const queue = openWriteQueue({ connection: redis.client, prefix, store, gate });
const words: Replica = { socket: redis.socket, prefix, perSecond, devin: fakes.devin };
const children = Array.from({ length: replicas }, () =>
  start('./writer-replica.ts', [JSON.stringify(words)]),
);
await Promise.all(children.map((child) => once(child, 'message')));
await queue.submit(plan);
const reads = readOn();
await sleep(1000 * seconds);
// Those who write stop at once; what arrives after that is not looked at.
const { devinTimes, devin429 } = await fakes.seen();
const { done, failed } = await queue.progress(plan.id);
stop.abort();
for (const child of children) child.kill('SIGKILL');
await reads;
if (done === 0 || failed > 0) throw new Error(`${done} written, ${failed} failed`);
const run: ShareRun = {
  perSecond,
  replicas,
  share: (slope(devinTimes.filter((at) => at > (devinTimes[0] as number) + 1000)) * 1000) / perSecond,
  refused: devin429,
  writes: done,
  calls: devinTimes.length,
};
await queue.close();
fakes.close();
await redis.close();
console.log(JSON.stringify(run));
process.exit();

/** One reading of everything after the other, as a daemon without patience would. */
async function readOn(): Promise<void> {
  try {
    for (;;) await target.read(reading());
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
}

/** Calls a ms as a line fitted through their times: calls come in bunches, and both ends would count too much. */
function slope(times: readonly number[]): number {
  const mean = times.reduce((sum, at) => sum + at, 0) / times.length;
  const middle = (times.length - 1) / 2;
  const over = times.reduce((sum, at, index) => sum + (at - mean) * (index - middle), 0);
  return over / times.reduce((sum, at) => sum + (at - mean) ** 2, 0);
}
