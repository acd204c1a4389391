/** A directory in a file: for small companies, trials, and IdPs that export a list. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  DirectoryBuilder,
  type DirectorySnapshot,
  type GroupRecord,
  type PersonRecord,
  type ReadReport,
} from '../../core/model/directory.ts';
import type { Evidence, Questions } from '../../core/model/evidence.ts';
import type { Sighting, Sought } from '../../core/model/sighting.ts';
import { SourceReadError } from '../../lib/errors.ts';
import type { Finding, ReadContext } from '../../lib/reading.ts';
import { probe } from '../check.ts';
import { guarded } from '../guarded.ts';
import type { DirectorySource } from '../source.ts';
import type { FileOptions } from './options.ts';
import { type FileDirectory, type FilePerson, parseDirectory } from './parse.ts';
import { CSV_FILES, type CsvTexts, parseCsvFolder } from './parse-csv.ts';

export function createFileSource(options: FileOptions): DirectorySource {
  const tenant = `file:${options.name ?? basename(options.path)}`;
  return {
    kind: 'file',
    tenant: async () => tenant,
    read: (_, context) =>
      guarded({ what: 'reading the directory file', signal: context.signal, secrets: [] }, async () =>
        snapshotOf(await load(options.path, context.signal), tenant, context),
      ),
    look: (sought, context) =>
      guarded({ what: 'reading the directory file', signal: context.signal, secrets: [] }, async () =>
        sightingOf(await load(options.path, context.signal), tenant, sought),
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

function snapshotOf(directory: FileDirectory, tenant: string, context: ReadContext): DirectorySnapshot {
  const builder = new DirectoryBuilder();
  for (const person of directory.people.values()) builder.person(recordOf(person));
  for (const { id, name } of directory.groups.values()) builder.group({ id, name });
  for (const { id, members, children } of directory.groups.values()) {
    for (const member of members) builder.member(id, member);
    for (const child of children) builder.child(id, child);
    builder.closeGroup(id);
  }
  builder.closeList('people');
  builder.closeList('groups');
  const { items } = readOf(directory);
  context.onProgress({ what: 'directory file', done: items, total: items });
  return builder.seal({ tenant, scope: { kind: 'all' }, reads: [readOf(directory)] });
}

function recordOf({ id, email, name, status }: FilePerson): PersonRecord {
  return { id, email: email ?? null, name, status };
}

function readOf({ people, groups }: FileDirectory): ReadReport {
  return { what: 'directory file', pages: 1, items: people.size + groups.size, calls: 0 };
}

function sightingOf(directory: FileDirectory, tenant: string, sought: Sought): Sighting {
  const ids = new Set(sought.people);
  const emails = new Set(sought.emails.map((email) => email.toLowerCase()));
  const wanted = [...directory.people.values()].filter(
    ({ id, email }) => ids.has(id) || emails.has(email?.toLowerCase() ?? ''),
  );
  return {
    tenant,
    people: wanted.map((person) => ({ person: recordOf(person), groups: groupsWith(directory, person.id) })),
    existing: sought.groups.filter((id) => directory.groups.has(id)),
    reads: [readOf(directory)],
  };
}

/** Groups of which somebody is a member, and those that contain one of these. */
function groupsWith({ groups }: FileDirectory, person: string): GroupRecord[] {
  const all = [...groups.values()];
  const found = new Set(all.filter(({ members }) => members.includes(person)));
  for (const { id } of found) {
    // A set that grows is walked to its end, and takes each group once.
    for (const parent of all) if (parent.children.includes(id)) found.add(parent);
  }
  return Array.from(found, ({ id, name }) => ({ id, name }));
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
