import { expect, test } from 'vitest';
import { retryAfterMs } from '../../src/lib/retry-after.ts';

const now = Date.UTC(2026, 10, 22, 12, 0, 0);

test.each([
  ['32', 32_000],
  [' 5 ', 5_000],
  ['0', 0],
  ['1.5', 1_500],
  ['Sun, 22 Nov 2026 12:01:00 GMT', 60_000],
  ['Sunday, 22-Nov-26 12:01:00 GMT', 60_000],
  ['Sun Nov 22 12:01:00 2026', 60_000],
  ['Sun, 22 Nov 2026 11:59:00 GMT', 0],
])('Retry-After %j asks to wait %i ms', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});

test.each([null, '', 'soon', '-5', '1e3', '2026-11-22', 'Mon, not a date'])(
  'Retry-After %j says nothing',
  (header) => {
    expect(retryAfterMs(header, now)).toBeUndefined();
  },
);
