import { expect, test } from 'vitest';
import { simulate } from '../helpers/year.ts';

test('two thousand people through two months: leavers go in their own turn, nobody entitled loses anything', () => {
  const report = simulate({ people: 2000, days: 80, seed: 11 });
  expect(report.harm).toEqual([]);
  expect(report.left).toBeGreaterThan(40);
  expect(report.moved).toBeGreaterThan(20);
  expect(report.badReadings).toBe(2);
  expect(report.outages).toBe(2);
  expect(report.decisions).toBeLessThan((2 * 80) / 7);
}, 300_000);
