import { expect, test } from 'vitest';
import { isSettled, isWhole, queuedRun, type RunScope } from '../../src/core/model/run.ts';

test('only a run without a scope is about everything', () => {
  const whole = (scope: RunScope) => isWhole(queuedRun('run-1', { kind: 'event', scope, by: 'x', at: 0 }));
  expect(whole({})).toBe(true);
  for (const scope of [{ user: 'a@corp.example' }, { group: 'g' }, { org: 'o' }, { rollback: 'r' }])
    expect(whole(scope)).toBe(false);
  const waiting = queuedRun('run-1', { kind: 'schedule', scope: {}, by: 'schedule', at: 0 });
  expect([waiting.state, isSettled(waiting), isSettled({ ...waiting, state: 'failed' })]).toEqual([
    'queued',
    false,
    true,
  ]);
});
