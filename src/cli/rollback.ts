/** `rollback RUN`: takes back what a run or a plan has written. */
import type { Command } from 'commander';
import { type RollbackResult, rollback } from '../actions/rollback.ts';
import type { Workbench } from '../actions/workbench.ts';
import { countVerdicts } from '../core/plan.ts';
import { ask } from './apply.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import type { Io } from './io.ts';
import { osUser } from './os-user.ts';
import { writeReport } from './plan.ts';
import { readMeter, type WriteMeter, writeMeter } from './progress.ts';

interface RollbackFlags extends ConfigFlags {
  readonly item?: readonly string[];
  readonly yes?: boolean;
  readonly approveHeld?: boolean;
  readonly why?: string;
}

export function rollbackCommand(program: Command, session: Session): void {
  program
    .command('rollback')
    .argument('<run>', 'id of a run, or of a plan (8 or more of its digits)')
    .description('take back what a run has written: plan it, show it, ask, write it')
    .option('--item <key...>', 'only these items (8 or more digits each)')
    .option('--yes', 'do not ask: take back what no guard holds')
    .option('--approve-held', 'also approve what guards hold, under your user name')
    .option('--why <text>', 'reason, kept in the journal', 'rolled back on the command line')
    .addHelpText('after', EXAMPLES)
    .action(async (of: string, _flags, command: Command) => {
      const flags = command.optsWithGlobals<RollbackFlags>();
      process.exitCode = await withWorkbench(session, flags, (bench) => run(session, bench, of, flags));
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync rollback 3f9c2a1b --why "ticket 4711"
  devin-idp-sync rollback 3f9c2a1b --item 154157be --item c5e0ee4d
Access that somebody changed since then stays. What is taken back is held: no later run does it again until
somebody approves it, or its cause is another one.`;

async function run(session: Session, bench: Workbench, of: string, flags: RollbackFlags): Promise<number> {
  const { io, signal } = session;
  const loop = await bench.loop();
  const writes = await bench.writes();
  const reading = readMeter(io);
  let writing: WriteMeter | null = null;
  let failed = 0;
  const result = await rollback(
    loop,
    writes.submit,
    {
      of,
      items: flags.item ?? 'all',
      approver: { by: osUser(), why: flags.why ?? '' },
      consent: async (plan, heldItems) => {
        reading.end(true);
        await writeReport(session, bench, plan, { format: 'terminal' });
        return ask(io, plan, heldItems, flags);
      },
    },
    { signal, onProgress: reading.onProgress },
    {
      settled: writes.settled,
      onProgress: (progress) => {
        writing ??= writeMeter(io, progress.total);
        writing.onProgress(progress);
        failed = progress.failed;
      },
    },
  ).catch((error: unknown) => {
    reading.end(false);
    throw error;
  });
  reading.end(true);
  return conclude(io, result, failed);
}

function conclude(io: Io, { state, plan, ...rest }: RollbackResult, failed: number): number {
  const kept = plan.notices.filter(({ kind }) => kind === 'not-undone');
  if (state === 'declined') io.note('Nothing was taken back.');
  else if (state === 'nothing') {
    const { held } = countVerdicts(plan.changes);
    io.note(
      held > 0
        ? `Nothing was taken back: ${held} changes wait for an approval (--approve-held).`
        : 'Nothing to take back.',
    );
    for (const { message } of kept) io.note(message);
  } else if ('held' in rest) {
    io.note(`${rest.held} accesses are held from now on: no run gives or takes them again until approved.`);
    if (failed > 0) io.note(`${failed} writes failed; ask for the rollback once more.`);
  }
  return failed > 0 ? 1 : 0;
}
