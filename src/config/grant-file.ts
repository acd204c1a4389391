/** The file of grants and denies: read at the start of each run, so that a change needs no restart. */
import { readFileSync } from 'node:fs';
import type { PersonalLists } from '../core/model/grants.ts';
import { ConfigError } from '../lib/errors.ts';
import { grantFileSchema } from './grant-schema.ts';
import { type KeyPath, valueAt } from './key-path.ts';
import { problemLine, problemsOf } from './problems.ts';
import { denyOf, grantOf } from './settings.ts';
import { readSource } from './source-text.ts';

/** @throws ConfigError that names the file and each line that is wrong: a doubtful file is never taken for a shorter one. */
export function readGrantFile(file: string): PersonalLists {
  const source = readSource(contentOf(file));
  if (source.problems.length > 0)
    throw new ConfigError(
      source.problems.map(({ place, message }) => problemLine(file, place, { path: [], message })),
    );
  const parsed = grantFileSchema.safeParse(source.value);
  if (parsed.success)
    return { grants: parsed.data.grants.map(grantOf), denies: parsed.data.denies.map(denyOf) };
  const show = (path: KeyPath) => JSON.stringify(valueAt(source.value, path)) ?? 'nothing';
  throw new ConfigError(
    problemsOf(parsed.error.issues, source.value, show).map((problem) =>
      problemLine(file, source.placeOf(problem.path), problem),
    ),
  );
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ConfigError([`grantsFile: ${file} cannot be read (${why})`], { cause });
  }
}

/**
 * The file at each call; when it is broken, what it last said in this process, and `note` is told why. A process that
 * has never read it fails instead.
 */
export function keptGrantFile(file: string, note: (message: string) => void): () => PersonalLists {
  let last: PersonalLists | null = null;
  return () => {
    try {
      last = readGrantFile(file);
    } catch (error) {
      if (last === null || !(error instanceof ConfigError)) throw error;
      note(`what grantsFile said before stays in force: ${error.problems.join('; ')}`);
    }
    return last;
  };
}
