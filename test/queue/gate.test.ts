import { fork } from 'node:child_process';
import { expect, test } from 'vitest';
import { closureText, openGate } from '../../src/queue/gate.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const forever = new AbortController().signal;

/** Passes the gate and notes when, on Redis's clock. */
async function passes(
  gate: { acquire(signal: AbortSignal): Promise<void> },
  count: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    await gate.acquire(forever);
    times.push(await now());
  }
  return times;
}

async function now(): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1000 + Number(micros) / 1000;
}

/** The most calls that fall into any window of `ms`, which opens with one of them. */
function busiest(times: readonly number[], ms: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((from) => sorted.filter((at) => at >= from && at < from + ms).length));
}

/** The newest slots, as the gate handed them out. */
async function slots(prefix: string): Promise<number[]> {
  return (await client.lrange(`{${prefix}}:gate:devin:slots`, 0, -1)).map(Number);
}

/** Every slot that is handed out from now on: exact, whatever the test machine does to the callers. */
async function watchSlots(prefix: string): Promise<{ end: (count: number) => Promise<number[]> }> {
  const seen: number[] = [];
  const monitor = await client.monitor();
  monitor.on('monitor', (_: string, [command, key, slot]: string[]) => {
    if (command?.toUpperCase() === 'LPUSH' && key === `{${prefix}}:gate:devin:slots`) seen.push(Number(slot));
  });
  const end = async (count: number): Promise<number[]> => {
    while (seen.length < count) await now();
    monitor.disconnect();
    return seen;
  };
  return { end };
}

/** Nobody passed before a slot of his own. */
function expectPunctual(times: readonly number[], handedOut: readonly number[]): void {
  const due = handedOut.toSorted((a, b) => a - b);
  const early = times.toSorted((a, b) => a - b).filter((at, index) => at < (due[index] as number));
  expect(early).toEqual([]);
}

test('ten callers on two connections never get more than the limit in any second', async () => {
  const prefix = redis.prefix();
  const gates = [client, redis.client()].map((connection) =>
    openGate({ connection, prefix, maxPerSecond: 20, coldMs: 0, pacingMs: 0 }),
  );
  const watch = await watchSlots(prefix);
  const callers = Array.from({ length: 10 }, (_, at) => passes(gates[at % 2] as (typeof gates)[0], 6));
  const times = (await Promise.all(callers)).flat();
  const handedOut = await watch.end(60);
  expect(times).toHaveLength(60);
  expect(handedOut).toHaveLength(60);
  expect(busiest(handedOut, 1000)).toBeLessThanOrEqual(20);
  expectPunctual(times, handedOut);
});

test('callers in three processes share one window', async () => {
  const prefix = redis.prefix();
  const program = new URL('./gate-caller.ts', import.meta.url);
  const watch = await watchSlots(prefix);
  const children = Array.from({ length: 3 }, () => fork(program, [redis.socket, prefix, '10']));
  const times = await Promise.all(
    children.map(
      (child) => new Promise<number[]>((resolve) => child.once('message', (m) => resolve(m as number[]))),
    ),
  );
  const handedOut = await watch.end(30);
  expect(times.flat()).toHaveLength(30);
  expect(handedOut).toHaveLength(30);
  expect(busiest(handedOut, 1000)).toBeLessThanOrEqual(20);
  expectPunctual(times.flat(), handedOut);
});

test('a rate below one a second is one call in so many seconds', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 0.8, coldMs: 0 });
  const times = await passes(gate, 2);
  const handedOut = (await slots(prefix)).toSorted((a, b) => a - b);
  expect((handedOut[1] as number) - (handedOut[0] as number)).toBeGreaterThanOrEqual(1250);
  expectPunctual(times, handedOut);
});

test('calls are spread within the second, not sent in one burst', async () => {
  const prefix = redis.prefix();
  await passes(openGate({ connection: client, prefix, maxPerSecond: 4, coldMs: 0 }), 4);
  const [fourth, third, second, first] = (await slots(prefix)) as [number, number, number, number];
  for (const gap of [second - first, third - second, fourth - third])
    expect(gap).toBeGreaterThanOrEqual(124.9);
});

test('after a Retry-After nobody passes before its end, and the reason can be read', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 50, coldMs: 0 });
  const other = openGate({ connection: redis.client(), prefix, maxPerSecond: 50, coldMs: 0 });
  const end = (await now()) + 700;
  await gate.closedFor(700, 'Devin asked for it');
  const closure = await other.closure();
  expect(closure?.why).toBe('Devin asked for it');
  expect(closureText({ ms: 31_500, why: 'Devin asked for it' })).toBe('waiting 32 s: Devin asked for it');
  const times = await Promise.all([passes(gate, 1), passes(other, 1)]);
  for (const at of times.flat()) expect(at).toBeGreaterThanOrEqual(end);
  expect(await gate.closure()).toBeNull();
});

