import { expect, test } from 'vitest';
import { rejectedSince } from '../../src/core/spoken.ts';
import { change } from '../lib/plan-builder.ts';

const REJECTED = { item: 'i', by: 'os:olga', at: 10, why: 'no' };
const approvedAt = (at: number) => ({ item: 'i', by: 'os:ida', at, why: 'yes' });
const GRANT = change({ key: 'i', kind: 'add-to-org' });
const LEAVER = change({ key: 'i', kind: 'remove-user', cause: 'deactivated' });

test.each([
  { said: 'nothing was said', change: GRANT, rejection: null, approval: approvedAt(5), by: null },
  { said: 'it was rejected', change: GRANT, rejection: REJECTED, approval: null, by: 'os:olga' },
  {
    said: 'approved, then rejected',
    change: GRANT,
    rejection: REJECTED,
    approval: approvedAt(9),
    by: 'os:olga',
  },
  { said: 'rejected, then approved', change: GRANT, rejection: REJECTED, approval: approvedAt(10), by: null },
  {
    said: 'a proven deactivation was rejected',
    change: LEAVER,
    rejection: REJECTED,
    approval: null,
    by: null,
  },
])('$said: kept back by $by', ({ change: of, rejection, approval, by }) => {
  expect(rejectedSince(of, rejection, approval)).toBe(by);
});
