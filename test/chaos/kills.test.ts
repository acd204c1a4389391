import { expect, test } from 'vitest';
import { complaints } from './oracle.ts';
import { freshSeed } from './random.ts';
import { type World, world } from './world.ts';

const FULL = process.env.CHAOS_FULL === '1';
const POINTS = FULL ? 50 : 10;
const ALWAYS = Number.POSITIVE_INFINITY;

/** So many different points of the apply, in order, in effects. */
function points({ dice, expected }: World, count: number): number[] {
  const last = Math.floor(0.93 * expected.length);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(dice.between(5, last));
  return [...chosen].sort((a, b) => a - b);
}

async function judged(at: World): Promise<void> {
  const progress = await at.settle(FULL ? 900_000 : 180_000);
  expect(await complaints(at, progress), `seed ${at.options.seed}`).toEqual([]);
}

test.each([1, 3])('2,000 operations, %i replicas, one of them killed at random points', async (replicas) => {
  const seed = freshSeed();
  console.log(`seed ${seed}, ${POINTS} kills`);
  const at = await world({ seed, operations: 2000, replicas });
  await at.queue.submit(at.plan);
  for (const point of points(at, POINTS)) {
    await at.reached(point);
    await at.killWriter();
  }
  await judged(at);
});

test('Redis and writers killed in turn, with lost answers, resets, 500s, slow answers and a storm of 429', async () => {
  const seed = freshSeed();
  console.log(`seed ${seed}`);
  const at = await world({ seed, operations: 800, replicas: 2 });
  const some = () => at.dice.between(0, 300);
  const slow = { kind: 'delay', ms: 60 } as const;
  const busy = { kind: 'status', status: 429, headers: { 'retry-after': '0' } } as const;
  for (const method of ['POST', 'PATCH', 'DELETE']) {
    const most = method === 'POST' ? 150 : 60;
    const skip = () => at.dice.between(0, most);
    at.devin.faults.add({ method, skip: skip(), times: 3, action: { kind: 'lose-answer' } });
    at.devin.faults.add({ method, skip: skip(), times: 3, action: { kind: 'reset' } });
    at.devin.faults.add({ method, skip: skip(), times: 3, action: { kind: 'cut' } });
    at.devin.faults.add({ method, skip: skip(), times: 5, action: { kind: 'status', status: 500 } });
    at.devin.faults.add({ method, skip: skip(), times: 5, action: busy });
  }
  at.devin.faults.add({ skip: some(), times: 40, action: busy });
  at.devin.faults.add({ skip: some(), times: 60, action: slow });
  await at.queue.submit(at.plan);
  for (const [turn, point] of points(at, 6).entries()) {
    await at.reached(point);
    if (turn % 2 === 0) await at.killRedis(at.dice.between(0, 800));
    else await at.killWriter();
  }
  await judged(at);
});

test('Redis unreachable for longer than every lock lives', async () => {
  const seed = freshSeed();
  console.log(`seed ${seed}`);
  const at = await world({ seed, operations: 400, replicas: 3 });
  at.devin.faults.add({ times: ALWAYS, action: { kind: 'delay', ms: 20 } });
  await at.queue.submit(at.plan);
  await at.reached(at.dice.between(20, 200));
  await at.killRedis(FULL ? 20_000 : 6000);
  await judged(at);
});
