/** `review`: who has which role where and why, for whoever signs it. */
import type { Command } from 'commander';
import { reviewNow, reviewThen } from '../actions/review.ts';
import type { Workbench } from '../actions/workbench.ts';
import type { Review } from '../core/model/review.ts';
import { ConfigError } from '../lib/errors.ts';
import { type ReviewFormat, renderReview } from '../report/render.ts';
import { plural } from '../report/text.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { choice } from './flags.ts';
import { readTurn, writeFileOf } from './plan.ts';

interface ReviewFlags extends ConfigFlags {
  readonly format: ReviewFormat;
  readonly out?: string;
  readonly org?: string;
  readonly run?: string;
  readonly plan?: string;
}

const FORMATS = ['csv', 'markdown', 'json'] as const satisfies readonly ReviewFormat[];

export function reviewCommand(program: Command, session: Session): void {
  program
    .command('review')
    .description('who has which role where and why, for an access review; stores and writes nothing')
    .option('--format <format>', `how to report: ${FORMATS.join(', ')}`, choice('--format', FORMATS), 'csv')
    .option('--out <file>', 'write the report to a file instead of standard output')
    .option('--org <org>', 'only roles in this organization (name or id)')
    .option('--run <run>', 'as it was known when this run had read both sides; reads neither now')
    .option('--plan <plan>', 'the same for a stored plan (8 or more of its digits)')
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<ReviewFlags>();
      if (flags.run !== undefined && flags.plan !== undefined)
        throw new ConfigError(['review takes one of --run and --plan, not both']);
      await withWorkbench(session, flags, async (bench) => {
        const review = await reviewOf(session, bench, flags);
        const chunks = renderReview(review, flags.format);
        if (flags.out === undefined) for (const chunk of chunks) session.io.out(chunk);
        else await writeFileOf(session.io, chunks, flags.out);
        session.io.note(`${plural(review.rows.length, 'role')}.`);
      });
    });
}

async function reviewOf(session: Session, bench: Workbench, flags: ReviewFlags): Promise<Review> {
  const { run, plan } = flags;
  const org = flags.org ?? null;
  const { store, clock } = await bench.loop();
  if (run !== undefined) return reviewThen(store, { of: { run }, org, now: clock() });
  if (plan !== undefined) return reviewThen(store, { of: { plan }, org, now: clock() });
  return reviewNow(store, await readTurn(session, bench, false), org);
}

const EXAMPLES = `
Examples:
  devin-idp-sync review --out access.csv
  devin-idp-sync review --org Payments --format markdown
  devin-idp-sync review --plan 3f9c2a1b --format json`;
