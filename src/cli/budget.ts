/** `budget [approve NAME]`: what guards may let pass in one window, approved ahead. */
import type { Command } from 'commander';
import { approveBudget, type BudgetRow, listBudgets } from '../actions/budget.ts';
import { beginOf, dateOf } from '../core/personal.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { osUser } from './os-user.ts';

interface BudgetFlags extends ConfigFlags {
  readonly why?: string;
}

export function budgetCommand(program: Command, session: Session): void {
  const budget = program
    .command('budget')
    .description('list the budgets of the configuration, or approve one ahead of its window')
    .addHelpText('after', EXAMPLES);
  budget
    .command('list', { isDefault: true })
    .description('list budgets and who approved them')
    .addHelpText('after', '\nExample:\n  devin-idp-sync budget list')
    .action(async (_flags, command: Command) => {
      process.exitCode = await withWorkbench(
        session,
        command.optsWithGlobals<BudgetFlags>(),
        async (bench) => {
          const rows = await listBudgets(await bench.loop());
          for (const row of rows) session.io.out(`${budgetLine(row)}\n`);
          if (rows.length === 0) session.io.note('The configuration has no budgets.');
          return 0;
        },
      );
    });
  budget
    .command('approve')
    .argument('<name>', 'name of the budget in the configuration')
    .description('let its guards pass what it says, in its window, under your user name')
    .option('--why <text>', 'reason, kept in the journal', 'approved on the command line')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, _flags, command: Command) => {
      const flags = command.optsWithGlobals<BudgetFlags>();
      process.exitCode = await withWorkbench(session, flags, async (bench) => {
        const request = { name, by: osUser(), why: flags.why ?? '' };
        const approved = await approveBudget(await bench.loop(), request);
        session.io.note(`Approved: ${budgetLine({ budget: approved, approval: null })}`);
        session.io.note('Every other guard, and the first plan of a changed configuration, still holds.');
        return 0;
      });
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync budget
  devin-idp-sync budget approve reorganisation --why "board decision of 2 November"`;

function budgetLine({ budget: { name, from, to, guards }, approval }: BudgetRow): string {
  const limits = Object.entries(guards).map(([guard, people]) => `${guard} ${people}`);
  const who = approval === null ? '' : `\tapproved by ${approval.by} on ${dateOf(approval.at)}`;
  return `${name}\t${beginOf(from)} to ${dateOf(to)}\t${limits.join(', ')}${who}`;
}
