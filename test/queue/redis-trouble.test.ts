/** Redis that dies, hangs or is full while plans are carried out. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { DevinTarget } from '../../src/devin/target.ts';
import type { WriterOptions } from '../../src/queue/worker.ts';
import { type OwnRedis, ownRedis } from '../lib/own-redis.ts';
import { STEADY } from './timing.ts';
import { addToOrg, type Desk, desk, email, invite, type Part, planOf, until, writesOf } from './writing.ts';

const forever = new AbortController().signal;

/**
 * A job that was given out in an answer that got lost comes back when its lock lapses, so they must; but not while a call
 * is under way, which would be overtaken and made twice.
 */
const LASTING = { ...STEADY, lockMs: 10_000 };

interface Bulk {
  readonly redis: OwnRedis;
  readonly at: Desk;
  readonly parts: readonly Part[];
  /** The connection of everything at the desk. */
  readonly connection: Redis;
  /** A writer of which is known how many calls it has begun and ended. */
  writer(over: Partial<WriterOptions>): { begun: number; ended: number };
}

async function bulk(count: number): Promise<Bulk> {
  const redis = await ownRedis();
  const connection = redis.client();
  const at = await desk({ ...redis, client: () => connection });
  const org = at.devin.state.org('Payments').id;
  const users = Array.from({ length: count }, (_, n) => at.devin.state.addUser({ email: email(`p${n}`) }));
  const parts = users.map((user, n) => addToOrg({ who: `p${n}`, user: user.id, org }));
  const writer: Bulk['writer'] = (over) => {
    const calls = { begun: 0, ended: 0 };
    const apply: DevinTarget['apply'] = async (...call) => {
      calls.begun++;
      return at.target.apply(...call).finally(() => calls.ended++);
    };
    at.writer({ ...over, locks: LASTING, target: { ...at.target, apply } });
    return calls;
  };
  return { redis, at, parts, connection, writer };
}

/** No call is under way, and while nothing changes in Redis none begins for a while. */
async function expectQuiet(at: Desk, calls: { begun: number; ended: number }): Promise<void> {
  await until(() => calls.ended === calls.begun);
  const sent = writesOf(at.devin).length;
  await sleep(1500);
  expect(writesOf(at.devin)).toHaveLength(sent);
  expect(calls.begun).toBe(calls.ended);
  expect(sent).toBeLessThan(60);
}

test('a Redis that is killed and started again in mid-apply costs no write and repeats none', async () => {
  const { redis, at, parts } = await bulk(150);
  at.devin.faults.add({ method: 'POST', times: Number.POSITIVE_INFINITY, action: { kind: 'delay', ms: 10 } });
  at.writer({ concurrency: 3, locks: LASTING });
  await at.queue.submit(planOf('P', invite(['ada', 'bob']), ...parts));
  for (const reached of [40, 90]) {
    await until(() => at.devin.state.effects.length >= reached);
    await redis.kill();
    await redis.start();
  }
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 151, failed: 0 });
  expect(at.devin.state.effects).toHaveLength(152);
  expect(writesOf(at.devin).filter(({ status }) => status >= 400)).toEqual([]);
  const rows = await at.store.journal.read({ limit: 5000 });
  expect(rows.filter(({ kind }) => kind === 'write')).toHaveLength(152);
});

test('while Redis is away nothing is sent, and work goes on when it is back', async () => {
  const { redis, at, parts, connection, writer } = await bulk(60);
  const calls = writer({ concurrency: 2 });
  await at.queue.submit(planOf('P', ...parts));
  await until(() => at.devin.state.effects.length >= 5);
  await redis.kill();
  // Its last answers have been read by then.
  await until(() => connection.status !== 'ready');
  await expectQuiet(at, calls);
  await redis.start();
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 60, failed: 0 });
  expect(at.devin.state.effects).toHaveLength(60);
});

test('a Redis without memory stops the writes before they are sent, and is no failure of any of them', async () => {
  const { redis, at, parts, connection, writer } = await bulk(60);
  const calls = writer({ concurrency: 2, tries: { attempts: 2, backoffMs: 20 } });
  await at.queue.submit(planOf('P', ...parts));
  await until(() => at.devin.state.effects.length >= 5);
  await redis.client().config('SET', 'maxmemory', '1');
  // Whatever was answered before it has been read by then.
  await connection.ping();
  await expectQuiet(at, calls);
  await redis.client().config('SET', 'maxmemory', '0');
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 60, failed: 0 });
  expect(at.devin.state.effects).toHaveLength(60);
});
