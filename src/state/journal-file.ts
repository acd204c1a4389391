/**
 * The journal outside of Redis: hash-chained JSON Lines in files that are only ever appended to. Over all replicas
 * one at a time writes; where the chain stands is kept in Redis, so that every file, whoever wrote it, continues it.
 */
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChainHead, ChainReader, chainLine, GENESIS, readChained } from '../lib/hash-chain.ts';
import type { Journal, JournalRow } from './journal.ts';
import { withProcessLock } from './process-lock.ts';

/** The last line that was written. */
export interface Anchor extends ChainHead {
  /** Id of its entry in the journal. */
  readonly id: string;
  /** Where it was written: host and path. */
  readonly file: string;
}

export interface AnchorStore {
  get(): Promise<Anchor | null>;
  /**
   * Runs `work` while nobody else does, over all replicas; false: somebody else is at it. `move` gives false once
   * the place is lost.
   */
  hold(work: (move: (next: Anchor) => Promise<boolean>) => Promise<void>): Promise<boolean>;
}

export interface JournalFileOptions {
  readonly folder: string;
  /** A file is not continued once it is as large. */
  readonly maxBytes: number;
  readonly host: string;
  readonly journal: Pick<Journal, 'read'>;
  readonly anchor: AnchorStore;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Told of lines that are gone or altered; must not throw. */
  readonly onTrouble: (message: string) => void;
}

export interface Exported {
  /** Lines that were written now. */
  readonly lines: number;
  readonly head: ChainHead;
}

const PAGE = 1000;
const LOCK_MS = 10_000;

/** Writes what is new in the journal. null: another writer is at it. Everything that is told was synced to disk. */
export async function exportJournal(options: JournalFileOptions): Promise<Exported | null> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  return withProcessLock(join(options.folder, 'export.lock'), LOCK_MS, async () => {
    let exported: Exported | null = null;
    await options.anchor.hold(async (move) => {
      exported = await write(options, move);
    });
    return exported;
  });
}

interface Place {
  readonly head: ChainHead;
  /** Id of the last entry that is written; null: none. */
  readonly after: string | null;
  /** The file to go on with; null: a new one. */
  readonly file: string | null;
}

async function write(
  options: JournalFileOptions,
  move: (next: Anchor) => Promise<boolean>,
): Promise<Exported> {
  let { head, after, file } = await findPlace(options, move);
  let lines = 0;
  for (;;) {
    const rows = await options.journal.read({ limit: PAGE, ...(after === null ? {} : { after }) });
    if (rows.length === 0) return { lines, head };
    const chained = chain(head, rows);
    file = await fileFor(options, file, head);
    await append(options.folder, file, chained.text);
    head = chained.head;
    after = (rows.at(-1) as JournalRow).id;
    lines += rows.length;
    const held = await move({ ...head, id: after, file: named(options, file) });
    if (!held || rows.length < PAGE) return { lines, head };
  }
}

function chain(from: ChainHead, rows: readonly JournalRow[]): { text: string; head: ChainHead } {
  let head = from;
  let text = '';
  for (const row of rows) {
    const next = chainLine(head, row);
    text += `${next.line}\n`;
    head = next.head;
  }
  return { text, head };
}

/** Where the chain goes on: after the anchor, or after lines that a writer left just before it died. */
async function findPlace(
  options: JournalFileOptions,
  move: (next: Anchor) => Promise<boolean>,
): Promise<Place> {
  const anchor = await options.anchor.get();
  const file = (await journalFiles(options.folder)).at(-1) ?? null;
  const own = file === null ? null : await readTail(join(options.folder, file));
  const last = own?.last ?? null;
  const there: Place = { head: anchor ?? GENESIS, after: anchor?.id ?? null, file: null };
  if (own === null || last === null) {
    if (anchor !== null && isOurs(options, anchor))
      options.onTrouble(`${anchor.file} is gone; it held journal lines up to number ${anchor.seq}`);
    return there;
  }
  const here: Place = { head: last, after: last.id, file };
  if (anchor === null) return here;
  if (last.seq === anchor.seq && last.hash === anchor.hash) return here;
  if (last.seq > anchor.seq && own.reader.knows(anchor)) {
    await move({ seq: last.seq, hash: last.hash, id: last.id, file: named(options, file as string) });
    return here;
  }
  // Behind it another replica has gone on, in a folder of its own; ahead of it the two never met.
  if (last.seq >= anchor.seq || isOurs(options, anchor))
    options.onTrouble(
      `${file} ends with number ${last.seq}, but ${anchor.seq} was written (${anchor.hash}): lines are gone or altered; "journal verify" names them`,
    );
  return there;
}

function isOurs(options: JournalFileOptions, { file }: Anchor): boolean {
  return file.startsWith(`${options.host}:${options.folder}`);
}

function named({ host, folder }: JournalFileOptions, file: string): string {
  return `${host}:${join(folder, file)}`;
}

const NAME = /^journal-\d{4}-\d{2}-\d{2}-(\d{12})\.jsonl$/;

/** In the order of the chain. */
export async function journalFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const seq = (name: string) => NAME.exec(name)?.[1] ?? '';
  return names.filter((name) => NAME.test(name)).sort((a, b) => (seq(a) < seq(b) ? -1 : 1));
}

/** A new one each day, and once one is large. */
async function fileFor(options: JournalFileOptions, file: string | null, head: ChainHead): Promise<string> {
  const today = new Date(options.clock()).toISOString().slice(0, 10);
  if (file?.includes(today) === true) {
    const { size } = await stat(join(options.folder, file));
    if (size < options.maxBytes) return file;
  }
  return `journal-${today}-${String(head.seq + 1).padStart(12, '0')}.jsonl`;
}

async function append(folder: string, file: string, text: string): Promise<void> {
  await using handle = await open(join(folder, file), 'a', 0o600);
  await handle.appendFile(text);
  await handle.sync();
  await using directory = await open(folder);
  await directory.sync();
}

interface Tail {
  readonly reader: ChainReader;
  readonly last: (ChainHead & { readonly id: string }) | null;
}

/** Follows the newest file; half a line that a crash left at its end was never told of, and goes. */
async function readTail(path: string): Promise<Tail> {
  await using handle = await open(path, 'r+');
  const reader = new ChainReader();
  const bytes = await handle.readFile();
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) await handle.truncate(whole);
  let last: Tail['last'] = null;
  for (const line of bytes.subarray(0, whole).toString('utf8').split('\n')) {
    if (line === '' || reader.take(line) !== null) continue;
    const id = readChained(line)?.value.id;
    if (typeof id === 'string') last = { ...reader.head, id };
  }
  return { reader, last };
}
