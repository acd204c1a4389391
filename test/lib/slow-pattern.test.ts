import { expect, test } from 'vitest';
import { slowPattern } from '../../src/lib/slow-pattern.ts';

const NAMES = ['devin-payments', `${'a'.repeat(40)}!`];
const PATIENT = { eachMs: 60_000, allMs: 60_000 };

test('expressions that end are let through, one that would not is named', async () => {
  expect(await slowPattern(['devin-(?<org>[a-z]+)', '.*'], NAMES, PATIENT)).toBeNull();
  expect(await slowPattern(['devin-.*', '(a+)+', '.*'], NAMES, { eachMs: 200, allMs: 60_000 })).toBe('(a+)+');
  expect(await slowPattern([], NAMES)).toBeNull();
});

test('a machine that gives this thread no time proves nothing against an expression', async () => {
  const worked = [0, 0, 5, 30];
  const meter = () => worked.shift() ?? 30;
  expect(await slowPattern(['(a+)+'], NAMES, { eachMs: 20, allMs: 60_000 }, meter)).toBe('(a+)+');
  expect(worked).toEqual([]);
});

test('many expressions that are slow together are stopped as well', async () => {
  const slow = Array.from({ length: 50 }, (_, at) => `(a+)+${at}`);
  const names = [`${'a'.repeat(30)}!`];
  expect(slow).toContain(await slowPattern(slow, names, { eachMs: 60_000, allMs: 20 }));
});
