/** The review page of a large plan. */
import { measure } from './child.ts';
import type { PagesRun } from './pages-run.ts';
import type { Profile } from './profile.ts';
import { figure, type Judged, median } from './result.ts';

export async function pages({ full, note }: Profile): Promise<Judged[]> {
  note('review page of 50k changes');
  const run = await measure<PagesRun>('./pages-child.ts', [full ? '60' : '10'], ['--expose-gc']);
  return [
    figure('page.50k.first.seconds', median(run.first), 's', {
      bound: 2,
      note: `${run.changes} changes, ${Math.round(run.bytes / 1024)} KB of HTML`,
    }),
    figure('page.50k.filtered.seconds', median(run.filtered), 's', { bound: 2 }),
    figure('page.50k.memory.mb', run.memoryMb, 'MB', { bound: 400, note: 'over many requests' }),
    figure('page.50k.block.ms', run.blockMs, 'ms'),
  ];
}
