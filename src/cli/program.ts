/** The command line: one file a command, and one place for what they share. */
import { Command } from 'commander';
import { adoptCommand } from './adopt.ts';
import { applyCommand } from './apply.ts';
import { approveCommand } from './approve.ts';
import { budgetCommand } from './budget.ts';
import type { Session } from './command.ts';
import { type DemoDeps, demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { dumpCommand } from './dump.ts';
import { explainCommand } from './explain.ts';
import { failuresCommand } from './failures.ts';
import { choice } from './flags.ts';
import { gamedayCommand } from './gameday.ts';
import { historyCommand } from './history.ts';
import { journalCommand } from './journal.ts';
import { ledgerCommand } from './ledger.ts';
import { membersCommand } from './members.ts';
import { notifyCommand } from './notify.ts';
import { pauseCommand } from './pause.ts';
import { planCommand } from './plan.ts';
import { rejectCommand } from './reject.ts';
import { releaseCommand } from './release.ts';
import { relinkCommand } from './relink.ts';
import { resumeCommand } from './resume.ts';
import { resyncCommand } from './resync.ts';
import { reviewCommand } from './review.ts';
import { rollbackCommand } from './rollback.ts';
import { runsCommand } from './runs.ts';
import { serveCommand } from './serve.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

export interface ProgramOptions {
  readonly version: string;
  readonly session: Session;
  readonly demo: DemoDeps;
}

export function buildProgram({ version, session, demo }: ProgramOptions): Command {
  const program = new Command('devin-idp-sync')
    .description(
      'Keeps a Devin enterprise equal to what Okta or Entra says, and shows every difference before it acts.',
    )
    .version(version)
    .option('-c, --config <file>', 'configuration file (default: devin-idp-sync.yaml)')
    .option('--no-install', 'never install a missing redis-server through the package manager')
    .option(
      '--log-level <level>',
      `log on standard error: ${LEVELS.join(', ')}`,
      choice('--log-level', LEVELS),
    )
    .showHelpAfterError('(--help shows what is allowed)')
    .exitOverride();
  planCommand(program, session);
  applyCommand(program, session);
  approveCommand(program, session);
  rejectCommand(program, session);
  failuresCommand(program, session);
  rollbackCommand(program, session);
  pauseCommand(program, session);
  resumeCommand(program, session);
  adoptCommand(program, session);
  releaseCommand(program, session);
  dumpCommand(program, session);
  relinkCommand(program, session);
  budgetCommand(program, session);
  journalCommand(program, session);
  ledgerCommand(program, session);
  serveCommand(program, session);
  resyncCommand(program, session);
  explainCommand(program, session);
  membersCommand(program, session);
  historyCommand(program, session);
  reviewCommand(program, session);
  runsCommand(program, session);
  doctorCommand(program, session);
  gamedayCommand(program, session);
  notifyCommand(program, session);
  demoCommand(program, session, demo);
  return program;
}
