/** `adopt`: what somebody else gave becomes ours to manage. */
import type { Command } from 'commander';
import { adoptAccess } from '../actions/adopt.ts';
import type { Session } from './command.ts';
import { transferCommand } from './transfer.ts';

export function adoptCommand(program: Command, session: Session): void {
  transferCommand(program, session, {
    name: 'adopt',
    description: 'manage roles that were given outside of this configuration; takes no access',
    examples: EXAMPLES,
    carryOut: adoptAccess,
    done: 'adopted. No access changed; "devin-idp-sync plan" shows what would follow.',
  });
}

const EXAMPLES = `
Examples:
  devin-idp-sync adopt --person ada@corp.example
  devin-idp-sync adopt --org Payments --why "ticket 4711"
  devin-idp-sync adopt --all`;
