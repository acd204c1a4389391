/** Reports of a large plan, and the calls that a first invite costs. */
import { measure } from './child.ts';
import type { Profile } from './profile.ts';
import type { ReportsRun } from './reports-run.ts';
import { figure, type Judged, median } from './result.ts';

export async function reports({ full, note }: Profile): Promise<Judged[]> {
  note('reports of 50k changes');
  const run = await measure<ReportsRun>('./reports-child.ts', [full ? '9' : '3']);
  const slowest = run.formats.toSorted((a, b) => median(b.seconds) - median(a.seconds))[0];
  const mb = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  return [
    figure('invite.calls', run.inviteCalls, 'calls', { bound: 100, note: `${run.invited} people` }),
    figure('report.50k.seconds', median(slowest?.seconds ?? []), 's', {
      baseline: run.plainSeconds,
      against: 'JSON.stringify of the plan',
      note: `${run.changes} changes with their requests, the slowest format (${slowest?.format})`,
    }),
    ...run.formats.map(({ format, seconds, bytes, blockMs }) =>
      figure(`report.50k.${format}.seconds`, median(seconds), 's', {
        note: `${mb(bytes)} MB, longest chunk ${Math.round(blockMs)} ms`,
      }),
    ),
    figure('report.50k.block.ms', Math.max(...run.formats.map(({ blockMs }) => blockMs)), 'ms'),
  ];
}
