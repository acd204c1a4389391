/** The ledger: what it costs to have all of it for a turn, and to keep what changed. */
import { measure } from './child.ts';
import type { MemoryRun } from './memory-run.ts';
import type { Profile } from './profile.ts';
import { figure, type Judged, median } from './result.ts';
import type { SizeName } from './shape.ts';

export async function memory({ full, note }: Profile): Promise<Judged[]> {
  const sizes: readonly SizeName[] = full ? ['100k', '1m'] : ['100k'];
  const figures: Judged[] = [];
  for (const size of sizes) {
    note(`the ledger of ${size} people`);
    const run = await measure<MemoryRun>('./memory-child.ts', [size, full && size !== '1m' ? '3' : '1']);
    const plain = median(run.plain);
    figures.push(
      figure(`memory.${size}.load.seconds`, median(run.load), 's', {
        baseline: plain,
        against: 'HSCAN and JSON.parse of the same rows',
        note: `${run.people} people with every role of theirs, each row checked`,
      }),
      figure(`memory.${size}.save.seconds`, median(run.save), 's', {
        baseline: plain,
        against: 'HSCAN and JSON.parse of all rows',
        note: '100 rows changed',
      }),
    );
  }
  return figures;
}
