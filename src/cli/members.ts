/** `members`: who is in Devin and what each of them holds. */
import type { Command } from 'commander';
import { type Member, members } from '../actions/members.ts';
import { clean, plural } from '../report/text.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { choice } from './flags.ts';

interface MembersFlags extends ConfigFlags {
  readonly org?: string;
  readonly format: 'terminal' | 'json';
}

const EXAMPLES = `
Examples:
  devin-idp-sync members
  devin-idp-sync members --org Payments --format json`;

export function membersCommand(program: Command, session: Session): void {
  program
    .command('members')
    .description('list who is in Devin, with every role; reads Devin only')
    .option('--org <org>', 'only who holds something in this organization (name or id)')
    .option(
      '--format <format>',
      'how to report: terminal, json',
      choice('--format', ['terminal', 'json']),
      'terminal',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<MembersFlags>();
      await withWorkbench(session, flags, async (bench) => {
        const context = { signal: session.signal, onProgress: () => {} };
        const found = await members(await bench.loop(), flags.org ?? null, context);
        if (flags.format === 'json') session.io.out(`${JSON.stringify(found, null, 1)}\n`);
        else for (const line of found.flatMap(linesOf)) session.io.out(`${line}\n`);
        session.io.note(`${plural(found.length, 'person', 'people')}.`);
      });
    });
}

/** A person, then a role a line, so that it fits a narrow terminal. */
function linesOf({ id, email, name, roles }: Member): string[] {
  const who = clean(email ?? `${name ?? 'nobody'} (${id}, without an address)`);
  return [
    who,
    ...roles.map(({ org, role, group }) => {
      const through = group === null ? '' : ` through the group ${group}`;
      return clean(`  ${org ?? 'the enterprise'}: ${role}${through}`);
    }),
  ];
}
