/** Writing: the share of the allowed rate, what the queue adds to an operation, and what Redis keeps of it. */
import { measure } from './child.ts';
import type { Profile } from './profile.ts';
import { figure, type Judged } from './result.ts';
import type { ShareRun, WriterRun } from './writer-run.ts';

const REPLICAS = [1, 3];

export async function writer({ full, note }: Profile): Promise<Judged[]> {
  const shares: Judged[] = [];
  for (const perSecond of full ? [2, 5, 10, 30, 50] : [10])
    for (const replicas of REPLICAS) {
      note(`writer at ${perSecond}/s, replicas: ${replicas}`);
      const words = [perSecond, full ? 60 : 20, replicas].map(String);
      shares.push(...shareFigures(await measure<ShareRun>('./writer-share-child.ts', words)));
    }
  note('writer at no limit');
  return [...shares, ...queueFigures(await measure<WriterRun>('./writer-child.ts', []))];
}

function shareFigures({ perSecond, replicas, share, refused, writes, calls }: ShareRun): Judged[] {
  const name = `writer.${perSecond}x${replicas}`;
  return [
    figure(`${name}.share`, share, '', {
      bound: 0.95,
      limit: 'least',
      baseline: 1,
      against: `the ${perSecond} calls a second that are allowed`,
      note: `${replicas === 1 ? 'one replica' : `${replicas} replicas`}, ${writes} writes among ${calls} calls, without the first second`,
    }),
    figure(`${name}.self429`, refused, 'refusals', { bound: 0 }),
  ];
}

function queueFigures(run: WriterRun): Judged[] {
  const overheadMs = 1000 / run.queuePerSecond - 1000 / run.plainPerSecond;
  return [
    figure('writer.queue.ms', overheadMs, 'ms', {
      note: `an operation, beyond the plain request: ${Math.round(run.queuePerSecond)} to ${Math.round(run.plainPerSecond)} a second at no limit`,
    }),
    figure('writer.enqueue.rate', run.enqueuePerSecond, '1/s', {
      note: `submit of ${run.enqueued} operations`,
    }),
    figure('writer.redis.bytes', run.bytesPerOperation, 'B', {
      note: 'an operation that was carried out: plan, outcome, journal and ledger',
    }),
  ];
}
