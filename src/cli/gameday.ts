/** `gameday`: what has gone wrong elsewhere, played against this configuration. */
import { styleText } from 'node:util';
import type { Command } from 'commander';
import type { RehearsedFault } from '../actions/gameday.ts';
import type { Workbench } from '../actions/workbench.ts';
import { plural } from '../report/text.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { wholeNumber } from './flags.ts';
import { heading, paragraph } from './paragraphs.ts';

interface GamedayFlags extends ConfigFlags {
  readonly people: number;
  readonly shape?: string;
}

export function gamedayCommand(program: Command, session: Session): void {
  program
    .command('gameday')
    .description(
      'rehearse known faults against your rules and guards on a fake company of your size; touches nothing real',
    )
    .option(
      '--people <number>',
      'most people on the stage; a larger company is scaled down',
      wholeNumber('--people', 20, 5000),
      1000,
    )
    .option('--shape <file>', 'JSON file with sizes, instead of those of the last reading')
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<GamedayFlags>();
      process.exitCode = await withWorkbench(session, flags, (bench) => run(session, bench, flags));
    });
}

const EXAMPLES = `
Exit code 1: somebody would have lost access.
Examples:
  devin-idp-sync gameday
  devin-idp-sync gameday --config proposed.yaml --people 300
  devin-idp-sync gameday --shape sizes.json
A file of sizes: {"people": 900, "groups": [{"name": "devin-users", "members": 800}]}`;

async function run({ io, signal }: Session, bench: Workbench, { people }: GamedayFlags): Promise<number> {
  const { stage, faults } = await bench.gameday({ people }, signal);
  for (const line of stage) io.out(paragraph(line, io.width));
  io.out(heading('People who would have lost access', io));
  io.out(`${'without'.padStart(9)}${'here'.padStart(7)}\n`);
  let harmed = 0;
  let rehearsed = 0;
  for await (const fault of faults) {
    io.out(faultLines(fault, io));
    rehearsed++;
    if (fault.lost > 0) harmed++;
  }
  io.out('\n');
  io.out(
    paragraph(
      harmed === 0
        ? `${plural(rehearsed, 'fault')} rehearsed: nobody would have lost access.`
        : `${plural(rehearsed, 'fault')} rehearsed; in ${harmed} of them people would have lost access. Lower the limits under guards, or lengthen patience.`,
      io.width,
    ),
  );
  return harmed === 0 ? 0 : 1;
}

const INDENT = ' '.repeat(18);

function faultLines(
  { fault, happened, without, lost }: RehearsedFault,
  { colour, width }: { colour: boolean; width: number },
): string {
  const here = `${lost}`.padStart(7);
  const shown = colour && lost > 0 ? styleText('red', here) : here;
  const why = paragraph(happened, width - INDENT.length)
    .trimEnd()
    .split('\n');
  return `${`${without}`.padStart(9)}${shown}  ${fault}\n${why.map((line) => `${INDENT}${line}\n`).join('')}`;
}
