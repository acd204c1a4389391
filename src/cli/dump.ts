/** `dump`: the state of Devin as configuration, so that a first plan has nothing to do. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Dumped, dumpState } from '../actions/dump.ts';
import type { Workbench } from '../actions/workbench.ts';
import { ConfigError } from '../lib/errors.ts';
import { plural } from '../report/text.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { osUser } from './os-user.ts';
import { metered } from './progress.ts';

interface DumpFlags extends ConfigFlags {
  readonly out?: string;
  readonly owner?: string;
}

export function dumpCommand(program: Command, session: Session): void {
  program
    .command('dump')
    .description('write what Devin holds as rules and grants, so that the first plan has nothing to do')
    .option('--out <file>', 'write the configuration to a new file instead of standard output')
    .option('--owner <name>', 'who answers for the grants (default: your user name)')
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<DumpFlags>();
      process.exitCode = await withWorkbench(session, flags, (bench) => run(session, bench, flags));
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync dump
  devin-idp-sync dump --owner platform-team@corp.example --out adopted.yaml`;

async function run(session: Session, bench: Workbench, { out, owner }: DumpFlags): Promise<number> {
  const { io, signal } = session;
  const loop = await bench.loop();
  const made = await metered(io, (onProgress) =>
    dumpState(loop, owner ?? osUser().replace(/^os:/, ''), { signal, onProgress }),
  );
  const { text, variables } = await bench.dumpText(made);
  if (out === undefined) io.out(text);
  else await writeNew(out, text);
  for (const line of dumpLines(made, variables, out)) io.note(line);
  return 0;
}

/** It may hold what somebody wrote by hand, so nothing is ever replaced. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new ConfigError([`${file} exists already, and a dump replaces nothing`], { cause });
    throw new ConfigError([`${file} cannot be written (${code})`], { cause });
  }
}

const SHOWN = 5;

function dumpLines(
  { rules, grants, left, remains }: Dumped,
  variables: readonly string[],
  out: string | undefined,
): string[] {
  const lines = [
    `${plural(rules.length, 'rule')} and ${plural(grants.length, 'grant')}${out === undefined ? '' : ` in ${out}`}.`,
  ];
  const say = (people: readonly string[], why: string) => {
    if (people.length === 0) return;
    const names = people.slice(0, SHOWN).join(', ');
    const more = people.length > SHOWN ? ` and ${people.length - SHOWN} more` : '';
    lines.push(`Not in it, because ${why} (${people.length}): ${names}${more}`);
  };
  say(left.unknown, 'the directory does not have them');
  say(left.inactive, 'they are not active in the directory');
  say(left.ambiguous, 'several people or users share the address');
  say(left.untouchable, 'they are protected');
  if (variables.length > 0)
    lines.push(
      `Secrets of the file in use are not written down; the new one expects ${variables.join(', ')} in the environment.`,
    );
  lines.push(
    remains.length === 0
      ? 'Checked: its first plan has nothing to do.'
      : `Checked: its first plan has ${plural(remains.length, 'change')}, about people who are not active in the directory.`,
  );
  return lines;
}
