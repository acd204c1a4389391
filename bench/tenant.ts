/** A tenant of a given shape straight into the builders, as readers would fill them page by page. */
import { DevinBuilder, type DevinState, type Role } from '../src/core/model/devin.ts';
import { DirectoryBuilder, type DirectorySnapshot, type PersonRecord } from '../src/core/model/directory.ts';
import type { LedgerPerson, Memory } from '../src/core/model/memory.ts';
import { EMPTY_MEMORY } from '../src/core/model/memory.ts';
import type { Settings } from '../src/core/model/settings.ts';
import { driftOf, givenBy, placesOf, type Shape } from './shape.ts';

export const TENANTS = { directory: 'okta:00o1corp', devin: 'https://api.example.com as svc-sync' };
export const CONFIG_HASH = 'bench';

const ROLES: readonly Role[] = [
  { id: 'account_member', name: 'Member', scope: 'enterprise' },
  { id: 'account_admin', name: 'Admin', scope: 'enterprise' },
  { id: 'org_member', name: 'Member', scope: 'org' },
  { id: 'role-lead', name: 'Lead', scope: 'org' },
];

/** Two patterns bind every group, so that every membership counts and none is only carried along. */
export const SETTINGS: Settings = {
  rules: [
    rule('members', 'org-(?<org>\\d+)-team-\\d+', 'Member'),
    rule('leads', 'org-(?<org>\\d+)-leads-\\d+', 'Lead'),
  ],
  defaultEnterpriseRole: 'account_member',
  policy: { users: 'full', groups: 'full', memberships: 'full', organizations: 'full' },
  orgPolicy: {},
  foreign: 'report',
  roles: { rank: ['account_member', 'org_member', 'Lead', 'account_admin'], suspended: null },
  guards: {
    deactivations: { atLeast: 0, share: 0.02, count: 50 },
    enterpriseRemovals: { atLeast: 4, share: 0.05, count: 20 },
    orgRoles: { atLeast: 4, share: 0.1, count: 25 },
    perGroup: { atLeast: 3, share: 0.25, count: Number.POSITIVE_INFINITY },
    grants: { atLeast: 0, share: 0.05, count: 25 },
    roleChanges: { atLeast: 4, share: 0.1, count: 25 },
    minAdmins: 2,
    shrink: 0.2,
    flips: 3,
    invitesPerDay: null,
    perOrg: {},
  },
  approvals: { notByTrigger: false, adminNeedsTwo: false },
  patience: { absenceMs: 900_000, tombstoneMs: 604_800_000, adoptionMs: 1_209_600_000 },
  protected: ['breakglass@corp.example', 'svc-*@corp.example'],
  domainAliases: { 'corp-old.example': 'corp.example' },
  organizations: [],
  grants: [],
  denies: [],
  freeze: [],
  budgets: [],
};

function rule(name: string, pattern: string, role: string): Settings['rules'][number] {
  return {
    name,
    match: { by: 'pattern', pattern },
    via: 'direct',
    org: 'Org {org}',
    role,
    priority: 0,
    allowAdmin: false,
  };
}

export function personId(person: number): string {
  return `00u${person.toString(36).padStart(17, '0')}`;
}

export function devinId(person: number): string {
  return `email|${person.toString(16).padStart(24, '0')}`;
}

export function emailOf(person: number): string {
  return `person.${person.toString().padStart(7, '0')}@corp.example`;
}

export function statusOf(shape: Shape, person: number): 'active' | 'deactivated' {
  return driftOf(shape, person) === 'left-company' ? 'deactivated' : 'active';
}

export function groupName(shape: Shape, group: number): string {
  const { org, lead } = givenBy(shape, group);
  return `org-${org}-${lead ? 'leads' : 'team'}-${group}`;
}

const PAGE = 1000;

/** Whole pages as JSON and back, so that strings are laid out as an HTTP answer leaves them. */
function* pages<T>(count: number, record: (index: number) => T): Generator<T[]> {
  for (let start = 0; start < count; start += PAGE) {
    const length = Math.min(PAGE, count - start);
    yield JSON.parse(JSON.stringify(Array.from({ length }, (_, at) => record(start + at)))) as T[];
  }
}

