import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DirectoryBuilder,
  type DirectorySnapshot,
  PERSON_STATUSES,
  type SealOptions,
} from '../../../src/core/model/directory.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/core/model/snapshot-codec.ts';
import { runs } from '../../helpers/runs.ts';

const SEAL: SealOptions = { tenant: 'okta:00o1', scope: { kind: 'all' }, reads: [] };

interface Shape {
  readonly people: readonly (string | null)[];
  readonly groups: readonly { members: readonly number[]; children: readonly number[] }[];
}

function reading({ people, groups }: Shape, options: Partial<SealOptions> = {}): DirectorySnapshot {
  const builder = new DirectoryBuilder();
  people.forEach((email, at) => {
    const status = PERSON_STATUSES[at % PERSON_STATUSES.length] ?? 'active';
    builder.person({ id: `p${at}`, email, name: `Name ${at} \u{1F600}\n`, status });
  });
  groups.forEach((_, at) => {
    const flags = { ...(at % 2 === 1 && { hidden: true }), ...(at % 4 > 1 && { unread: true }) };
    builder.group({ id: `g${at}`, name: `team "${at}"`, ...flags });
  });
  groups.forEach(({ members, children }, at) => {
    for (const member of members) builder.member(`g${at}`, `p${member}`);
    for (const child of children) builder.child(`g${at}`, `g${child % groups.length}`);
    builder.closeGroup(`g${at}`);
  });
  builder.closeList('people');
  builder.closeList('groups');
  return builder.seal({ ...SEAL, ...options });
}

function decode(lines: readonly string[]): DirectorySnapshot {
  const steps = decodeSnapshot(lines[Symbol.iterator]());
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Everything that anybody can see of a reading. */
function seen(snapshot: DirectorySnapshot): unknown {
  const { tenant, scope, reads, basis, fullAt, resume, notices, listedCount, edgeCount } = snapshot;
  return {
    facts: { tenant, scope, reads, basis, fullAt, resume, notices, listedCount, edgeCount },
    people: Array.from({ length: snapshot.personCount }, (_, index) => snapshot.person(index)),
    groups: Array.from({ length: snapshot.groupCount }, (_, index) => ({
      ...snapshot.group(index),
      index: snapshot.groupIndex(snapshot.group(index).id),
      members: [...snapshot.members(index)].map((person) => snapshot.person(person).id),
      children: [...snapshot.children(index)],
    })),
    parts: snapshot.parts.map(({ name, unread, snapshot: part }) => [name, unread, seen(part)]),
  };
}

const small = reading({
  people: ['ada@corp.example', null, 'cleo@corp.example'],
  groups: [
    { members: [0, 2, 5], children: [1] },
    { members: [], children: [] },
  ],
});

test('any reading comes back as it was', () => {
  const shape = fc.record({
    people: fc.array(fc.option(fc.emailAddress()), { maxLength: 20 }),
    groups: fc.array(
      fc.record({ members: fc.array(fc.nat(25)), children: fc.array(fc.nat(5), { maxLength: 3 }) }),
      { maxLength: 8 },
    ),
  });
  const options = fc.record({
    basis: fc.constantFrom('full', 'update'),
    fullAt: fc.option(fc.nat()),
    resume: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  });
  fc.assert(
    fc.property(shape, options, (company, sealed) => {
      const snapshot = reading(company, sealed);
      expect(seen(decode([...encodeSnapshot(snapshot)]))).toEqual(seen(snapshot));
    }),
    runs(60),
  );
});

test('a reading of several sources comes back with the reading of each', () => {
  const merged = reading(
    { people: ['ada@corp.example'], groups: [] },
    {
      scope: { kind: 'part', people: ['p0'] },
      reads: [{ what: 'people', pages: 1, items: 1, calls: 1 }],
      notices: [{ kind: 'source-unread', subject: 'berlin', message: 'answered 503' }],
      parts: [
        { name: 'hq', snapshot: small, unread: null },
        { name: 'berlin', snapshot: reading({ people: [], groups: [] }), unread: 'answered 503' },
      ],
    },
  );
  expect(seen(decode([...encodeSnapshot(merged)]))).toEqual(seen(merged));
});

test('a large reading is many small lines', () => {
  const members = Array.from({ length: 30_000 }, (_, index) => index);
  const snapshot = reading({
    people: members.map(() => null),
    groups: [
      { members, children: [] },
      { members: [1], children: [] },
    ],
  });
  const lines = [...encodeSnapshot(snapshot)];
  expect(lines).toHaveLength(1 + 15 + 1 + 2 + 1);
  expect(seen(decode(lines))).toEqual(seen(snapshot));
});

const LINES = [...encodeSnapshot(small)];

function damaged(line: number, from: string | RegExp, to: string): string[] {
  const changed = (LINES[line] as string).replace(from, to);
  expect(changed).not.toBe(LINES[line]);
  return LINES.with(line, changed);
}

test.each([
  ['of another format', damaged(0, '"format":1', '"format":2'), 'line 1: '],
  ['without a tenant', damaged(0, 'okta:00o1', ''), 'line 1: '],
  ['that was cut', LINES.slice(0, -1), 'line 5: it is missing'],
  ['with more after it', [...LINES, '{}'], 'line 5: there is more after it'],
  ['with a person too many', damaged(0, '"people":4', '"people":3'), 'line 2: its counts do not agree'],
  ['with a person too few', damaged(0, '"people":4', '"people":5'), 'line 3: '],
  ['with an e-mail too few', damaged(1, '"ada@corp.example",', ''), 'line 2: its counts do not agree'],
  ['with a status of nobody', damaged(1, '"statuses":"0', '"statuses":"9'), 'line 2: "9" is no status'],
  ['with one id twice', damaged(1, '"p1"', '"p0"'), 'line 2: its counts do not agree'],
  ['with a group too many', damaged(0, '"groups":2', '"groups":1'), 'line 3: its counts do not agree'],
  ['with an unknown mark', damaged(2, '"marks":"0', '"marks":"4'), 'line 3: "4" is no mark of a group'],
  ['with a row too many', damaged(3, '"lengths":[3,0]', '"lengths":[3,0,0]'), 'line 4: it has other rows'],
  ['with a member too few', damaged(3, '"lengths":[3,', '"lengths":[2,'), 'line 4: its counts do not agree'],
  ['with a member twice', damaged(3, '"steps":[0,2,1]', '"steps":[0,2,0]'), 'line 4: a row names one index'],
  [
    'with a member of nobody',
    damaged(3, '"steps":[0,2,1]', '"steps":[0,2,9]'),
    'line 4: a row names index 11',
  ],
  ['with a negative step', damaged(3, '"steps":[0,2,1]', '"steps":[0,2,-1]'), 'line 4: '],
])('a reading %s is refused, with the line', (_, lines, words) => {
  expect(() => decode(lines)).toThrow(words);
});
