/** `plan`: read, diff, report; writes nothing. */
import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { look, type Turn } from '../actions/plan.ts';
import { whatIf } from '../actions/what-if.ts';
import type { Workbench } from '../actions/workbench.ts';
import type { Plan } from '../core/model/change.ts';
import { type PlanFormat, type PlanRenderOptions, renderPlan, renderWhatIf } from '../report/render.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { type FailOn, failOnCode, parseFailOn } from './fail-on.ts';
import { choice } from './flags.ts';
import { metered } from './progress.ts';

interface PlanFlags extends ConfigFlags {
  readonly format: PlanFormat;
  readonly out?: string;
  readonly requests?: boolean;
  readonly failOn?: readonly FailOn[];
  readonly whatIf?: boolean;
  readonly against?: string;
}

export const FORMATS = [
  'terminal',
  'markdown',
  'html',
  'json',
  'csv',
] as const satisfies readonly PlanFormat[];

export function planCommand(program: Command, session: Session): void {
  program
    .command('plan')
    .description('read both sides and report every difference; writes nothing')
    .option(
      '--format <format>',
      `how to report: ${FORMATS.join(', ')}`,
      choice('--format', FORMATS),
      'terminal',
    )
    .option('--out <file>', 'write the report to a file instead of standard output')
    .option('--requests', 'show the exact API requests')
    .option(
      '--fail-on <what>',
      'exit 3 on held, else 2 on changes, else 4 on residual (comma separated)',
      parseFailOn,
    )
    .option('--what-if', 'store nothing: neither the plan nor what a run remembers')
    .option(
      '--against <file>',
      'show what --config would change against this configuration in use; stores nothing',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<PlanFlags>();
      process.exitCode = await withWorkbench(session, flags, (bench) => run(session, bench, flags));
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync plan
  devin-idp-sync plan --format html --out plan.html
  devin-idp-sync plan --config proposed.yaml --what-if --fail-on held
  devin-idp-sync plan --config proposed.yaml --against devin-idp-sync.yaml --format markdown`;

async function run(session: Session, bench: Workbench, flags: PlanFlags): Promise<number> {
  if (flags.against !== undefined) return compare(session, bench, flags, flags.against);
  const { decision } = await readTurn(session, bench, flags.whatIf !== true);
  await writeReport(session, bench, decision.plan, flags);
  return failOnCode(decision.plan, flags.failOn ?? []);
}

/** Reads with the configuration in use and its state; of the proposed one only what decides is taken. */
async function compare(
  session: Session,
  proposed: Workbench,
  flags: PlanFlags,
  against: string,
): Promise<number> {
  return withWorkbench(session, { ...flags, config: against }, async (bench) => {
    const loop = await bench.loop();
    const plans = await metered(session.io, (onProgress) =>
      whatIf(loop, proposed.deciding, { signal: session.signal, onProgress }),
    );
    const names = { currentName: basename(bench.configFile), proposedName: basename(proposed.configFile) };
    const render: Render = (format, options) => renderWhatIf({ ...plans, ...names }, format, options);
    await writeText(session, proposed, flags, render);
    return failOnCode(plans.proposed, flags.failOn ?? []);
  });
}

/** One turn with its progress on the terminal. */
export async function readTurn(session: Session, bench: Workbench, keep = true): Promise<Turn> {
  const loop = await bench.loop();
  return metered(session.io, (onProgress) => look(loop, { signal: session.signal, onProgress }, keep));
}

export interface ReportFlags {
  readonly format: PlanFormat;
  readonly out?: string;
  readonly requests?: boolean;
  /** Lines a section shows. */
  readonly limit?: number;
}

type Render = (format: PlanFormat, options: PlanRenderOptions) => Iterable<string>;

export async function writeReport(
  session: Session,
  bench: Workbench,
  plan: Plan,
  flags: ReportFlags,
): Promise<void> {
  return writeText(session, bench, flags, (format, options) => renderPlan(plan, format, options));
}

async function writeText(
  { io }: Session,
  bench: Workbench,
  flags: ReportFlags,
  render: Render,
): Promise<void> {
  const toFile = flags.out !== undefined;
  const chunks = render(flags.format, {
    colour: io.colour && !toFile,
    width: io.width,
    ...(flags.limit === undefined ? {} : { limit: flags.limit }),
    ...(flags.requests === true ? { requests: (operation) => bench.describe(operation) } : {}),
  });
  if (flags.out === undefined) {
    for (const chunk of chunks) io.out(chunk);
    return;
  }
  await writeFileOf(io, chunks, flags.out);
}

export async function writeFileOf(io: Session['io'], chunks: Iterable<string>, file: string): Promise<void> {
  await pipeline(Readable.from(chunks), createWriteStream(file));
  io.note(`Report written to ${file}`);
}
