/** The record of a run, kept in the store so that every replica and every client sees the same. */
import type { Plan } from '../core/model/change.ts';
import type { RunRecord, RunState, RunSummary, WriteProgress } from '../core/model/run.ts';
import { countVerdicts } from '../core/plan.ts';

export function summaryOf(plan: Plan): RunSummary {
  return { ...countVerdicts(plan.changes), residual: plan.residual.length };
}

/** True when no operation is left to do. */
export function areSettled({ total, done, failed, skipped }: WriteProgress): boolean {
  return done + failed + skipped >= total;
}

/** The record with how far its writes are now; `done` once they are settled. */
export function withWrites(record: RunRecord, writes: WriteProgress, now: number): RunRecord {
  if (!areSettled(writes)) return { ...record, writes };
  return { ...record, writes, state: 'done', endedAt: record.endedAt ?? now };
}

export function ended(
  record: RunRecord,
  state: Extract<RunState, 'done' | 'failed'>,
  now: number,
  error: string | null,
): RunRecord {
  return { ...record, state, endedAt: now, step: null, error };
}