export function buildDirectory(shape: Shape): DirectoryBuilder {
  const builder = new DirectoryBuilder();
  const record = (person: number): PersonRecord => ({
    id: personId(person),
    email: emailOf(person),
    name: `Person Number ${person}`,
    status: statusOf(shape, person),
  });
  for (const page of pages(shape.people, record)) for (const person of page) builder.person(person);
  for (let group = 0; group < shape.groups; group++) {
    const id = `00g${group.toString(36).padStart(17, '0')}`;
    builder.group({ id, name: groupName(shape, group) });
    const members = shape.members.subarray(shape.offsets[group], shape.offsets[group + 1]);
    for (const person of members) builder.member(id, personId(person));
    builder.closeGroup(id);
  }
  builder.closeList('people');
  builder.closeList('groups');
  return builder;
}

export function sealDirectory(builder: DirectoryBuilder): DirectorySnapshot {
  return builder.seal({ tenant: TENANTS.directory, scope: { kind: 'all' }, reads: [] });
}

export interface Have {
  readonly devin: DevinState;
  readonly memory: Memory;
}

/** Devin as the rules would have it, but for the drift; `ledger`: whether everything in it is ours. */
export function buildHave(shape: Shape, ledger: boolean): Have {
  const orgs = Array.from({ length: shape.orgs }, (_, org) => ({ id: `org-${org}`, name: `Org ${org}` }));
  const principal = { id: 'svc-sync', name: 'sync' };
  const builder = new DevinBuilder({
    url: 'https://api.example.com',
    principal,
    roles: ROLES,
    orgs,
    reads: [],
  });
  const rows: LedgerPerson[] = [];
  const roles = heldRoles(shape);
  const record = (person: number) => ({
    id: devinId(person),
    email: emailOf(person),
    name: `Person Number ${person}`,
  });
  let first = 0;
  for (const page of pages(shape.people, record)) {
    for (const [at, user] of page.entries()) {
      const held = roles(first + at);
      if (held === null) continue;
      const index = builder.user(user);
      builder.direct(index, null, 'account_member');
      for (const [org, role] of held) builder.direct(index, org, role);
      if (ledger) rows.push(ledgerRow(first + at, held));
    }
    first += page.length;
  }
  const memory = { ...EMPTY_MEMORY, tenants: TENANTS, approvedConfig: CONFIG_HASH, people: rows };
  return { devin: builder.build(), memory };
}

function ledgerRow(person: number, held: readonly (readonly [string, string])[]): LedgerPerson {
  const places = Object.fromEntries([['', 'managed'], ...held.map(([org]) => [org, 'managed'])]);
  return { directoryId: personId(person), devinId: devinId(person), email: emailOf(person), places };
}

/** Org roles that somebody holds in Devin; null: not in Devin. */
export function heldRoles(shape: Shape): (person: number) => (readonly [string, string])[] | null {
  const { offsets, places } = placesOf(shape);
  const orgNames = Array.from({ length: shape.orgs }, (_, org) => `org-${org}`);
  return (person) => {
    const drift = driftOf(shape, person);
    const wanted = new Map<number, boolean>();
    for (const place of places.subarray(offsets[person], offsets[person + 1])) {
      const org = place >> 1;
      wanted.set(org, wanted.get(org) === true || (place & 1) === 1);
    }
    if (drift === 'joined' || wanted.size === 0) return null;
    const held = [...wanted];
    if (drift === 'new-place') held.pop();
    if (drift === 'lost-place') addOne(held, wanted, person % shape.orgs);
    return held.map(([org, lead], at) => {
      const other = drift === 'promoted' && at === 0 && lead;
      return [orgNames[org] as string, lead && !other ? 'role-lead' : 'org_member'] as const;
    });
  };
}

function addOne(held: [number, boolean][], wanted: ReadonlyMap<number, boolean>, org: number): void {
  if (!wanted.has(org)) held.push([org, false]);
}
