/** One run of the daemon: a turn of the loop, then, if nothing speaks against it, its plan goes to the writers. */
import { alertsSince, type HoldAlert } from '../core/holds.ts';
import type { Plan } from '../core/model/change.ts';
import { queuedRun, type RunRecord, type RunTrigger, type WriteProgress } from '../core/model/run.ts';
import { errorText } from '../lib/errors.ts';
import { etaMeter } from '../lib/eta.ts';
import type { ReadProgress } from '../lib/reading.ts';
import { inSpan } from '../lib/spans.ts';
import { ended, summaryOf } from './record.ts';
import { type LoopDeps, mayApply, takeTurn } from './run.ts';

export interface DaemonRunDeps {
  readonly loop: LoopDeps;
  readonly writes: {
    submit(plan: Plan, options: { scope: 'all' | 'part'; run: string }): Promise<void>;
    progress(planId: string): Promise<WriteProgress>;
  };
  /** Told of the plan before any of its writes may start; must not throw. */
  readonly planned?: (record: RunRecord, plan: Plan) => Promise<void>;
  /** Told once a run has its plan or has failed; must not throw. */
  readonly observe: (record: RunRecord, plan: Plan | null, alerts: readonly HoldAlert[]) => void;
  /** False once another replica has taken the run over: what this one found is old, and the record is the other's. */
  readonly isOurs: () => Promise<boolean>;
}

export interface RunRequest {
  readonly id: string;
  readonly trigger: RunTrigger;
}

/** How often, at most, the step of a reading is stored. */
const STEP_MS = 500;

/** Never throws for a failed run: the record says what happened, and the next run tries again. */
export function daemonRun(deps: DaemonRunDeps, request: RunRequest, signal: AbortSignal): Promise<RunRecord> {
  const about = { run: request.id, trigger: request.trigger.kind };
  return inSpan('run', about, async (note) => {
    const record = await runOnce(deps, request, signal);
    note({ state: record.state, ...(record.planId === null ? {} : { plan: record.planId }) });
    return record;
  });
}

async function runOnce(deps: DaemonRunDeps, request: RunRequest, signal: AbortSignal): Promise<RunRecord> {
  const { clock, store } = deps.loop;
  const before = await store.runs.get(request.id);
  const takenOver = before?.startedAt ?? null;
  let record: RunRecord = {
    ...queuedRun(request.id, request.trigger),
    state: 'reading',
    startedAt: takenOver ?? clock(),
  };
  let plan: Plan | null = null;
  let alerts: readonly HoldAlert[] = [];
  await store.runs.put(record);
  try {
    const context = { signal, onProgress: stepWriter(deps, () => record) };
    const turn = await takeTurn(deps.loop, context, { keep: true, only: request.trigger.scope });
    if (!(await deps.isOurs())) return givenUp(deps, record);
    ({ plan, alerts } = turn.decision);
    if (takenOver !== null && plan.only === null) {
      const missed = alertsSince(turn.decision.memory.holds, plan.changes, takenOver);
      alerts = [...alerts.filter(({ kind }) => kind !== 'new'), ...missed];
    }
    record = { ...record, state: 'planned', planId: plan.id, summary: summaryOf(plan), step: null };
    await store.runs.put(record);
    await deps.planned?.(record, plan);
    record = await applyAllowed(deps, record, plan);
  } catch (error) {
    if (!(await deps.isOurs())) return givenUp(deps, record);
    record = ended(record, 'failed', clock(), errorText(error));
  }
  await store.runs.put(record);
  deps.observe(record, plan, alerts);
  return record;
}

function givenUp({ loop }: DaemonRunDeps, record: RunRecord): RunRecord {
  loop.note(`run ${record.id} was taken over by another replica, so this one submits nothing of it`);
  return record;
}

/** What may be written stands in the plan's operations. The run ends here: it never waits for its writes. */
async function applyAllowed(deps: DaemonRunDeps, record: RunRecord, plan: Plan): Promise<RunRecord> {
  // An empty plan is submitted as well: it ends what an older one, made under another policy, has left.
  await deps.writes.submit(plan, { scope: plan.only === null ? 'all' : 'part', run: record.id });
  if (!mayApply(plan)) return ended(record, 'done', deps.loop.clock(), null);
  return { ...record, state: 'applying', writes: await deps.writes.progress(plan.id) };
}

/** Stores where a reading is, at most twice a second; a lost one does no harm. */
function stepWriter({ loop }: DaemonRunDeps, current: () => RunRecord): (step: ReadProgress) => void {
  const eta = etaMeter(loop.clock);
  let last = 0;
  return (step) => {
    const now = loop.clock();
    const etaSeconds = eta(step);
    if (now - last < STEP_MS || current().state !== 'reading') return;
    last = now;
    void loop.store.runs.put({ ...current(), step: { ...step, etaSeconds } }).catch(() => {});
  };
}
