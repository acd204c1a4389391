import { expect, test } from 'vitest';
import { createMetrics, METRICS, metricName } from '../../src/lib/metrics.ts';

test('every metric of the table is announced with its help, under one prefix', async () => {
  const text = await createMetrics().text();
  for (const shape of Object.values(METRICS)) {
    expect(metricName(shape)).toMatch(/^devin_idp_sync_[a-z_]+$/);
    expect(text).toContain(`# HELP ${metricName(shape)} `);
    expect(text).toContain(`# TYPE ${metricName(shape)} ${shape.type}`);
  }
});

test('what is counted comes out with its labels', async () => {
  const metrics = createMetrics();
  metrics.runs.inc({ result: 'planned' });
  metrics.runs.inc({ result: 'planned' });
  metrics.planChanges.set({ kind: 'invite', verdict: 'held' }, 3);
  metrics.runDuration.observe(3);
  const text = await metrics.text();
  expect(text).toContain('devin_idp_sync_runs_total{result="planned"} 2');
  expect(text).toContain('devin_idp_sync_plan_changes{kind="invite",verdict="held"} 3');
  expect(text).toContain('devin_idp_sync_run_duration_seconds_bucket{le="2.5"} 0');
  expect(text).toContain('devin_idp_sync_run_duration_seconds_bucket{le="5"} 1');
});

test('two daemons in one process count apart', async () => {
  const first = createMetrics();
  first.heldItems.set(5);
  expect(await createMetrics().text()).not.toContain('devin_idp_sync_held_items 5');
  expect(await first.text()).toContain('devin_idp_sync_held_items 5');
});

test('the process is measured where that is asked for', async () => {
  expect(await createMetrics({ process: true }).text()).toContain('devin_idp_sync_process_cpu_seconds_total');
  expect(await createMetrics().text()).not.toContain('process_cpu');
});
