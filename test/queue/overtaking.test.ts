/** Urgent plans beside a bulk apply, and two plans about one person. */
import { expect, test } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import type { DevinTarget } from '../../src/devin/target.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { addToOrg, type Desk, desk, email, invite, planOf, removeUser, TENANTS, until } from './writing.ts';

const redis = await privateRedis();
const forever = new AbortController().signal;

const DONE = { users: {}, orgId: null };

test('a resync of one person and a deactivation overtake a bulk apply of 3,000 within one write', async () => {
  const at = await desk(redis);
  const calls: string[] = [];
  const target: DevinTarget = {
    ...at.target,
    apply: async ({ key }) => {
      calls.push(key);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return DONE;
    },
    readBack: async () => ({ state: 'not-done' }),
  };
  at.writer({ target, concurrency: 1, patience: { looks: [0], repeats: [], busy: 1, longestBusyMs: 1 } });
  const bulk = Array.from({ length: 3000 }, (_, n) =>
    addToOrg({ who: `p${n}`, user: `u${n}`, org: 'org-1' }),
  );
  await at.queue.submit(planOf('bulk', ...bulk));
  await until(() => calls.length >= 50);
  const resync = planOf('resync', addToOrg({ who: 'ada', user: 'u-ada', org: 'org-2' }, { lane: 2 }));
  await at.queue.submit(resync, { scope: 'part' });
  const submitted = calls.length;
  await at.queue.settled('resync', { signal: forever });
  expect(calls.indexOf('add/ada:org-2') - submitted).toBeLessThanOrEqual(1);
  await at.queue.submit(planOf('gone', removeUser('zoe', 'u-zoe')), { scope: 'part' });
  const then = calls.length;
  await at.queue.settled('gone', { signal: forever });
  expect(calls.indexOf('leave/zoe') - then).toBeLessThanOrEqual(1);
  expect((await at.queue.progress('bulk')).done).toBeLessThan(3000);
});

test('at five calls a second a deactivation is in Devin within five seconds, with 10,000 grants before it', async () => {
  const PER_SECOND = 5;
  const at = await desk(redis, { maxPerSecond: PER_SECOND });
  const zoe = at.devin.state.addUser({ email: email('zoe') });
  const org = at.devin.state.org('Payments').id;
  const bulk = Array.from({ length: 10_000 }, (_, n) =>
    addToOrg({ who: `p${n}`, user: at.devin.state.addUser({ email: email(`p${n}`) }).id, org }),
  );
  at.writer();
  await at.queue.submit(planOf('bulk', ...bulk));
  await until(() => at.devin.state.effects.length >= 3);
  await at.queue.submit(planOf('gone', removeUser('zoe', zoe.id)), { scope: 'part' });
  const before = at.devin.requests.length;
  const isRemoval = ({ method }: { method: string }): boolean => method === 'DELETE';
  await until(() => at.devin.requests.some(isRemoval));
  // The pace is kept by the gate; so many calls, the look before it included, are the time that it took.
  const calls = at.devin.requests.findIndex(isRemoval) + 1 - before;
  expect(calls).toBeLessThanOrEqual(5 * PER_SECOND);
  expect((await at.queue.progress('bulk')).done).toBeLessThan(10_000);
});

test('two plans never write about one person at the same time, on two writers', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const ada = at.devin.state.addUser({ email: email('ada') });
  let inHand = 0;
  let most = 0;
  const target: DevinTarget = {
    ...at.target,
    apply: async (operation, resolver, signal) => {
      most = Math.max(most, ++inHand);
      await new Promise((resolve) => setTimeout(resolve, 60));
      inHand--;
      return at.target.apply(operation, resolver, signal);
    },
  };
  at.writer({ target });
  at.writer({ target });
  const places = ['Payments', 'Search'].map((name) => at.devin.state.org(name).id);
  const both = places.map((place) => addToOrg({ who: 'ada', user: ada.id, org: place }, { lane: 2 }));
  await at.queue.submit(planOf('P', ...both), { scope: 'part' });
  await at.queue.submit(planOf('Q', removeUser('ada', ada.id)), { scope: 'part' });
  await at.queue.settled('P', { signal: forever });
  await at.queue.settled('Q', { signal: forever });
  expect(most).toBe(1);
  expect(at.devin.state.users.get(ada.id)?.direct.get(org)).toBeUndefined();
});

/** How often each person was invited. */
function invited({ devin }: Desk): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, label } of devin.state.effects)
    if (kind === 'invite') counts[label ?? ''] = (counts[label ?? ''] ?? 0) + 1;
  return counts;
}

/** Somebody of a batch alone, as a resync would have it. */
function alone(who: string): Plan {
  const { changes, operation } = invite([who]);
  return planOf('resync', { changes, operation: { ...operation, lane: 2 } });
}

test('whom a resync has invited is left out of a batch that comes later', async () => {
  const at = await desk(redis);
  at.devin.faults.add({ method: 'POST', action: { kind: 'delay', ms: 50 } });
  await at.queue.submit(planOf('bulk', invite(['ada', 'bob', 'cleo'])));
  await at.queue.submit(alone('bob'), { scope: 'part' });
  at.writer({ concurrency: 1 });
  await at.queue.settled('resync', { signal: forever });
  expect(await at.queue.settled('bulk', { signal: forever })).toMatchObject({ done: 1, failed: 0 });
  expect(invited(at)).toEqual({ [email('ada')]: 1, [email('bob')]: 1, [email('cleo')]: 1 });
  const batch = at.devin.requests.filter(({ method }) => method === 'POST');
  expect(batch).toHaveLength(2);
  const rows = await at.store.journal.read({ limit: 100 });
  const bulk = rows.filter(({ kind, planId }) => kind === 'write' && planId === 'bulk');
  expect(bulk.map(({ subject, outcome, reason }) => [subject, outcome, reason])).toEqual([
    [email('ada'), 'done', expect.any(String)],
    [email('cleo'), 'done', expect.any(String)],
    [email('bob'), 'skipped', 'a newer plan decided about the same subject'],
  ]);
  const { people } = await at.store.memory.load(TENANTS);
  expect(people.map((row) => row.email).sort()).toEqual(['ada', 'bob', 'cleo'].map(email));
});

test('a resync about somebody of a batch in hand waits for it, and finds them invited', async () => {
  const at = await desk(redis);
  let resync: Promise<void> | null = null;
  const target: DevinTarget = {
    ...at.target,
    apply: async (operation, resolver, signal) => {
      // The batch is on its way when the other plan comes in.
      resync ??= at.queue.submit(alone('bob'), { scope: 'part' });
      await resync;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return at.target.apply(operation, resolver, signal);
    },
  };
  at.writer({ target });
  at.writer({ target });
  await at.queue.submit(planOf('bulk', invite(['ada', 'bob'])));
  expect(await at.queue.settled('bulk', { signal: forever })).toMatchObject({ done: 1, failed: 0 });
  expect(await at.queue.settled('resync', { signal: forever })).toMatchObject({ done: 1, failed: 0 });
  expect(invited(at)).toEqual({ [email('ada')]: 1, [email('bob')]: 1 });
  const [outcome] = await at.store.writes.outcomes('resync', ['invite/bob:1']);
  expect(outcome).toMatchObject({ state: 'already', attempts: 0 });
  expect(at.devin.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
});
