/** One bad address in a batch. */
import { expect, test } from 'vitest';
import type { DevinTarget } from '../../src/devin/target.ts';
import { TargetError } from '../../src/lib/errors.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { addToOrg, desk, email, invite, planOf, TENANTS, writesOf } from './writing.ts';

const redis = await privateRedis();

const people = Array.from({ length: 100 }, (_, at) => `p${at}`);

/** Refuses every invite that has one of these people in it. */
function picky(target: DevinTarget, bad: readonly string[]): { target: DevinTarget; sizes: number[] } {
  const sizes: number[] = [];
  const refuse: DevinTarget['apply'] = async (operation, resolver, signal) => {
    if (operation.kind === 'invite') sizes.push(operation.batch.length);
    const found = operation.kind === 'invite' && operation.batch.find((one) => bad.includes(one));
    if (!found) return target.apply(operation, resolver, signal);
    throw new TargetError('Devin refuses this (422: an address is not valid).', {
      status: 422,
      outcome: 'refused',
    });
  };
  return { target: { ...target, apply: refuse }, sizes };
}

test('one bad address costs itself only: the others are invited and get their roles in the same plan', async () => {
  const { devin, queue, run, store, target, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const { target: strict, sizes } = picky(target, [email('p37')]);
  writer({ target: strict, concurrency: 2 });
  const roles = ['p37', 'p38'].map((who) => addToOrg({ who, user: null, org }));
  expect(await run(planOf('P', invite(people), ...roles))).toMatchObject({ done: 1, failed: 1, skipped: 1 });
  expect([...devin.state.users.values()].map((user) => user.email)).toHaveLength(99);
  expect(sizes.length).toBeLessThanOrEqual(15);
  expect(devin.state.user(email('p38')).direct.get(org)).toBe('org_member');
  const [letter] = await queue.failures('P');
  expect(letter?.reason).toMatch(/^1 of 100 refused: p37@corp\.example \(.*an address is not valid/);
  const rows = (await store.journal.read({ limit: 1000 })).filter(
    ({ kind, opKey }) => kind === 'write' && opKey?.startsWith('invite'),
  );
  expect(rows).toHaveLength(100);
  expect(rows.filter(({ outcome }) => outcome === 'failed').map(({ subject }) => subject)).toEqual([
    email('p37'),
  ]);
  const ledger = (await store.memory.load(TENANTS)).people;
  expect(ledger).toHaveLength(99);
  expect(ledger.every(({ devinId }) => devinId !== '')).toBe(true);
  const skipped = (await store.writes.outcomes('P', [`add/p37:${org}`]))[0];
  expect(skipped?.reason).toContain('p37@corp.example was not invited in this plan');
});

test('a batch of which nobody is taken is not tried one by one', async () => {
  const { devin, queue, run, target, writer } = await desk(redis);
  const { target: strict, sizes } = picky(target, people.map(email));
  writer({ target: strict });
  expect(await run(planOf('P', invite(people)))).toMatchObject({ failed: 1 });
  expect(sizes.length).toBeLessThanOrEqual(41);
  expect(writesOf(devin)).toEqual([]);
  expect((await queue.failures('P'))[0]?.reason).toContain('an address is not valid');
});

test('two bad addresses are both named, and a retry invites them once Devin takes them', async () => {
  const { devin, queue, run, target, writer } = await desk(redis);
  const bad = [email('p3'), email('p77')];
  writer({ target: picky(target, bad).target });
  expect(await run(planOf('P', invite(people)))).toMatchObject({ failed: 1 });
  expect((await queue.failures('P'))[0]?.reason).toMatch(/^2 of 100 refused: p3@.* and 1 more/);
  bad.length = 0;
  await queue.retry('P', 'eve');
  expect(await queue.settled('P', { signal: new AbortController().signal })).toMatchObject({ done: 1 });
  expect(devin.state.users.size).toBe(100);
  expect(devin.state.effects).toHaveLength(100);
});
