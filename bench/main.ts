/**
 * `npm run bench`: everything in section "performance" of the documentation, measured on this machine.
 *
 *   --full         more runs and the largest sizes of everything; the default takes under three minutes
 *   --only NAME    one of: planner, readers, writer, reports, pages, memory, daemon; may be given several times;
 *                only when named: bulk, a hundred thousand writes (six minutes with --full), and peers, which
 *                fetches other projects' readers from npm
 *   --json FILE    the results as a list of {name, value, unit, bound, pass}
 *   --report       say what is not met, but end with 0: for machines that do other work meanwhile
 *   --accept       keep the ratios of this run as the baseline that later runs are compared with
 *
 * Without --report it ends with 1 when a bound is not met or a ratio is more than 25 % worse than the baseline.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { acceptBaseline, acceptedRatios, worsened } from './baseline.ts';
import { bulk } from './bulk.ts';
import { daemon } from './daemon.ts';
import { machineLine } from './machine.ts';
import { memory } from './memory.ts';
import { pages } from './pages.ts';
import { peers } from './peers.ts';
import { planner } from './planner.ts';
import { readers } from './readers.ts';
import { reports } from './reports.ts';
import { type Judged, passes, table, toResult } from './result.ts';
import { writer } from './writer.ts';

const SUITES = { planner, readers, writer, reports, pages, memory, daemon, bulk, peers } as const;
/** Takes minutes, and fetches packages: they are asked for by name. */
const ON_REQUEST: readonly string[] = ['bulk', 'peers'];
type SuiteName = keyof typeof SUITES;

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    accept: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
  },
});
const only = values.only ?? Object.keys(SUITES).filter((name) => !ON_REQUEST.includes(name));
const unknown = only.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0)
  throw new Error(`--only takes ${Object.keys(SUITES).join(', ')}, not ${unknown.join(', ')}`);

const started = performance.now();
const figures: Judged[] = [];
for (const name of only as SuiteName[]) {
  figures.push(...(await SUITES[name]({ full: values.full, note: (what) => console.error(`… ${what}`) })));
}
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
console.log(`${machineLine()}; ${values.full ? 'full' : 'quick'} profile, ${minutes} min\n`);
console.log(`${table(figures)}\n`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify(figures.map(toResult), null, 2)}\n`);
const unmet = figures.filter((one) => !passes(one));
for (const { name } of unmet) console.log(`not met: ${name}`);
const worse = worsened(figures, acceptedRatios());
for (const line of worse) console.log(`worse than the baseline: ${line}`);
if (values.accept) acceptBaseline(figures);
process.exitCode = !values.report && (unmet.length > 0 || worse.length > 0) ? 1 : 0;
