/** What went wrong elsewhere when a directory answered badly, over HTTP: the harm must not happen here. */
import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { ALWAYS, listOf, staff, type Town, town } from './town.ts';

const GROUPS = /\/api\/v1\/groups\?/;
const PEOPLE = /\/api\/v1\/users\?/;
const MEMBERS = /\/groups\/[^/]+\/users/;

/** Turns that find nothing to take, and a next good reading that finds everything as it was. */
async function survives(here: Town, faults: readonly Fault[]): Promise<void> {
  const { okta, apply, plan, writes } = here;
  // A cheap turn reads the members of groups that changed.
  touch(here);
  const fired = okta.faults.fired.length;
  for (const fault of faults) okta.faults.add({ times: ALWAYS, ...fault });
  for (let turn = 0; turn < 2; turn++) {
    const failed = await apply('ready').then(
      ({ state }) => (state === 'applied' ? 'wrote' : null),
      () => 'ended',
    );
    expect(failed).not.toBe('wrote');
  }
  expect(writes()).toEqual([]);
  expect(okta.faults.fired.length).toBeGreaterThan(fired);
  okta.faults.clear();
  // Answers by id that contradict the last reading make the next turn read everything.
  expect((await plan()).operations).toEqual([]);
  expect((await plan()).changes).toEqual([]);
}

function touch({ company }: Town): void {
  for (const group of ['everybody', 'team-web']) {
    company.leave(group, 'p00@corp.example');
    company.join(group, 'p00@corp.example');
  }
}

/** Each a reading that answers, or fails to; the same company lives through all of them. */
const BAD: readonly (readonly [string, readonly Fault[]])[] = [
  ['ssosync 268: the list of groups is empty', [{ path: GROUPS, action: { kind: 'replace', body: '[]' } }]],
  ['ssosync 194: the list of people is empty', [{ path: PEOPLE, action: { kind: 'replace', body: '[]' } }]],
  ['backstage 22222: the directory is offline', [{ action: { kind: 'reset' } }]],
  ['backstage 22222: every answer breaks off', [{ action: { kind: 'cut' } }]],
  [
    'external-dns 3841: everything is throttled',
    [{ action: { kind: 'status', status: 429, headers: { 'retry-after': '0' } } }],
  ],
  [
    'gitlab 226913: the members of a group cannot be read',
    [{ path: MEMBERS, action: { kind: 'status', status: 503 } }],
  ],
  [
    'gitlab 224135: an error is answered as a list without members',
    [{ path: MEMBERS, action: { kind: 'replace', body: '[]' } }],
  ],
  [
    'idp-scim-sync 70: the same part of the groups is missing day after day',
    [{ path: GROUPS, action: { kind: 'replace', body: groupsOnly('everybody') } }],
  ],
  [
    'netbird 4068: nearly everybody is missing for one night',
    [{ path: PEOPLE, action: { kind: 'replace', body: listOf(staff().company, (at) => at === 0) } }],
  ],
  [
    'auvik: a reading that skips a part of the people',
    [{ path: PEOPLE, times: 1, action: { kind: 'replace', body: '[]' } }],
  ],
  [
    'teem: the rest of a list is gone when it is asked for',
    [{ path: /\/api\/v1\/users\?.*after=/, action: { kind: 'status', status: 404 } }],
  ],
];

function groupsOnly(name: string): string {
  const { id } = staff().group(name);
  return JSON.stringify([{ id, type: 'OKTA_GROUP', profile: { name } }]);
}

const quick = await town({ fullEvery: '24h' });
const full = await town({ fullEvery: '0s' });

test.each(BAD)('%s: nobody loses anything, and the next reading is as before', async (_, faults) => {
  for (const here of [quick, full]) await survives(here, faults);
});
