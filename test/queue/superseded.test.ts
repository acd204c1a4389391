/** A newer plan takes over: what is told about the older one is final, and what was not under way is never sent. */
import type { ChainableCommander, Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { Feeder, type FeederDeps, leaseKey } from '../../src/queue/feeder.ts';
import { openGate } from '../../src/queue/gate.ts';
import { openWriteQueue } from '../../src/queue/writes.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { entryOf, type Store } from '../../src/state/store.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { addToOrg, type Desk, desk, email, type Part, planOf, until } from './writing.ts';

const redis = await privateRedis();
const forever = new AbortController().signal;

function additions({ devin }: Desk, org: string, count: number): readonly Part[] {
  const users = Array.from({ length: count }, (_, at) => devin.state.addUser({ email: email(`p${at}`) }));
  return users.map((user, at) => addToOrg({ who: `p${at}`, user: user.id, org }));
}

/** The store of a writer in which something happens right before the note of a call. */
function before(store: Store, happens: () => Promise<void>): Store {
  const intend: Store['writes']['intend'] = async (...of) => {
    await happens();
    return store.writes.intend(...of);
  };
  return { ...store, writes: { ...store.writes, intend } };
}

test('what was allowed, and not noted when a newer plan came, is not sent', async () => {
  const at = await desk(redis);
  const [org, other] = [at.devin.state.org('Payments').id, at.devin.state.org('Search').id];
  const old = additions(at, org, 3);
  const newer = additions(at, other, 1);
  let calls = 0;
  const store = before(at.store, async () => {
    if (++calls === 2) await at.queue.submit(planOf('new', ...newer));
  });
  at.writer({ store, concurrency: 1 });
  await at.queue.submit(planOf('old', ...old));
  expect(await at.queue.settled('old', { signal: forever })).toMatchObject({ done: 1, skipped: 2 });
  expect(await at.queue.settled('new', { signal: forever })).toMatchObject({ done: 1 });
  expect(at.devin.state.effects.map(({ org: place }) => place)).toEqual([org, other]);
});

test('a call that is not noted because its plan has other operations by now is made by the newer edition', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const [first, second] = additions(at, org, 2) as [Part, Part];
  let calls = 0;
  const store = before(at.store, async () => {
    if (++calls === 1) await at.queue.submit(planOf('P', second));
  });
  at.writer({ store, concurrency: 1 });
  await at.queue.submit(planOf('P', first, second));
  await until(async () => (await at.store.writes.submission('P'))?.total === 1);
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ total: 1, done: 1 });
  expect(at.devin.state.effects).toMatchObject([{ label: email('p1') }]);
});

test('a look at a plan counts an operation once, also when it ends during the look', async () => {
  const at = await desk(redis);
  const now = Date.now();
  const round = await at.store.writes.submit({ planId: 'P', scope: 'all', total: 2, submittedAt: now });
  const sending = entryOf({ at: now, kind: 'sending', planId: 'P', opKey: 'op' });
  await at.store.writes.intend(round, { opKey: 'op', at: now }, sending);
  const outcome = { opKey: 'op', state: 'done', at: now, attempts: 1, status: null, reason: null } as const;
  const ledger = { people: [], removedPeople: [], groups: [], removedGroups: [] };
  const ended = { planId: 'P', outcome, phase: 0, ledger, journal: [], ids: {}, failedSubjects: [] };
  const ends = afterFirstRead(redis.client(), () => at.store.writes.record(ended));
  const { writes } = await openStore(ends, at.prefix, now);
  const { done, inFlight } = await writes.tally('P');
  expect(done + inFlight).toBe(1);
  await at.store.writes.record(ended);
  expect(await writes.tally('P')).toMatchObject({ done: 1, inFlight: 0 });
});

test('how far a plan is counts against the operations that it has, also when it is submitted anew during the look', async () => {
  const at = await desk(redis);
  const opening = { planId: 'P', scope: 'all', submittedAt: Date.now() } as const;
  await at.store.writes.submit({ ...opening, total: 1, edition: 'one' });
  const outcome = { opKey: 'op', state: 'done', at: 1, attempts: 1, status: null, reason: null } as const;
  const ledger = { people: [], removedPeople: [], groups: [], removedGroups: [] };
  const ended = { planId: 'P', outcome, phase: 0, ledger, journal: [], ids: {}, failedSubjects: [] };
  let isAnew = false;
  const connection = afterFirstRead(redis.client(), async () => {
    if (isAnew) return;
    isAnew = true;
    await at.store.writes.submit({ ...opening, total: 3, edition: 'two' });
    await at.store.writes.record(ended);
  });
  const store = await openStore(connection, at.prefix, 1);
  const gate = openGate({ connection, prefix: at.prefix, maxPerSecond: 10 });
  const queue = openWriteQueue({ connection, prefix: at.prefix, store, gate });
  const { done, total } = await queue.progress('P');
  expect([done, total]).toEqual([0, 1]);
  expect(await queue.progress('P')).toMatchObject({ done: 1, total: 3 });
  await queue.close();
});

test('a writer that stops does not take the feeding from the one that has taken it over', async () => {
  const at = await desk(redis);
  const client = redis.client();
  const lease = leaseKey(at.prefix);
  let heir: string | null = null;
  const get = (of: Redis, name: keyof Redis): unknown => {
    const value = of[name];
    if (typeof value !== 'function') return value;
    if (name !== 'get') return value.bind(of);
    return async (key: string) => {
      const holder = await of.get(key);
      heir = 'another';
      await of.set(lease, heir);
      return holder;
    };
  };
  const connection = new Proxy(client, { get: (of, name) => get(of, name as keyof Redis) });
  const feeder = new Feeder({ connection, prefix: at.prefix, store: at.store } as FeederDeps);
  await feeder.turn();
  // What it reads is its own, and no longer so a moment later.
  await feeder.stop();
  expect(await client.get(lease)).toBe(heir);
  await client.set(lease, 'another');
  await feeder.stop();
  expect(await client.get(lease)).toBe('another');
});

/** A connection on which something happens elsewhere as soon as it was asked for the fields of a key. */
function afterFirstRead(client: Redis, happens: () => Promise<unknown>): Redis {
  const get = (of: Redis, name: keyof Redis): unknown => {
    const value = of[name];
    if (typeof value !== 'function') return value;
    if (name === 'multi') return () => thenHappens(of.multi(), happens);
    if (name !== 'hgetall' && name !== 'hvals' && name !== 'hmget' && name !== 'hlen') return value.bind(of);
    return async (...given: unknown[]) => {
      const answer: unknown = await Reflect.apply(value, of, given);
      await happens();
      return answer;
    };
  };
  return new Proxy(client, { get: (of, name) => get(of, name as keyof Redis) });
}

function thenHappens(batch: ChainableCommander, happens: () => Promise<unknown>): ChainableCommander {
  const exec = batch.exec.bind(batch);
  return Object.assign(batch, {
    exec: async () => {
      const answers = await exec();
      await happens();
      return answers;
    },
  });
}
