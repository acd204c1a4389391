import { type ChildProcess, fork } from 'node:child_process';
import { Queue } from 'bullmq';
import { afterEach, expect, test } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import type { DevinTarget } from '../../src/devin/target.ts';
import { privateRedis } from '../lib/private-redis.ts';
import {
  addToOrg,
  type Desk,
  desk,
  email,
  invite,
  lapse,
  planOf,
  removeFromOrg,
  TENANTS,
  until,
  writesOf,
} from './writing.ts';

const redis = await privateRedis();
const client = redis.client();
const forever = new AbortController().signal;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function replica({ prefix, devin }: Desk, mood: 'slow' | 'quick' = 'quick'): Promise<ChildProcess> {
  const program = new URL('./writer-process.ts', import.meta.url);
  const child = fork(program, [redis.socket, prefix, devin.url, devin.key, mood]);
  children.push(child);
  await new Promise((resolve) => child.once('message', resolve));
  return child;
}

/** The only writer there is. */
async function kill(child: ChildProcess, { prefix }: Desk): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  await lapse(client, prefix);
}

/** 20 people invited in fives and put into an org, and 20 taken out of another one. */
function bigPlan(id: string, { devin }: Desk): Plan {
  const [org, other] = [devin.state.org('Payments').id, devin.state.org('Search').id];
  const fresh = Array.from({ length: 20 }, (_, at) => `new${at}`);
  const known = Array.from({ length: 20 }, (_, at) => `old${at}`);
  const users = known.map((who) =>
    devin.state.addUser({ email: email(who), orgs: { Search: 'org_member' } }),
  );
  return planOf(
    id,
    ...[0, 5, 10, 15].map((from) => invite(fresh.slice(from, from + 5))),
    ...fresh.map((who) => addToOrg({ who, user: null, org })),
    ...users.map((user, at) => removeFromOrg({ who: `old${at}`, user: user.id, org: other })),
  );
}

/** Each effect by what it is about; nothing may be in it twice. */
function effectsOf({ devin }: Desk): string[] {
  return devin.state.effects.map(({ kind, subject, org }) => `${kind} ${subject} ${org}`);
}

test('a writer that is killed in mid-apply, twice, leaves the same end state and no effect twice', async () => {
  const at = await desk(redis);
  const plan = bigPlan('P', at);
  at.devin.faults.add({ method: 'POST', times: Number.POSITIVE_INFINITY, action: { kind: 'delay', ms: 15 } });
  at.devin.faults.add({
    method: 'DELETE',
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'delay', ms: 15 },
  });
  await at.queue.submit(plan);
  for (const reached of [23, 42]) {
    const child = await replica(at);
    await until(() => at.devin.state.effects.length >= reached);
    await kill(child, at);
  }
  at.writer({ concurrency: 3 });
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 44, failed: 0, skipped: 0 });
  const effects = effectsOf(at);
  expect(effects).toHaveLength(60);
  expect(new Set(effects).size).toBe(60);
  const [org, other] = [at.devin.state.org('Payments').id, at.devin.state.org('Search').id];
  const users = [...at.devin.state.users.values()];
  expect(users.filter(({ direct }) => direct.has(org))).toHaveLength(20);
  expect(users.filter(({ direct }) => direct.has(other))).toHaveLength(0);
  const { people } = await at.store.memory.load(TENANTS);
  expect(people.filter(({ places }) => places[org] === 'managed')).toHaveLength(20);
});

test('a call that was in flight when its writer died is read back, not sent again', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  at.devin.faults.add({ method: 'POST', action: { kind: 'lose-answer' } });
  await at.queue.submit(planOf('P', invite(['ada']), addToOrg({ who: 'ada', user: null, org })));
  const child = await replica(at, 'slow');
  await until(() => at.devin.state.effects.length === 1);
  await kill(child, at);
  at.writer();
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 2 });
  expect(writesOf(at.devin).filter(({ path }) => path.endsWith('/members/users'))).toHaveLength(1);
  const [first] = await at.store.writes.outcomes('P', ['invite/ada:1']);
  expect(first).toMatchObject({
    state: 'done',
    attempts: 0,
    reason: 'sent before an interruption, and found done',
  });
});

test('a write that a dead writer had sent becomes ours also when a newer plan superseded it', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const user = at.devin.state.addUser({ email: email('ada') });
  at.devin.faults.add({ method: 'POST', action: { kind: 'lose-answer' } });
  await at.queue.submit(planOf('old', addToOrg({ who: 'ada', user: user.id, org })));
  const child = await replica(at, 'slow');
  await until(() => at.devin.state.effects.length === 1);
  await kill(child, at);
  await at.queue.submit(planOf('new'));
  at.writer();
  await until(async () => (await at.store.memory.load(TENANTS)).people.length === 1);
  expect((await at.store.memory.load(TENANTS)).people[0]?.places).toEqual({ [org]: 'managed' });
  expect(await at.queue.settled('old', { signal: forever })).toMatchObject({ done: 1 });
  expect(at.devin.state.effects).toHaveLength(1);
});

