import { expect, test } from 'vitest';
import { losersOf, withKnownAuthors } from '../../src/core/impact.ts';
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
