/** `ledger export FILE` and `ledger rebuild FILE`: who was given what, kept outside of the store and brought back. */
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { journalLines } from '../actions/journal-lines.ts';
import { rebuildLedger } from '../actions/rebuild.ts';
import type { Workbench } from '../actions/workbench.ts';
import { ConfigError } from '../lib/errors.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { osUser } from './os-user.ts';
import { metered } from './progress.ts';

export function ledgerCommand(program: Command, session: Session): void {
  const ledger = program
    .command('ledger')
    .description('keep a copy of who was given what, and bring it back after the state was lost')
    .addHelpText('after', EXAMPLES);
  ledger
    .command('export')
    .argument('<file>', 'file to write, one JSON object a line')
    .description('write the journal to a file')
    .action(act(session, exportTo));
  ledger
    .command('rebuild')
    .argument('<file>', 'file that "ledger export" wrote')
    .description('build the ledger again from an exported journal; takes and gives no access')
    .action(act(session, rebuildFrom));
}

const EXAMPLES = `
Examples:
  devin-idp-sync ledger export journal.jsonl
  devin-idp-sync ledger rebuild journal.jsonl`;

type Act = (session: Session, bench: Workbench, file: string) => Promise<void>;

function act(session: Session, carryOut: Act) {
  return async (file: string, _flags: unknown, command: Command): Promise<void> => {
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

async function rebuildFrom(session: Session, bench: Workbench, file: string): Promise<void> {
  await using from = await naming(file, open(file));
  const loop = await bench.loop();
  const request = { lines: from.readLines(), file, by: osUser() };
  const { entries, people, groups, present, rejections } = await metered(session.io, (onProgress) =>
    rebuildLedger(loop, request, { signal: session.signal, onProgress }),
  );
  session.io.note(
    `From ${entries} entries: ${people} people (${present} still in Devin), ${groups} groups and ${rejections} rejections.`,
  );
  session.io.note('The next plan is a first plan and waits for an approval.');
}

/** A file that cannot be opened is a mistake in what was typed. */
async function naming<T>(file: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (path !== file || code === undefined) throw cause;
    throw new ConfigError([`${file} cannot be opened (${code})`], { cause });
  }
}
