import { fork } from 'node:child_process';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { Pass } from '../../src/lib/pace.ts';
import { closureText, type Gate, openGate } from '../../src/queue/gate.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const forever = new AbortController().signal;

/** Passes the gate and notes when, on Redis's clock. */
async function passes(gate: Pick<Gate, 'acquire'>, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    const pass = await gate.acquire(forever);
    times.push(await now());
    pass.used(1);
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

/** Places that are taken, the newest first. */
async function places(prefix: string): Promise<number[]> {
  const list = await client.zrevrange(`{${prefix}}:gate:devin:calls`, 0, -1, 'WITHSCORES');
  return list.filter((_, at) => at % 2 === 1).map(Number);
}

/** By how many ms the last place that is taken lies ahead. */
async function ahead(prefix: string): Promise<number> {
  const look = client.multi().zrevrange(`{${prefix}}:gate:devin:calls`, 0, 0, 'WITHSCORES').time();
  const [[, [, place]], [, [seconds, micros]]] = (await look.exec()) as [
    [null, [string, string]],
    [null, [number, number]],
  ];
  return Number(place) - Number(seconds) * 1000 - Number(micros) / 1000;
}

/** When each call was let go, from now on: exact, whatever the test machine does to the callers. */
async function watchGoing(prefix: string): Promise<{ end: (count: number) => Promise<number[]> }> {
  const seen: number[] = [];
  const monitor = await client.monitor();
  monitor.on('monitor', (_: string, [command, key, , at]: string[]) => {
    if (command?.toUpperCase() === 'HSET' && key === `{${prefix}}:gate:devin:flying`) seen.push(Number(at));
  });
  const end = async (count: number): Promise<number[]> => {
    while (seen.length < count) await now();
    monitor.disconnect();
    return seen;
  };
  return { end };
}

/** A connection on which nobody who waits for his place is let go before `release`. */
function heldBack(): { connection: Redis; release: () => void } {
  const connection = redis.client();
  let release = (): void => {};
  const open = new Promise<void>((resolve) => {
    release = resolve;
  });
  const get = (of: Redis, name: string): unknown => {
    const value: unknown = of[name as keyof Redis];
    if (typeof value !== 'function') return value;
    if (name !== 'idpLeaveNow') return value.bind(of);
    return async (...given: unknown[]) => {
      await open;
      return Reflect.apply(value, of, given);
    };
  };
  return { connection: new Proxy(connection, { get: (of, name) => get(of, name as string) }), release };
}

/** Calls that went so many ms ago, on Redis's clock; what is sent in the same tick is carried out right after it. */
function went(prefix: string, calls: Readonly<Record<string, number>>, connection: Redis): Promise<unknown> {
  const lua = `local time = redis.call('TIME')
    for i = 1, #ARGV, 2 do
      redis.call('ZADD', KEYS[1], string.format('%.3f', time[1] * 1000 + time[2] / 1000 - ARGV[i + 1]), ARGV[i])
    end`;
  const list = Object.entries(calls).flat();
  return connection.eval(lua, 1, `{${prefix}}:gate:devin:calls`, ...list);
}

/** Nobody passed before the gate had let them go. */
function expectPunctual(times: readonly number[], handedOut: readonly number[]): void {
  const due = handedOut.toSorted((a, b) => a - b);
  const early = times.toSorted((a, b) => a - b).filter((at, index) => at < (due[index] as number));
  expect(early).toEqual([]);
}

test('ten callers on two connections never get more than the limit in any second', async () => {
  const prefix = redis.prefix();
  const gates = [client, redis.client()].map((connection) =>
    openGate({ connection, prefix, maxPerSecond: 20, pacingMs: 0 }),
  );
  const watch = await watchGoing(prefix);
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
  const watch = await watchGoing(prefix);
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
  const gate = openGate({ connection: client, prefix, maxPerSecond: 0.8 });
  const watch = await watchGoing(prefix);
  const times = await passes(gate, 2);
  const handedOut = await watch.end(2);
  expect((handedOut[1] as number) - (handedOut[0] as number)).toBeGreaterThanOrEqual(1250);
  expectPunctual(times, handedOut);
});

test('calls are spread within the second, not sent in one burst', async () => {
  const prefix = redis.prefix();
  const watch = await watchGoing(prefix);
  await passes(openGate({ connection: client, prefix, maxPerSecond: 4 }), 4);
  const [first, second, third, fourth] = (await watch.end(4)) as [number, number, number, number];
  for (const gap of [second - first, third - second, fourth - third]) expect(gap).toBeGreaterThanOrEqual(187);
});

test('after a Retry-After nobody passes before its end', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 50 });
  const other = openGate({ connection: redis.client(), prefix, maxPerSecond: 50 });
  const end = (await now()) + 700;
  await gate.closedFor(700, 'Devin asked for it');
  expect(closureText({ ms: 31_500, why: 'Devin asked for it' })).toBe('waiting 32 s: Devin asked for it');
  const times = await Promise.all([passes(gate, 1), passes(other, 1)]);
  for (const at of times.flat()) expect(at).toBeGreaterThanOrEqual(end);
  expect(await gate.closure()).toBeNull();
});

