/** Diff and plan: seconds of one core, memory, the longest stand of the event loop, growth, and the naive way beside it. */
import { measure } from './child.ts';
import type { PlannerRun } from './planner-run.ts';
import type { Profile } from './profile.ts';
import { exponent, figure, type Judged, median } from './result.ts';
import type { SizeName } from './shape.ts';

const QUICK_RUNS = { '10k': 7, '20k': 7, '100k': 3, '1m': 3 } as const;
const FULL_RUNS = { '10k': 15, '20k': 15, '100k': 9, '1m': 5 } as const;

export async function planner({ full, note }: Profile): Promise<Judged[]> {
  const runs = full ? FULL_RUNS : QUICK_RUNS;
  const run = (size: SizeName, ledger: 'bare' | 'ledger', times: number = runs[size]) => {
    note(`planner, ${size}${ledger === 'ledger' ? ' with a ledger' : ''}`);
    return measure<PlannerRun>('./planner-child.ts', [size, ledger, String(times)]);
  };
  const [small, edges100k, medium] = [
    await run('10k', 'bare'),
    await run('20k', 'bare'),
    await run('100k', 'bare'),
  ];
  // A process decides every few minutes at most: peak memory is that of one decision on fresh readings.
  const once = await run('20k', 'bare', 1);
  const large = await run('1m', 'bare', 1);
  const warm = await run('1m', 'bare');
  const owned = full ? await run('1m', 'ledger', 1) : null;
  const naive = async (size: SizeName, times = size === '1m' ? 1 : 3) => {
    note(`naive planner, ${size}`);
    return measure<PlannerRun>('./naive-child.ts', [size, String(times)], ['--max-old-space-size=8192']);
  };
  const naive20k = await naive('20k');
  const naiveOnce = await naive('20k', 1);
  const naiveLarge = full ? await naive('1m') : await naive('100k');
  // Without the largest in the quick profile: the naive way is compared at 100k people, and said to be.
  const beside = full ? { ours: warm, size: '1m' } : { ours: medium, size: '100k' };
  return [
    figure('plan.1m.seconds', median(warm.seconds), 's', {
      bound: 5,
      note: `${large.edges} memberships, ${large.changes} changes; ${median(warm.wallSeconds).toFixed(1)} s by the clock`,
    }),
    figure('plan.1m.rss', large.peakMb, 'MB', {
      bound: 1280,
      note: `of which ${Math.round(large.heldMb)} MB before the decision: the readings`,
    }),
    figure('plan.100k.seconds', median(edges100k.seconds), 's', {
      bound: 0.2,
      baseline: median(naive20k.seconds),
      against: 'naive maps of strings',
      note: `${edges100k.edges} memberships, median of ${edges100k.seconds.length}`,
    }),
    figure('plan.100k.rss', once.peakMb, 'MB', {
      bound: 200,
      baseline: naiveOnce.peakMb,
      against: 'naive maps of strings',
      note: `of which ${Math.round(once.heldMb)} MB before the decision: the readings`,
    }),
    figure('plan.100k.again.rss', edges100k.peakMb, 'MB', {
      note: `after ${edges100k.seconds.length} decisions within a second, garbage of all of them included`,
    }),
    figure(
      'plan.exponent',
      exponent([small, medium, warm].map((one) => [one.edges, median(one.seconds)])),
      '',
      {
        bound: 1.05,
        note: 'fitted over 50k, 500k and 5M memberships, medians',
      },
    ),
    figure('plan.block.ms', Math.min(...large.blocks, ...warm.blocks), 'ms', {
      bound: 200,
      note: 'longest step between two breaths at 1M people, in the calmest run',
    }),
    figure('plan.naive.ratio', median(beside.ours.seconds) / median(naiveLarge.seconds), '', {
      baseline: 1,
      against: `naive maps of strings at ${beside.size} people`,
      note: `naive ${median(naiveLarge.seconds).toFixed(2)} s, ${Math.round(naiveLarge.peakMb)} MB`,
    }),
    figure('seal.1m.block.ms', large.sealMs, 'ms', {
      bound: 200,
      note: 'longest step between two breaths while 5M memberships are sorted',
    }),
    ...(owned === null
      ? []
      : [
          figure('plan.1m.ledger.seconds', median(owned.seconds), 's', { note: 'every role in the ledger' }),
          figure('plan.1m.ledger.rss', owned.peakMb, 'MB'),
          figure('plan.1m.ledger.block.ms', Math.max(...owned.blocks), 'ms'),
        ]),
  ];
}
