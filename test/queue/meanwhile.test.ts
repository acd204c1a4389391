/** Somebody decides, or something fails, between what was read and what is written because of it. */
import { expect, test } from 'vitest';
import type { DevinTarget } from '../../src/devin/target.ts';
import { TargetError } from '../../src/lib/errors.ts';
import { openGate } from '../../src/queue/gate.ts';
import { openWriteQueue, type WriteQueue } from '../../src/queue/writes.ts';
import type { Store } from '../../src/state/store.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { addToOrg, type Desk, desk, email, planOf, removeFromOrg, TENANTS, until } from './writing.ts';

const redis = await privateRedis();
const forever = new AbortController().signal;
const REFUSED = { kind: 'status', status: 422 } as const;

function once(happens: () => Promise<unknown>): () => Promise<void> {
  let isOver = false;
  return async () => {
    if (isOver) return;
    isOver = true;
    await happens();
  };
}

/** A queue of somebody for whom it happens as soon as outcomes were read. */
function queueWith({ store, prefix }: Desk, happens: () => Promise<void>): WriteQueue {
  const outcomes: Store['writes']['outcomes'] = async (...of) => {
    const found = await store.writes.outcomes(...of);
    await happens();
    return found;
  };
  const connection = redis.client();
  const gate = openGate({ connection, prefix, maxPerSecond: 10 });
  const writes = { ...store.writes, outcomes };
  return openWriteQueue({ connection, prefix, store: { ...store, writes }, gate });
}

test('an adoption that is signed while an outcome is written down is not lost', async () => {
  const at = await desk(redis);
  const [org, other] = [at.devin.state.org('Payments').id, at.devin.state.org('Search').id];
  const ada = at.devin.state.addUser({ email: email('ada') });
  let happens = async (): Promise<void> => {};
  const rows: Store['memory']['rows'] = async (wanted) => {
    const found = await at.store.memory.rows(wanted);
    await happens();
    return found;
  };
  at.writer({ store: { ...at.store, memory: { ...at.store.memory, rows } } });
  await at.run(planOf('P', addToOrg({ who: 'ada', user: ada.id, org: other })));
  happens = once(async () => {
    const before = await at.store.memory.load(TENANTS);
    const people = before.people.map((row) => ({
      ...row,
      places: { ...row.places, lab: 'adopted' } as const,
    }));
    await at.store.memory.save(before, { ...before, people });
  });
  expect(await at.run(planOf('Q', addToOrg({ who: 'ada', user: ada.id, org })))).toMatchObject({ done: 1 });
  const { people } = await at.store.memory.load(TENANTS);
  expect(people.map(({ places }) => places)).toEqual([
    { [org]: 'managed', [other]: 'managed', lab: 'adopted' },
  ]);
});

test('what is discarded while somebody has everything tried again stays discarded', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const parts = ['ada', 'bob'].map((who) =>
    addToOrg({ who, user: at.devin.state.addUser({ email: email(who) }).id, org }),
  );
  at.devin.faults.add({ method: 'POST', times: 2, action: REFUSED });
  at.writer();
  expect(await at.run(planOf('P', ...parts))).toMatchObject({ failed: 2 });
  const discards = once(() => at.queue.discard('P', 'ida', 'left meanwhile', [`add/ada:${org}`]));
  const queue = queueWith(at, discards);
  expect(await queue.retry('P', 'eve')).toBe(1);
  await queue.close();
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 1, skipped: 1 });
  expect(at.devin.state.effects.map(({ label }) => label)).toEqual([email('bob')]);
});

test('a grant that fails while another one is tried again still keeps its person from losing what they had', async () => {
  const at = await desk(redis);
  const [from, to] = [at.devin.state.org('Payments').id, at.devin.state.org('Search').id];
  const ada = at.devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  const first = addToOrg({ who: 'ada', user: ada.id, org: to });
  const second = addToOrg({ who: 'ada', user: ada.id, org: 'org-gone' });
  let fail = (): void => {};
  const failing = new Promise<void>((resolve) => {
    fail = resolve;
  });
  const target: DevinTarget = {
    ...at.target,
    readBack: async (operation, ...rest) =>
      operation.org === 'org-gone' ? { state: 'not-done' } : at.target.readBack(operation, ...rest),
    apply: async (operation, ...rest) => {
      if (operation.org !== 'org-gone') return at.target.apply(operation, ...rest);
      await failing;
      throw new TargetError('Devin refuses this.', { status: 422, outcome: 'refused' });
    },
  };
  let goOn = (): void => {};
  const retried = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  // The removal asks only when the retry is through.
  const failedSubjects: Store['writes']['failedSubjects'] = async (...of) => {
    await retried;
    return at.store.writes.failedSubjects(...of);
  };
  at.devin.faults.add({ method: 'POST', action: REFUSED });
  const store = { ...at.store, writes: { ...at.store.writes, failedSubjects } };
  at.writer({ target, store, concurrency: 1 });
  const hasFailed = (count: number) => until(async () => (await at.queue.failures('P')).length === count);
  await at.queue.submit(planOf('P', first, second, removeFromOrg({ who: 'ada', user: ada.id, org: from })));
  await hasFailed(1);
  const fails = once(async () => {
    fail();
    await hasFailed(2);
  });
  const queue = queueWith(at, fails);
  await queue.retry('P', 'eve', [first.operation.key]);
  goOn();
  await queue.close();
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 1, failed: 1, skipped: 1 });
  expect(at.devin.state.user(ada.id).direct.get(from)).toBe('org_member');
});
