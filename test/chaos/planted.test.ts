/** An oracle that never complains proves nothing: each promise of the writer is broken once, and must be missed. */
import { expect, test } from 'vitest';
import type { WriteProgress } from '../../src/core/model/run.ts';
import { complaints } from './oracle.ts';
import { freshSeed } from './random.ts';
import { type Bug, world } from './world.ts';

const NEVER: WriteProgress = {
  total: 0,
  done: 0,
  failed: 0,
  skipped: 0,
  inFlight: 0,
  waiting: null,
  etaSeconds: null,
};

const USUAL = { perSecond: 100, strictRate: 130 };
/** So slow that whoever ignores it is too fast on any machine. */
const SLOW = { perSecond: 20, strictRate: 26 };

/** What the oracle says of one and the same script, with and without a bug. */
async function verdict(bug: Bug | null, limited = USUAL): Promise<string[]> {
  const seed = freshSeed();
  console.log(`seed ${seed}, ${bug ?? 'no bug'}`);
  const at = await world({ seed, operations: 120, replicas: 2, ...limited, ...(bug ? { bug } : {}) });
  const path = /organizations\/.*\/members\/users/;
  at.devin.faults.add({ method: 'POST', path, skip: 3, times: 2, action: { kind: 'lose-answer' } });
  at.devin.faults.add({ method: 'POST', path, skip: 9, times: 2, action: { kind: 'reset' } });
  await at.queue.submit(at.plan);
  return complaints(at, await at.settle(bug === null ? 60_000 : 12_000).catch(() => NEVER));
}

test.each([USUAL, SLOW])(
  'without a bug, at $perSecond a second, there is nothing to complain about',
  async (limited) => {
    expect(await verdict(null, limited)).toEqual([]);
  },
);

test.each<[Bug, RegExp]>([
  ['skip-journal', /^sent without a note/],
  ['ignore-limiter', /^too fast/],
  ['drop-error', /^never: add-to-org/],
  ['reuse-job-id', /^0 of 0 done/],
  ['resend-after-unknown', /^sent, and refused with 409/],
])('the oracle catches the bug %s', async (bug, words) => {
  const limited = bug === 'ignore-limiter' ? SLOW : USUAL;
  expect(await verdict(bug, limited)).toContainEqual(expect.stringMatching(words));
});
