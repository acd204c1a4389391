/** `ledger export FILE`, `ledger rebuild FILE` and `ledger recall`: who was given what, kept elsewhere and brought back. */
import { createWriteStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { journalLines } from '../actions/journal-lines.ts';
import { rebuildLedger } from '../actions/rebuild.ts';
import { recallLedger } from '../actions/recall.ts';
import type { Workbench } from '../actions/workbench.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { osUser } from './os-user.ts';
import { metered } from './progress.ts';
import { naming, textFile } from './text-files.ts';

export function ledgerCommand(program: Command, session: Session): void {
  const ledger = program
    .command('ledger')
    .description('keep a copy of who was given what, and bring it back after the state was lost')
    .addHelpText('after', EXAMPLES);
  ledger
    .command('export')
    .argument('<file>', 'file to write, one JSON object a line')
    .description('write the journal to a file')
    .addHelpText('after', '\nExample:\n  devin-idp-sync ledger export journal.jsonl')
    .action(act(session, exportTo));
  ledger
    .command('rebuild')
    .argument('<files...>', 'files of the exported journal, in any order')
    .description('build the ledger again from an exported journal; takes and gives no access')
    .addHelpText('after', '\nExample:\n  devin-idp-sync ledger rebuild journal-2026-11-22-000000000001.jsonl')
    .action(act(session, rebuildFrom));
  ledger
    .command('recall')
    .description(
      "build the ledger again from Devin's audit log, where no journal was exported; takes and gives no access",
    )
    .addHelpText('after', '\nExample:\n  devin-idp-sync ledger recall')
    .action(async (_flags: unknown, command: Command): Promise<void> => {
      process.exitCode = await withWorkbench(
        session,
        command.optsWithGlobals<ConfigFlags>(),
        async (bench) => {
          await recallFrom(session, bench);
          return 0;
        },
      );
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync ledger export journal.jsonl
  devin-idp-sync ledger rebuild journal.jsonl
  devin-idp-sync ledger recall`;

type Act<T> = (session: Session, bench: Workbench, what: T) => Promise<void>;

function act<T>(session: Session, carryOut: Act<T>) {
  return async (file: T, _flags: unknown, command: Command): Promise<void> => {
    process.exitCode = await withWorkbench(session, command.optsWithGlobals<ConfigFlags>(), async (bench) => {
      await carryOut(session, bench, file);
      return 0;
    });
  };
}

async function exportTo({ io }: Session, bench: Workbench, file: string): Promise<void> {
  const { store } = await bench.loop();
  // The journal names people and what they may do.
  const to = createWriteStream(file, { mode: 0o600 });
  await naming(file, pipeline(Readable.from(journalLines(store.journal)), to));
  io.note(`Journal written to ${file}. Keep it outside of this machine.`);
}

async function rebuildFrom(session: Session, bench: Workbench, files: readonly string[]): Promise<void> {
  for (const file of files) await naming(file, access(file));
  const loop = await bench.loop();
  const request = { files: files.map(textFile), by: osUser() };
  const { entries, people, groups, marks, present, rejections } = await metered(session.io, (onProgress) =>
    rebuildLedger(loop, request, { signal: session.signal, onProgress }),
  );
  session.io.note(
    `From ${entries} entries: ${people} people (${present} still in Devin), ${groups} groups and ${rejections} rejections.`,
  );
  if (marks > 0) session.io.note(`${marks} users and memberships were written through SCIM.`);
  session.io.note('The next plan is a first plan and waits for an approval.');
}

async function recallFrom({ io, signal }: Session, bench: Workbench): Promise<void> {
  const loop = await bench.loop();
  const { acts, edges, unclear, untold } = await metered(io, (onProgress) =>
    recallLedger(loop, osUser(), { signal, onProgress }),
  );
  for (const { label, placeName, role } of edges) io.out(`${label}\t${placeName}\t${role?.name}\n`);
  io.note(`From ${acts} entries of the audit log: ${edges.length} roles are known as given by this program.`);
  if (unclear > 0)
    io.note(
      `${unclear} entries about memberships name nobody who is there now; what they gave stays foreign.`,
    );
  if (untold > 0)
    io.note(
      `The audit log says nothing of the SCIM service: ${untold} users and memberships there stay foreign. ` +
        'Bring them back with ledger rebuild, or take them over with adopt.',
    );
  io.note('The next plan is a first plan and waits for an approval.');
}
