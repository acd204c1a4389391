/** `demo`: a fictional company, its first plan, the writes, an empty second plan, and then a working day. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { type ApplyResult, apply } from '../actions/apply.ts';
import type { Episode, Playground } from '../actions/playground.ts';
import type { Plan } from '../core/model/change.ts';
import type { WriteProgress } from '../core/model/run.ts';
import { renderBrief } from '../report/render.ts';
import { plural } from '../report/text.ts';
import { proofLines } from './apply.ts';
import { failureLines, type Session } from './command.ts';
import { wholeNumber } from './flags.ts';
import { heading, paragraph } from './paragraphs.ts';
import { readTurn, writeReport } from './plan.ts';
import { type WriteMeter, writeMeter } from './progress.ts';

export interface DemoOptions {
  readonly people: number;
  readonly install: boolean;
}

export interface DemoDeps {
  openPlayground(options: DemoOptions): Promise<Playground>;
}

interface DemoFlags {
  readonly yes?: boolean;
  readonly people: number;
  readonly out: string;
  readonly install: boolean;
}

export function demoCommand(program: Command, session: Session, deps: DemoDeps): void {
  program
    .command('demo')
    .description(
      'play through a first plan, its writes and a working day with a fictional company; touches nothing real',
    )
    .option('--yes', 'do not stop to ask')
    .option('--people <number>', 'size of the company', wholeNumber('--people', 40, 5000), 120)
    .option('--out <folder>', 'where the HTML report goes', '.')
    .addHelpText('after', '\nExamples:\n  devin-idp-sync demo\n  devin-idp-sync demo --yes --people 500')
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<DemoFlags>();
      const playground = await deps.openPlayground({ people: flags.people, install: flags.install });
      try {
        await play(session, playground, flags);
      } finally {
        await playground.close();
      }
    });
}

/** Anything but an explicit "no" goes on; where nobody can answer, the demo plays through. */
async function goOn({ io }: Session, flags: DemoFlags, question: string): Promise<boolean> {
  if (flags.yes === true || io.ask === null) return true;
  return io.ask.confirm(question);
}

async function play(session: Session, playground: Playground, flags: DemoFlags): Promise<void> {
  const { io } = session;
  for (const line of playground.introduction) io.out(paragraph(line, io.width));
  io.out(heading('The configuration', io));
  io.out(`${playground.configText}\n`);
  io.out(heading('1. The first plan: nothing is written yet', io));
  const { decision } = await readTurn(session, playground.bench);
  const told = new Set(decision.plan.notices.map(({ message }) => message));
  await writeReport(session, playground.bench, decision.plan, { format: 'terminal', limit: 8 });
  const file = join(flags.out, 'devin-idp-sync-demo.html');
  await writeReport(session, playground.bench, decision.plan, { format: 'html', out: file, requests: true });
  if (!(await goOn(session, flags, 'Apply this plan, held changes included?'))) return;
  io.out(heading('2. Writing, at the pace that the API allows', io));
  tellApplied(session, playground, await applyAll(session, playground));
  io.out(heading('3. A working day', io));
  for (const episode of playground.episodes) {
    if (!(await goOn(session, flags, `${episode.title}. Go on?`))) return;
    await live(session, playground, episode, told);
  }
  io.out(heading('That was the demo', io));
  io.out(
    paragraph(
      'Nothing real was touched, and everything it started has ended. The README shows the same with your own tenant: a plan first, writes when you turn them on.',
      io.width,
    ),
  );
}

/** Writes a plan with everything that a person would approve at this point. */
async function applyAll(session: Session, { bench }: Playground): Promise<ApplyResult> {
  let meter: WriteMeter | null = null;
  const onProgress = (progress: WriteProgress) => {
    meter ??= writeMeter(session.io, progress.total);
    meter.onProgress(progress);
  };
  const approver = { by: 'demo', why: 'the demo approves what it shows' };
  const context = { signal: session.signal, onProgress: () => {} };
  const result = await apply(
    await bench.loop(),
    await bench.writes(),
    { planId: null, approver, consent: async () => 'held', onProgress },
    context,
  );
  if (result.state === 'applied') (meter as WriteMeter | null)?.end(result.progress);
  return result;
}

function tellApplied({ io }: Session, playground: Playground, result: ApplyResult): void {
  if (result.state !== 'applied') {
    io.out(paragraph('There was nothing to write.', io.width));
    return;
  }
  const { done, failed } = result.progress;
  io.out(
    paragraph(
      `${plural(done, 'write')} done, ${failed} failed; Devin has seen ${plural(playground.writesSeen(), 'write')} in all.`,
      io.width,
    ),
  );
  for (const line of proofLines(result.after)) io.out(paragraph(line, io.width));
}

async function live(
  session: Session,
  playground: Playground,
  episode: Episode,
  told: Set<string>,
): Promise<void> {
  const { io } = session;
  io.out(heading(episode.title, io));
  io.out(paragraph(episode.watch, io.width));
  episode.happen();
  try {
    if (episode.fails) await expectFailure(session, playground);
    else await planAndApply(session, playground, told);
  } finally {
    episode.undo?.();
  }
}

async function planAndApply(session: Session, playground: Playground, told: Set<string>): Promise<void> {
  const { io } = session;
  const { decision } = await readTurn(session, playground.bench);
  for (const chunk of renderBrief(onlyNews(decision.plan, told), { colour: io.colour, width: io.width }))
    io.out(chunk);
  if (decision.plan.operations.length > 0)
    tellApplied(session, playground, await applyAll(session, playground));
}

/** What an earlier plan of this story has said already is not said again. */
function onlyNews(plan: Plan, told: Set<string>): Plan {
  const notices = plan.notices.filter(({ message }) => !told.has(message));
  for (const { message } of notices) told.add(message);
  return { ...plan, notices };
}

async function expectFailure(session: Session, playground: Playground): Promise<void> {
  const before = playground.writesSeen();
  try {
    await readTurn(session, playground.bench);
  } catch (error) {
    for (const line of failureLines(error)) session.io.out(paragraph(line, session.io.width));
    session.io.out(
      paragraph(
        `Devin has seen ${plural(playground.writesSeen() - before, 'write')} since: the run ended where the read failed.`,
        session.io.width,
      ),
    );
    return;
  }
  throw new Error('the demo broke a read, but it succeeded');
}
