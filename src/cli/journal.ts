/** `journal export` and `journal verify [FILE…]`: the copy of the journal on disk, and whether it is whole. */
import type { Command } from 'commander';
import { type Verified, verifyJournal } from '../actions/verify-journal.ts';
import type { Workbench } from '../actions/workbench.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ChainHead } from '../lib/hash-chain.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { textFile } from './text-files.ts';

export function journalCommand(program: Command, session: Session): void {
  const journal = program
    .command('journal')
    .description('the copy of the journal on disk, as hash-chained JSON Lines')
    .addHelpText('after', EXAMPLES);
  journal
    .command('export')
    .description('write what is new to the files, and print the head of the chain')
    .addHelpText('after', '\nExample:\n  devin-idp-sync journal export')
    .action(async (_flags, command: Command) => {
      process.exitCode = await withWorkbench(session, command.optsWithGlobals<ConfigFlags>(), (bench) =>
        exportNow(session, bench),
      );
    });
  journal
    .command('verify')
    .argument('[files...]', 'files in any order; without them, those of this configuration')
    .description('check that no line was edited, left out, put in or moved')
    .option('--head <number:hash>', 'a line that must be among them, as "journal export" printed it', headOf)
    .addHelpText('after', VERIFY_EXAMPLES)
    .action(async (files: string[], _flags, command: Command) => {
      process.exitCode = await verify(session, files, command.optsWithGlobals<VerifyFlags>());
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync journal export
  devin-idp-sync journal verify`;

const VERIFY_EXAMPLES = `
Examples:
  devin-idp-sync journal verify
  devin-idp-sync journal verify journal-2026-11-22-000000000001.jsonl
Files alone cannot show that lines at their end were cut off: give --head, or verify where the state is.`;

interface VerifyFlags extends ConfigFlags {
  readonly head?: ChainHead;
}

function headOf(text: string): ChainHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined)
    throw new ConfigError([`--head "${text}": write NUMBER:HASH, as "journal export" prints it`]);
  return { seq: Number(seq), hash };
}

async function exportNow({ io }: Session, bench: Workbench): Promise<number> {
  const room = await bench.journalFile();
  const exported = await room.export();
  if (exported === null) throw new ConfigError(['another process writes the journal just now; try again']);
  const files = await room.files();
  io.note(`${exported.lines} lines written${files.length === 0 ? '' : ` to ${files.at(-1)}`}.`);
  io.note('Keep this head elsewhere; "journal verify --head" finds out what was cut off:');
  io.out(`${exported.head.seq}:${exported.head.hash}\n`);
  return 0;
}

async function verify(session: Session, files: readonly string[], flags: VerifyFlags): Promise<number> {
  const { io } = session;
  if (files.length > 0) return told(io.note, await verifyJournal(files.map(textFile), flags.head ?? null));
  return withWorkbench(session, flags, async (bench) => {
    const room = await bench.journalFile();
    const anchor = flags.head ?? (await room.anchor());
    const found = await room.files();
    if (found.length === 0 && anchor === null) throw new ConfigError(['no journal was exported yet']);
    return told(io.note, await verifyJournal(found.map(textFile), anchor));
  });
}

function told(note: (line: string) => void, { files, lines, first, head, problem }: Verified): number {
  if (problem !== null) {
    note(`Broken: ${problem}`);
    note(`${lines} lines before that are whole.`);
    return 1;
  }
  note(
    `Whole: ${lines} lines in ${files} ${files === 1 ? 'file' : 'files'}, number ${first ?? 0} to ${head.seq}.`,
  );
  note(`Head ${head.seq}:${head.hash}`);
  return 0;
}
