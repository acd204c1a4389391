/** For each kind of write: it took effect, and nobody got to know. There must be no second effect, and no second call. */
import { Queue } from 'bullmq';
import { expect, test } from 'vitest';
import type { DevinTarget } from '../../src/devin/target.ts';
import { TargetError } from '../../src/lib/errors.ts';
import { entryOf, type Submission } from '../../src/state/store.ts';
import { operation, plan } from '../lib/plan-builder.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { CASES, KINDS } from './write-cases.ts';
import { addToOrg, type Desk, desk, email, planOf, removeUser, until, writesOf } from './writing.ts';

const redis = await privateRedis();
const ALWAYS = Number.POSITIVE_INFINITY;
const NOBODY = { user: (name: string) => name, org: (name: string) => name };

test('every kind of write is among the cases', () => {
  expect(CASES.map(({ kind }) => kind).toSorted()).toEqual(Object.keys(KINDS).toSorted());
});

function effectsOf({ devin }: Desk): string[] {
  return devin.state.effects.map(({ kind, label }) => `${kind} ${label}`).sort();
}

test.each(CASES)('$kind: no answer comes', async ({ kind, effects, make }) => {
  const at = await desk(redis);
  const one = operation({ key: 'op', kind, ...make(at.devin.state) });
  for (const method of ['POST', 'PATCH', 'DELETE'])
    at.devin.faults.add({ method, times: ALWAYS, action: { kind: 'lose-answer' } });
  at.writer();
  expect(await at.run(plan('P', [one]))).toMatchObject({ done: 1, failed: 0 });
  expect(effectsOf(at)).toEqual(effects);
  expect(writesOf(at.devin)).toHaveLength(1);
  expect(at.devin.faults.fired).toHaveLength(1);
});

test.each(CASES)('$kind: the writer died after it was sent', async ({ kind, effects, make }) => {
  const at = await desk(redis);
  const one = operation({ key: 'op', kind, ...make(at.devin.state) });
  const entry = entryOf({ at: Date.now(), kind: 'sending', planId: 'P', opKey: 'op' });
  await at.queue.submit(plan('P', [one]));
  const round = (await at.store.writes.submission('P')) as Submission;
  await at.store.writes.intend(round, { opKey: 'op', at: Date.now() }, entry);
  await at.target.apply(one, NOBODY, new AbortController().signal);
  at.writer();
  expect(await at.run(plan('P', [one]))).toMatchObject({ done: 1, failed: 0 });
  expect(effectsOf(at)).toEqual(effects);
  expect(writesOf(at.devin)).toHaveLength(1);
  expect((await at.store.writes.outcomes('P', ['op']))[0]).toMatchObject({
    state: 'done',
    attempts: 0,
    reason: 'sent before an interruption, and found done',
  });
});

/** What is under way ends with the pause, and nothing is brought again. */
async function quiet(at: Desk): Promise<void> {
  const jobs = new Queue('writes', { connection: redis.client(), prefix: `{${at.prefix}}` });
  await until(async () => {
    const counts = await jobs.getJobCounts('active', 'prioritized', 'delayed', 'waiting');
    return Object.values(counts).every((count) => count === 0);
  });
  await jobs.close();
}

test('a pause between a lost answer and its repetition forgets nothing: the removal is known as ours afterwards', async () => {
  const at = await desk(redis);
  const ada = at.devin.state.addUser({ email: email('ada') });
  let isReadable = false;
  const target: DevinTarget = {
    ...at.target,
    apply: async (one, resolver, signal) => {
      await at.target.apply(one, resolver, signal);
      await at.queue.pause('eve', { all: true });
      throw new TargetError('no complete answer came', { status: null, outcome: 'unknown' });
    },
    readBack: (one, resolver, signal) =>
      isReadable ? at.target.readBack(one, resolver, signal) : Promise.reject(new Error('not now')),
  };
  at.writer({ target });
  await at.queue.submit(planOf('P', removeUser('ada', ada.id)));
  await until(async () => (await at.queue.progress('P')).waiting === 'paused by eve, deactivations included');
  await quiet(at);
  expect(await at.queue.progress('P')).toMatchObject({ done: 0, failed: 0 });
  isReadable = true;
  await at.queue.resume('eve');
  expect(await at.queue.settled('P', { signal: new AbortController().signal })).toMatchObject({ done: 1 });
  expect((await at.store.writes.outcomes('P', ['leave/ada']))[0]).toMatchObject({
    state: 'done',
    reason: 'sent before an interruption, and found done',
  });
  expect(writesOf(at.devin)).toHaveLength(1);
});

test('a grant that takes effect only after it was read back is ours, though the second call is refused', async () => {
  const at = await desk(redis);
  const ada = at.devin.state.addUser({ email: email('ada') });
  const part = addToOrg({ who: 'ada', user: ada.id, org: at.devin.state.org('Payments').id });
  let calls = 0;
  const target: DevinTarget = {
    ...at.target,
    apply: async (one, resolver, signal) => {
      calls++;
      if (calls === 1) throw new TargetError('no complete answer came', { status: null, outcome: 'unknown' });
      // The first one arrives at last, just before the second.
      await at.target.apply(one, resolver, signal);
      return at.target.apply(one, resolver, signal);
    },
  };
  at.writer({ target });
  expect(await at.run(planOf('P', part))).toMatchObject({ done: 1, failed: 0 });
  expect([calls, effectsOf(at).length]).toEqual([2, 1]);
  expect((await at.store.writes.outcomes('P', [part.operation.key]))[0]).toMatchObject({
    state: 'done',
    reason: expect.stringContaining('a call before took effect late'),
  });
});

test('a removal that takes effect only after it was read back, and after a pause, is known as ours', async () => {
  const at = await desk(redis);
  const ada = at.devin.state.addUser({ email: email('ada') });
  const part = removeUser('ada', ada.id);
  let arrive = async (): Promise<void> => {};
  const target: DevinTarget = {
    ...at.target,
    apply: async (one, resolver, signal) => {
      arrive = async () => void (await at.target.apply(one, resolver, signal));
      await at.queue.pause('eve', { all: true });
      throw new TargetError('no complete answer came', { status: null, outcome: 'unknown' });
    },
  };
  at.writer({ target });
  await at.queue.submit(planOf('P', part));
  await until(async () => (await at.queue.progress('P')).waiting === 'paused by eve, deactivations included');
  await quiet(at);
  await arrive();
  await at.queue.resume('eve');
  expect(await at.queue.settled('P', { signal: new AbortController().signal })).toMatchObject({ done: 1 });
  expect((await at.store.writes.outcomes('P', ['leave/ada']))[0]).toMatchObject({
    state: 'done',
    reason: 'sent before an interruption, and found done',
  });
});
