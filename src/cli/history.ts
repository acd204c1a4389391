/** `history EMAIL`: what was written and decided about one person, from the journal. */
import type { Command } from 'commander';
import { historyOf } from '../actions/history.ts';
import { type HistoryFormat, renderHistory } from '../report/render.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { choice } from './flags.ts';

interface HistoryFlags extends ConfigFlags {
  readonly format: HistoryFormat;
}

const FORMATS = ['terminal', 'markdown', 'json', 'csv'] as const satisfies readonly HistoryFormat[];

export function historyCommand(program: Command, session: Session): void {
  program
    .command('history')
    .argument('<email>', 'address of the person')
    .description('what was written and decided about a person in the last 30 days; reads neither side')
    .option(
      '--format <format>',
      `how to report: ${FORMATS.join(', ')}`,
      choice('--format', FORMATS),
      'terminal',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (email: string, _flags, command: Command) => {
      const flags = command.optsWithGlobals<HistoryFlags>();
      process.exitCode = await withWorkbench(session, flags, async (bench) => {
        const entries = await historyOf(await bench.loop(), { email });
        const { colour, width } = session.io;
        for (const chunk of renderHistory({ email, entries }, flags.format, { colour, width }))
          session.io.out(chunk);
        return 0;
      });
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync history ada@corp.example
  devin-idp-sync history ada@corp.example --format csv`;
