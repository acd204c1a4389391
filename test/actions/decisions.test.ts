/** What people decide about held items, over a real store. */
import { expect, test } from 'vitest';
import { approveItems, pause, rejectItems, resume } from '../../src/actions/decisions.ts';
import type { ApprovalRules } from '../../src/core/model/settings.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import type { Store } from '../../src/state/store.ts';
import type { LoopDeps } from '../../src/sync/run.ts';
import { loopOf, turn } from '../helpers/loop.ts';
import { DAY, DEFAULT_GUARDS, lines, MINUTE, TENANTS, type World, world } from '../helpers/world.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const STAFF = Array.from({ length: 12 }, (_, at) => `n${String(at).padStart(2, '0')}`);
const OPEN: ApprovalRules = { notByTrigger: false, adminNeedsTwo: false };

interface Desk {
  readonly of: World;
  readonly loop: LoopDeps;
  readonly store: Store;
}

/** Twelve people in Web through eng; memory of the world is stored. */
async function desk(of: World): Promise<Desk> {
  const store = await openStore(redis.client(), redis.prefix(), of.now);
  const empty = await store.memory.load(TENANTS);
  await store.memory.save(empty, of.memory);
  return { of, store, loop: loopOf(of, store) };
}

function company(): World {
  const of = world()
    .staff(...STAFF)
    .org('Web')
    .group('all', ...STAFF)
    .group('eng', ...STAFF);
  for (const name of STAFF) of.user(name, { '': 'Member', Web: 'Member' }).link(name);
  of.rule('all', 'Member').rule('eng', 'Member', { org: 'Web' });
  return of.guards({ ...DEFAULT_GUARDS, minAdmins: 0 });
}

/** Five leave eng at once. */
async function held(): Promise<Desk> {
  const of = company();
  for (const name of STAFF.slice(0, 5)) of.leave(name, 'eng');
  return desk(of);
}

const EVE = { by: 'eve', why: 'ticket 4711' };

async function said(store: Store, kind: string): Promise<string[]> {
  const rows = await store.journal.read({ limit: 1000 });
  return rows
    .filter((row) => row.kind === kind)
    .map((row) => `${row.subject} by ${row.actor}: ${row.reason}`);
}

test('two of five held items are approved by the first digits of their keys; the rest stay held', async () => {
  const { loop, store, of } = await held();
  const plan = await turn(loop);
  const items = plan.changes.slice(0, 2).map(({ key }) => key.slice(0, 10));
  const result = await approveItems(
    { ...loop, rules: OPEN },
    { planId: plan.id.slice(0, 12), items, ...EVE },
  );
  expect(result.done.map(({ subject }) => subject)).toEqual(['n00@corp.example', 'n01@corp.example']);
  expect(await said(store, 'approve')).toEqual([
    'n00@corp.example by eve: ticket 4711',
    'n01@corp.example by eve: ticket 4711',
  ]);
  of.later(MINUTE);
  expect((await turn(loop)).changes.map(({ verdict }) => verdict.state)).toEqual([
    'ready',
    'ready',
    'held',
    'held',
    'held',
  ]);
});

test('items whose subject has moved on drop out one by one and are named', async () => {
  const { loop, of } = await held();
  const seen = await turn(loop);
  of.join('n00', 'eng').join('n02', 'eng').status('n01', 'deactivated').later(MINUTE);
  await turn(loop);
  const { done, left } = await approveItems(
    { ...loop, rules: OPEN },
    { planId: seen.id, items: 'held', ...EVE },
  );
  expect(done).toEqual([]);
  expect(left.map(({ subject, why }) => `${subject}: ${why}`)).toEqual([
    'n00@corp.example: the newest plan no longer has it: its subject has moved on',
    'n01@corp.example: the newest plan no longer has it: its subject has moved on',
    'n02@corp.example: the newest plan no longer has it: its subject has moved on',
    'n03@corp.example: nothing holds it: it is ready',
    'n04@corp.example: nothing holds it: it is ready',
  ]);
});

test('a newer plan about one person alone moves nobody else on', async () => {
  const { loop, store, of } = await held();
  const seen = await turn(loop);
  const part = {
    ...seen,
    id: 'f'.repeat(64),
    only: { user: 'n11@corp.example' },
    changes: [],
    createdAt: of.now + 1,
  };
  await store.plans.put(part);
  const { done } = await approveItems({ ...loop, rules: OPEN }, { planId: seen.id, items: 'held', ...EVE });
  expect(done).toHaveLength(5);
  expect(
    (await approveItems({ ...loop, rules: OPEN }, { planId: part.id, items: 'held', ...EVE })).done,
  ).toEqual([]);
});

test('approving all of a first plan accepts the configuration and the size of the directory', async () => {
  const of = company();
  of.memory = { ...of.memory, approvedConfig: null, baseline: { people: 100, groups: 2, edges: 200 } };
  const { loop, store } = await desk(of.leave('n00', 'eng'));
  const plan = await turn(loop);
  expect(lines(plan)[0]).toContain('held by first-plan');
  await approveItems({ ...loop, rules: OPEN }, { planId: plan.id, items: 'held', ...EVE });
  const memory = await store.memory.load(TENANTS);
  expect(memory).toMatchObject({
    approvedConfig: of.configHash,
    baseline: { people: 12, groups: 2, edges: 23 },
  });
  expect(await said(store, 'approve')).toContain('the configuration by eve: ticket 4711');
  expect((await turn(loop)).operations).toHaveLength(1);
});

