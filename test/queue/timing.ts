/** Waits short enough for tests, and a target that never really waits between two reads. */
import { devinOptions } from '../../src/devin/options.ts';
import { makeRestTarget } from '../../src/devin/rest-target.ts';
import type { DevinTarget } from '../../src/devin/target.ts';
import { makeV2Target } from '../../src/devin/v2/target.ts';
import type { Pace } from '../../src/lib/pace.ts';
import type { LockTimes } from '../../src/queue/interface.ts';
import type { Patience } from '../../src/queue/patience.ts';

export const QUICK: LockTimes = { lockMs: 1500, stalledMs: 500, maxStalled: 10 };
export const IMPATIENT: Patience = { looks: [0, 10, 30], repeats: [5, 5, 5], busy: 50, longestBusyMs: 20 };

/** Owner of the personal key with which the sandbox opens its v2 API. */
export const OWNER = 'root@corp.example';

export function v2Target(url: string, key: string, pace: Pace): DevinTarget {
  const options = { ...devinOptions.parse({ url, key, api: 'v2', keyOwner: OWNER }), readRetries: 2 };
  return makeV2Target(options, { pace, sleep: async () => {} });
}

export function restTarget(url: string, key: string, pace: Pace): DevinTarget {
  const options = { ...devinOptions.parse({ url, key }), readRetries: 2 };
  return makeRestTarget(options, { pace, sleep: async () => {} });
}
