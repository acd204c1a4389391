/** What stops a kind of operation, or everything, and what goes on meanwhile. */
import { expect, test } from 'vitest';
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
  until,
  waitsFor,
  writesOf,
} from './writing.ts';

const redis = await privateRedis();
const forever = new AbortController().signal;
const ALWAYS = Number.POSITIVE_INFINITY;
const NO_SEATS = { status: 422, body: '{"detail":"No seats left"}', contentType: 'application/json' };

function people({ devin }: Desk, count: number, orgs: Record<string, string> = {}): { id: string }[] {
  return Array.from({ length: count }, (_, at) => devin.state.addUser({ email: email(`p${at}`), orgs }));
}

async function stops({ store }: Desk): Promise<string[]> {
  const rows = await store.journal.read({ limit: 5000 });
  return rows.filter(({ kind }) => kind === 'breaker').map(({ reason }) => reason ?? '');
}

test('a kind of which every second write fails is stopped after twenty', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  for (let skip = 0; skip < 12; skip++)
    at.devin.faults.add({ method: 'POST', skip, action: { kind: 'status', status: 409 } });
  const alerts: string[] = [];
  at.writer({ concurrency: 1, alert: (text) => alerts.push(text) });
  const grants = people(at, 30).map((user, n) => addToOrg({ who: `p${n}`, user: user.id, org }));
  await at.queue.submit(planOf('P', ...grants));
  await waitsFor(at, 'P', /stopped/);
  expect(await at.queue.progress('P')).toMatchObject({ done: 10, failed: 11 });
  expect(alerts).toEqual([
    expect.stringMatching(/^add-to-org stopped after 11 failures in 21 writes \(.*409.*\); tries again at /),
  ]);
  expect(await stops(at)).toEqual(alerts);
});

test('a third of failures among twenty stops nothing', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  for (let n = 0; n < 8; n++)
    at.devin.faults.add({ method: 'POST', skip: 2 * n, action: { kind: 'status', status: 409 } });
  at.writer({ concurrency: 1 });
  const grants = people(at, 30).map((user, n) => addToOrg({ who: `p${n}`, user: user.id, org }));
  expect(await at.run(planOf('P', ...grants))).toMatchObject({ done: 22, failed: 8 });
  expect(await stops(at)).toEqual([]);
});

test('without free seats only invites wait, whatever phase the others are in, and they go on later', async () => {
  let now = Date.now();
  const at = await desk(redis, { clock: () => now });
  const [org, other] = [at.devin.state.org('Payments').id, at.devin.state.org('Search').id];
  const [bob, cleo] = people(at, 2, { Search: 'org_member' }) as [{ id: string }, { id: string }];
  at.devin.faults.add({
    method: 'POST',
    path: /members\/users$/,
    action: { kind: 'status', ...NO_SEATS },
  });
  at.writer({ concurrency: 1 });
  await at.queue.submit(
    planOf(
      'P',
      invite(['ada', 'zoe']),
      addToOrg({ who: 'ada', user: null, org }),
      addToOrg({ who: 'p0', user: bob.id, org }),
      removeFromOrg({ who: 'p1', user: cleo.id, org: other }),
      removeUser('p1', cleo.id),
    ),
  );
  await until(async () => (await at.queue.progress('P')).done === 3);
  const { failed, skipped, waiting } = await at.queue.progress('P');
  expect({ failed, skipped }).toEqual({ failed: 0, skipped: 0 });
  expect(waiting).toMatch(/^invite parked: Devin has no free seats \(.*No seats left.*\); tries again at /);
  expect(await at.store.writes.intent('P', 'invite/ada:2')).toBeNull();
  now += 5 * 60_000 + 1;
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 5, failed: 0 });
  expect(at.devin.state.user(email('ada')).direct.get(org)).toBe('org_member');
});

test('which words of a refusal mean "no seats" is a setting', async () => {
  const at = await desk(redis);
  const refusal = { ...NO_SEATS, status: 402, body: '{"detail":"Plan limit reached"}' };
  at.devin.faults.add({ method: 'POST', times: ALWAYS, action: { kind: 'status', ...refusal } });
  at.writer({ seatWords: ['PLAN LIMIT'] });
  await at.queue.submit(planOf('P', invite(['ada'])));
  await waitsFor(at, 'P', /^invite parked/);
  const other = await desk(redis);
  other.devin.faults.add({ method: 'POST', times: ALWAYS, action: { kind: 'status', ...refusal } });
  other.writer();
  expect(await other.run(planOf('P', invite(['ada'])))).toMatchObject({ failed: 1 });
});

