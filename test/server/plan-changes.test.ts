import { expect, test } from 'vitest';
import { pageOf, reviewOrder } from '../../src/server/plan-changes.ts';
import { large, mixed } from '../report/sample-plans.ts';
import { BEARER, FAILED, FakeDaemon, journalRow } from './fake-daemon.ts';
import { serverOf } from './serving.ts';

test('a review begins with removals, then role changes, then grants, the enterprise before organizations', async () => {
  const order = (await reviewOrder(mixed(), {})).map(({ kind, org }) => `${kind} ${org?.name ?? '-'}`);
  expect(order[0]).toBe('remove-user -');
  expect(order.indexOf('remove-from-org Risk & Compliance')).toBeLessThan(
    order.indexOf('change-org-role Payments'),
  );
  expect(order.indexOf('change-org-role Payments')).toBeLessThan(order.indexOf('invite -'));
  expect(order).toHaveLength(mixed().changes.length);
});

test.each([
  [{ state: 'held' }, 3],
  [{ effect: 'revoke' }, 7],
  [{ effect: 'revoke', state: 'held' }, 2],
  [{ cause: 'deactivated' }, 2],
  [{ place: 'Payments' }, 4],
  [{ place: '' }, 7],
  [{ search: 'IDA@' }, 2],
  [{ search: 'payments-admins' }, 1],
  [{ search: 'nobody like this' }, 0],
] as const)('the filter %j lets through %i changes', async (filter, count) => {
  expect(await reviewOrder(mixed(), filter)).toHaveLength(count);
});

test('a review of many changes lets others be served in between, and keeps the order of the plan in each place', async () => {
  const some = large(9_000);
  let others = 0;
  const other = () => {
    others++;
    handle = setImmediate(other);
  };
  let handle = setImmediate(other);
  const order = await reviewOrder(some, {});
  clearImmediate(handle);
  expect(others).toBeGreaterThan(1);
  expect(order).toHaveLength(some.changes.length);
  const at = new Map(some.changes.map((change, index) => [change, index]));
  const places = Map.groupBy(order, ({ kind, org }) => `${kind} ${org?.name}`);
  const counted = [...places.values()].map((changes) => changes.map((change) => at.get(change) as number));
  expect(counted).toEqual(counted.map((indexes) => indexes.toSorted((a, b) => a - b)));
});

test('pages of a long plan are disjoint, complete, and one past the end is the last', async () => {
  const all = await reviewOrder(large(1050), {});
  const seen = Array.from({ length: 11 }, (_, index) => pageOf(all, index + 1, 100));
  expect(new Set(seen.flatMap(({ changes }) => changes.map(({ key }) => key))).size).toBe(1050);
  expect(seen.at(-1)?.changes).toHaveLength(50);
  expect(pageOf(all, 999, 100).page).toBe(11);
  expect(pageOf([], 1, 100)).toEqual({ total: 0, page: 1, pages: 1, changes: [] });
});

test('the API gives one page with the numbers of all, and a misspelt filter is no filter', async () => {
  const daemon = new FakeDaemon();
  const plan = large(500);
  daemon.plans.set(plan.id, plan);
  const { app } = serverOf({}, daemon);
  const get = (query: string) =>
    app.inject({ url: `/api/v1/plans/${plan.id}/changes?${query}`, headers: BEARER });
  const first = (await get('effect=revoke&limit=10&page=2')).json();
  expect(first).toMatchObject({ total: 125, page: 2, pages: 13 });
  expect(first.changes).toHaveLength(10);
  expect(first.changes[0]).toMatchObject({ kind: 'remove-from-org', verdict: { state: 'ready' } });
  expect((await get('efect=revoke')).statusCode).toBe(400);
  expect((await get('effect=revok')).statusCode).toBe(400);
});

test('dead letters say what failed, for whom and why', async () => {
  const daemon = new FakeDaemon();
  const plan = mixed();
  daemon.plans.set(plan.id, plan);
  daemon.outcomes.set('op-3', { ...FAILED, opKey: 'op-3' });
  const { app } = serverOf({}, daemon);
  const answer = await app.inject({ url: `/api/v1/plans/${plan.id}/dead-letters`, headers: BEARER });
  expect(answer.json().failures).toMatchObject([{ opKey: 'op-3', kind: 'invite', status: 403, attempts: 3 }]);
});

test('dead letters are tried again or discarded under the name of the token, and only what did fail', async () => {
  const daemon = new FakeDaemon();
  const plan = mixed();
  daemon.plans.set(plan.id, plan);
  for (const opKey of ['op-3', 'op-4']) daemon.outcomes.set(opKey, { ...FAILED, opKey });
  const { app } = serverOf({}, daemon);
  const post = (what: string, payload: object) =>
    app.inject({
      method: 'POST',
      url: `/api/v1/plans/${plan.id}/dead-letters/${what}`,
      headers: BEARER,
      payload,
    });
  expect((await post('retry', { writes: ['op-9'] })).statusCode).toBe(409);
  expect((await post('discard', { writes: ['op-3'] })).statusCode).toBe(400);
  expect((await post('discard', { writes: ['op-3'], why: 'left' })).json()).toEqual({ discarded: 1 });
  expect((await post('retry', {})).json()).toEqual({ reopened: 1 });
  expect(daemon.letters).toEqual([
    { what: 'discard', planId: plan.id, by: 'token:ci', opKeys: ['op-3'], why: 'left' },
    { what: 'retry', planId: plan.id, by: 'token:ci', opKeys: undefined },
  ]);
});

test('a long journal leaves in order, whole, and from where the caller left off', async () => {
  const daemon = new FakeDaemon();
  for (let id = 1; id <= 2500; id++) daemon.journal.push(journalRow(id, { subject: `p${id}` }));
  const { app } = serverOf({}, daemon);
  const lines = async (query: string) =>
    (await app.inject({ url: `/api/v1/journal${query}`, headers: BEARER })).body.trim().split('\n');
  const all = await lines('');
  expect(all.map((line) => JSON.parse(line).id)).toEqual(daemon.journal.map(({ id }) => id));
  expect(JSON.parse((await lines('?after=2499'))[0] ?? '')).toMatchObject({ id: '2500' });
});

test('why a person has what they have is answered as the command line does', async () => {
  const { app } = serverOf();
  const answer = await app.inject({ url: '/api/v1/people/ana.ruiz%40corp.example', headers: BEARER });
  expect(answer.json()).toMatchObject({ email: 'ana.ruiz@corp.example', version: 1 });
  expect((await app.inject({ url: '/api/v1/people/ana', headers: BEARER })).statusCode).toBe(400);
});
