/** `adopt`: what somebody else gave becomes ours to manage. */
import type { Command } from 'commander';
import { adoptAccess } from '../actions/adopt.ts';
import type { Session } from './command.ts';
import { wholeNumber } from './flags.ts';
import { transferCommand } from './transfer.ts';

export function adoptCommand(program: Command, session: Session): void {
  transferCommand(program, session, {
    name: 'adopt',
    description: 'manage roles that were given outside of this configuration; takes no access',
    examples: EXAMPLES,
    carryOut: adoptAccess,
    extend: (command) =>
      command
        .option('--attest <text>', 'what the owner of the organization attests, kept in the journal')
        .option(
          '--keep-days <days>',
          'take nothing that is adopted for so many days (default: patience.adoption)',
          wholeNumber('--keep-days', 0, 365),
        ),
    done: 'adopted. No access changed; "devin-idp-sync plan" shows what would follow.',
  });
}

const EXAMPLES = `
Examples:
  devin-idp-sync adopt --person ada@corp.example
  devin-idp-sync adopt --org Payments --attest "Lin Okafor: these people belong here" --keep-days 30
  devin-idp-sync adopt --all`;
