/** Files that a person names: opened late, and a fault of theirs named. */
import { open } from 'node:fs/promises';
import type { JournalText } from '../actions/verify-journal.ts';
import { ConfigError } from '../lib/errors.ts';

/** A file that cannot be opened is a mistake in what was typed. */
export async function naming<T>(file: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (path !== file || code === undefined) throw cause;
    throw new ConfigError([`${file} cannot be opened (${code})`], { cause });
  }
}

export function textFile(name: string): JournalText {
  return {
    name,
    lines: async function* () {
      await using from = await naming(name, open(name));
      yield* from.readLines();
    },
  };
}
