/** `reject PLAN [ITEM…]`: keeps held items held until their cause changes. */
import type { Command } from 'commander';
import { rejectItems } from '../actions/decisions.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { decisionLines } from './decision-lines.ts';
import { osUser } from './os-user.ts';

interface RejectFlags extends ConfigFlags {
  readonly why?: string;
}

export function rejectCommand(program: Command, session: Session): void {
  program
    .command('reject')
    .argument('<plan>', 'id of a stored plan (8 or more of its digits)')
    .argument('[items...]', 'item keys (8 or more digits each); without them, everything that the plan holds')
    .description('keep items of a plan from being written until they are approved or their cause changes')
    .option('--why <text>', 'reason, kept in the journal', 'rejected on the command line')
    .addHelpText('after', EXAMPLES)
    .action(async (planId: string, items: string[], _flags, command: Command) => {
      const flags = command.optsWithGlobals<RejectFlags>();
      process.exitCode = await withWorkbench(session, flags, async (bench) => {
        const result = await rejectItems(await bench.loop(), {
          planId,
          items: items.length === 0 ? 'held' : items,
          by: osUser(),
          why: flags.why ?? '',
        });
        for (const line of decisionLines('Rejected', result)) session.io.note(line);
        return 0;
      });
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync reject 3f9c2a1b 154157be --why "on parental leave"
A proven deactivation cannot be rejected; list the person under protected instead.`;
