/** `approve PLAN [ITEM…]`: lets held items of a plan that somebody has seen go. */
import type { Command } from 'commander';
import { approveItems } from '../actions/decisions.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { decisionLines } from './decision-lines.ts';
import { osUser } from './os-user.ts';

interface ApproveFlags extends ConfigFlags {
  readonly why?: string;
}

export function approveCommand(program: Command, session: Session): void {
  program
    .command('approve')
    .argument('<plan>', 'id of a stored plan (8 or more of its digits)')
    .argument('[items...]', 'item keys (8 or more digits each); without them, everything that the plan holds')
    .description('approve held items of a plan under your user name; the next run writes them')
    .option('--why <text>', 'reason, kept in the journal', 'approved on the command line')
    .addHelpText('after', EXAMPLES)
    .action(async (planId: string, items: string[], _flags, command: Command) => {
      const flags = command.optsWithGlobals<ApproveFlags>();
      process.exitCode = await withWorkbench(session, flags, async (bench) => {
        const { store, clock, settings } = await bench.loop();
        const result = await approveItems(
          { store, clock, rules: settings.approvals },
          { planId, items: items.length === 0 ? 'held' : items, by: osUser(), why: flags.why ?? '' },
        );
        for (const line of decisionLines('Approved', result)) session.io.note(line);
        return 0;
      });
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync approve 3f9c2a1b --why "ticket 4711"      everything that the plan holds
  devin-idp-sync approve 3f9c2a1b 154157be c5e0ee4d        these two items
An approval is good for 24 hours and for exactly these items.`;