test('three writers share a plan and send nothing twice', async () => {
  const at = await desk(redis);
  const plan = bigPlan('P', at);
  await Promise.all([replica(at), replica(at)]);
  const target: DevinTarget = {
    ...at.target,
    apply: async (...call) => {
      // Whoever is slow to start has its share all the same.
      await until(() => writesOf(at.devin).length > 0);
      return at.target.apply(...call);
    },
  };
  at.writer({ target, concurrency: 1 });
  await at.queue.submit(plan);
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 44, failed: 0 });
  expect(writesOf(at.devin)).toHaveLength(44);
  expect(new Set(effectsOf(at)).size).toBe(60);
  const actors = new Set((await at.store.journal.read({ limit: 1000 })).map(({ actor }) => actor));
  expect(actors).toContain('replica');
});

test('a writer that is asked to stop lets its call end and leaves the rest to the next one', async () => {
  const at = await desk(redis);
  const plan = bigPlan('P', at);
  at.devin.faults.add({ method: 'POST', times: Number.POSITIVE_INFINITY, action: { kind: 'delay', ms: 30 } });
  const first = at.writer({ concurrency: 2 });
  await at.queue.submit(plan);
  await until(() => at.devin.state.effects.length >= 8);
  await first.close();
  const reached = at.devin.state.effects.length;
  expect(reached).toBeLessThan(60);
  expect((await at.store.writes.tally('P')).inFlight).toBe(0);
  at.writer();
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 44, failed: 0 });
  expect(writesOf(at.devin)).toHaveLength(44);
});

test('of a plan of 1,500 operations never more than 1,000 are in BullMQ, and all are carried out once', async () => {
  const at = await desk(redis);
  const calls = new Map<string, number>();
  const target: DevinTarget = {
    ...at.target,
    apply: async ({ key }) => {
      calls.set(key, (calls.get(key) ?? 0) + 1);
      return { users: {}, orgId: null };
    },
  };
  const parts = Array.from({ length: 1500 }, (_, n) =>
    addToOrg({ who: `p${n}`, user: `u${n}`, org: 'org-1' }),
  );
  const jobs = new Queue('writes', { connection: redis.client(), prefix: `{${at.prefix}}` });
  let most = 0;
  at.writer({ target, concurrency: 8 });
  await at.queue.submit(planOf('P', ...parts));
  const watch = setInterval(async () => {
    most = Math.max(most, await jobs.count());
  }, 20);
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 1500 });
  clearInterval(watch);
  expect(most).toBeGreaterThan(500);
  expect(most).toBeLessThanOrEqual(1000);
  expect([...calls.values()].every((count) => count === 1)).toBe(true);
  expect(await jobs.count()).toBe(0);
  await jobs.close();
}, 240_000);

test('an operation that makes our own code fail becomes a dead letter, and the others go on', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const users = ['ada', 'bob'].map((who) => at.devin.state.addUser({ email: email(who) }));
  const target: DevinTarget = {
    ...at.target,
    describe: (operation, resolver) => {
      if (operation.subject?.endsWith('ada')) throw new Error('no path for ada');
      return at.target.describe(operation, resolver);
    },
  };
  at.writer({ target, tries: { attempts: 2, backoffMs: 10 } });
  const parts = ['ada', 'bob'].map((who, n) => addToOrg({ who, user: users[n]?.id as string, org }));
  await at.queue.submit(planOf('P', ...parts));
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 1, failed: 1 });
  expect((await at.queue.failures('P'))[0]?.reason).toBe('given up after 2 tries: no path for ada');
});

test('a writer whose call gets no answer ends all the same, and the next one reads the call back', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const { id } = at.devin.state.addUser({ email: email('ada') });
  const asked: string[] = [];
  const target: DevinTarget = {
    ...at.target,
    apply: async (operation, resolver, signal) => {
      asked.push(operation.key);
      await at.target.apply(operation, resolver, signal);
      // It took effect, and the answer never comes.
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  };
  const first = at.writer({ target, closeMs: 200 });
  await at.queue.submit(planOf('P', addToOrg({ who: 'ada', user: id, org })));
  await until(() => asked.length === 1 && at.devin.state.effects.length === 1);
  await first.close();
  expect(await at.queue.progress('P')).toMatchObject({ done: 0, failed: 0 });
  // It may have had no time to hand the job back.
  await lapse(client, at.prefix);
  at.writer();
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 1, failed: 0 });
  expect(writesOf(at.devin)).toHaveLength(1);
});
