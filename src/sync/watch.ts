/** Runs as clients see them: the stored record, with the progress of its writes filled in when somebody looks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isSettled, type RunEvent, type RunRecord, type WriteProgress } from '../core/model/run.ts';
import type { Store } from '../state/store.ts';
import { withWrites } from './record.ts';

export interface WatchDeps {
  readonly store: Store;
  readonly writes: { progress(planId: string): Promise<WriteProgress> };
  readonly clock: () => number;
}

const LOOK_MS = 250;

/** null: no such run. A run whose writes have settled since is stored as `done`, whoever carried them out. */
export async function currentRun(deps: WatchDeps, id: string): Promise<RunRecord | null> {
  const record = await deps.store.runs.get(id);
  return record === null ? null : withProgress(deps, record);
}

/** Newest first, each as `currentRun` gives it: a run that nobody has looked at since is not still writing. */
export async function recentRuns(deps: WatchDeps, limit: number): Promise<readonly RunRecord[]> {
  const records = await deps.store.runs.list(limit);
  return Promise.all(records.map((record) => withProgress(deps, record)));
}

async function withProgress(deps: WatchDeps, record: RunRecord): Promise<RunRecord> {
  const { planId, state } = record;
  if (state !== 'applying' || planId === null) return record;
  const progress = await deps.writes.progress(planId);
  const endedAt = (await deps.store.writes.submission(planId))?.endedAt ?? deps.clock();
  const now = withWrites(record, progress, endedAt);
  if (now.state === 'done') await deps.store.runs.put(now);
  return now;
}

/** The record as it is, then whenever it differs; ends after the one that is settled, or soon after the signal. */
export async function* watchRun(deps: WatchDeps, id: string, signal: AbortSignal): AsyncGenerator<RunEvent> {
  let last: RunRecord | null = null;
  let told = '';
  while (!signal.aborted) {
    const run = await currentRun(deps, id);
    if (run === null) return;
    const text = JSON.stringify(run);
    if (text !== told) {
      yield { kind: kindOf(last, run), run };
      told = text;
      last = run;
    }
    if (isSettled(run)) return;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}

function kindOf(last: RunRecord | null, run: RunRecord): RunEvent['kind'] {
  if (isSettled(run)) return 'settled';
  return last?.state === run.state ? 'progress' : 'state';
}
