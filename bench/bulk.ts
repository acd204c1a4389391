/** A plan of a hundred thousand writes, fed and carried out: what it holds meanwhile, and whether it can be watched. */
import { measure } from './child.ts';
import type { Profile } from './profile.ts';
import { figure, type Judged } from './result.ts';
import type { BulkRun } from './writer-run.ts';

const MB = 1024 * 1024;

/** Four minutes on an idle machine; a busy one may take five times as long. */
const LIMIT_MS = 30 * 60_000;

export async function bulk({ full, note }: Profile): Promise<Judged[]> {
  const count = full ? 100_000 : 10_000;
  note(`bulk: ${count} writes at no limit`);
  return figures(await measure<BulkRun>('./writer-bulk-child.ts', [String(count)], [], LIMIT_MS));
}

function figures(run: BulkRun): Judged[] {
  const { operations, seconds, looks, live, rss, blockMs } = run;
  const [first = 0] = live;
  const growth = (live.at(-1) ?? 0) / first;
  return [
    figure('bulk.operations', operations, '', {
      note: `each carried out once; the count had moved at each of ${looks} looks`,
    }),
    figure('bulk.rate', operations / seconds, '1/s', { note: `${Math.round(seconds)} s in all` }),
    figure('bulk.heap.growth', growth, '', {
      bound: 1.25,
      note: `live heap of the writer from the first tenth (${Math.round(first / MB)} MB) to the end`,
    }),
    figure('bulk.rss', rss / MB, 'MB', { bound: 800, note: 'most of the writer, in a heap of 512 MB' }),
    figure('bulk.block.ms', blockMs, 'ms', { note: 'longest block of its event loop' }),
    figure('bulk.redis', run.redis / MB, 'MB', {
      note: `most; the plan ${Math.round(run.redisPlan / MB)} MB, afterwards ${Math.round(run.redisAfter / MB)} MB`,
    }),
    figure('bulk.redis.bytes', run.redisAfter / operations, 'B', {
      note: 'an operation: plan, outcome, journal, ledger',
    }),
  ];
}
