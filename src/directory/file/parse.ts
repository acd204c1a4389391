/** A directory written by hand: checked as a whole, every problem with its line. */
import { type Document, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { SourceReadError } from '../../lib/errors.ts';

const id = z.union([z.string().min(1), z.int().transform(String)]);

export const filePerson = z.strictObject({
  id,
  email: z.string().min(1).nullish(),
  name: z.string().default(''),
  status: z.enum(['active', 'staged', 'suspended', 'deactivated']).default('active'),
});

export const fileGroup = z.strictObject({
  id,
  name: z.string().min(1),
  members: z.array(id).default([]),
  children: z.array(id).default([]),
});

const directory = z.strictObject({ people: z.array(filePerson), groups: z.array(fileGroup) });

export type FilePerson = z.output<typeof filePerson>;
export type FileGroup = z.output<typeof fileGroup>;

export interface FileDirectory {
  readonly people: ReadonlyMap<string, FilePerson>;
  readonly groups: ReadonlyMap<string, FileGroup>;
}

type Path = readonly PropertyKey[];
type Report = (path: Path, problem: string) => void;

const MAX_PROBLEMS = 20;

/** @throws SourceReadError with up to 20 problems, each with its line and entry */
export function parseDirectory(text: string, path: string): FileDirectory {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems: string[] = [];
  const at = (offset: number) => `${path}:${lines.linePos(offset).line}`;
  for (const error of document.errors) problems.push(`${at(error.pos[0])}: ${firstLine(error.message)}`);
  if (problems.length > 0) throw failed(path, problems);
  const report: Report = (where, problem) => {
    const offset = offsetOf(document, where);
    problems.push(`${offset === null ? path : at(offset)}: ${entryName(where)}${problem}`);
  };
  const parsed = directory.safeParse(document.toJS());
  for (const issue of parsed.error?.issues ?? []) report(issue.path, issue.message);
  const found = parsed.success ? indexed(parsed.data, report) : null;
  if (found === null || problems.length > 0) throw failed(path, problems);
  return found;
}

function indexed(data: z.output<typeof directory>, report: Report): FileDirectory {
  const people = byId(data.people, 'people', report);
  const groups = byId(data.groups, 'groups', report);
  for (const [index, { members, children }] of data.groups.entries()) {
    for (const [position, member] of members.entries()) {
      if (!people.has(member))
        report(['groups', index, 'members', position], `no person has the id "${member}"`);
    }
    for (const [position, child] of children.entries()) {
      if (!groups.has(child))
        report(['groups', index, 'children', position], `no group has the id "${child}"`);
    }
  }
  return { people, groups };
}

function byId<Item extends { readonly id: string }>(
  items: readonly Item[],
  list: string,
  report: Report,
): Map<string, Item> {
  const found = new Map<string, Item>();
  for (const [index, item] of items.entries()) {
    if (found.has(item.id)) report([list, index, 'id'], `the id "${item.id}" is used twice`);
    else found.set(item.id, item);
  }
  return found;
}

/** Where the deepest part of the path that exists begins. */
function offsetOf(document: Document.Parsed, path: Path): number | null {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as
      | { range?: [number, number, number] | null }
      | undefined;
    if (node?.range) return node.range[0];
  }
  return null;
}

/** `people[3].status: `. */
function entryName(path: Path): string {
  const words = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return words === '' ? '' : `${words.replace(/^\./, '')}: `;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

export function failed(path: string, problems: readonly string[]): SourceReadError {
  const shown = problems.slice(0, MAX_PROBLEMS);
  const more = problems.length > shown.length ? [`… and ${problems.length - shown.length} more`] : [];
  return new SourceReadError(
    [`directory file ${path} cannot be used; nothing is changed because of it:`, ...shown, ...more].join(
      '\n  ',
    ),
  );
}
