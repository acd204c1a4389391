/** API tokens in files, as a container platform mounts and rotates them. */
import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '../lib/errors.ts';
import type { ApiToken } from './auth.ts';
import type { Role } from './roles.ts';

export interface TokenFile {
  readonly name: string;
  readonly role: Role;
  /**
   * One token a line, or `sha256:` and the SHA-256 of one in hexadecimal digits. Two lines let an old and a new
   * token count side by side; `#` begins a comment.
   */
  readonly file: string;
  /** Key of the configuration that names the file; `server.tokens` unless told. */
  readonly key?: string;
}

const SHORTEST = 16;

/**
 * Gives the tokens as the files have them now: each file is looked at on every call and read again when it changed.
 * One that cannot be read any more lets nobody in, and the other files go on counting.
 * @param onTrouble told once for each way in which a file fails.
 * @throws ConfigError when a file cannot be read at the start, or has no token.
 */
export function watchTokenFiles(
  files: readonly TokenFile[],
  onTrouble: (message: string) => void,
): () => readonly ApiToken[] {
  const watched = files.map((file) => new WatchedFile(file));
  const problems = watched.flatMap((one) => one.refresh() ?? []);
  if (problems.length > 0) throw new ConfigError(problems);
  return () =>
    watched.flatMap((one) => {
      const problem = one.refresh();
      if (problem !== null) onTrouble(problem);
      return one.tokens;
    });
}

class WatchedFile {
  tokens: readonly ApiToken[] = [];
  readonly #source: TokenFile;
  #seen = '';
  #problem: string | null = null;

  constructor(source: TokenFile) {
    this.#source = source;
  }

  /** What is wrong with the file, where that is news; else null. */
  refresh(): string | null {
    const { name, file, key = 'server.tokens' } = this.#source;
    const before = this.#problem;
    try {
      const { mtimeMs, size, ino } = statSync(file);
      const seen = `${mtimeMs} ${size} ${ino}`;
      if (seen !== this.#seen) {
        this.tokens = parse(this.#source, readFileSync(file, 'utf8'));
        this.#seen = seen;
      }
      this.#problem = null;
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
      this.tokens = [];
      this.#seen = '';
      this.#problem = `${key}: ${name} names ${file}, which lets nobody in: ${why}`;
    }
    return this.#problem === before ? null : this.#problem;
  }
}

function parse({ name, role }: TokenFile, text: string): ApiToken[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0) throw new Error('it has no token');
  return lines.map((line) => {
    const given = /^sha256:([0-9a-f]{64})$/i.exec(line)?.[1];
    if (given !== undefined) return { name, role, hash: given.toLowerCase() };
    if (line.length < SHORTEST) throw new Error(`a token has fewer than ${SHORTEST} characters`);
    return { name, role, hash: hash('sha256', line) };
  });
}
