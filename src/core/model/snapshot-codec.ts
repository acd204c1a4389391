/**
 * A sealed reading as lines of JSON and back. The first line says what follows; people and groups come as columns,
 * memberships as rows of differences between sorted indexes. Each line is small, so that a caller which must stay
 * responsive can breathe after every one.
 */
import { z } from 'zod';
import type { Rows } from './columns.ts';
import {
  type DirectoryColumns,
  DirectorySnapshot,
  type GroupRecord,
  PERSON_STATUSES,
  type PersonRecord,
  type SealOptions,
  type SnapshotPart,
} from './directory.ts';

/** Changes when old lines could be misread. */
const FORMAT = 1;
const RECORDS_A_LINE = 2000;
const NUMBERS_A_LINE = 20_000;

const count = z.int().nonnegative();
const text = z.string();

const head = z.object({
  format: z.literal(FORMAT),
  tenant: text.min(1),
  scope: z.union([
    z.object({ kind: z.literal('all') }),
    z.object({ kind: z.literal('part'), people: z.array(text) }),
  ]),
  reads: z.array(z.object({ what: text, pages: count, items: count, calls: count })),
  basis: z.enum(['full', 'update']),
  fullAt: z.number().nullable(),
  resume: z.unknown(),
  notices: z.array(
    z.object({ kind: z.enum(['sources-differ', 'source-unread']), subject: text, message: text }),
  ),
  parts: z.array(z.object({ name: text, unread: text.nullable() })),
  people: count,
  groups: count,
});

const peopleLine = z.object({
  ids: z.array(text.min(1)),
  emails: z.array(text.nullable()),
  names: z.array(text),
  /** One digit a person: the index of the status in PERSON_STATUSES. */
  statuses: text,
});

/** `marks`: one digit a group: 1 hidden, 2 unread, 3 both. */
const groupsLine = z.object({ ids: z.array(text.min(1)), names: z.array(text), marks: text });

/** Row lengths, then the differences of all their values in a line. */
const rowsLine = z.object({ lengths: z.array(count), steps: z.array(count) });

/** Lines without their end. */
export function* encodeSnapshot(snapshot: DirectorySnapshot): Generator<string, void> {
  const { tenant, scope, reads, basis, fullAt, resume, notices, personCount, groupCount } = snapshot;
  const parts = snapshot.parts.map(({ name, unread }) => ({ name, unread }));
  const counts = { people: personCount, groups: groupCount };
  yield JSON.stringify({
    format: FORMAT,
    tenant,
    scope,
    reads,
    basis,
    fullAt,
    resume,
    notices,
    parts,
    ...counts,
  });
  for (let start = 0; start < personCount; start += RECORDS_A_LINE) {
    const people = range(start, personCount).map((index) => snapshot.person(index));
    yield JSON.stringify({
      ids: people.map(({ id }) => id),
      emails: people.map(({ email }) => email),
      names: people.map(({ name }) => name),
      statuses: people.map(({ status }) => PERSON_STATUSES.indexOf(status)).join(''),
    });
  }
  for (let start = 0; start < groupCount; start += RECORDS_A_LINE) {
    const groups = range(start, groupCount).map((index) => snapshot.group(index));
    yield JSON.stringify({
      ids: groups.map(({ id }) => id),
      names: groups.map(({ name }) => name),
      marks: groups.map(({ hidden, unread }) => (hidden ? 1 : 0) + (unread ? 2 : 0)).join(''),
    });
  }
  yield* encodeRows(groupCount, (group) => snapshot.members(group));
  yield* encodeRows(groupCount, (group) => snapshot.children(group));
  for (const part of snapshot.parts) yield* encodeSnapshot(part.snapshot);
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.min(RECORDS_A_LINE, end - start) }, (_, offset) => start + offset);
}

function* encodeRows(rows: number, valuesOf: (row: number) => Int32Array): Generator<string, void> {
  let lengths: number[] = [];
  let steps: number[] = [];
  for (let row = 0; row < rows; row++) {
    const values = valuesOf(row);
    lengths.push(values.length);
    let last = 0;
    for (const value of values) {
      steps.push(value - last);
      last = value;
    }
    if (steps.length + lengths.length < NUMBERS_A_LINE && row < rows - 1) continue;
    yield JSON.stringify({ lengths, steps });
    lengths = [];
    steps = [];
  }
}

/**
 * Takes the lines one by one, yielding after each. @throws Error saying which line is not as it was written; the
 * caller names the place.
 */
export function* decodeSnapshot(lines: Iterator<string>): Generator<void, DirectorySnapshot> {
  const reader = new Lines(lines);
  const snapshot = yield* decodeOne(reader);
  reader.end();
  return snapshot;
}

