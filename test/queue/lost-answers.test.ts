/** For each kind of write: it took effect, and nobody got to know. There must be no second effect, and no second call. */
import { expect, test } from 'vitest';
import { entryOf } from '../../src/state/store.ts';
import { operation, plan } from '../lib/plan-builder.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { CASES, KINDS } from './write-cases.ts';
import { type Desk, desk, writesOf } from './writing.ts';

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
  await at.store.writes.intend('P', { opKey: 'op', at: Date.now() }, entry);
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
