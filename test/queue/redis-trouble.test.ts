/** Redis that dies, hangs or is full while plans are carried out. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ownRedis } from '../lib/own-redis.ts';
import { QUICK } from './timing.ts';
import { addToOrg, desk, email, invite, planOf, until, writesOf } from './writing.ts';

const forever = new AbortController().signal;

async function bulk(count: number) {
  const redis = await ownRedis();
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const users = Array.from({ length: count }, (_, n) => at.devin.state.addUser({ email: email(`p${n}`) }));
  const parts = users.map((user, n) => addToOrg({ who: `p${n}`, user: user.id, org }));
  return { redis, at, parts };
}

test('a Redis that is killed and started again in mid-apply costs no write and repeats none', async () => {
  const { redis, at, parts } = await bulk(150);
  at.devin.faults.add({ method: 'POST', times: Number.POSITIVE_INFINITY, action: { kind: 'delay', ms: 10 } });
  // Longer than a call takes on any machine: whoever loses a lock in mid-call is overtaken, and the call made twice.
  at.writer({ concurrency: 3, locks: { ...QUICK, lockMs: 10_000 } });
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
  const { redis, at, parts } = await bulk(60);
  at.writer({ concurrency: 2 });
  await at.queue.submit(planOf('P', ...parts));
  await until(() => at.devin.state.effects.length >= 5);
  await redis.kill();
  await sleep(300);
  const sent = writesOf(at.devin).length;
  await sleep(1500);
  expect(writesOf(at.devin)).toHaveLength(sent);
  await redis.start();
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 60, failed: 0 });
  expect(at.devin.state.effects).toHaveLength(60);
});

test('a Redis without memory stops the writes before they are sent, and is no failure of any of them', async () => {
  const { redis, at, parts } = await bulk(60);
  at.writer({ concurrency: 2, tries: { attempts: 2, backoffMs: 20 } });
  await at.queue.submit(planOf('P', ...parts));
  await until(() => at.devin.state.effects.length >= 5);
  await redis.client().config('SET', 'maxmemory', '1');
  await sleep(300);
  const effects = at.devin.state.effects.length;
  await sleep(1500);
  expect(at.devin.state.effects).toHaveLength(effects);
  expect(effects).toBeLessThan(60);
  await redis.client().config('SET', 'maxmemory', '0');
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 60, failed: 0 });
  expect(at.devin.state.effects).toHaveLength(60);
});