test('a shorter closure never shortens a longer one', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 50, coldMs: 0 });
  await gate.closedFor(60_000, 'long');
  await gate.closedFor(10, 'short');
  expect(await gate.closure()).toMatchObject({ why: 'long' });
});

test('a call whose slot was reserved waits when the gate closes meanwhile', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 1.2, coldMs: 0 });
  await gate.acquire(forever);
  const second = passes(gate, 1);
  while ((await slots(prefix)).length < 2) await now();
  const end = (await now()) + 900;
  await gate.closedFor(900, 'Devin asked for it');
  expect((await second)[0]).toBeGreaterThanOrEqual(end);
});

test('a call that is given up gives its slot back, and the calls before it still count', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 1.2, coldMs: 0 });
  const watch = await watchSlots(prefix);
  await gate.acquire(forever);
  const [first] = await slots(prefix);
  const stop = new AbortController();
  const waiting = Array.from({ length: 20 }, () => gate.acquire(stop.signal).then(() => 'passed', String));
  while ((await slots(prefix)).length < 2) await now();
  stop.abort('stopped');
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['stopped']));
  expect(await slots(prefix)).toEqual([first]);
  await gate.acquire(forever);
  const [, , third] = (await watch.end(3)) as [number, number, number];
  expect(third - (first as number)).toBeGreaterThanOrEqual(833);
  await expect(gate.acquire(AbortSignal.abort('over'))).rejects.toBe('over');
});

test('nothing is reserved more than a second ahead', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 20, coldMs: 0, pacingMs: 0 });
  await Promise.all(Array.from({ length: 20 }, () => gate.acquire(forever)));
  const stop = new AbortController();
  const waiting = Array.from({ length: 50 }, () => gate.acquire(stop.signal).catch(() => 'stopped'));
  await gate.acquire(forever);
  const furthest = Math.max(...(await slots(prefix))) - (await now());
  stop.abort('enough');
  await Promise.all(waiting);
  expect(furthest).toBeLessThanOrEqual(1000);
});

test('after "too many requests" the pace falls once for a burst, for every replica, and grows back by itself', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 50, coldMs: 0 });
  const other = openGate({ connection: redis.client(), prefix, maxPerSecond: 50, coldMs: 0 });
  expect(await other.perSecond()).toBe(50);
  await Promise.all([1, 2, 3, 4].map(() => gate.closedFor(1, 'Devin asked for it')));
  const slowed = await other.perSecond();
  expect(slowed).toBeGreaterThanOrEqual(42.5);
  expect(slowed).toBeLessThan(50);
  // Two seconds ago, as if time had passed.
  await client.hincrby(`{${prefix}}:gate:devin:rate`, 'at', -2000);
  const later = await other.perSecond();
  expect(later - slowed).toBeGreaterThanOrEqual(1.6);
  await gate.closedFor(1, 'Devin asked for it');
  expect(await other.perSecond()).toBeLessThan(later);
  await client.hincrby(`{${prefix}}:gate:devin:rate`, 'at', -120_000);
  expect(await other.perSecond()).toBe(50);
});

test('a slower pace is kept by the slots that are handed out', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 20, coldMs: 0, pacingMs: 0 });
  const rate = `{${prefix}}:gate:devin:rate`;
  await client.hset(rate, { share: '0.5', at: String(Math.floor(await now())) });
  const watch = await watchSlots(prefix);
  await Promise.all(Array.from({ length: 3 }, () => passes(gate, 10)));
  const handedOut = await watch.end(30);
  expect(busiest(handedOut, 1900)).toBeLessThanOrEqual(20);
});

test('the pace never falls below a tenth', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 50, coldMs: 0 });
  for (let storm = 0; storm < 60; storm++) {
    await client.hset(
      `{${prefix}}:gate:devin:rate`,
      'at',
      '0',
      'share',
      String((await gate.perSecond()) / 50),
    );
    await client.hset(`{${prefix}}:gate:devin:rate`, 'at', String(Math.floor(await now()) - 1000));
    await gate.closedFor(1, 'Devin asked for it');
  }
  expect(await gate.perSecond()).toBeGreaterThanOrEqual(5);
  expect(await gate.perSecond()).toBeLessThan(10);
});

test('calls that open a connection are booked as late as they may arrive; warm ones are not', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 20, pacingMs: 0, coldMs: 100 });
  const before = await now();
  await passes(gate, 1);
  const [first] = (await slots(prefix)) as [number];
  expect(first - before).toBeGreaterThanOrEqual(100);
  await new Promise((resolve) => setTimeout(resolve, 700));
  const warm = await now();
  await passes(gate, 1);
  const [second] = (await slots(prefix)) as [number];
  expect(second).toBeGreaterThanOrEqual(warm);
  expect(second).toBeLessThanOrEqual(await now());
});