test('a shorter closure never shortens a longer one, whose reason every replica can read', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 50 });
  const other = openGate({ connection: redis.client(), prefix, maxPerSecond: 50 });
  await gate.closedFor(600_000, 'long');
  await gate.closedFor(10, 'short');
  expect(await other.closure()).toMatchObject({ why: 'long' });
});

test('a call whose slot was reserved waits when the gate closes meanwhile', async () => {
  const prefix = redis.prefix();
  const { connection, release } = heldBack();
  const gate = openGate({ connection, prefix, maxPerSecond: 1.2 });
  const watch = await watchGoing(prefix);
  void went(prefix, { first: 100 }, connection);
  const second = passes(gate, 1);
  while ((await places(prefix)).length < 2) await now();
  const end = (await now()) + 900;
  await gate.closedFor(900, 'Devin asked for it');
  release();
  await second;
  expect((await watch.end(1))[0]).toBeGreaterThanOrEqual(end);
});

test('a call that is given up gives its slot back, and the calls before it still count', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 1.2 });
  const watch = await watchGoing(prefix);
  // Nobody passes while it has no answer.
  const pass = await gate.acquire(forever);
  const stop = new AbortController();
  const waiting = Array.from({ length: 20 }, () => gate.acquire(stop.signal).then(() => 'passed', String));
  while ((await places(prefix)).length < 2) await now();
  stop.abort('stopped');
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['stopped']));
  expect(await places(prefix)).toHaveLength(1);
  pass.used(1);
  const [first] = await places(prefix);
  await gate.acquire(forever);
  const [, third] = (await watch.end(2)) as [number, number];
  expect(third - (first as number)).toBeGreaterThanOrEqual(833);
  await expect(gate.acquire(AbortSignal.abort('over'))).rejects.toBe('over');
});

test('nothing is reserved more than a second ahead', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 20, pacingMs: 0 });
  const answered = (pass: Pass): void => pass.used(1);
  await Promise.all(Array.from({ length: 20 }, () => gate.acquire(forever).then(answered)));
  const stop = new AbortController();
  const waiting = Array.from({ length: 50 }, () => gate.acquire(stop.signal).then(answered, () => 'stopped'));
  let last: Pass | null = null;
  const passed = gate.acquire(forever).then((pass) => {
    last = pass;
  });
  let furthest = 0;
  while (last === null) furthest = Math.max(furthest, await ahead(prefix));
  await passed;
  stop.abort('enough');
  await Promise.all(waiting);
  expect(furthest).toBeGreaterThan(0);
  expect(furthest).toBeLessThanOrEqual(1000);
});

test('after "too many requests" the pace falls once for a burst, for every replica, and grows back by itself', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 50 });
  const other = openGate({ connection: redis.client(), prefix, maxPerSecond: 50 });
  expect(await other.perSecond()).toBe(50);
  const rate = `{${prefix}}:gate:devin:rate`;
  const since = (ms: number) => client.hincrby(rate, 'at', -ms);
  await Promise.all([1, 2, 3, 4].map(() => gate.closedFor(1, 'Devin asked for it')));
  // It grows back from a moment on that does not come yet, and then as if two seconds had passed at least.
  await since(-600_000);
  expect(await other.perSecond()).toBe(42.5);
  await since(602_000);
  expect(await other.perSecond()).toBeGreaterThanOrEqual(44.1);
  await gate.closedFor(1, 'Devin asked for it');
  await since(-600_000);
  expect(await other.perSecond()).toBeLessThanOrEqual(42.5);
  await since(720_000);
  expect(await other.perSecond()).toBe(50);
});

test('a slower pace is kept by the slots that are handed out', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 20, pacingMs: 0 });
  const rate = `{${prefix}}:gate:devin:rate`;
  // It grows back from a moment on that does not come in this test, however slow the machine is.
  await client.hset(rate, { share: '0.5', at: String(Math.floor(await now()) + 600_000) });
  const watch = await watchGoing(prefix);
  await Promise.all(Array.from({ length: 3 }, () => passes(gate, 10)));
  const handedOut = await watch.end(30);
  expect(busiest(handedOut, 1900)).toBeLessThanOrEqual(20);
});

