/** `review`: who has which role where and why, for whoever signs it. */
import type { Command } from 'commander';
import { reviewNow } from '../actions/review.ts';
import { type ReviewFormat, renderReview } from '../report/render.ts';
import { plural } from '../report/text.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { choice } from './flags.ts';
import { readTurn, writeFileOf } from './plan.ts';

interface ReviewFlags extends ConfigFlags {
  readonly format: ReviewFormat;
  readonly out?: string;
  readonly org?: string;
}

const FORMATS = ['csv', 'markdown', 'json'] as const satisfies readonly ReviewFormat[];

export function reviewCommand(program: Command, session: Session): void {
  program
    .command('review')
    .description('who has which role where and why, for an access review; stores and writes nothing')
    .option('--format <format>', `how to report: ${FORMATS.join(', ')}`, choice('--format', FORMATS), 'csv')
    .option('--out <file>', 'write the report to a file instead of standard output')
    .option('--org <org>', 'only roles in this organization (name or id)')
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<ReviewFlags>();
      await withWorkbench(session, flags, async (bench) => {
        const turn = await readTurn(session, bench, false);
        const { store } = await bench.loop();
        const review = await reviewNow(store, turn, flags.org ?? null);
        const chunks = renderReview(review, flags.format);
        if (flags.out === undefined) for (const chunk of chunks) session.io.out(chunk);
        else await writeFileOf(session.io, chunks, flags.out);
        session.io.note(`${plural(review.rows.length, 'role')}.`);
      });
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync review --out access.csv
  devin-idp-sync review --org Payments --format markdown`;
