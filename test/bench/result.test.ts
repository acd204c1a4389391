import { expect, test } from 'vitest';
import { worsened } from '../../bench/baseline.ts';
import { naivePlan } from '../../bench/naive.ts';
import { exponent, figure, median, missing, passes, ratioOf, table, toResult } from '../../bench/result.ts';
import { driftOf, placesOf, shapeOf } from '../../bench/shape.ts';

test('time in proportion to size has the exponent 1, time in its square the exponent 2', () => {
  expect(exponent([1, 10, 100].map((size) => [size, size * 3]))).toBeCloseTo(1);
  expect(exponent([1, 10, 100].map((size) => [size, size ** 2]))).toBeCloseTo(2);
});

test('the median of an even number of runs is between the two in the middle', () => {
  expect([median([5, 1, 3]), median([4, 1, 2, 3])]).toEqual([3, 2.5]);
});

test.each([
  ['most', 5, 5, true],
  ['most', 5.1, 5, false],
  ['least', 0.95, 0.95, true],
  ['least', 0.94, 0.95, false],
] as const)('at %s: %d against a bound of %d', (limit, value, bound, expected) => {
  expect(passes(figure('x', value, 's', { bound, limit }))).toBe(expected);
});

test('what cannot be measured is listed as not met, also without a bound', () => {
  const gap = missing('okta.idle.calls', 'calls', null, 'not yet');
  expect(toResult(gap)).toEqual({
    name: 'okta.idle.calls',
    value: null,
    unit: 'calls',
    bound: null,
    pass: false,
  });
  expect(table([gap])).toContain('missing: not yet');
});

test('a ratio more than a quarter worse than the accepted one is named, whichever way is worse', () => {
  const slower = figure('reader', 14, 'ms', { baseline: 10 });
  const share = figure('writer', 0.7, '', { baseline: 1, limit: 'least' });
  const fine = figure('planner', 12.4, 's', { baseline: 10 });
  expect(ratioOf(slower)).toBe(1.4);
  expect(worsened([slower, share, fine], { reader: 1.1, writer: 0.95, planner: 1 })).toEqual([
    'reader: ratio 1.4, was 1.1',
    'writer: ratio 0.7, was 0.95',
  ]);
  expect(worsened([figure('new', 3, 's', { baseline: 1 })], {})).toEqual([]);
});

test('a tenant has the memberships it is asked for, each once, in groups from a giant to small teams', () => {
  const shape = shapeOf({ people: 1000, groups: 60, edges: 5000 });
  const groups = Array.from({ length: shape.groups }, (_, group) => [
    ...shape.members.subarray(shape.offsets[group], shape.offsets[group + 1]),
  ]);
  const sizes = groups.map((members) => members.length);
  expect(Math.abs(shape.members.length - 5000)).toBeLessThan(60);
  expect(groups.every((members) => new Set(members).size === members.length)).toBe(true);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  expect([sizes[0], sizes.at(-1)]).toEqual([285, 34]);
  expect(placesOf(shape).places).toHaveLength(shape.members.length);
  expect(shapeOf({ people: 1000, groups: 60, edges: 5000 })).toEqual(shape);
});

test('as many people drift as are said to', () => {
  const drifted = Array.from({ length: 100_000 }, (_, person) => driftOf({ drift: 0.01 }, person)).filter(
    (drift) => drift !== 'none',
  );
  expect(drifted.length).toBeGreaterThan(900);
  expect(drifted.length).toBeLessThan(1100);
  expect(new Set(drifted).size).toBe(5);
});

test('the naive plan finds what is missing, wrong and too much', () => {
  const rules = [
    { pattern: /^org-(?<org>\d+)-team$/, role: 'org_member', rank: 1 },
    { pattern: /^org-(?<org>\d+)-leads$/, role: 'role-lead', rank: 2 },
  ];
  const person = (id: string, status = 'active') => ({ id, email: `${id}@corp.example`, status });
  const { changes } = naivePlan({
    people: [person('ada'), person('bob'), person('cleo', 'deactivated'), person('dan')],
    groups: [
      { name: 'org-1-team', members: ['ada', 'bob'] },
      { name: 'org-1-leads', members: ['bob'] },
    ],
    users: [
      { id: 'u1', email: 'bob@corp.example', roles: { '': 'account_member', 'org-1': 'org_member' } },
      { id: 'u2', email: 'cleo@corp.example', roles: { '': 'account_member' } },
      { id: 'u3', email: 'dan@corp.example', roles: { '': 'account_member', 'org-2': 'org_member' } },
    ],
    rules,
  });
  expect(changes.map(({ kind, email }) => `${kind} ${email.split('@')[0]}`)).toEqual([
    'invite ada',
    'add ada',
    'change bob',
    'remove-user cleo',
    'remove dan',
  ]);
});
