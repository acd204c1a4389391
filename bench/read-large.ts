/** Reads 100,000 people in 5,000 groups with 500,000 memberships from each fake, each in a process of its own. */
import { measure } from './child.ts';
import { startFakes } from './fakes.ts';
import type { LargeRead } from './read-large-child.ts';
import { SIZES } from './shape.ts';

const BOUND_MB = 1024;
const LIMIT_MS = 3 * 60_000;

const limit = setTimeout(() => {
  console.error(`not done after ${LIMIT_MS / 60_000} minutes`);
  process.exit(1);
}, LIMIT_MS);
const fakes = await startFakes({ ...SIZES['100k'], orgs: 1, devinPerSecond: null, devinFull: false });
const { okta, graph, devin } = fakes;
for (const which of ['okta', 'graph'] as const) {
  const run = await measure<LargeRead>('./read-large-child.ts', [
    which,
    JSON.stringify({ okta, graph, devin }),
  ]);
  const { people, groups, edges, seconds, readMb, packedMb, peakMb } = run;
  console.log(
    `${which}: ${people} people, ${groups} groups, ${edges} memberships in ${seconds.toFixed(1)} s; ` +
      `${readMb.toFixed(0)} MB resident at most, ${peakMb.toFixed(0)} MB with packing (bound ${BOUND_MB}), ` +
      `stored in ${packedMb.toFixed(1)} MB`,
  );
  if (peakMb > BOUND_MB) process.exitCode = 1;
}
clearTimeout(limit);
fakes.close();