test.each(['a writer starts anew', 'the writer has another key'])(
  'a key that Devin does not accept stops everything after one call, until %s',
  async (then) => {
    const at = await desk(redis);
    const org = at.devin.state.org('Payments').id;
    const users = people(at, 5);
    at.devin.faults.add({ method: 'POST', times: ALWAYS, action: { kind: 'status', status: 401 } });
    const first = at.writer({ concurrency: 1 });
    const grants = users.map((user, n) => addToOrg({ who: `p${n}`, user: user.id, org }));
    await at.queue.submit(planOf('P', ...grants));
    await waitsFor(at, 'P', /stopped/);
    const { waiting, failed } = await at.queue.progress('P');
    expect(waiting).toMatch(/^every write stopped: Devin does not accept the key \(.*\); tries again at /);
    expect(failed).toBe(0);
    const leaver = at.devin.state.addUser({ email: email('zoe') });
    await at.queue.submit(planOf('gone', removeUser('zoe', leaver.id)), { scope: 'part' });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(writesOf(at.devin)).toHaveLength(1);
    at.devin.faults.clear();
    if (then === 'the writer has another key') await first.tryAgain();
    else {
      await first.close();
      at.writer();
    }
    expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 5, failed: 0 });
    expect(await at.queue.settled('gone', { signal: forever })).toMatchObject({ done: 1 });
  },
);

test.each([
  ['ask who it is', /\/self$/],
  ['read a list', /members\/users\?first=1$/],
])('a key that may not even %s stops everything; one that may fails the item only', async (_, probed) => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const [ada, bob] = people(at, 2) as [{ id: string }, { id: string }];
  at.devin.faults.add({ method: 'POST', action: { kind: 'status', status: 403 } });
  at.writer({ concurrency: 1 });
  const plan = planOf('P', addToOrg({ who: 'p0', user: ada.id, org }));
  expect(await at.run(plan)).toMatchObject({ failed: 1 });
  at.devin.faults.add({ method: 'POST', action: { kind: 'status', status: 403 } });
  at.devin.faults.add({ path: probed, action: { kind: 'status', status: 403 } });
  await at.queue.submit(planOf('Q', addToOrg({ who: 'p1', user: bob.id, org })));
  await waitsFor(at, 'Q', /stopped/);
  const { waiting, failed } = await at.queue.progress('Q');
  expect(waiting).toMatch(/^every write stopped: the key may not even ask who it is, or read a list /);
  expect(failed).toBe(0);
});

test('while grants are stopped, whoever waits for one loses nothing, and the others do', async () => {
  let now = Date.now();
  const at = await desk(redis, { clock: () => now });
  const [org, other] = [at.devin.state.org('Payments').id, at.devin.state.org('Search').id];
  const users = people(at, 14, { Search: 'org_member' });
  at.devin.faults.add({ method: 'POST', times: 10, action: { kind: 'status', status: 409 } });
  at.writer({ concurrency: 1 });
  const grants = users.slice(0, 13).map((user, n) => addToOrg({ who: `p${n}`, user: user.id, org }));
  const waits = removeFromOrg({ who: 'p12', user: users[12]?.id as string, org: other });
  const free = removeFromOrg({ who: 'p13', user: users[13]?.id as string, org: other });
  await at.queue.submit(planOf('P', ...grants, waits, free));
  await until(async () => (await at.queue.progress('P')).done === 1);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(at.devin.state.effects.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
    `remove-from-org ${users[13]?.id}`,
  ]);
  now += 5 * 60_000 + 1;
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ failed: 10, done: 5 });
  expect(at.devin.state.effects.at(-1)).toMatchObject({ kind: 'remove-from-org', subject: users[12]?.id });
});

test('a kind whose next try fails too waits three times as long', async () => {
  let now = Date.now();
  const at = await desk(redis, { clock: () => now });
  const org = at.devin.state.org('Payments').id;
  at.devin.faults.add({ method: 'POST', times: ALWAYS, action: { kind: 'status', status: 409 } });
  at.writer({ concurrency: 1 });
  const grants = people(at, 14).map((user, n) => addToOrg({ who: `p${n}`, user: user.id, org }));
  await at.queue.submit(planOf('P', ...grants));
  await waitsFor(at, 'P', /stopped after/);
  now += 5 * 60_000 + 1;
  await waitsFor(at, 'P', /stopped again: the next try/);
  const time = new Date(now + 15 * 60_000).toISOString().slice(11, 16);
  expect((await at.queue.progress('P')).waiting).toContain(`tries again at ${time} UTC`);
  expect((await at.queue.progress('P')).failed).toBe(11);
});
