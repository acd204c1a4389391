/** A directory in a file: for small companies, trials, and IdPs that export a list. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DirectoryBuilder, type DirectorySnapshot, type Scope } from '../../core/model/directory.ts';
import type { Evidence, Questions } from '../../core/model/evidence.ts';
import { SourceReadError } from '../../lib/errors.ts';
import type { Finding, ReadContext } from '../../lib/reading.ts';
import { probe } from '../check.ts';
import { guarded } from '../guarded.ts';
import type { DirectorySource } from '../source.ts';
import type { FileOptions } from './options.ts';
import { type FileDirectory, type FileGroup, parseDirectory } from './parse.ts';
import { CSV_FILES, type CsvTexts, parseCsvFolder } from './parse-csv.ts';

export function createFileSource(options: FileOptions): DirectorySource {
  const tenant = `file:${options.name ?? basename(options.path)}`;
  return {
    kind: 'file',
    tenant: async () => tenant,
    read: (scope, context) =>
      guarded({ what: 'reading the directory file', signal: context.signal, secrets: [] }, async () =>
        snapshotOf(await load(options.path, context.signal), { tenant, scope, context }),
      ),
    confirm: (questions, context) =>
      guarded({ what: 'reading the directory file', signal: context.signal, secrets: [] }, async () =>
        evidenceOf(await load(options.path, context.signal), questions),
      ),
    check: (signal) => checkFile(options.path, signal),
  };
}

async function load(path: string, signal: AbortSignal): Promise<FileDirectory> {
  try {
    if (!(await stat(path)).isDirectory())
      return parseDirectory(await readFile(path, { encoding: 'utf8', signal }), path);
    return await parseCsvFolder(await readFolder(path, signal), path);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SourceReadError) throw error;
    const { code } = error as { code?: string };
    const problem =
      code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? String(error)})`;
    const where = (error as { path?: string }).path ?? path;
    throw new SourceReadError(`directory file ${where}: ${problem}. Nothing is changed because of it.`, {
      cause: error,
    });
  }
}

/** Three files are one reading only when none of them changed meanwhile. */
async function readFolder(folder: string, signal: AbortSignal): Promise<CsvTexts> {
  const read = (which: keyof typeof CSV_FILES) =>
    readFile(join(folder, CSV_FILES[which].file), { encoding: 'utf8', signal });
  const before = await stampOf(folder);
  const [people, groups, memberships] = await Promise.all([
    read('people'),
    read('groups'),
    read('memberships'),
  ]);
  if ((await stampOf(folder)) === before) return { people, groups, memberships };
  throw new SourceReadError(
    `directory folder ${folder} was written to while it was read. Nothing is changed because of it; the next run reads it again.`,
  );
}

async function stampOf(folder: string): Promise<string> {
  const files = Object.values(CSV_FILES).map(({ file }) => stat(join(folder, file), { bigint: true }));
  const stamps = (await Promise.all(files)).map(({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`);
  return stamps.join('\n');
}

interface Target {
  readonly tenant: string;
  readonly scope: Scope;
  readonly context: ReadContext;
}

function snapshotOf(directory: FileDirectory, { tenant, scope, context }: Target): DirectorySnapshot {
  const builder = new DirectoryBuilder();
  const people = scope.kind === 'all' ? null : new Set(scope.people);
  const groups = scope.kind === 'all' ? null : new Set(scope.groups);
  const inScope = [...directory.groups.values()].filter(({ id }) => groups === null || groups.has(id));
  for (const { id, email, name, status } of directory.people.values()) {
    if (people === null || people.has(id)) builder.person({ id, email: email ?? null, name, status });
  }
  // A group inside one of these is needed for who is in it, whatever the scope names.
  const whole = withDescendants(inScope, directory);
  for (const { id, name } of whole) builder.group({ id, name });
  for (const { id, members, children } of whole) {
    for (const member of members) builder.member(id, member);
    for (const child of children) builder.child(id, child);
    builder.closeGroup(id);
  }
  builder.closeList('people');
  builder.closeList('groups');
  const items = directory.people.size + directory.groups.size;
  context.onProgress({ what: 'directory file', done: items, total: items });
  return builder.seal({ tenant, scope, reads: [{ what: 'directory file', pages: 1, items, calls: 0 }] });
}

function withDescendants(roots: readonly FileGroup[], directory: FileDirectory): FileGroup[] {
  const found = new Set(roots);
  for (const group of found) {
    for (const id of group.children) {
      const child = directory.groups.get(id);
      // A set that grows is walked to its end, and takes each group once.
      if (child !== undefined) found.add(child);
    }
  }
  return [...found];
}

function evidenceOf(directory: FileDirectory, questions: Questions): Evidence {
  return {
    people: new Map(questions.people.map((id) => [id, directory.people.get(id)?.status ?? 'gone'] as const)),
    groups: new Map(
      questions.groups.map((id) => {
        const group = directory.groups.get(id);
        const evidence = group && { people: new Set(group.members), groups: new Set(group.children) };
        return [id, evidence ?? 'gone'] as const;
      }),
    ),
  };
}

async function checkFile(path: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings = [
    await probe('directory file', async () => {
      const { people, groups } = await load(path, signal);
      return `${path} has ${people.size} people and ${groups.size} groups`;
    }),
  ];
  for (const place of [path, ...Object.values(CSV_FILES).map(({ file }) => join(path, file))]) {
    const mode = await stat(place).then(
      (stats) => stats.mode,
      () => 0,
    );
    if ((mode & 0o022) === 0) continue;
    const detail = `${place} can be written by others than its owner: whoever may write it decides who has access.`;
    findings.push({ level: 'warn', what: 'directory file rights', detail });
  }
  return findings;
}
