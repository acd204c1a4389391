import { expect, test } from 'vitest';
import {
  distinctRows,
  distinctRowsSteps,
  edgesByRow,
  IntColumn,
  Marks,
  rowAt,
} from '../../../src/core/model/columns.ts';
import { DevinBuilder, ENTERPRISE } from '../../../src/core/model/devin.ts';
import { DirectoryBuilder } from '../../../src/core/model/directory.ts';
import { isSettled } from '../../../src/core/model/run.ts';

test('a column grows past its room and keeps what was set', () => {
  const column = new IntColumn(2);
  for (let value = 0; value < 5; value++) expect(column.push(value * 10)).toBe(value);
  column.set(1, 7);
  expect([...column.view()]).toEqual([0, 7, 20, 30, 40]);
  expect([column.length, column.at(1), column.at(4)]).toEqual([5, 7, 40]);
});

test('edges are grouped by row in arrival order', () => {
  const rows = edgesByRow(Int32Array.of(2, 0, 2, 2), 4);
  expect([0, 1, 2, 3].map((row) => [...rowAt(rows, row)])).toEqual([[1], [], [0, 2, 3], []]);
});

test('a pair that two pages deliver counts once, sorted', () => {
  const rows = distinctRows(Int32Array.of(1, 1, 0, 1), Int32Array.of(9, 2, 5, 9), 2);
  expect([[...rowAt(rows, 0)], [...rowAt(rows, 1)]]).toEqual([[5], [2, 9]]);
  expect(rows.values).toHaveLength(3);
});

const SEAL = { tenant: 'file:x', scope: { kind: 'all' }, reads: [] } as const;

function listed(): DirectoryBuilder {
  const builder = new DirectoryBuilder();
  builder.group({ id: 'g1', name: 'eng' });
  builder.group({ id: 'g2', name: 'ops' });
  return builder;
}

test('a reading is sealed only when both lists and every group were read to their end', () => {
  const builder = listed();
  expect(() => builder.seal(SEAL)).toThrow('incomplete reading: people and groups not read to the end');
  builder.closeList('people');
  expect(() => builder.seal(SEAL)).toThrow('incomplete reading: groups not read to the end');
  builder.closeList('groups');
  builder.closeGroup('g1');
  expect(() => builder.seal(SEAL)).toThrow('members of 1 groups not read to the end (g2, …)');
  builder.closeGroup('g2');
  expect(builder.seal(SEAL)).toMatchObject({ tenant: 'file:x', groupCount: 2, personCount: 0, edgeCount: 0 });
});

test('people come in any order, the later record wins, and a member without a record is unknown', () => {
  const builder = listed();
  builder.member('g1', 'p1');
  builder.member('g1', 'p1');
  builder.member('g1', 'p2');
  builder.person({ id: 'p1', email: 'old@corp.example', name: 'Ada', status: 'staged' });
  builder.person({ id: 'p1', email: 'ada@corp.example', name: 'Ada', status: 'active' });
  builder.group({ id: 'g1', name: 'engineering' });
  builder.child('g2', 'g1');
  for (const id of ['g1', 'g2']) builder.closeGroup(id);
  for (const list of ['people', 'groups'] as const) builder.closeList(list);
  const snapshot = builder.seal(SEAL);
  expect(snapshot.person(0)).toMatchObject({ email: 'ada@corp.example', status: 'active' });
  expect(snapshot.person(1)).toEqual({ id: 'p2', email: null, name: '', status: 'unknown' });
  expect([snapshot.personCount, snapshot.listedCount, snapshot.edgeCount]).toEqual([2, 1, 2]);
  expect([[...snapshot.members(0)], [...snapshot.children(1)], snapshot.group(0).name]).toEqual([
    [0, 1],
    [0],
    'engineering',
  ]);
  expect([
    snapshot.personIndex('p2'),
    snapshot.personIndex('no'),
    snapshot.groupIndex('g2'),
    snapshot.groupIndex('no'),
  ]).toEqual([1, -1, 1, -1]);
});

test('a membership of a group that was never listed is refused', () => {
  expect(() => listed().member('g9', 'p1')).toThrow('membership of a group that was never listed: g9');
});

const HEAD = {
  url: 'https://api.example.com',
  principal: { id: 'svc', name: 'sync' },
  roles: [{ id: 'member', name: 'Member', scope: 'enterprise' }],
  orgs: [{ id: 'org-1', name: 'Web' }],
  reads: [],
} as const;

