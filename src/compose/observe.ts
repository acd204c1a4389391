/** Each run as a log line and as metrics. */
import { BREAK_GLASS, type HoldAlert } from '../core/holds.ts';
import type { Plan } from '../core/model/change.ts';
import type { RunRecord } from '../core/model/run.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';

export function observeRun(
  metrics: Metrics,
  log: Logger,
  record: RunRecord,
  plan: Plan | null,
  alerts: readonly HoldAlert[],
): void {
  const result = resultOf(record);
  metrics.runs.inc({ result });
  const endedAt = record.endedAt ?? Date.now();
  metrics.lastRun.set(endedAt / 1000);
  if (record.startedAt !== null) metrics.runDuration.observe((endedAt - record.startedAt) / 1000);
  if (plan !== null) {
    metrics.lastSuccess.set(endedAt / 1000);
    // A plan about one person says nothing of what is held elsewhere.
    if (plan.only === null) countChanges(metrics, plan);
  }
  const facts = { run: record.id, trigger: record.trigger.kind, plan: record.planId, ...record.summary };
  if (record.error === null) log.info(facts, `run ${result}`);
  else log.error({ ...facts, reason: record.error }, 'run failed');
  for (const { kind, guards, items, age } of alerts) {
    const days = Math.floor(age / 86_400_000);
    if (guards.includes(BREAK_GLASS)) {
      log.error(
        { plan: record.planId, accounts: items, days },
        'an emergency account is not as it should be',
      );
      continue;
    }
    log.warn(
      { plan: record.planId, guards, changes: items.length, days },
      kind === 'new' ? 'changes are held' : 'changes are still held',
    );
  }
}

function resultOf(record: RunRecord): 'planned' | 'applied' | 'held' | 'failed' {
  if (record.state === 'failed') return 'failed';
  if ((record.summary?.held ?? 0) > 0) return 'held';
  return record.writes === null ? 'planned' : 'applied';
}

function countChanges(metrics: Metrics, plan: Plan): void {
  metrics.planChanges.reset();
  let held = 0;
  for (const { kind, verdict } of plan.changes) {
    metrics.planChanges.inc({ kind, verdict: verdict.state });
    if (verdict.state === 'held') held++;
  }
  metrics.heldItems.set(held);
  metrics.residualItems.set(plan.residual.length);
  metrics.tombstones.set(plan.notices.filter(({ kind }) => kind === 'tombstone').length);
}
