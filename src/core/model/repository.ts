/** Repositories that an organization may use, through connections to git providers. */
import type { RepositoryMatch } from './settings.ts';

export interface GitConnection {
  readonly id: string;
  /** What configuration may call it; its id where Devin has no name. */
  readonly name: string;
}

export interface RepositoryPermission {
  readonly connection: string;
  readonly by: RepositoryMatch;
  readonly path: string;
  /** Id of the permission in Devin; null: not given yet. */
  readonly id: string | null;
}

export interface RepositoryReading {
  readonly connections: readonly GitConnection[];
  /** Org id → what it may use, of the organizations that configuration declares repositories for. */
  readonly permissions: Readonly<Record<string, readonly RepositoryPermission[]>>;
  /** Why nothing could be read; null: all was read. */
  readonly unread: string | null;
}

/** One permission as text that fits where a role id fits: in a change, its key and its operation. */
export function repositoryCode({ by, connection, path, id }: RepositoryPermission): string {
  const parts = [by, connection, path, ...(id === null ? [] : [id])];
  return parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/');
}

/** @throws Error when the text is none of `repositoryCode`. */
export function repositoryOf(code: string): RepositoryPermission {
  const [by, connection, path, id = null] = code.split('/').map(decodeURIComponent);
  if ((by !== 'repo' && by !== 'prefix' && by !== 'group') || connection === undefined || path === undefined)
    throw new Error(`"${code}" is no code of a repository`);
  return { by, connection, path, id };
}
