import type { KeyPath } from './key-path.ts';

/** One thing wrong with the values; `path` says where, `message` continues "the key …". */
export interface Problem {
  readonly path: KeyPath;
  readonly message: string;
}
