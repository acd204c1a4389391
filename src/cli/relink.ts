/** `relink`: the state moves to another directory that has the same people under other ids. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type RelinkView, relinkLedger } from '../actions/relink.ts';
import { ConfigError } from '../lib/errors.ts';
import { plural } from '../report/text.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import type { Io } from './io.ts';
import { osUser } from './os-user.ts';
import { metered } from './progress.ts';

interface RelinkFlags extends ConfigFlags {
  readonly map?: string;
  readonly yes?: boolean;
  readonly evenSo?: boolean;
  readonly why?: string;
}

export function relinkCommand(program: Command, session: Session): void {
  program
    .command('relink')
    .description(
      'move the state to another directory with the same people (Okta to Entra, say); takes and gives no access',
    )
    .option('--map <file>', 'CSV of "old id,new id", one person a line, where the address does not tell')
    .option('--yes', 'do not ask')
    .option('--even-so', 'move also when the next plan would take access or invite people')
    .option('--why <text>', 'reason, kept in the journal', 'relink on the command line')
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<RelinkFlags>();
      const ids = flags.map === undefined ? new Map<string, string>() : await readMap(flags.map);
      process.exitCode = await withWorkbench(session, flags, async (bench) => {
        const { io, signal } = session;
        const loop = await bench.loop();
        const { written } = await metered(io, (onProgress) =>
          relinkLedger(
            loop,
            {
              ids,
              by: osUser(),
              why: flags.why ?? '',
              evenSo: flags.evenSo === true,
              consent: async (view) => {
                for (const line of relinkLines(view)) io.out(`${line}\n`);
                return consent(io, flags);
              },
            },
            { signal, onProgress },
          ),
        );
        io.note(
          written
            ? 'Moved. No access changed; the next plan is a first plan.'
            : 'Nothing was written. Add --yes to move.',
        );
        return 0;
      });
    });
}

const EXAMPLES = `
Stop the daemon first. Without --yes, and where nobody can answer, it only shows what would happen.
Examples:
  devin-idp-sync relink --config entra.yaml
  devin-idp-sync relink --config entra.yaml --map ids.csv --yes --why "move to Entra, ticket 4711"`;

async function consent({ ask }: Io, { yes }: RelinkFlags): Promise<boolean> {
  if (yes === true) return true;
  return ask === null ? false : ask.confirm('Move the state to the new directory?');
}

const SHOWN = 20;

function relinkLines({ from, to, relinked, removals, invites, plan }: RelinkView): string[] {
  const { moved, kept, unmatched, groups } = relinked;
  const more = (all: readonly unknown[]) => (all.length > SHOWN ? [`  and ${all.length - SHOWN} more`] : []);
  return [
    `From  ${from.directory}`,
    `To    ${to.directory}`,
    `${plural(moved, 'person', 'people')} found under other ids, ${kept} under their own, ${unmatched.length} not found.`,
    ...unmatched.slice(0, SHOWN).map(({ email, why }) => `  ${email}: ${why}`),
    ...more(unmatched),
    ...(groups.moved + groups.unmatched.length === 0
      ? []
      : [`${plural(groups.moved, 'group')} found by name, ${groups.unmatched.length} not found.`]),
    ...groups.unmatched.slice(0, SHOWN).map((name) => `  ${name}`),
    `The next plan: ${plural(removals.length, 'removal')}, ${plural(invites.length, 'invitation')}, ${plural(plan.changes.length, 'change')} in all.`,
    ...[...removals, ...invites]
      .slice(0, SHOWN)
      .map(({ kind, subject, reason }) => `  ${kind} ${subject.label}: ${reason}`),
    ...more([...removals, ...invites]),
  ];
}

async function readMap(file: string): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigError([`--map: ${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`], {
      cause,
    });
  }
  const ids = new Map<string, string>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [before, after, ...rest] = line.split(',').map((part) => part.trim());
    if (!before || !after || rest.length > 0 || ids.has(before))
      throw new ConfigError([`--map: ${file}, line ${at + 1}: give "old id,new id", each old id once`]);
    ids.set(before, after);
  }
  return ids;
}
