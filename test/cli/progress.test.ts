import { expect, test } from 'vitest';
import { progressLine } from '../../src/cli/resync.ts';
import type { RunRecord, RunStep } from '../../src/core/model/run.ts';

function reading(step: RunStep | null): RunRecord {
  return {
    id: 'run-1',
    trigger: { kind: 'manual', scope: {}, by: 'ada', at: 0 },
    state: 'reading',
    startedAt: 0,
    endedAt: null,
    planId: null,
    summary: null,
    step,
    writes: null,
    error: null,
  };
}

test('a reading of a daemon is shown with how far it is, and how long it still takes where that is known', () => {
  const line = (step: RunStep | null) => progressLine(reading(step));
  expect(line({ what: 'Okta groups', done: 12, total: 40, etaSeconds: 7 })).toBe(
    'Okta groups 12 of 40, about 7 s left',
  );
  expect(line({ what: 'Okta groups', done: 12, total: 40, etaSeconds: null })).toBe('Okta groups 12 of 40');
  expect(line({ what: 'Okta users', done: 400, total: null })).toBe('Okta users 400');
  expect(line(null)).toBe('Run run-1: reading');
});
