/** `apply [PLAN]`: applies that plan, or plans and applies now. */
import type { Command } from 'commander';
import { type ApplyResult, apply, type Consent } from '../actions/apply.ts';
import type { Workbench } from '../actions/workbench.ts';
import type { Plan } from '../core/model/change.ts';
import { countVerdicts, isSettled } from '../core/plan.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import type { Io } from './io.ts';
import { osUser } from './os-user.ts';
import { writeReport } from './plan.ts';
import { readMeter, type WriteMeter, writeMeter } from './progress.ts';

interface ApplyFlags extends ConfigFlags {
  readonly yes?: boolean;
  readonly approveHeld?: boolean;
  readonly why?: string;
}

export function applyCommand(program: Command, session: Session): void {
  program
    .command('apply')
    .argument('[plan]', 'id of a stored plan (8 or more of its digits); without it, plan now')
    .description('apply a plan: what guards hold stays back unless approved')
    .option('--yes', 'do not ask: apply what no guard holds (this approves a new configuration)')
    .option('--approve-held', 'also approve what guards hold, under your user name')
    .option('--why <text>', 'reason of the approval, kept in the journal', 'approved on the command line')
    .addHelpText('after', EXAMPLES)
    .action(async (planId: string | undefined, _flags, command: Command) => {
      const flags = command.optsWithGlobals<ApplyFlags>();
      process.exitCode = await withWorkbench(session, flags, (bench) =>
        run(session, bench, planId ?? null, flags),
      );
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync apply                      plan, show, ask, apply
  devin-idp-sync apply 3f9c2a1b             exactly the plan that was reviewed
  devin-idp-sync apply --yes                unattended: guards keep holding what they hold`;

async function run(
  session: Session,
  bench: Workbench,
  planId: string | null,
  flags: ApplyFlags,
): Promise<number> {
  const { io, signal } = session;
  const loop = await bench.loop();
  const writes = await bench.writes();
  const reading = readMeter(io);
  let writing: WriteMeter | null = null;
  const result = await apply(
    loop,
    writes,
    {
      planId,
      approver: { by: osUser(), why: flags.why ?? '' },
      consent: async (plan, heldItems) => {
        reading.end(true);
        await writeReport(session, bench, plan, { format: 'terminal' });
        return ask(io, plan, heldItems, flags);
      },
      onProgress: (progress) => {
        writing ??= writeMeter(io, progress.total);
        writing.onProgress(progress);
      },
    },
    { signal, onProgress: reading.onProgress },
  ).catch((error: unknown) => {
    reading.end(false);
    throw error;
  });
  reading.end(true);
  if (result.state === 'applied') (writing as WriteMeter | null)?.end(result.progress);
  return conclude(io, result);
}

/** What flags say, else what a person at the terminal answers. */
export async function ask(
  io: Io,
  plan: Plan,
  heldItems: number,
  flags: Pick<ApplyFlags, 'yes' | 'approveHeld'>,
): Promise<Consent> {
  if (flags.approveHeld === true && flags.yes === true) return 'held';
  if (flags.yes === true) return 'ready';
  if (io.ask === null) {
    io.note(
      'Nothing was applied: nobody can answer here. Give --yes, and --approve-held for what guards hold.',
    );
    return 'no';
  }
  const free =
    plan.changes.filter(({ verdict }) => verdict.state === 'ready' || verdict.state === 'held').length -
    heldItems;
  const choices: { value: Consent; label: string; hint?: string }[] = [
    { value: 'no', label: 'Apply nothing' },
  ];
  if (free > 0)
    choices.push({ value: 'ready', label: `Apply ${free} changes`, hint: 'what guards hold stays back' });
  if (heldItems > 0)
    choices.push({
      value: 'held',
      label: `Apply ${free + heldItems} changes`,
      hint: `approve ${heldItems} that guards hold`,
    });
  return (await io.ask.choose('What should happen?', choices)) ?? 'no';
}

function conclude(io: Io, result: ApplyResult): number {
  if (result.state === 'declined') {
    io.note('Nothing was applied.');
    return 0;
  }
  if (result.state === 'nothing') {
    const { held } = countVerdicts(result.plan.changes);
    io.note(
      held > 0
        ? `Nothing was applied: ${held} changes wait for an approval (--approve-held).`
        : 'Nothing to apply.',
    );
    return 0;
  }
  const { progress, after } = result;
  for (const line of proofLines(after)) io.note(line);
  if (progress.failed > 0)
    io.note(`${progress.failed} writes failed; "devin-idp-sync plan" shows what is still open.`);
  return progress.failed > 0 ? 1 : 0;
}

/** Both halves of the proof are said: the next plan, and access that stays through groups. */
export function proofLines(after: Plan): readonly string[] {
  const { ready, held, waiting, barred } = countVerdicts(after.changes);
  const open = isSettled(after)
    ? 'is empty'
    : `has ${ready} ready, ${held} held, ${barred} not allowed by policy`;
  const later = waiting > 0 ? `; ${waiting} wait for time` : '';
  return [
    `Read again: the next plan ${open}${later}.`,
    `Access that stays through groups: ${after.residual.length}.`,
  ];
}
