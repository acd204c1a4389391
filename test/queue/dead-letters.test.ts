import { expect, test } from 'vitest';
import { ConfigError } from '../../src/lib/errors.ts';
import { operation, plan } from '../lib/plan-builder.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { addToOrg, desk, email, invite, planOf, removeFromOrg, writesOf } from './writing.ts';

const redis = await privateRedis();
const forever = new AbortController().signal;
const REFUSED = { kind: 'status', status: 422 } as const;

test('what failed is listed with words, and tried again with what was skipped because of it', async () => {
  const { devin, queue, run, store, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  devin.faults.add({ method: 'POST', path: /members\/users$/, action: REFUSED });
  writer();
  const plan = planOf('P', invite(['ada']), addToOrg({ who: 'ada', user: null, org }));
  expect(await run(plan)).toMatchObject({ failed: 1, skipped: 1 });
  expect(await queue.failures('P')).toMatchObject([
    { opKey: 'invite/ada:1', state: 'failed', status: 422, reason: expect.stringContaining('422') },
  ]);
  expect(await queue.retry('P', 'eve')).toBe(2);
  expect(await queue.settled('P', { signal: forever })).toMatchObject({ done: 2, failed: 0, skipped: 0 });
  expect(devin.state.user(email('ada')).direct.get(org)).toBe('org_member');
  expect(await queue.failures('P')).toEqual([]);
  const rows = await store.journal.read({ limit: 100 });
  expect(rows.filter(({ actor }) => actor === 'eve')).toMatchObject([
    { kind: 'retry', planId: 'P', reason: 'what failed is tried again' },
  ]);
});

test('one dead letter may be tried alone; what depends on another stays skipped', async () => {
  const { devin, queue, run, store, writer } = await desk(redis);
  const [from, to] = [devin.state.org('Payments').id, devin.state.org('Search').id];
  const users = ['ada', 'bob'].map((who) =>
    devin.state.addUser({ email: email(who), orgs: { Payments: 'org_member' } }),
  );
  const part = (who: string, n: number) => {
    const user = users[n]?.id as string;
    return [addToOrg({ who, user, org: to }), removeFromOrg({ who, user, org: from })];
  };
  devin.faults.add({ method: 'POST', times: 2, action: REFUSED });
  writer({ concurrency: 1 });
  expect(await run(planOf('P', ...part('ada', 0), ...part('bob', 1)))).toMatchObject({
    failed: 2,
    skipped: 2,
  });
  expect(await queue.retry('P', 'eve', [`add/ada:${to}`])).toBe(3);
  expect(await queue.settled('P', { signal: forever })).toMatchObject({ done: 2, failed: 1, skipped: 1 });
  expect(devin.state.user(users[1]?.id as string).direct.get(from)).toBe('org_member');
  expect((await store.writes.outcomes('P', [`remove/ada:${from}`]))[0]?.state).toBe('done');
  await expect(queue.retry('P', 'eve', [`add/ada:${to}`])).rejects.toThrow('did not fail');
  expect(writesOf(devin)).toHaveLength(4);
});

test('nothing of a plan is tried again once a newer one has taken over', async () => {
  const { devin, queue, run, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const user = devin.state.addUser({ email: email('ada') });
  devin.faults.add({ method: 'POST', action: REFUSED });
  writer();
  expect(await run(planOf('old', addToOrg({ who: 'ada', user: user.id, org })))).toMatchObject({ failed: 1 });
  await queue.submit(planOf('new'));
  await expect(queue.retry('old', 'eve')).rejects.toBeInstanceOf(ConfigError);
  await expect(queue.retry('nobody', 'eve')).rejects.toThrow('there is no plan nobody');
  expect(devin.state.effects).toEqual([]);
});

test('what is discarded is off the list for good, is journalled, and no retry brings it back', async () => {
  const { devin, queue, run, store, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const ada = devin.state.addUser({ email: email('ada') });
  const bob = devin.state.addUser({ email: email('bob') });
  devin.faults.add({ method: 'POST', times: 2, action: REFUSED });
  writer();
  const plan = planOf(
    'P',
    addToOrg({ who: 'ada', user: ada.id, org }),
    addToOrg({ who: 'bob', user: bob.id, org }),
  );
  expect(await run(plan)).toMatchObject({ failed: 2 });
  expect(await queue.discard('P', 'eve', 'left meanwhile', [`add/ada:${org}`])).toBe(1);
  expect(await queue.failures('P')).toMatchObject([{ opKey: `add/bob:${org}` }]);
  expect(await queue.progress('P')).toMatchObject({ done: 0, failed: 1, skipped: 1 });
  expect(await queue.retry('P', 'eve')).toBe(1);
  expect(await queue.settled('P', { signal: forever })).toMatchObject({ done: 1, failed: 0, skipped: 1 });
  expect(devin.state.user(ada.id).direct.get(org)).toBeUndefined();
  await expect(queue.discard('P', 'eve', 'again', [`add/ada:${org}`])).rejects.toThrow('did not fail');
  expect(await queue.discard('P', 'eve', 'nothing is left')).toBe(0);
  const rows = await store.journal.read({ limit: 100 });
  expect(rows.filter(({ kind }) => kind === 'retry')).toHaveLength(1);
  expect(rows.filter(({ kind }) => kind === 'discard')).toMatchObject([
    { planId: 'P', opKey: `add/ada:${org}`, actor: 'eve', reason: 'left meanwhile' },
  ]);
  expect((await store.writes.outcomes('P', [`add/ada:${org}`]))[0]).toMatchObject({
    state: 'skipped',
    reason: 'discarded by eve: left meanwhile',
    discardedBy: 'eve',
  });
});

test('a retry of what nobody knows about reads it back first, and sends it only if it was not done', async () => {
  const { devin, queue, run, store, writer } = await desk(redis);
  const create = { name: 'Ledger', maxSessionAcuLimit: null, maxCycleAcuLimit: null };
  const one = operation({ key: 'make', kind: 'create-org', create });
  devin.faults.add({ method: 'POST', action: { kind: 'lose-answer' } });
  devin.faults.add({ method: 'GET', times: 100, action: { kind: 'status', status: 500 } });
  writer();
  expect(await run(plan('P', [one]))).toMatchObject({ failed: 1 });
  expect((await queue.failures('P'))[0]?.reason).toMatch(/^nobody knows whether it took effect/);
  devin.faults.clear();
  expect(await queue.retry('P', 'eve')).toBe(1);
  expect(await queue.settled('P', { signal: forever })).toMatchObject({ done: 1, failed: 0 });
  expect(devin.state.effects.map(({ kind }) => kind)).toEqual(['create-org']);
  expect((await store.writes.outcomes('P', ['make']))[0]?.reason).toBe('tried before, and found done');
});
