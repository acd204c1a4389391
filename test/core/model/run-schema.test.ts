import { expect, test } from 'vitest';
import { isSettled, queuedRun, type RunRecord, type RunState } from '../../../src/core/model/run.ts';
import { RunEventData, RunRecordData } from '../../../src/core/model/run-schema.ts';

const RUN: RunRecord = {
  id: 'run-1',
  trigger: { kind: 'manual', scope: { user: 'ada@corp.example' }, by: 'token:ci', at: 1_790_000_000_000 },
  state: 'applying',
  startedAt: 1_790_000_000_100,
  endedAt: null,
  planId: 'a1b2c3d4',
  summary: { ready: 3, held: 1, waiting: 0, barred: 0, residual: 2 },
  step: { what: 'Okta groups', done: 12, total: null },
  writes: { total: 3, done: 1, failed: 0, skipped: 0, inFlight: 1, waiting: 'paused', etaSeconds: 0.5 },
  error: null,
};

test('a run and its event come back from JSON as they were', () => {
  expect(RunRecordData.parse(JSON.parse(JSON.stringify(RUN)))).toEqual(RUN);
  const event = { kind: 'progress', run: RUN };
  expect(RunEventData.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
});

test.each([
  ['an unknown state', { state: 'paused' }],
  ['a time as text', { startedAt: '2026-11-22' }],
  ['a negative count', { summary: { ...RUN.summary, held: -1 } }],
  ['no id', { id: '' }],
  ['a missing plan', { planId: undefined }],
  ['a scope that names nobody', { trigger: { ...RUN.trigger, scope: { user: null } } }],
])('a run with %s is rejected, never repaired', (_what, changes) => {
  expect(RunRecordData.safeParse({ ...RUN, ...changes }).success).toBe(false);
});

test('a run is settled when it is done or has failed, and not before', () => {
  const states: RunState[] = ['queued', 'reading', 'planned', 'applying', 'done', 'failed'];
  expect(states.filter((state) => isSettled({ ...RUN, state }))).toEqual(['done', 'failed']);
});

test('a run that waits for its turn has begun nothing, and is read back as it was stored', () => {
  const queued = queuedRun('run-1', RUN.trigger);
  expect(RunRecordData.parse(queued)).toEqual(queued);
  expect(queued).toMatchObject({ state: 'queued', startedAt: null, planId: null, step: null, error: null });
  expect(isSettled(queued)).toBe(false);
});
