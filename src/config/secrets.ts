/**
 * Which keys are secret, and how they are read from files. Every secret `xyz` may be given as `xyzFile`, the
 * path of a file that holds nothing else: what a container platform mounts and rotates.
 */
import { resolve } from 'node:path';
import { isMap, type KeyPath, setAt, valueAt } from './key-path.ts';
import type { Problem } from './problem.ts';

const PLACES: readonly KeyPath[] = [
  ['directory', 'okta', 'token'],
  ['directory', 'okta', 'privateKey', 'key'],
  ['directory', 'entra', 'clientSecret'],
  ['directory', 'entra', 'certificate'],
  ['directory', 'scim', 'token'],
  ['directory', 'scim', 'oauth', 'clientSecret'],
  ['devin', 'key'],
  ['devin', 'scim', 'token'],
  ['redis', 'url'],
  ['redis', 'password'],
  ['redis', 'sentinel', 'password'],
  ['redis', 'tls', 'ca'],
  ['redis', 'tls', 'cert'],
  ['redis', 'tls', 'key'],
  ['server', 'token'],
  ['server', 'oidc', 'clientSecret'],
  ['server', 'hooks', 'okta', 'secret'],
  ['server', 'hooks', 'entra', 'clientState'],
  ['notify', 'webhooks', '*', 'url'],
  ['notify', 'webhooks', '*', 'secret'],
];

/** A secret of one source may stand in each of several. */
const ANY = '*';

/**
 * Keys that hold secrets; `*` stands for any place in a list. A test compares this list with every key of the
 * schema that sounds secret.
 */
export const SECRETS: readonly KeyPath[] = PLACES.flatMap((path) =>
  path[0] === 'directory' ? [path, ['directory', 'sources', ANY, ...path.slice(1)]] : [path],
);

/** A secret that came from a file, for reading it again when it is rotated. */
export interface SecretFile {
  readonly path: KeyPath;
  readonly file: string;
}

export interface SecretSources {
  readonly directory: string;
  /** @throws when the file cannot be read. */
  readonly readFile: (path: string) => string;
}

export interface ResolvedSecrets {
  readonly files: readonly SecretFile[];
  readonly problems: readonly Problem[];
}

/** The key that gives a secret by file. */
export function fileKey(path: KeyPath): KeyPath {
  return [...path.slice(0, -1), `${path.at(-1)}File`];
}

export function isSecret(path: KeyPath): boolean {
  return SECRETS.some((secret) => fits(secret, path));
}

/** The secret that this key gives by file, if it does. */
export function secretOfFile(path: KeyPath): KeyPath | undefined {
  const secret = SECRETS.find((each) => fits(fileKey(each), path));
  return secret && [...path.slice(0, -1), secret.at(-1) as string];
}

function fits(pattern: KeyPath, path: KeyPath): boolean {
  if (pattern.length !== path.length) return false;
  return pattern.every((part, at) => part === path[at] || (part === ANY && typeof path[at] === 'number'));
}

/** Every key of this file that may hold a secret. */
export function secretsIn(root: unknown): KeyPath[] {
  return SECRETS.flatMap((path) => {
    const at = path.indexOf(ANY);
    if (at < 0) return [path];
    const list = valueAt(root, path.slice(0, at));
    if (!Array.isArray(list)) return [];
    return list.map((_, index) => [...path.slice(0, at), index, ...path.slice(at + 1)]);
  });
}

/** Replaces each `xyzFile` in `root` by `xyz` with the trimmed content of the file. Changes `root`. */
export function resolveSecrets(root: unknown, sources: SecretSources): ResolvedSecrets {
  const files: SecretFile[] = [];
  const problems: Problem[] = [];
  for (const path of secretsIn(root)) {
    const byFile = fileKey(path);
    const parent = valueAt(root, path.slice(0, -1));
    const file = valueAt(root, byFile);
    if (!isMap(parent) || file === undefined) continue;
    delete parent[byFile.at(-1) as string];
    const report = (message: string) => problems.push({ path: byFile, message });
    const both = valueAt(root, path) !== undefined;
    if (both) report(`excludes ${path.at(-1)}: give one of the two`);
    // Something must stand there, so that the schema does not call it missing as well.
    else setAt(root, path, readSecret(file, sources, report) ?? UNREAD);
    if (!both && typeof file === 'string') files.push({ path, file: resolve(sources.directory, file) });
  }
  return { files, problems };
}

const UNREAD = 'unread secret';

function readSecret(
  file: unknown,
  sources: SecretSources,
  report: (message: string) => void,
): string | undefined {
  if (typeof file !== 'string' || file.trim() === '') {
    report('must be the path of a file');
    return undefined;
  }
  const path = resolve(sources.directory, file);
  try {
    const content = sources.readFile(path).trim();
    if (content !== '') return content;
    report(`names ${path}, which is empty`);
  } catch (error) {
    report(
      `names ${path}, which cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`,
    );
  }
  return undefined;
}