test('the pace never falls below a tenth', async () => {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 50 });
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
  await client.hset(`{${prefix}}:gate:devin:rate`, 'at', String(Math.floor(await now()) + 600_000));
  expect(await gate.perSecond()).toBeGreaterThanOrEqual(5);
  expect(await gate.perSecond()).toBeLessThan(10);
});

/** A gate of one call in 526 ms that has seen an answer within 5 ms, and a second call under way. */
async function underWay(): Promise<{ prefix: string; gate: Gate; sent: number; pass: Pass }> {
  const prefix = redis.prefix();
  const gate = openGate({ connection: client, prefix, maxPerSecond: 1.9, pacingMs: 0 });
  (await gate.acquire(forever)).used(5);
  const pass = await gate.acquire(forever);
  const [sent] = (await places(prefix)) as [number];
  return { prefix, gate, sent, pass };
}

async function passed(moment: number): Promise<number> {
  while ((await now()) < moment) await new Promise((resolve) => setTimeout(resolve, 1));
  return now();
}

test('a call keeps its place until it can have arrived at the latest, by its answer and the shortest way', async () => {
  const { prefix, gate, sent, pass } = await underWay();
  const watch = await watchGoing(prefix);
  const answered = await passed(sent + 300);
  pass.used(300);
  await gate.acquire(forever);
  const [going] = (await watch.end(1)) as [number];
  expect(going).toBeGreaterThanOrEqual(answered - 5 + 526);
});

test('a call without an answer may be arriving now: the next one waits, although its place was free', async () => {
  const { prefix, gate, sent, pass } = await underWay();
  const watch = await watchGoing(prefix);
  const next = gate.acquire(forever);
  const answered = await passed(sent + 900);
  pass.used(900);
  await next;
  const [going] = (await watch.end(1)) as [number];
  expect(going).toBeGreaterThanOrEqual(answered - 5 + 526);
});

test('doubt that lasts costs no more pace than is set aside for it, until Devin says "too many requests"', async () => {
  const { prefix, gate, sent, pass } = await underWay();
  const ways = `{${prefix}}:gate:devin:ways`;
  await client.hset(ways, 'doubt', '20');
  await passed(sent + 300);
  pass.used(300);
  const [place] = (await places(prefix)) as [number];
  expect(place - sent).toBeCloseTo(20, 1);
  expect(Number(await client.hget(ways, 'doubt'))).toBeCloseTo(0.03 * (1000 / 1.9), 1);
  await gate.closedFor(1, 'Devin asked for it');
  expect(await client.hget(ways, 'doubt')).toBeNull();
});

test('a place that nobody used is free again', async () => {
  const { prefix, sent, pass } = await underWay();
  expect(await places(prefix)).toContain(sent);
  pass.unused();
  expect(await places(prefix)).not.toContain(sent);
  expect(await client.hlen(`{${prefix}}:gate:devin:flying`)).toBe(0);
});

test('a gate whose memory is lost in mid-wait hands out a new place', async () => {
  const prefix = redis.prefix();
  const { connection, release } = heldBack();
  const gate = openGate({ connection, prefix, maxPerSecond: 1.9, pacingMs: 0 });
  void went(prefix, { first: 100 }, connection);
  const next = gate.acquire(forever);
  while ((await places(prefix)).length < 2) await now();
  await client.del(`{${prefix}}:gate:devin:calls`);
  release();
  await next;
  expect(await places(prefix)).toHaveLength(1);
});

test('a caller that wakes late stands behind those that went meanwhile', async () => {
  const prefix = redis.prefix();
  const { connection, release } = heldBack();
  const gate = openGate({ connection, prefix, maxPerSecond: 2, pacingMs: 0 });
  const calls = `{${prefix}}:gate:devin:calls`;
  const watch = await watchGoing(prefix);
  void went(prefix, { first: 200, second: 200 }, connection);
  const late = gate.acquire(forever);
  while ((await places(prefix)).length < 3) await now();
  // As if its place had been long ago, and two calls had gone since.
  const [name] = (await client.zrevrange(calls, 0, 0)) as [string];
  const then = await now();
  await client.zadd(calls, then - 900, name, then, 'one', then, 'other');
  release();
  await late;
  const [going] = (await watch.end(1)) as [number];
  expect(going).toBeGreaterThanOrEqual(then + 1000);
});