function* decodeOne(lines: Lines): Generator<void, DirectorySnapshot> {
  const first = lines.next(head);
  const people = yield* decodePeople(lines, first.people);
  const groups = yield* decodeGroups(lines, first.groups);
  const columns: DirectoryColumns = {
    people: people.records,
    peopleIndex: people.index,
    groups: groups.records,
    groupIndex: groups.index,
    members: yield* decodeRows(lines, first.groups, first.people),
    children: yield* decodeRows(lines, first.groups, first.groups),
  };
  const parts: SnapshotPart[] = [];
  for (const part of first.parts) parts.push({ ...part, snapshot: yield* decodeOne(lines) });
  const { tenant, scope, reads, basis, fullAt, resume, notices } = first;
  const options: SealOptions = { tenant, scope, reads, basis, fullAt, resume, notices, parts };
  return new DirectorySnapshot(columns, options);
}

interface Interned<Item> {
  readonly records: readonly Item[];
  readonly index: ReadonlyMap<string, number>;
}

function* decodePeople(lines: Lines, total: number): Generator<void, Interned<PersonRecord>> {
  const people: PersonRecord[] = [];
  const index = new Map<string, number>();
  while (people.length < total) {
    const { ids, emails, names, statuses } = lines.next(peopleLine);
    lines.same(ids.length, emails.length, names.length, statuses.length);
    for (const [at, id] of ids.entries()) {
      const status = PERSON_STATUSES[Number(statuses[at])];
      if (status === undefined) throw lines.odd(`"${statuses[at]}" is no status`);
      index.set(id, people.length);
      people.push({ id, email: emails[at] as string | null, name: names[at] as string, status });
    }
    yield;
  }
  lines.same(total, people.length, index.size);
  return { records: people, index };
}

function* decodeGroups(lines: Lines, total: number): Generator<void, Interned<GroupRecord>> {
  const groups: GroupRecord[] = [];
  const index = new Map<string, number>();
  while (groups.length < total) {
    const { ids, names, marks } = lines.next(groupsLine);
    lines.same(ids.length, names.length, marks.length);
    for (const [at, id] of ids.entries()) {
      const mark = '0123'.indexOf(marks[at] as string);
      if (mark < 0) throw lines.odd(`"${marks[at]}" is no mark of a group`);
      const flags = { ...(mark % 2 === 1 && { hidden: true }), ...(mark > 1 && { unread: true }) };
      index.set(id, groups.length);
      groups.push({ id, name: names[at] as string, ...flags });
    }
    yield;
  }
  lines.same(total, groups.length, index.size);
  return { records: groups, index };
}

/** @param limit one more than the largest index that a row may hold */
function* decodeRows(lines: Lines, rows: number, limit: number): Generator<void, Rows> {
  const offsets = new Int32Array(rows + 1);
  const chunks: Int32Array[] = [];
  let row = 0;
  let total = 0;
  while (row < rows) {
    const { lengths, steps } = lines.next(rowsLine);
    lines.same(
      steps.length,
      lengths.reduce((sum, length) => sum + length, 0),
    );
    if (row + lengths.length > rows) throw lines.odd('it has other rows than groups');
    chunks.push(valuesOf(lengths, steps, limit, lines));
    for (const length of lengths) {
      total += length;
      offsets[++row] = total;
    }
    yield;
  }
  const values = new Int32Array(total);
  let at = 0;
  for (const chunk of chunks) {
    values.set(chunk, at);
    at += chunk.length;
  }
  return { offsets, values };
}

function valuesOf(
  lengths: readonly number[],
  steps: readonly number[],
  limit: number,
  lines: Lines,
): Int32Array {
  const values = new Int32Array(steps.length);
  let at = 0;
  for (const length of lengths) {
    let last = 0;
    for (let position = 0; position < length; position++) {
      const step = steps[at] as number;
      if (position > 0 && step === 0) throw lines.odd('a row names one index twice');
      last += step;
      if (last >= limit) throw lines.odd(`a row names index ${last} of ${limit}`);
      values[at++] = last;
    }
  }
  return values;
}

class Lines {
  readonly #lines: Iterator<string>;
  #line = 0;

  constructor(lines: Iterator<string>) {
    this.#lines = lines;
  }

  next<T>(schema: z.ZodType<T>): T {
    this.#line++;
    const step = this.#lines.next();
    if (step.done === true) throw this.odd('it is missing');
    const parsed = schema.safeParse(JSON.parse(step.value));
    if (!parsed.success) throw this.odd(z.prettifyError(parsed.error).replaceAll('\n', ' '));
    return parsed.data;
  }

  same(length: number, ...others: readonly number[]): void {
    if (others.some((other) => other !== length)) throw this.odd('its counts do not agree');
  }

  end(): void {
    if (this.#lines.next().done !== true) throw this.odd('there is more after it');
  }

  odd(problem: string): Error {
    return new Error(`line ${this.#line}: ${problem}`);
  }
}
