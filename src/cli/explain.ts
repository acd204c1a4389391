/** `explain EMAIL`: why this person has, lacks or loses each access. */
import type { Command } from 'commander';
import { explainPerson } from '../actions/history.ts';
import { type ExplanationFormat, renderExplanation } from '../report/render.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { choice } from './flags.ts';
import { readTurn } from './plan.ts';

interface ExplainFlags extends ConfigFlags {
  readonly format: ExplanationFormat;
}

const FORMATS = ['terminal', 'markdown', 'json'] as const satisfies readonly ExplanationFormat[];

export function explainCommand(program: Command, session: Session): void {
  program
    .command('explain')
    .argument('<email>', 'address of the person')
    .description('why a person has, lacks or loses each access')
    .option(
      '--format <format>',
      `how to report: ${FORMATS.join(', ')}`,
      choice('--format', FORMATS),
      'terminal',
    )
    .addHelpText('after', '\nExample:\n  devin-idp-sync explain ada@corp.example')
    .action(async (email: string, _flags, command: Command) => {
      const flags = command.optsWithGlobals<ExplainFlags>();
      await withWorkbench(session, flags, async (bench) => {
        const turn = await readTurn(session, bench, false);
        const explanation = await explainPerson(await bench.loop(), turn, email);
        const { colour, width } = session.io;
        for (const chunk of renderExplanation(explanation, flags.format, { colour, width }))
          session.io.out(chunk);
      });
    });
}
