/** Organizations and groups of the fictional company of the sample plans, as a run would have stored them. */
import { type PlacesView, placesView } from '../../src/actions/places.ts';
import type { Plan } from '../../src/core/model/change.ts';
import type { Settings } from '../../src/core/model/settings.ts';
import type { Gift, Standing } from '../../src/core/model/standing.ts';
import type { StoredStanding } from '../../src/state/store.ts';
import { countPlaces } from '../../src/sync/count-places.ts';

export const STANDING: Standing = {
  at: 1_790_000_000_000,
  tenants: { directory: 'okta:corp', devin: 'https://api.devin.example as u-1' },
  configHash: 'c0ffee',
  size: { people: 100, groups: 3, edges: 120 },
  groups: [
    { id: '00gpay', name: 'devin-payments', hidden: false },
    { id: '00gusr', name: 'devin-users', hidden: false },
    { id: '00gidle', name: 'everyone', hidden: false },
  ],
  roles: [],
  orgs: [
    { id: 'org-payments', name: 'Payments' },
    { id: 'org-<b>', name: '<b>Platform & "Data"</b>' },
  ],
  counts: {
    everybody: 90,
    users: 80,
    orgPeople: 60,
    peopleByOrg: { 'org-payments': 41 },
    groupPeople: { '00gpay': 44, '00gusr': 97 },
  },
  pending: [],
  gifts: [
    { group: '00gusr', rule: 'members', via: 'direct', org: null, role: 'Member' },
    ...Array.from({ length: 120 }, (_, index): Gift => {
      const org = index === 0 ? { id: 'org-payments', name: 'Payments' } : { id: null, name: `New ${index}` };
      return { group: '00gpay', rule: `payments-${index}`, via: 'group', org, role: 'Admin' };
    }),
  ],
};

export const SETTINGS = {
  policy: { users: 'leavers', groups: 'observe', memberships: 'full', organizations: 'observe' },
  orgPolicy: { Payments: 'no-remove' },
  organizations: [
    {
      name: 'Payments',
      create: false,
      state: 'inactive',
      roleCeiling: 'Member',
      maxSessionAcuLimit: 10,
      maxCycleAcuLimit: 500,
      repositories: [],
    },
  ],
} as Partial<Settings> as Settings;

export async function storedPlaces(plan: Plan, standing = STANDING): Promise<StoredStanding> {
  return { source: 'okta', standing, places: await countPlaces(plan, standing) };
}

export async function samplePlaces(plan: Plan): Promise<PlacesView> {
  const stored = await storedPlaces(plan);
  return placesView({ put: async () => {}, get: async () => stored }, SETTINGS);
}
