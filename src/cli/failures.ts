/** `failures list|retry|discard`: writes that failed for good. */
import type { Command } from 'commander';
import { type FailedWrites, failedWrites, namedWrites } from '../actions/dead-letters.ts';
import type { Workbench } from '../actions/workbench.ts';
import type { WriteProgress } from '../core/model/run.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import type { Io } from './io.ts';
import { osUser } from './os-user.ts';
import { type WriteMeter, writeMeter } from './progress.ts';

interface DiscardFlags extends ConfigFlags {
  readonly why: string;
}

export function failuresCommand(program: Command, session: Session): void {
  const failures = program
    .command('failures')
    .description('writes that failed for good: list them, try them again, or take them off the list')
    .addHelpText('after', EXAMPLES);
  failures
    .command('list')
    .argument('[plan]', 'id of a stored plan (8 or more of its digits); the newest with failures without it')
    .description('list what failed, each with its key and why')
    .addHelpText('after', '\nExample:\n  devin-idp-sync failures list')
    .action(act(session, list));
  failures
    .command('retry')
    .argument('<plan>', 'id of the plan')
    .argument('[writes...]', 'keys of single writes, or how they begin; without them all that failed')
    .description(
      'try again, with what was skipped because of it; nothing of a plan that a newer one replaced',
    )
    .addHelpText('after', '\nExample:\n  devin-idp-sync failures retry 3f9c2a1b')
    .action(act(session, retry));
  failures
    .command('discard')
    .argument('<plan>', 'id of the plan')
    .argument('[writes...]', 'keys of single writes, or how they begin; without them all that failed')
    .description('take failures off the list; the next run plans again what is still wanted')
    .requiredOption('--why <text>', 'reason, kept in the journal')
    .addHelpText(
      'after',
      '\nExample:\n  devin-idp-sync failures discard 3f9c2a1b 154157be --why "left the company meanwhile"',
    )
    .action(act(session, discard));
}

const EXAMPLES = `
Examples:
  devin-idp-sync failures list
  devin-idp-sync failures retry 3f9c2a1b
  devin-idp-sync failures discard 3f9c2a1b 154157be --why "left the company meanwhile"`;

interface Asked {
  readonly planId: string | undefined;
  readonly writes: readonly string[];
  readonly why: string;
}

type Act = (session: Session, bench: Workbench, asked: Asked) => Promise<number>;

function act(session: Session, carryOut: Act) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const [planId, ...writes] = command.args;
    const { why, ...flags } = command.optsWithGlobals<DiscardFlags>();
    process.exitCode = await withWorkbench(session, flags, (bench) =>
      carryOut(session, bench, { planId, writes, why }),
    );
  };
}

async function list({ io }: Session, bench: Workbench, { planId }: Asked): Promise<number> {
  const found = await failedWrites((await bench.loop()).store, planId);
  if (found === null) io.note('No write of the newest plans failed.');
  else for (const line of failureLinesOf(found)) io.out(`${line}\n`);
  return 0;
}

export function failureLinesOf({ plan, failures }: FailedWrites): readonly string[] {
  const operations = new Map(plan.operations.map((operation) => [operation.key, operation]));
  const labels = new Map(plan.changes.map(({ key, subject }) => [key, subject.label]));
  const head = `Plan ${plan.id.slice(0, 12)}: ${failures.length} failed.`;
  return [
    head,
    ...failures.flatMap(({ opKey, at, attempts, reason }) => {
      const operation = operations.get(opKey);
      const about = (operation?.items ?? []).map((item) => labels.get(item) ?? item);
      const more = about.length > 3 ? ` and ${about.length - 3} more` : '';
      const tries = attempts === 1 ? 'tried once' : `tried ${attempts} times`;
      return [
        `  ${opKey}`,
        `    ${operation?.kind ?? 'write'}: ${about.slice(0, 3).join(', ')}${more}`,
        `    ${new Date(at).toISOString()}, ${tries}: ${reason ?? 'no reason is known'}`,
      ];
    }),
  ];
}

async function retry({ io, signal }: Session, bench: Workbench, asked: Asked): Promise<number> {
  const { plan, opKeys } = await chosen(bench, asked);
  const count = await (await bench.deadLetters()).retry(plan.id, osUser(), opKeys);
  io.note(`Open again: ${count} of plan ${plan.id.slice(0, 12)}.`);
  if (count === 0) return 0;
  return writtenBy(io, await bench.writes(), plan.id, signal);
}

async function writtenBy(
  io: Io,
  writes: Awaited<ReturnType<Workbench['writes']>>,
  planId: string,
  signal: AbortSignal,
): Promise<number> {
  let meter: WriteMeter | null = null;
  const onProgress = (progress: WriteProgress): void => {
    meter ??= writeMeter(io, progress.total);
    meter.onProgress(progress);
  };
  const progress = await writes.settled(planId, { signal, onProgress });
  (meter as WriteMeter | null)?.end(progress);
  if (progress.failed > 0)
    io.note(`${progress.failed} writes failed; "devin-idp-sync failures list" says why.`);
  return progress.failed > 0 ? 1 : 0;
}

async function discard({ io }: Session, bench: Workbench, asked: Asked): Promise<number> {
  const { plan, opKeys } = await chosen(bench, asked);
  const count = await (await bench.deadLetters()).discard(plan.id, osUser(), asked.why, opKeys);
  io.note(
    `Discarded: ${count} of plan ${plan.id.slice(0, 12)}. The next run plans again what is still wanted.`,
  );
  return 0;
}

async function chosen(
  bench: Workbench,
  { planId, writes }: Asked,
): Promise<{ plan: FailedWrites['plan']; opKeys: readonly string[] | undefined }> {
  const found = (await failedWrites((await bench.loop()).store, planId)) as FailedWrites;
  return { plan: found.plan, opKeys: namedWrites(found, writes) };
}