test('a Devin reading keeps a user once, whatever list shows them', () => {
  const builder = new DevinBuilder(HEAD);
  const ada = builder.user({ id: 'u1', email: 'ada@corp.example', name: null });
  expect(builder.user({ id: 'u1', email: null, name: 'twice' })).toBe(ada);
  builder.direct(ada, null, 'member');
  builder.registered('eng');
  builder.groupRole('eng', null, 'member');
  builder.groupRole('eng', 'org-1', 'member');
  builder.derived(ada, 'eng', 'org-1', 'member');
  const state = builder.build();
  expect([state.userCount, state.groupCount, state.user(0).email]).toEqual([1, 1, 'ada@corp.example']);
  expect(state.directRoles(0)).toEqual([{ org: ENTERPRISE, role: 0 }]);
  expect([state.directRole(0, ENTERPRISE), state.directRole(0, 0), state.directCount(0)]).toEqual([0, -1, 1]);
  expect(state.derivedRoles(0)).toEqual([{ group: 0, org: 0, role: 0 }]);
  expect(state.groupRoles(0)).toHaveLength(2);
  expect([
    state.groupRoles(-1),
    state.isRegistered(-1),
    state.groupIndex('none'),
    state.userIndex('none'),
  ]).toEqual([[], false, -1, -1]);
});

test('a role or an org that was not listed is refused by its id', () => {
  const builder = new DevinBuilder(HEAD);
  expect(() => builder.direct(0, 'org-9', 'member')).toThrow('unknown organization: org-9');
  expect(() => builder.groupRole('eng', null, 'owner')).toThrow('unknown role: owner');
});

test.each([
  ['queued', false],
  ['applying', false],
  ['done', true],
  ['failed', true],
] as const)('a run that is %s: settled %s', (state, expected) => {
  expect(isSettled({ state } as Parameters<typeof isSettled>[0])).toBe(expected);
});

test('members by index make the same reading as members by id', () => {
  const byId = new DirectoryBuilder();
  const byIndex = new DirectoryBuilder();
  for (const builder of [byId, byIndex])
    builder.person({ id: 'p1', email: null, name: 'Ada', status: 'active' });
  const group = { id: 'g1', name: 'eng' };
  byId.group(group);
  for (const id of ['p1', 'p2', 'p2']) byId.member('g1', id);
  const index = byIndex.group(group);
  expect(byIndex.group(group)).toBe(index);
  for (const id of ['p1', 'p2', 'p2']) byIndex.memberAt(index, byIndex.named(id));
  expect([...byIndex.ids()]).toEqual([
    [0, 'p1'],
    [1, 'p2'],
  ]);
  expect(['p1', 'p2', 'p3'].map((id) => byIndex.indexOf(id))).toEqual([0, 1, -1]);
  const [one, other] = [byId, byIndex].map((builder) => {
    builder.closeGroup('g1');
    builder.closeList('people');
    builder.closeList('groups');
    return builder.seal({ tenant: 't', scope: { kind: 'all' }, reads: [] });
  });
  expect(other).toEqual(one);
  expect(Array.from(other?.members(0) ?? [])).toEqual([0, 1]);
});

test('marks hold for numbers far apart, and each counts once', () => {
  const marks = new Marks();
  for (const number of [0, 7, 7, 1_023, 5_000, 5_001, 20_000]) marks.add(number);
  expect(marks.count).toBe(6);
  const asked = [0, 1, 7, 1_023, 4_999, 5_000, 5_001, 20_000, 900_000];
  expect(asked.filter((number) => marks.has(number))).toEqual([0, 7, 1_023, 5_000, 5_001, 20_000]);
});

test('a column that is taken keeps what it had, whatever comes later', () => {
  const column = new IntColumn(1);
  for (const value of [3, 1, 2]) column.push(value);
  const taken = column.taken();
  column.set(0, 9);
  expect([Array.from(taken), taken.buffer.byteLength]).toEqual([[3, 1, 2], 12]);
});

test('sorting many memberships stops for breath between rows', () => {
  const rowOf = Int32Array.from({ length: 600_000 }, (_, edge) => edge % 3);
  const steps = distinctRowsSteps(rowOf, Int32Array.from(rowOf.keys()).reverse(), 3);
  let breaths = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) breaths++;
  expect(breaths).toBeGreaterThan(2);
  expect(Array.from(step.value.offsets)).toEqual([0, 200_000, 400_000, 600_000]);
});
