/** Waits short enough for tests, and a target that never really waits between two reads. */
import { devinOptions } from '../../src/devin/options.ts';
import { makeRestTarget } from '../../src/devin/rest-target.ts';
import type { DevinTarget } from '../../src/devin/target.ts';
import { makeV2Target } from '../../src/devin/v2/target.ts';
import type { Pace } from '../../src/lib/pace.ts';
import type { LockTimes } from '../../src/queue/interface.ts';
import type { Patience } from '../../src/queue/patience.ts';

/** Locks outlive every stall of the machine: those of a writer that was killed lapse when the test says so, see `lapse`. */
export const STEADY: LockTimes = { lockMs: 600_000, stalledMs: 500, maxStalled: 10 };
export const IMPATIENT: Patience = { looks: [0, 10, 30], repeats: [5, 5, 5], busy: 50, longestBusyMs: 20 };

/** Only what is scripted is an answer that does not come, and no stall of the machine. */
const NEVER_LATE = { readRetries: 2, timeoutMs: 120_000, readTimeoutMs: 120_000 };

/** Owner of the personal key with which the sandbox opens its v2 API. */
export const OWNER = 'root@corp.example';

export function v2Target(url: string, key: string, pace: Pace): DevinTarget {
  const options = { ...devinOptions.parse({ url, key, api: 'v2', keyOwner: OWNER }), ...NEVER_LATE };
  return makeV2Target(options, { pace, sleep: async () => {} });
}

export function restTarget(url: string, key: string, pace: Pace): DevinTarget {
  const options = { ...devinOptions.parse({ url, key }), ...NEVER_LATE };
  return makeRestTarget(options, { pace, sleep: async () => {} });
}
