/** The model of a run as Zod reads it back: from the store, and from a daemon's API. Unknown keys are dropped. */
import { z } from 'zod';
import type { RunEvent, RunRecord } from './run.ts';

const Count = z.int().nonnegative();
const EpochMs = z.int().nonnegative();

export const RunScopeData = z.object({
  user: z.string().exactOptional(),
  group: z.string().exactOptional(),
  org: z.string().exactOptional(),
  rollback: z.string().exactOptional(),
});

export const RunTriggerData = z.object({
  kind: z.enum(['schedule', 'manual', 'event']),
  scope: RunScopeData,
  by: z.string(),
  at: EpochMs,
});

export const RunSummaryData = z.object({
  ready: Count,
  held: Count,
  waiting: Count,
  barred: Count,
  residual: Count,
});

export const RunStepData = z.object({
  what: z.string(),
  done: Count,
  total: Count.nullable(),
  etaSeconds: Count.nullable().exactOptional(),
});

export const WriteProgressData = z.object({
  total: Count,
  done: Count,
  failed: Count,
  skipped: Count,
  inFlight: Count,
  waiting: z.string().nullable(),
  etaSeconds: z.number().nonnegative().nullable(),
});

export const RunRecordData = z.object({
  id: z.string().min(1),
  trigger: RunTriggerData,
  state: z.enum(['queued', 'reading', 'planned', 'applying', 'done', 'failed']),
  startedAt: EpochMs.nullable(),
  endedAt: EpochMs.nullable(),
  planId: z.string().nullable(),
  summary: RunSummaryData.nullable(),
  step: RunStepData.nullable(),
  writes: WriteProgressData.nullable(),
  error: z.string().nullable(),
}) satisfies z.ZodType<RunRecord>;

export const RunEventData = z.object({
  kind: z.enum(['state', 'progress', 'settled']),
  run: RunRecordData,
}) satisfies z.ZodType<RunEvent>;