test('a rejected item stays held for good and over a restart, until it is approved', async () => {
  const { of, loop, store } = await desk(company().leave('n00', 'eng').leave('n01', 'eng'));
  const plan = await turn(loop);
  const items = [plan.changes[0]?.key as string];
  const { done } = await rejectItems(loop, { planId: plan.id, items, ...EVE });
  expect(done).toHaveLength(1);
  expect(await said(store, 'reject')).toEqual(['n00@corp.example by eve: ticket 4711']);
  for (const pause of [MINUTE, 40 * DAY]) {
    of.later(pause);
    expect(lines(await turn(loop))[0]).toContain('held by rejected');
  }
  await approveItems({ ...loop, rules: OPEN }, { planId: plan.id, items, ...EVE });
  expect((await store.memory.load(TENANTS)).rejections).toEqual([]);
  expect((await turn(loop)).operations).toHaveLength(2);
});

test('a rejection takes an approval back', async () => {
  const { loop, store } = await held();
  const plan = await turn(loop);
  await approveItems({ ...loop, rules: OPEN }, { planId: plan.id, items: 'held', ...EVE });
  await rejectItems(loop, { planId: plan.id, items: 'held', ...EVE });
  expect((await store.memory.load(TENANTS)).approvals).toEqual([]);
  expect((await turn(loop)).operations).toEqual([]);
});

test('a proven deactivation cannot be rejected, and the answer says what to do', async () => {
  const { loop } = await desk(company().status('n00', 'deactivated'));
  const plan = await turn(loop);
  const items = plan.changes.map(({ key }) => key);
  const { done, left } = await rejectItems(loop, { planId: plan.id, items, ...EVE });
  expect(done).toEqual([]);
  expect(left[0]?.why).toContain('list them under protected');
  expect((await turn(loop)).operations).toHaveLength(1);
});

test('an admin item needs two people where the configuration says so; one person twice is one', async () => {
  const of = company().rule('eng', 'Admin', { org: 'Web', allowAdmin: true, priority: 1 });
  of.teams.get('g-eng')?.people.clear();
  of.join('n00', 'eng').set({ rules: of.settings.rules });
  for (const name of STAFF.slice(1)) of.account(name).roles.delete('org-web');
  of.memory = {
    ...of.memory,
    people: of.memory.people.map((row) => ({ ...row, places: { '': 'managed' } })),
  };
  const { loop, store } = await desk(of);
  const plan = await turn(loop);
  expect(lines(plan)).toEqual(['held by admin-grant: change-org-role n00 @Web Member > Admin']);
  const rules = { ...OPEN, adminNeedsTwo: true };
  const ask = (by: string) =>
    approveItems({ ...loop, rules }, { planId: plan.id, items: 'held', by, why: 'w' });
  expect(await ask('eve')).toMatchObject({ done: [], half: [{ subject: 'n00@corp.example' }] });
  expect(await ask('eve')).toMatchObject({ done: [], half: [{ subject: 'n00@corp.example' }] });
  expect((await turn(loop)).operations).toEqual([]);
  expect(await ask('mallory')).toMatchObject({ half: [], done: [{ subject: 'n00@corp.example' }] });
  expect((await store.memory.load(TENANTS)).approvals).toMatchObject([{ by: 'eve and mallory' }]);
  expect((await turn(loop)).operations).toHaveLength(1);
});

test('whoever asked for the run may not approve it where the configuration says so', async () => {
  const { loop, store, of } = await held();
  const plan = await turn(loop);
  await store.runs.put({
    id: 'r1',
    trigger: { kind: 'manual', scope: {}, by: 'eve', at: of.now },
    state: 'done',
    startedAt: of.now,
    endedAt: of.now,
    planId: plan.id,
    summary: null,
    step: null,
    writes: null,
    error: null,
  });
  const rules = { ...OPEN, notByTrigger: true };
  const ask = (by: string) =>
    approveItems({ ...loop, rules }, { planId: plan.id, items: 'held', by, why: 'w' });
  await expect(ask('eve')).rejects.toThrow('eve asked for run r1');
  expect((await ask('bob')).done).toHaveLength(5);
});

test('an unknown or ambiguous item is one clear error, and nothing is approved', async () => {
  const { loop, store } = await held();
  const plan = await turn(loop);
  const ask = (item: string) =>
    approveItems({ ...loop, rules: OPEN }, { planId: plan.id, items: [item], ...EVE });
  await expect(ask('abc')).rejects.toThrow('give 8 or more of its digits');
  await expect(ask('0123456789abcdef0123')).rejects.toThrow('has no item "0123456789abcdef0123"');
  const twin = {
    ...plan,
    id: 'e'.repeat(64),
    changes: plan.changes.map((change, at) => ({ ...change, key: `aaaaaaaa${at}` })),
  };
  await store.plans.put(twin);
  const both = approveItems({ ...loop, rules: OPEN }, { planId: twin.id, items: ['aaaaaaaa'], ...EVE });
  await expect(both).rejects.toThrow('5 items begin like that');
  expect((await store.memory.load(TENANTS)).approvals).toEqual([]);
});

test('a pause and its end are noted with who did it', async () => {
  const { loop, store } = await desk(company());
  await pause(loop, { by: 'eve', all: true });
  expect(await store.pause.get()).toMatchObject({ by: 'eve', all: true });
  await resume(loop, { by: 'bob' });
  expect(await store.pause.get()).toBeNull();
  expect((await store.journal.read({ limit: 10 })).map(({ kind, actor }) => `${kind} ${actor}`)).toEqual([
    'pause eve',
    'resume bob',
  ]);
});

test('the first run binds the state to its two tenants; another service user is refused', async () => {
  const of = company();
  of.memory = { ...of.memory, tenants: null };
  const { loop } = await desk(of);
  await turn(loop);
  const other = {
    ...loop,
    target: { ...loop.target, identify: async () => ({ id: 'svc-other', name: 'o' }) },
  };
  await expect(turn(other)).rejects.toThrow('belongs to okta:00o1corp');
});
