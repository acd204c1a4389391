import { expect, test } from 'vitest';
import { losersOf, withKnownAuthors, withUntold } from '../../src/core/impact.ts';
import type { Notice } from '../../src/core/model/change.ts';
import { run, world } from '../helpers/world.ts';

test('those who lose something now or once approved are asked about, each once, and nobody else', () => {
  const of = world().staff('ada', 'bob', 'new').group('eng', 'ada', 'new').org('Pay', 'Web');
  of.rule('eng', 'Member', { org: 'Pay' }).rule('eng', 'Member', { org: 'Web' });
  of.user('ada', { '': 'Member', Pay: 'Admin', Web: 'Member' }).link('ada');
  of.user('bob', { '': 'Member', Pay: 'Member', Web: 'Member' }).link('bob');
  of.person('gone', 'deactivated').managed('gone').person('off', 'suspended').managed('off');
  const plan = run(of.policy({ users: 'create-only' }));
  expect(losersOf(plan).map(({ email }) => email)).toEqual(['ada@corp.example', 'bob@corp.example']);
  expect(
    losersOf(run(of.policy({ users: 'full' })))
      .map(({ devinId }) => devinId)
      .sort(),
  ).toEqual(['u-ada', 'u-bob', 'u-gone']);
});

test('what an earlier plan learnt about drift is kept, and only of the same drift', () => {
  const notice = (message: string, more: Partial<Notice> = {}): Notice => ({
    kind: 'foreign',
    subject: 'ada',
    message,
    edge: { holder: 'u-ada', org: null },
    ...more,
  });
  const known = [notice('a', { by: 'added by bob' }), notice('b', { by: null }), notice('c')];
  const { edge: _, ...plain } = notice('a');
  const now = [notice('a'), notice('b'), notice('c'), notice('d'), notice('a', { kind: 'collision' }), plain];
  expect(withKnownAuthors(now, known).map(({ by }) => by)).toEqual([
    'added by bob',
    null,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('why nobody is named is said once, beside drift only, and not any more once somebody may be named', () => {
  const drift: Notice = {
    kind: 'foreign',
    subject: 'ada',
    message: 'a',
    edge: { holder: 'u-ada', org: null },
  };
  const other: Notice = { kind: 'staged', subject: 'bob', message: 'b' };
  const untold: Notice = { kind: 'not-told', subject: 'who made the drift', message: 'no log' };
  expect(withUntold([drift, other], 'no log')).toEqual([drift, other, untold]);
  expect(withUntold([drift, untold], 'no log')).toEqual([drift, untold]);
  expect(withUntold([other], 'no log')).toEqual([other]);
  expect(withUntold([drift, untold], null)).toEqual([drift]);
  expect(withKnownAuthors([drift], [untold])).toEqual([drift, untold]);
});
