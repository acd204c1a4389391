/** One process: a plan of fifty thousand changes in every format, and the first invites of a company. */
import type { Plan } from '../src/core/model/change.ts';
import { devinOptions } from '../src/devin/options.ts';
import { makeRestTarget } from '../src/devin/rest-target.ts';
import { unpaced } from '../src/lib/pace.ts';
import { renderPlan } from '../src/report/render.ts';
import { firstPlan, joinersPlan } from './open-plan.ts';
import type { Rendered, ReportsRun } from './reports-run.ts';
import { SIZES } from './shape.ts';

const target = makeRestTarget(devinOptions.parse({ key: 'bench' }), { pace: unpaced });
const runs = Number(process.argv[2]);

/** Written chunk by chunk, as to a file or a connection; a chunk is as long as the event loop stands still. */
function render(plan: Plan, format: Parameters<typeof renderPlan>[1]): Rendered {
  const seconds: number[] = [];
  let bytes = 0;
  let blockMs = 0;
  for (let run = 0; run < runs; run++) {
    bytes = 0;
    const started = performance.now();
    let last = started;
    const requests = (operation: Plan['operations'][number]) => target.describe(operation, null);
    for (const chunk of renderPlan(plan, format, { limit: Number.POSITIVE_INFINITY, requests })) {
      bytes += Buffer.byteLength(chunk);
      const now = performance.now();
      blockMs = Math.max(blockMs, now - last);
      last = now;
    }
    seconds.push((performance.now() - started) / 1000);
  }
  return { format, seconds, bytes, blockMs };
}

// Two groups of one organization give one change, so a few more memberships than changes.
const plan = joinersPlan({ ...SIZES['10k'], edges: 55_000 });
const formats = (['html', 'markdown', 'json', 'terminal'] as const).map((format) => render(plan, format));
const started = performance.now();
const plainBytes = Buffer.byteLength(JSON.stringify(plan));
const plainSeconds = (performance.now() - started) / 1000;
const posts = firstPlan(SIZES['10k']).operations.filter((operation) => {
  const { method, path } = target.describe(operation, null);
  return method === 'POST' && path.endsWith('/members/users');
});
const run: ReportsRun = {
  changes: plan.changes.length,
  formats,
  plainSeconds,
  plainBytes,
  inviteCalls: posts.length,
  invited: posts.reduce((sum, { batch }) => sum + batch.length, 0),
};
console.log(JSON.stringify(run));
