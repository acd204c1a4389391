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
  if (record === null || record.state !== 'applying' || record.planId === null) return record;
  const now = withWrites(record, await deps.writes.progress(record.planId), deps.clock());
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
