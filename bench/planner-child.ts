/** One process, one tenant: builds it, decides, and prints what that took as one line of JSON. */
import { setImmediate as breathe } from 'node:timers/promises';
import { type DecideInput, type Decision, decideSteps } from '../src/core/decide.ts';
import type { DirectorySnapshot } from '../src/core/model/directory.ts';
import { NO_EVIDENCE } from '../src/core/model/evidence.ts';
import { cpuSeconds, mainThreadMs } from './cpu.ts';
import type { PlannerRun } from './planner-run.ts';
import { SIZES, type SizeName, shapeOf } from './shape.ts';
import { buildDirectory, buildHave, CONFIG_HASH, SETTINGS, TENANTS } from './tenant.ts';

interface Timed {
  readonly decision: Decision;
  readonly seconds: number;
  readonly wallSeconds: number;
  readonly blockMs: number;
}

/** As the daemon decides: in strides, with the event loop in between. */
async function decideTimed(input: DecideInput): Promise<Timed> {
  const started = performance.now();
  const seconds = cpuSeconds();
  const steps = decideSteps(input);
  let blockMs = 0;
  for (;;) {
    const blocked = mainThreadMs();
    const step = steps.next();
    blockMs = Math.max(blockMs, blocked());
    if (step.done === true) {
      const wallSeconds = (performance.now() - started) / 1000;
      return { decision: step.value, seconds: seconds(), wallSeconds, blockMs };
    }
    await breathe();
  }
}

const [name, ledger, runs] = process.argv.slice(2) as [SizeName, 'ledger' | 'bare', string];
const shape = shapeOf(SIZES[name]);
const builder = buildDirectory(shape);
const sealing = builder.sealSteps({ tenant: TENANTS.directory, scope: { kind: 'all' }, reads: [] });
let sealMs = 0;
let sealed: DirectorySnapshot | null = null;
while (sealed === null) {
  const blocked = mainThreadMs();
  const step = sealing.next();
  sealMs = Math.max(sealMs, blocked());
  if (step.done === true) sealed = step.value;
}
const directory = sealed;
const { devin, memory } = buildHave(shape, ledger === 'ledger');
const input: DecideInput = {
  directory,
  devin,
  memory,
  evidence: NO_EVIDENCE,
  settings: SETTINGS,
  tenants: TENANTS,
  configHash: CONFIG_HASH,
  maxPerSecond: 10,
  now: Date.UTC(2026, 10, 22),
};
const heldMb = process.memoryUsage().rss / 2 ** 20;
const seconds: number[] = [];
const wallSeconds: number[] = [];
const blocks: number[] = [];
let changes = 0;
let problems: readonly string[] = [];
let planId = '';
for (let run = 0; run < Number(runs); run++) {
  const { decision, ...timed } = await decideTimed(input);
  seconds.push(timed.seconds);
  wallSeconds.push(timed.wallSeconds);
  blocks.push(timed.blockMs);
  changes = decision.plan.changes.length;
  problems = decision.problems;
  planId = decision.plan.id;
}
if (problems.length > 0) throw new Error(problems.join('\n'));
const run: PlannerRun = {
  people: directory.personCount,
  edges: directory.edgeCount,
  changes,
  planId,
  seconds,
  wallSeconds,
  blocks,
  sealMs,
  heldMb,
  // maxRSS is in kilobytes.
  peakMb: process.resourceUsage().maxRSS / 1024,
};
console.log(JSON.stringify(run));
