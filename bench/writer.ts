/** Writing: the share of the allowed rate, what the queue adds to an operation, and what Redis keeps of it. */
import { measure } from './child.ts';
import type { Profile } from './profile.ts';
import { figure, type Judged } from './result.ts';
import type { WriterRun } from './writer-run.ts';

const PER_SECOND = 10;

export async function writer({ full, note }: Profile): Promise<Judged[]> {
  note('writer');
  const run = await measure<WriterRun>('./writer-child.ts', [String(PER_SECOND), full ? '90' : '20']);
  const overheadMs = 1000 / run.queuePerSecond - 1000 / run.plainPerSecond;
  return [
    figure('writer.share', run.achieved / run.allowed, '', {
      bound: 0.95,
      limit: 'least',
      baseline: 1,
      against: `the ${run.allowed} calls a second that are allowed`,
      note: `${run.operations} writes, without the first second`,
    }),
    figure('writer.self429', run.refused, 'refusals', { bound: 0 }),
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
