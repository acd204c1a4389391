/**
 * Every kind of write meets every refusal, over the v3 API and the v2 API: it is told apart, nothing is harmed, and the
 * rest goes on or stops.
 */
import { expect, test } from 'vitest';
import type { Operation } from '../../src/core/model/operation.ts';
import { operation, plan } from '../lib/plan-builder.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { casesOf } from './write-cases.ts';
import { type Api, type Desk, desk, waitsFor, writesOf } from './writing.ts';

const redis = await privateRedis();
const ALWAYS = Number.POSITIVE_INFINITY;

/** One operation of each kind, each about somebody else, all at once. */
function everyKind({ devin }: Desk, api: Api): Operation[] {
  return casesOf(api).map(({ kind, make }) =>
    operation({ key: kind, kind, ...make(devin.state, `who-${kind}`) }),
  );
}

const METHODS: Readonly<Record<Api, readonly string[]>> = {
  v3: ['POST', 'PATCH', 'DELETE'],
  v2: ['POST', 'PATCH', 'PUT', 'DELETE'],
};

function refuse({ devin }: Desk, api: Api, status: number, times = ALWAYS): void {
  for (const method of METHODS[api]) devin.faults.add({ method, times, action: { kind: 'status', status } });
}

const FORBIDDEN: Readonly<Record<Api, RegExp>> = {
  v3: /^The key may not do this \(403 at .*Give its service user a role with the permission Manage\w+.*IP access list/,
  v2: /^The key may not do this \(403 at .*personal key of an administrator of the enterprise/,
};

const APIS: readonly Api[] = ['v3', 'v2'];

const WORDS: readonly [number, RegExp | null][] = [
  [400, /^Devin refuses this \(400 at .*scripted by the sandbox\)\.$/],
  [403, null],
  [409, /^Devin refuses this \(409 at /],
  [422, /^Devin refuses this \(422 at /],
];

test.each(APIS.flatMap((api) => WORDS.map(([status, words]) => [api, status, words] as const)))(
  '%s: a %i to every kind of write fails that write alone, in words to act on',
  async (api, status, words) => {
    const at = await desk(redis, { api });
    const operations = everyKind(at, api);
    refuse(at, api, status);
    at.writer({ concurrency: 8 });
    const progress = await at.run(plan('P', operations));
    expect(progress).toMatchObject({
      total: operations.length,
      done: 0,
      failed: operations.length,
      skipped: 0,
    });
    const outcomes = await at.store.writes.outcomes(
      'P',
      operations.map(({ key }) => key),
    );
    for (const [index, outcome] of outcomes.entries()) {
      const { kind } = operations[index] as Operation;
      expect(outcome, kind).toMatchObject({ state: 'failed', status });
      expect(outcome?.reason, kind).toMatch(words ?? FORBIDDEN[api]);
    }
    expect(at.devin.state.effects).toEqual([]);
    // Nothing is repeated but the halves of a batch.
    expect(writesOf(at.devin)).toHaveLength(operations.length + 4);
  },
);

test.each(APIS)('%s: a 404 means gone to what takes away, and fails what gives', async (api) => {
  const at = await desk(redis, { api });
  const operations = everyKind(at, api);
  refuse(at, api, 404);
  at.writer({ concurrency: 8 });
  await at.run(plan('P', operations));
  const outcomes = await at.store.writes.outcomes(
    'P',
    operations.map(({ key }) => key),
  );
  for (const [index, outcome] of outcomes.entries()) {
    const { kind } = operations[index] as Operation;
    const takes = /^(remove|take|unregister|deny)-/.test(kind);
    expect([kind, outcome?.state]).toEqual([kind, takes ? 'done' : 'failed']);
  }
  expect(at.devin.state.effects).toEqual([]);
});

const PASSING: readonly [string, number][] = [
  ['"too many requests"', 429],
  ['a 500', 500],
  ['a 502', 502],
  ['a 503', 503],
];

test.each(APIS.flatMap((api) => PASSING.map(([what, status]) => [api, what, status] as const)))(
  '%s: %s delays every kind of write, doubles none and loses none',
  async (api, _, status) => {
    const at = await desk(redis, { api });
    const operations = everyKind(at, api);
    refuse(at, api, status, api === 'v3' ? 3 : 1);
    at.writer({ concurrency: 8 });
    const progress = await at.run(plan('P', operations));
    expect(progress).toMatchObject({ done: operations.length, failed: 0, skipped: 0 });
    const effects = at.devin.state.effects.map(({ kind, label }) => `${kind} ${label}`);
    expect(new Set(effects).size).toBe(effects.length);
    // Two people are invited and two groups registered by one call each.
    expect(effects).toHaveLength(operations.length + 2);
    expect(at.devin.faults.unfired()).toEqual([]);
  },
);

test.each(APIS)(
  '%s: a 401 to any kind of write stops every write, and they go on with a key that works',
  async (api) => {
    const at = await desk(redis, { api });
    const operations = everyKind(at, api);
    refuse(at, api, 401);
    const first = at.writer({ concurrency: 8 });
    await at.queue.submit(plan('P', operations));
    await waitsFor(at, 'P', /does not accept the key/);
    expect(await at.queue.progress('P')).toMatchObject({ done: 0, failed: 0, skipped: 0 });
    expect(at.devin.state.effects).toEqual([]);
    await first.close();
    at.devin.faults.clear();
    at.writer({ concurrency: 8 });
    const progress = await at.queue.settled('P', { signal: new AbortController().signal });
    expect(progress).toMatchObject({ done: operations.length, failed: 0 });
  },
);

test.each(APIS)('%s: answers that are lost on every kind of write double none and lose none', async (api) => {
  const at = await desk(redis, { api });
  const operations = everyKind(at, api);
  for (const method of METHODS[api])
    at.devin.faults.add({ method, times: ALWAYS, action: { kind: 'lose-answer' } });
  at.writer({ concurrency: 8 });
  expect(await at.run(plan('P', operations))).toMatchObject({ done: operations.length, failed: 0 });
  const effects = at.devin.state.effects.map(({ kind, label }) => `${kind} ${label}`);
  expect(new Set(effects).size).toBe(effects.length);
  expect(effects).toHaveLength(operations.length + 2);
  // What took effect is not sent again.
  expect(writesOf(at.devin)).toHaveLength(operations.length);
});
