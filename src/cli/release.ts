/** `release`: what is ours is nobody's here any more. */
import type { Command } from 'commander';
import { releaseAccess } from '../actions/adopt.ts';
import type { Session } from './command.ts';
import { transferCommand } from './transfer.ts';

export function releaseCommand(program: Command, session: Session): void {
  transferCommand(program, session, {
    name: 'release',
    description: 'stop managing roles: they are reported as foreign from then on; takes no access',
    examples: EXAMPLES,
    carryOut: releaseAccess,
    done: 'released. No access changed.',
  });
}

const EXAMPLES = `
Examples:
  devin-idp-sync release --person ada@corp.example
  devin-idp-sync release --org Payments`;
