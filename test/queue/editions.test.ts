/** The same plan, submitted again after people decided otherwise: what is written is what was let go last. */
import { expect, test } from 'vitest';
import { asLetGo } from '../../src/actions/find-plan.ts';
import { invitePlaceholder } from '../../src/core/model/operation.ts';
import type { Pace } from '../../src/lib/pace.ts';
import { openGate } from '../../src/queue/gate.ts';
import type { Store } from '../../src/state/store.ts';
import { privateRedis } from '../lib/private-redis.ts';
import {
  addToOrg,
  type Desk,
  desk,
  email,
  invite,
  planOf,
  removeFromOrg,
  removeUser,
  TENANTS,
  until,
} from './writing.ts';

const redis = await privateRedis();
const forever = new AbortController().signal;

const kinds = ({ devin }: Desk): readonly string[] => devin.state.effects.map(({ kind }) => kind);

/** A writer that is told when it has a plan in hand. */
function watchedWriter(at: Desk): () => Promise<void> {
  let loaded = 0;
  const sealed: Store['plans']['sealed'] = async (...of) => {
    const plan = await at.store.plans.sealed(...of);
    loaded++;
    return plan;
  };
  at.writer({ store: { ...at.store, plans: { ...at.store.plans, sealed } } });
  return () => until(async () => loaded > 0);
}

/** Rejects these items as a person does. */
async function reject({ store }: Desk, ...items: readonly string[]): Promise<void> {
  const before = await store.memory.load(TENANTS);
  const rejections = items.map((item) => ({ item, by: 'os:olga', at: 1, why: 'not her' }));
  await store.memory.save(before, { ...before, rejections: [...before.rejections, ...rejections] });
}

test('what is approved while the rest of the plan is written is written too', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  at.writer();
  const first = invite(['ada']);
  expect(await at.run(planOf('P', first))).toMatchObject({ total: 1, done: 1 });
  // Its reading had begun before the invite: the plan has the same changes and the same id.
  const second = planOf('P', first, addToOrg({ who: 'ada', user: null, org }));
  expect(await at.run(second)).toMatchObject({ total: 2, done: 2, failed: 0 });
  expect(kinds(at)).toEqual(['invite', 'add-to-org']);
});

test('a pause between two approvals loses neither', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  await at.queue.pause('olga');
  const inHand = watchedWriter(at);
  const first = invite(['ada']);
  await at.queue.submit(planOf('P', first));
  await inHand();
  const second = planOf('P', first, addToOrg({ who: 'ada', user: null, org }));
  await at.queue.submit(second);
  await at.queue.resume('olga');
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ total: 2, done: 2 });
  expect(kinds(at)).toEqual(['invite', 'add-to-org']);
});

test('what is held again before it was written is not written', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const ada = at.devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  const bob = at.devin.state.addUser({ email: email('bob'), orgs: { Payments: 'org_member' } });
  const keeps = removeFromOrg({ who: 'bob', user: bob.id, org });
  const goes = removeFromOrg({ who: 'ada', user: ada.id, org });
  await at.queue.pause('olga');
  const inHand = watchedWriter(at);
  await at.queue.submit(planOf('P', goes, keeps));
  await inHand();
  await at.queue.submit(planOf('P', goes));
  await at.queue.resume('olga');
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ total: 1, done: 1 });
  expect(at.devin.state.effects.map(({ label }) => label)).toEqual([email('ada')]);
});

test('a look that finds other changes held does not alter what is shown and written', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const parts = [invite(['ada']), addToOrg({ who: 'ada', user: null, org })] as const;
  await at.queue.submit(planOf('P', ...parts));
  const looked = planOf('P', parts[0]);
  await at.store.plans.put(looked);
  const operations = async () => (await asLetGo(at.store, looked)).operations.map(({ kind }) => kind);
  expect(await operations()).toEqual(['invite', 'add-to-org']);
  at.writer();
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ total: 2, done: 2 });
  const never = planOf('Q', parts[0]);
  expect(await asLetGo(at.store, never)).toEqual(never);
});

test('a round that an older version left open is taken up when the plan is submitted again', async () => {
  const at = await desk(redis);
  const plan = planOf('P', invite(['ada']));
  await at.queue.submit(plan);
  await redis.client().hdel(`{${at.prefix}}:writes:P:submission`, 'edition');
  at.writer();
  expect(await at.run(plan)).toMatchObject({ total: 1, done: 1 });
});

test('a batch of the same name with other people in it is another one', async () => {
  const at = await desk(redis);
  at.writer();
  const both = invite(['ada', 'bob']);
  expect(await at.run(planOf('P', both))).toMatchObject({ done: 1 });
  const others = invite(['ada', 'cleo']);
  expect(
    await at.run(planOf('P', { ...others, operation: { ...others.operation, key: both.operation.key } })),
  ).toMatchObject({ done: 1 });
  expect(at.devin.state.effects.map(({ label }) => label).sort()).toEqual(['ada', 'bob', 'cleo'].map(email));
});

