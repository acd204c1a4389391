/** `runs`: the newest runs, with what `rollback` and `apply` ask for. */
import type { Command } from 'commander';
import type { RunRecord } from '../core/model/run.ts';
import { duration, shortId, time } from '../report/text.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { choice, wholeNumber } from './flags.ts';

interface RunsFlags extends ConfigFlags {
  readonly limit: number;
  readonly format: 'terminal' | 'json';
}

export function runsCommand(program: Command, session: Session): void {
  program
    .command('runs')
    .description('list the newest runs; reads neither side')
    .option('--limit <number>', 'as many of them', wholeNumber('--limit', 1, 500), 20)
    .option(
      '--format <format>',
      'how to report: terminal, json',
      choice('--format', ['terminal', 'json']),
      'terminal',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<RunsFlags>();
      process.exitCode = await withWorkbench(session, flags, async (bench) => {
        const runs = await (await bench.loop()).store.runs.list(flags.limit);
        if (flags.format === 'json') session.io.out(`${JSON.stringify(runs, null, 1)}\n`);
        else for (const line of runLines(runs)) session.io.out(`${line}\n`);
        if (runs.length === 0) session.io.note('No run is kept.');
        return 0;
      });
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync runs
  devin-idp-sync runs --limit 5 --format json`;

/** Two lines each, so that they fit a narrow terminal and an id can be copied whole. */
export function runLines(runs: readonly RunRecord[]): readonly string[] {
  return runs.flatMap((run) => [
    `${time(run.startedAt ?? run.trigger.at)}  ${run.state}, ${askedFor(run)}${took(run)}`,
    `  ${run.id}${run.planId === null ? '' : `  plan ${shortId(run.planId)}`}${counts(run)}`,
    ...(run.error === null ? [] : [`  ${run.error}`]),
  ]);
}

function askedFor({ trigger: { kind, by, scope } }: RunRecord): string {
  const what = scope.rollback === undefined ? '' : `, rollback of ${shortId(scope.rollback)}`;
  return `${kind === 'schedule' ? 'on schedule' : `by ${by}`}${what}`;
}

function took({ startedAt, endedAt }: RunRecord): string {
  return startedAt === null || endedAt === null ? '' : `, took ${duration((endedAt - startedAt) / 1000)}`;
}

function counts({ summary, writes }: RunRecord): string {
  if (writes !== null) return `  ${writes.done} written, ${writes.failed} failed, ${writes.skipped} skipped`;
  if (summary === null) return '';
  return `  ${summary.ready} ready, ${summary.held} held, ${summary.waiting} waiting, ${summary.barred} not allowed`;
}
