/** A run that a person carries out from the command line or a page, outside of the schedule: recorded like every other. */
import { randomUUID } from 'node:crypto';
import type { Plan } from '../core/model/change.ts';
import { queuedRun, type RunRecord, type RunTrigger, type WriteProgress } from '../core/model/run.ts';
import { summaryOf, withWrites } from './record.ts';
import type { LoopDeps } from './run.ts';

export interface ManualRun {
  readonly plan: Plan;
  readonly trigger: RunTrigger;
}

type RunDeps = Pick<LoopDeps, 'store' | 'clock'>;

/** Notes that the plan goes to the writers. */
export async function openRun({ store, clock }: RunDeps, { plan, trigger }: ManualRun): Promise<RunRecord> {
  const record: RunRecord = {
    ...queuedRun(randomUUID(), trigger),
    state: 'applying',
    startedAt: clock(),
    planId: plan.id,
    summary: summaryOf(plan),
  };
  await store.runs.put(record);
  return record;
}

/** The same, and how its writes ended. */
export async function asRun(
  deps: RunDeps,
  run: ManualRun,
  write: (runId: string) => Promise<WriteProgress>,
): Promise<WriteProgress> {
  const record = await openRun(deps, run);
  const progress = await write(record.id);
  await deps.store.runs.put(withWrites(record, progress, deps.clock()));
  return progress;
}
