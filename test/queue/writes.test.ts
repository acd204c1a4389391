import { expect, test } from 'vitest';
import type { DevinTarget } from '../../src/devin/target.ts';
import { privateRedis } from '../lib/private-redis.ts';
import {
  addToOrg,
  desk,
  email,
  invite,
  planOf,
  removeFromOrg,
  removeUser,
  TENANTS,
  until,
  waitsFor,
  writesOf,
} from './writing.ts';

const redis = await privateRedis();
const forever = new AbortController().signal;

/** A target that notes each call, before it passes it on or does something else. */
function spied(target: DevinTarget, before: (key: string) => Promise<void> | void): DevinTarget {
  return {
    ...target,
    apply: async (operation, resolver, signal) => {
      await before(operation.key);
      return target.apply(operation, resolver, signal);
    },
  };
}

test('grants go out phase by phase, with the ids that invites returned, and revocations last', async () => {
  const { devin, store, run, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const old = devin.state.addUser({ email: email('cleo'), orgs: { Payments: 'org_member' } });
  writer({ concurrency: 8 });
  const plan = planOf(
    'P',
    removeFromOrg({ who: 'cleo', user: old.id, org }),
    ...['ada', 'bob'].map((who) => addToOrg({ who, user: null, org })),
    invite(['ada', 'bob']),
  );
  expect(await run(plan)).toMatchObject({ total: 4, done: 4, failed: 0, skipped: 0, inFlight: 0 });
  expect(devin.state.effects.map(({ kind }) => kind)).toEqual([
    'invite',
    'invite',
    'add-to-org',
    'add-to-org',
    'remove-from-org',
  ]);
  const { people } = await store.memory.load(TENANTS);
  const ada = devin.state.user(email('ada')).id;
  const places = { '': 'managed', [org]: 'managed' };
  expect(people.find(({ email: address }) => address === email('ada'))).toMatchObject({
    directoryId: 'idp-ada',
    devinId: ada,
    email: email('ada'),
    places,
  });
});

test('each write is journalled before it is sent, and each change after it, with what was there before', async () => {
  const { devin, store, run, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const user = devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  writer();
  await run(planOf('P', removeFromOrg({ who: 'ada', user: user.id, org })));
  const rows = await store.journal.read({ limit: 10 });
  expect(rows.map(({ kind }) => kind)).toEqual(['submit', 'sending', 'write']);
  expect(rows[1]?.request).toEqual({
    method: 'DELETE',
    path: `/v3/enterprise/organizations/${org}/members/users/${encodeURIComponent(user.id)}`,
    body: null,
  });
  expect(rows[2]).toMatchObject({
    item: `remove/ada:${org}`,
    subject: email('ada'),
    actor: 'svc',
    before: 'Member',
    after: null,
    outcome: 'done',
    planId: 'P',
  });
});

test('a deactivation overtakes a bulk apply between two writes', async () => {
  const { devin, queue, run, target, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const users = Array.from({ length: 40 }, (_, at) => devin.state.addUser({ email: email(`p${at}`) }));
  const leaver = devin.state.addUser({ email: email('zoe') });
  const gone = planOf('gone', removeUser('zoe', leaver.id));
  const calls: string[] = [];
  const watching = spied(target, async (key) => {
    calls.push(key);
    if (calls.length === 3) await queue.submit(gone, { scope: 'part' });
    await new Promise((resolve) => setTimeout(resolve, 30));
  });
  writer({ concurrency: 1, target: watching });
  await run(planOf('bulk', ...users.map((user, at) => addToOrg({ who: `p${at}`, user: user.id, org }))));
  expect(calls).toHaveLength(41);
  expect(calls.indexOf('leave/zoe')).toBeGreaterThan(2);
  expect(calls.indexOf('leave/zoe')).toBeLessThan(40);
  expect(devin.state.effects).toHaveLength(41);
});

test('a storm of "too many requests" delays writes and loses none', async () => {
  const { devin, run, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const users = Array.from({ length: 20 }, (_, at) => devin.state.addUser({ email: email(`p${at}`) }));
  const busy = { kind: 'status', status: 429, headers: { 'retry-after': '0' } } as const;
  devin.faults.add({ method: 'POST', skip: 3, times: 30, action: busy });
  writer({ concurrency: 4 });
  const plan = planOf('P', ...users.map((user, at) => addToOrg({ who: `p${at}`, user: user.id, org })));
  expect(await run(plan)).toMatchObject({ done: 20, failed: 0 });
  expect(devin.faults.unfired()).toEqual([]);
  expect(devin.state.effects).toHaveLength(20);
});

test('while Devin asks to wait, progress says so, and nobody calls', async () => {
  const { devin, queue, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const users = ['ada', 'bob'].map((who) => devin.state.addUser({ email: email(who) }));
  const busy = { kind: 'status', status: 429, headers: { 'retry-after': '3600' } } as const;
  devin.faults.add({ method: 'POST', action: busy });
  const one = writer({ concurrency: 2 });
  await queue.submit(
    planOf('P', ...users.map((user, at) => addToOrg({ who: `p${at}`, user: user.id, org }))),
  );
  await waitsFor({ queue }, 'P', /^waiting \d{4} s: Devin asked for it$/);
  await one.close();
  expect(writesOf(devin).length).toBeLessThanOrEqual(2);
});

test.each([
  ['seconds', () => '2'],
  ['an HTTP date', () => new Date(Date.now() + 4000).toUTCString()],
])('a Retry-After in %s is waited out by everybody, reads included', async (_, header) => {
  const { devin, queue, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const users = Array.from({ length: 6 }, (_, at) =>
    devin.state.addUser({ email: email(`p${at}`), orgs: { Payments: 'org_member' } }),
  );
  const asked = header();
  const headers = { 'retry-after': asked };
  devin.faults.add({ method: 'DELETE', action: { kind: 'status', status: 429, headers } });
  writer({ concurrency: 1 });
  await queue.submit(
    planOf('P', ...users.map((user, at) => removeFromOrg({ who: `p${at}`, user: user.id, org }))),
  );
  // Nobody else is on the way to Devin when it asks; whoever comes then waits as well.
  await until(async () => {
    const { waiting, done } = await queue.progress('P');
    return done > 0 || waiting?.startsWith('waiting ') === true;
  });
  writer({ concurrency: 1 });
  expect(await queue.settled('P', { signal: forever })).toMatchObject({ done: 6, failed: 0 });
  const refused = devin.requests.findIndex(({ status }) => status === 429);
  const asks = devin.requests[refused]?.at as number;
  const end = /^\d+$/.test(asked) ? asks + 2000 : Date.parse(asked);
  const after = devin.requests.slice(refused + 1).map(({ at }) => at);
  expect(after.length).toBeGreaterThan(0);
  expect(Math.min(...after)).toBeGreaterThanOrEqual(Math.max(asks, end - 5));
  expect(devin.state.effects).toHaveLength(6);
});

test('how long it takes is known before the first write has ended, and not while a pause has no end', async () => {
  const { devin, queue } = await desk(redis, { maxPerSecond: 4 });
  const org = devin.state.org('Payments').id;
  const users = Array.from({ length: 40 }, (_, at) => devin.state.addUser({ email: email(`p${at}`) }));
  await queue.submit(
    planOf('P', ...users.map((user, at) => addToOrg({ who: `p${at}`, user: user.id, org }))),
  );
  expect((await queue.progress('P')).etaSeconds).toBe(10);
  await queue.pause('eve');
  expect((await queue.progress('P')).etaSeconds).toBeNull();
});

test('a lost answer to an invite and to an assignment leaves one of each', async () => {
  const { devin, store, run, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  devin.faults.add({ method: 'POST', path: /members\/users$/, action: { kind: 'lose-answer' } });
  devin.faults.add({ method: 'POST', path: /organizations\/.*\/members/, action: { kind: 'lose-answer' } });
  writer();
  const plan = planOf('P', invite(['ada', 'bob']), addToOrg({ who: 'ada', user: null, org }));
  expect(await run(plan)).toMatchObject({ done: 2, failed: 0 });
  expect(writesOf(devin)).toHaveLength(2);
  expect(devin.state.effects.map(({ kind }) => kind)).toEqual(['invite', 'invite', 'add-to-org']);
  const [, added] = await store.writes.outcomes(
    'P',
    plan.operations.map(({ key }) => key),
  );
  expect(added).toMatchObject({
    state: 'done',
    attempts: 1,
    reason: expect.stringContaining('found done after'),
  });
  expect((await store.memory.load(TENANTS)).people[0]?.places).toEqual({ '': 'managed', [org]: 'managed' });
});

test.each(['reset', 'cut'] as const)(
  'after a connection that breaks (%s) the effect is there once',
  async (kind) => {
    const { devin, run, writer } = await desk(redis);
    const org = devin.state.org('Payments').id;
    const user = devin.state.addUser({ email: email('ada') });
    devin.faults.add({ method: 'POST', action: { kind } });
    writer();
    expect(await run(planOf('P', addToOrg({ who: 'ada', user: user.id, org })))).toMatchObject({ done: 1 });
    expect(devin.state.effects).toHaveLength(1);
    expect(devin.faults.unfired()).toEqual([]);
  },
);

test('a server error is read back, and what did not take effect is sent again', async () => {
  const { devin, run, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const user = devin.state.addUser({ email: email('ada') });
  devin.faults.add({ method: 'POST', times: 2, action: { kind: 'status', status: 503 } });
  writer();
  expect(await run(planOf('P', addToOrg({ who: 'ada', user: user.id, org })))).toMatchObject({ done: 1 });
  expect(writesOf(devin)).toHaveLength(3);
  expect(devin.state.effects).toHaveLength(1);
});

test('a server that never gets better is a failure with words, not an endless loop', async () => {
  const { devin, queue, run, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const user = devin.state.addUser({ email: email('ada') });
  devin.faults.add({
    method: 'POST',
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'status', status: 503 },
  });
  writer();
  expect(await run(planOf('P', addToOrg({ who: 'ada', user: user.id, org })))).toMatchObject({ failed: 1 });
  const [letter] = await queue.failures('P');
  expect(letter).toMatchObject({ state: 'failed', status: 503, attempts: 4 });
  expect(letter?.reason).toContain('503');
});

test('what is refused because it is so already counts as done, and is not ours', async () => {
  const { devin, store, run, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const user = devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  writer();
  expect(await run(planOf('P', addToOrg({ who: 'ada', user: user.id, org })))).toMatchObject({ done: 1 });
  const [outcome] = await store.writes.outcomes('P', [`add/ada:${org}`]);
  expect(outcome).toMatchObject({ state: 'already', reason: expect.stringContaining('as wanted already') });
  expect((await store.memory.load(TENANTS)).people).toEqual([]);
});

test('whoever did not get a new role in a plan does not lose the old one to it', async () => {
  const { devin, store, queue, run, writer } = await desk(redis);
  const [from, to] = [devin.state.org('Payments').id, devin.state.org('Search').id];
  const user = devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  devin.faults.add({
    method: 'POST',
    path: new RegExp(to),
    times: Number.POSITIVE_INFINITY,
    action: {
      kind: 'status',
      status: 422,
      body: '{"detail":"no seats left"}',
      contentType: 'application/json',
    },
  });
  writer();
  const plan = planOf(
    'P',
    removeFromOrg({ who: 'ada', user: user.id, org: from }),
    addToOrg({ who: 'ada', user: user.id, org: to }),
  );
  expect(await run(plan)).toMatchObject({ failed: 1, skipped: 1, done: 0 });
  expect((await queue.failures('P'))[0]?.reason).toContain('no seats left');
  const [kept] = await store.writes.outcomes('P', [`remove/ada:${from}`]);
  expect(kept?.reason).toBe('the grant that replaces it did not succeed in this plan');
  expect(devin.state.user(user.id).direct.get(from)).toBe('org_member');
});

test('a failed invite skips the roles of the people in it, with the reason', async () => {
  const { devin, store, run, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  devin.faults.add({ method: 'POST', path: /members\/users$/, action: { kind: 'status', status: 403 } });
  writer();
  expect(await run(planOf('P', invite(['ada']), addToOrg({ who: 'ada', user: null, org })))).toMatchObject({
    failed: 1,
    skipped: 1,
  });
  const [skipped] = await store.writes.outcomes('P', [`add/ada:${org}`]);
  expect(skipped?.reason).toBe(
    'ada@corp.example was not invited in this plan, so there is nothing to give a role to',
  );
});

test('a role for a person of the same plan without a barrier waits until the invite is done', async () => {
  const { devin, run, target, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const slow = spied(target, async (key) => {
    if (key.startsWith('invite')) await new Promise((resolve) => setTimeout(resolve, 300));
  });
  writer({ target: slow });
  const made = invite(['ada']);
  const urgent = { ...made, operation: { ...made.operation, lane: 2 as const } };
  const plan = planOf('P', addToOrg({ who: 'ada', user: null, org }, { lane: 2 }), urgent);
  expect(await run(plan)).toMatchObject({ done: 2, skipped: 0 });
});

test('a resync of one person gives before it takes, and takes nothing when the giving fails', async () => {
  const { devin, run, target, writer } = await desk(redis);
  const [from, to] = [devin.state.org('Payments').id, devin.state.org('Search').id];
  const ada = devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  const slow = spied(target, async (key) => {
    if (key.startsWith('add')) await new Promise((resolve) => setTimeout(resolve, 300));
  });
  writer({ target: slow });
  const taking = removeFromOrg({ who: 'ada', user: ada.id, org: from });
  const parts = [
    { ...taking, operation: { ...taking.operation, lane: 2 as const } },
    addToOrg({ who: 'ada', user: ada.id, org: to }, { lane: 2 }),
  ];
  devin.faults.add({ method: 'POST', action: { kind: 'status', status: 422 } });
  expect(await run(planOf('first', ...parts))).toMatchObject({ failed: 1, skipped: 1 });
  expect(await run(planOf('second', ...parts))).toMatchObject({ done: 2 });
  expect(devin.state.effects.map(({ kind }) => kind)).toEqual(['add-to-org', 'remove-from-org']);
});

test('a pause stops between two writes but for deactivations; `all` stops these too; resume finishes', async () => {
  const { devin, queue, store, target, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const users = Array.from({ length: 10 }, (_, at) => devin.state.addUser({ email: email(`p${at}`) }));
  const zoe = devin.state.addUser({ email: email('zoe') });
  const yan = devin.state.addUser({ email: email('yan') });
  const calls: string[] = [];
  const pausing = spied(target, async (key) => {
    calls.push(key);
    if (calls.length === 4) await queue.pause('eve');
  });
  writer({ concurrency: 1, target: pausing });
  await queue.submit(
    planOf('bulk', ...users.map((user, at) => addToOrg({ who: `p${at}`, user: user.id, org }))),
  );
  await until(async () => (await queue.progress('bulk')).done === 4);
  expect(await queue.progress('bulk')).toMatchObject({ waiting: 'paused by eve', done: 4 });
  await queue.submit(planOf('gone', removeUser('zoe', zoe.id)), { scope: 'part' });
  await queue.settled('gone', { signal: forever });
  await queue.pause('eve', { all: true });
  await queue.submit(planOf('gone2', removeUser('yan', yan.id)), { scope: 'part' });
  expect((await queue.progress('gone2')).waiting).toBe('paused by eve, deactivations included');
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(calls).toHaveLength(5);
  await queue.resume('ada');
  await queue.settled('gone2', { signal: forever });
  expect(await queue.settled('bulk', { signal: forever })).toMatchObject({ done: 10 });
  expect(devin.state.effects).toHaveLength(12);
  const switches = (await store.journal.read({ limit: 1000 })).filter(({ kind }) =>
    /pause|resume/.test(kind),
  );
  expect(switches.map(({ kind, actor }) => `${kind} ${actor}`)).toEqual([
    'pause eve',
    'pause eve',
    'resume ada',
  ]);
});

test('a newer plan supersedes: the write in hand finishes, what was not started is dropped', async () => {
  const { devin, queue, target, writer } = await desk(redis);
  const [org, other] = [devin.state.org('Payments').id, devin.state.org('Search').id];
  const users = Array.from({ length: 10 }, (_, at) => devin.state.addUser({ email: email(`p${at}`) }));
  const parts = (place: string) =>
    users.map((user, at) => addToOrg({ who: `p${at}`, user: user.id, org: place }));
  let calls = 0;
  const superseding = spied(target, async () => {
    if (++calls === 3) await queue.submit(planOf('new', ...parts(other).slice(0, 2)));
  });
  writer({ concurrency: 1, target: superseding });
  await queue.submit(planOf('old', ...parts(org)));
  expect(await queue.settled('old', { signal: forever })).toMatchObject({
    total: 10,
    done: 3,
    skipped: 7,
    waiting: null,
  });
  expect(await queue.settled('new', { signal: forever })).toMatchObject({ done: 2 });
  expect(devin.state.effects.map(({ org: place }) => place)).toEqual([org, org, org, other, other]);
});

test('a newer scoped plan about a person makes what an older plan wanted for them stale', async () => {
  const { devin, queue, store, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const ada = devin.state.addUser({ email: email('ada') });
  const bob = devin.state.addUser({ email: email('bob') });
  const older = planOf(
    'older',
    addToOrg({ who: 'ada', user: ada.id, org }),
    addToOrg({ who: 'bob', user: bob.id, org }),
  );
  await queue.submit(older);
  await queue.submit({ ...planOf('scoped', removeUser('ada', ada.id)), only: { user: email('ada') } });
  writer();
  expect(await queue.settled('older', { signal: forever })).toMatchObject({ done: 1, skipped: 1 });
  const [skipped] = await store.writes.outcomes('older', [`add/ada:${org}`]);
  expect(skipped?.reason).toBe('a newer plan decided about the same subject');
});

test('ten failures in a row stop that kind only, say why, and are tried again later', async () => {
  let now = Date.now();
  const { devin, queue, store, writer } = await desk(redis, { clock: () => now });
  const org = devin.state.org('Payments').id;
  const users = Array.from({ length: 14 }, (_, at) => devin.state.addUser({ email: email(`p${at}`) }));
  const leaver = devin.state.addUser({ email: email('zoe') });
  devin.faults.add({ method: 'POST', times: 10, action: { kind: 'status', status: 403 } });
  writer({ concurrency: 1 });
  const grants = users.map((user, at) => addToOrg({ who: `p${at}`, user: user.id, org }));
  await queue.submit(planOf('P', ...grants, removeUser('zoe', leaver.id)));
  await until(
    async () => (await queue.progress('P')).failed === 10 && (await queue.progress('P')).done === 1,
  );
  const { waiting } = await queue.progress('P');
  expect(waiting).toMatch(
    /^add-to-org stopped after 10 failures in a row \(.*\); tries again at \d\d:\d\d UTC$/s,
  );
  const notes = (await store.journal.read({ limit: 1000 })).filter(({ kind }) => kind === 'breaker');
  expect(notes).toHaveLength(1);
  now += 5 * 60_000 + 1;
  expect(await queue.settled('P', { signal: forever })).toMatchObject({ done: 5, failed: 10 });
  expect((await queue.progress('P')).waiting).toBeNull();
});

test('a plan that failed can be submitted again, and what failed is tried again', async () => {
  const { devin, run, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const user = devin.state.addUser({ email: email('ada') });
  devin.faults.add({ method: 'POST', action: { kind: 'status', status: 403 } });
  writer();
  const plan = planOf('P', addToOrg({ who: 'ada', user: user.id, org }));
  expect(await run(plan)).toMatchObject({ failed: 1 });
  expect(await run(plan)).toMatchObject({ done: 1, failed: 0 });
});

test('progress of a plan that nobody carries out says so; one that nobody submitted is empty', async () => {
  const { devin, queue } = await desk(redis);
  const user = devin.state.addUser({ email: email('zoe') });
  expect(await queue.progress('P')).toMatchObject({ total: 0, waiting: null });
  await queue.submit(planOf('P', removeUser('zoe', user.id)));
  expect(await queue.progress('P')).toMatchObject({ total: 1, done: 0, waiting: 'no writer is running' });
  await expect(queue.settled('P', { signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
  expect(await queue.settled('none', { signal: forever })).toMatchObject({ total: 0 });
});
