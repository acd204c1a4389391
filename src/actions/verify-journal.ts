/** Follows the chain of an exported journal over its files. */
import { type ChainHead, ChainReader, readChained } from '../lib/hash-chain.ts';

export interface JournalText {
  readonly name: string;
  /** Without ends of line; each call starts again. */
  readonly lines: () => AsyncIterable<string>;
}

export interface Verified {
  readonly files: number;
  readonly lines: number;
  /** Number of the first line; null: there is none. */
  readonly first: number | null;
  readonly head: ChainHead;
  /** The first line that breaks the chain, or what is missing at its end; null: it is whole. */
  readonly problem: string | null;
}

/**
 * Files may come in any order. @param anchor what the daemon has written last, as it is kept elsewhere; null: not known,
 * so that what was cut off at the end cannot be noticed.
 */
export async function verifyJournal(
  files: readonly JournalText[],
  anchor: ChainHead | null,
): Promise<Verified> {
  const reader = new ChainReader();
  let lines = 0;
  const result = (problem: string | null): Verified => {
    const { first, head } = reader;
    return { files: files.length, lines, first, head, problem };
  };
  for (const file of await inOrder(files)) {
    reader.nextFile();
    let at = 0;
    for await (const text of file.lines()) {
      at++;
      if (text === '') continue;
      const why = reader.take(text);
      if (why !== null) return result(`${file.name}, line ${at}: ${why}`);
      lines++;
    }
  }
  return result(anchor === null ? null : endProblem(reader, anchor));
}

function endProblem(reader: ChainReader, anchor: ChainHead): string | null {
  if (reader.knows(anchor)) return null;
  const { first, head } = reader;
  if (head.seq < anchor.seq)
    return `the last line is number ${head.seq}, but ${anchor.seq} was written: ${anchor.seq - head.seq} are missing at the end`;
  if (first !== null && first > anchor.seq) return null;
  return `number ${anchor.seq} is not the line that was written (${anchor.hash})`;
}

/** By the number of the first line; a file that begins with no line of a chain comes first, and breaks it. */
export async function inOrder<T extends JournalText>(files: readonly T[]): Promise<readonly T[]> {
  const known = await Promise.all(
    files.map(async (file) => ({ file, seq: readChained(await firstOf(file))?.seq ?? 0 })),
  );
  return known.sort((a, b) => a.seq - b.seq).map(({ file }) => file);
}

async function firstOf({ lines }: JournalText): Promise<string> {
  for await (const line of lines()) return line;
  return '';
}
