/** A directory as three CSV files: people, groups, and who is in which group. */
import { setImmediate as breathe } from 'node:timers/promises';
import type * as z from 'zod';
import { errorText } from '../../lib/errors.ts';
import { type CsvRecord, csvRecords } from './csv.ts';
import {
  type FileDirectory,
  type FileGroup,
  type FilePerson,
  failed,
  fileGroup,
  filePerson,
} from './parse.ts';

/** The files in the folder, with their columns; a column in brackets may be left out. */
export const CSV_FILES = {
  people: { file: 'people.csv', needed: ['id', 'email'], optional: ['name', 'status'] },
  groups: { file: 'groups.csv', needed: ['id', 'name'], optional: [] },
  memberships: { file: 'memberships.csv', needed: ['group', 'member'], optional: ['type'] },
} as const;

export type CsvTexts = Readonly<Record<keyof typeof CSV_FILES, string>>;

const RECORDS_A_BREATH = 5000;

interface Row {
  readonly at: string;
  readonly value: (column: string) => string | undefined;
}

interface Work {
  readonly people: Map<string, FilePerson>;
  readonly groups: Map<string, { id: string; name: string; members: string[]; children: string[] }>;
  readonly problems: string[];
}

/** @throws SourceReadError with up to 20 problems, each with its file and line */
export async function parseCsvFolder(texts: CsvTexts, folder: string): Promise<FileDirectory> {
  const work: Work = { people: new Map(), groups: new Map(), problems: [] };
  await each(texts, 'people', work, (row) => addPerson(row, work));
  await each(texts, 'groups', work, (row) => addGroup(row, work));
  // Members of a list that is not sound would only repeat its problems.
  if (work.problems.length === 0) await each(texts, 'memberships', work, (row) => addMember(row, work));
  if (work.problems.length > 0) throw failed(folder, work.problems);
  return { people: work.people, groups: work.groups as ReadonlyMap<string, FileGroup> };
}

async function each(
  texts: CsvTexts,
  which: keyof typeof CSV_FILES,
  { problems }: Work,
  take: (row: Row) => void,
): Promise<void> {
  const { file } = CSV_FILES[which];
  try {
    const records = csvRecords(texts[which]);
    const header = records.next().value?.fields.map((name) => name.trim().toLowerCase()) ?? [];
    const wrong = wrongHeader(which, header);
    if (wrong !== null) problems.push(`${file}:1: ${wrong}`);
    if (wrong !== null) return;
    let count = 0;
    for (const record of records) {
      const row = rowOf(record, header, file);
      if (typeof row === 'string') problems.push(row);
      else take(row);
      if (++count % RECORDS_A_BREATH === 0) await breathe();
    }
  } catch (error) {
    problems.push(`${file}: ${errorText(error)}`);
  }
}

/** A misspelt column would silently become a default, and a deactivated person an active one. */
function wrongHeader(which: keyof typeof CSV_FILES, header: readonly string[]): string | null {
  const { needed, optional } = CSV_FILES[which];
  const known: readonly string[] = [...needed, ...optional];
  const missing = needed.filter((name) => !header.includes(name));
  const odd = header.filter((name, at) => !known.includes(name) || header.indexOf(name) !== at);
  if (missing.length === 0 && odd.length === 0) return null;
  const words = [
    ...missing.map((name) => `the column ${name} is missing`),
    ...odd.map((name) => `the column "${name}" is not known or stands there twice`),
  ];
  return `${words.join(', ')}; the columns are ${known.join(', ')}`;
}

function rowOf({ line, fields }: CsvRecord, header: readonly string[], file: string): Row | string {
  const at = `${file}:${line}`;
  if (fields.length !== header.length) return `${at}: ${fields.length} fields under ${header.length} columns`;
  return { at, value: (column) => fields[header.indexOf(column)] };
}

function addPerson(row: Row, { people, problems }: Work): void {
  const email = row.value('email');
  const person = checked(filePerson, row, problems, {
    id: row.value('id'),
    email: email === '' ? null : email,
    name: row.value('name'),
    status: row.value('status')?.toLowerCase(),
  });
  if (person === null) return;
  if (people.has(person.id)) problems.push(`${row.at}: the id "${person.id}" is used twice`);
  people.set(person.id, person);
}

function addGroup(row: Row, { groups, problems }: Work): void {
  const group = checked(fileGroup, row, problems, { id: row.value('id'), name: row.value('name') });
  if (group === null) return;
  if (groups.has(group.id)) problems.push(`${row.at}: the id "${group.id}" is used twice`);
  groups.set(group.id, group);
}

function addMember(row: Row, { people, groups, problems }: Work): void {
  const member = row.value('member') ?? '';
  const type = row.value('type')?.toLowerCase() ?? 'person';
  const group = groups.get(row.value('group') ?? '');
  if (group === undefined) problems.push(`${row.at}: no group has the id "${row.value('group')}"`);
  else if (type === 'group' && groups.has(member)) group.children.push(member);
  else if (type === 'person' && people.has(member)) group.members.push(member);
  else if (type === 'person' || type === 'group')
    problems.push(`${row.at}: no ${type} has the id "${member}"`);
  else problems.push(`${row.at}: type is "${type}"; it must be person or group`);
}

function checked<T>(schema: z.ZodType<T>, row: Row, problems: string[], value: unknown): T | null {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues)
    problems.push(`${row.at}: ${path.join('.')}: ${message}`);
  return null;
}
