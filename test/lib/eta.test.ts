import { expect, test } from 'vitest';
import { etaMeter } from '../../src/lib/eta.ts';

test('what is left takes as long as what is done has taken, each collection for itself', () => {
  let now = 0;
  const eta = etaMeter(() => now);
  const groups = (done: number, total: number | null = 500) => eta({ what: 'members', done, total });
  expect(groups(0)).toBeNull();
  now = 999;
  expect(groups(10)).toBeNull();
  now = 5_000;
  expect(groups(100)).toBe(20);
  expect(eta({ what: 'users', done: 100, total: 200 })).toBeNull();
  now = 20_000;
  expect(groups(400)).toBe(5);
  expect(groups(500)).toBeNull();
});

test('nothing is said while the end is not known, nothing moves, or a collection begins again', () => {
  let now = 0;
  const eta = etaMeter(() => now);
  expect(eta({ what: 'users', done: 5, total: null })).toBeNull();
  now = 10_000;
  expect(eta({ what: 'users', done: 9, total: null })).toBeNull();
  expect(eta({ what: 'users', done: 5, total: 100 })).toBeNull();
  expect(eta({ what: 'users', done: 1, total: 100 })).toBeNull();
  now = 12_000;
  expect(eta({ what: 'users', done: 3, total: 100 })).toBe(97);
});