test('a call in hand while its plan is submitted without it is noted, and closes nothing', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const ada = at.devin.state.addUser({ email: email('ada') });
  const bob = at.devin.state.addUser({ email: email('bob') });
  const kept = addToOrg({ who: 'bob', user: bob.id, org });
  const out = addToOrg({ who: 'ada', user: ada.id, org });
  let submitAgain: (() => Promise<void>) | null = () => at.queue.submit(planOf('P', kept));
  at.writer({
    concurrency: 1,
    target: {
      ...at.target,
      apply: async (operation, resolver, signal) => {
        const result = await at.target.apply(operation, resolver, signal);
        const again = submitAgain;
        submitAgain = null;
        if (again !== null) await again();
        return result;
      },
    },
  });
  await at.queue.submit(planOf('P', out, kept));
  await until(async () => submitAgain === null);
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ total: 1, done: 1 });
  expect(at.devin.state.effects.map(({ label }) => label)).toEqual([email('ada'), email('bob')]);
  const { people } = await at.store.memory.load(TENANTS);
  expect(people.map(({ places }) => places)).toEqual([{ [org]: 'managed' }, { [org]: 'managed' }]);
});

test('what is rejected after it was let go is skipped, with the name of who said so', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const user = at.devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  await at.queue.pause('olga');
  at.writer();
  const part = removeFromOrg({ who: 'ada', user: user.id, org });
  await at.queue.submit(planOf('P', part));
  await reject(at, ...part.operation.items);
  await at.queue.resume('olga');
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 0, skipped: 1 });
  const [outcome] = await at.store.writes.outcomes('P', [part.operation.key]);
  expect(outcome?.reason).toBe('rejected by os:olga after it was let go');
  expect(kinds(at)).toEqual([]);
});

test('a proven deactivation, and what was approved after it was rejected, go out', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const zoe = at.devin.state.addUser({ email: email('zoe') });
  const ada = at.devin.state.addUser({ email: email('ada') });
  const [leaves, joins] = [removeUser('zoe', zoe.id), addToOrg({ who: 'ada', user: ada.id, org })];
  await reject(at, ...leaves.operation.items, ...joins.operation.items);
  const before = await at.store.memory.load(TENANTS);
  const approvals = joins.operation.items.map((item) => ({ item, by: 'os:ida', at: 2, why: 'she is' }));
  await at.store.memory.save(before, { ...before, approvals });
  at.writer();
  expect(await at.run(planOf('P', leaves, joins))).toMatchObject({ done: 2, skipped: 0 });
});

test('of a batch, who was rejected since is left out, and what needs them is skipped', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  await at.queue.pause('olga');
  at.writer();
  const batch = invite(['ada', 'bob']);
  await at.queue.submit(planOf('P', batch, addToOrg({ who: 'bob', user: null, org })));
  await reject(at, 'invite-bob');
  await at.queue.resume('olga');
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 1, skipped: 1 });
  expect(at.devin.state.effects.map(({ label }) => label)).toEqual([email('ada')]);
  expect(await at.store.writes.ids('P', [invitePlaceholder(email('bob'))])).toEqual([null]);
  const rows = await at.store.journal.read({ limit: 50 });
  expect(rows.find(({ subject, kind }) => kind === 'write' && subject === email('bob'))).toMatchObject({
    outcome: 'skipped',
    reason: 'rejected by os:olga after it was let go',
  });
});

test('who is rejected while their batch waits for its turn at Devin is not sent', async () => {
  const at = await desk(redis);
  const pace = openGate({ connection: redis.client(), prefix: at.prefix, maxPerSecond: 100 });
  let isSaid = false;
  const acquire: Pace['acquire'] = async (signal) => {
    const pass = await pace.acquire(signal);
    if (!isSaid) await reject(at, 'invite-bob');
    isSaid = true;
    return pass;
  };
  at.writer({ pace: { ...pace, acquire } });
  expect(await at.run(planOf('P', invite(['ada', 'bob'])))).toMatchObject({ done: 1, failed: 0 });
  expect(at.devin.state.effects.map(({ label }) => label)).toEqual([email('ada')]);
});

test('a batch of which everybody was rejected is not sent', async () => {
  const at = await desk(redis);
  await at.queue.pause('olga');
  at.writer();
  await at.queue.submit(planOf('P', invite(['ada', 'bob'])));
  await reject(at, 'invite-ada', 'invite-bob');
  await at.queue.resume('olga');
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 0, skipped: 1 });
  expect(kinds(at)).toEqual([]);
});
