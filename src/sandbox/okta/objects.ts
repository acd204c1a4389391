/** The company as Okta words it. */
import type { CompanyDirectory, Stamp } from '../company/directory.ts';
import type { CompanyGroup, CompanyPerson } from '../company/model.ts';
import type { Row } from './filter.ts';

const STATUSES: Readonly<Record<CompanyPerson['status'], string>> = {
  active: 'ACTIVE',
  staged: 'STAGED',
  suspended: 'SUSPENDED',
  deactivated: 'DEPROVISIONED',
};

/** Okta's own group of everybody; every org has it. */
export const EVERYONE_ID = '00geveryone000000000';

/** Properties to answer with instead, by id: e.g. another status, or a person without an e-mail. */
export type Overrides = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

export interface OktaDirectory {
  readonly url: string;
  readonly company: CompanyDirectory;
  readonly overrides: Overrides;
}

export interface OktaUser {
  readonly id: string;
  readonly status: string;
  readonly created: string;
  readonly lastUpdated: string;
  readonly profile: Readonly<Record<string, string | null>>;
}

export interface OktaGroup {
  readonly id: string;
  readonly type: string;
  readonly lastUpdated: string;
  readonly lastMembershipUpdated: string;
  readonly created: string;
  readonly profile: { readonly name: string; readonly description: string | null };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function oktaUser(directory: OktaDirectory, person: CompanyPerson): OktaUser {
  const stamp = directory.company.stamp(person);
  const { id, email, firstName, lastName } = person;
  return {
    id,
    status: STATUSES[person.status],
    created: iso(stamp.created),
    activated: person.status === 'staged' ? null : iso(stamp.created),
    statusChanged: iso(stamp.updated),
    lastLogin: null,
    lastUpdated: iso(stamp.updated),
    passwordChanged: null,
    type: { id: 'otysandbox00000000000' },
    profile: { firstName, lastName, login: email, email, secondEmail: null, mobilePhone: null },
    credentials: { provider: { type: 'OKTA', name: 'OKTA' } },
    _links: { self: { href: `${directory.url}/api/v1/users/${id}` } },
    ...directory.overrides.get(id),
  } as OktaUser;
}

export function oktaGroup(directory: OktaDirectory, group: CompanyGroup): OktaGroup {
  return groupObject(directory, group.id, 'OKTA_GROUP', group.name, directory.company.stamp(group));
}

function groupObject(
  directory: OktaDirectory,
  id: string,
  type: string,
  name: string,
  stamp: Stamp,
): OktaGroup {
  return {
    id,
    created: iso(stamp.created),
    lastUpdated: iso(stamp.updated),
    lastMembershipUpdated: iso(stamp.membership),
    objectClass: ['okta:user_group'],
    type,
    profile: { name, description: null },
    _links: { users: { href: `${directory.url}/api/v1/groups/${id}/users` } },
    ...directory.overrides.get(id),
  } as OktaGroup;
}

/** `Everyone` and the company's groups; Okta knows no group inside a group. */
export function oktaGroups(directory: OktaDirectory): OktaGroup[] {
  const { company } = directory.company;
  const everyone = groupObject(directory, EVERYONE_ID, 'BUILT_IN', 'Everyone', {
    created: 0,
    updated: 0,
    membership: 0,
  });
  return [everyone, ...Array.from(company.groups.values(), (group) => oktaGroup(directory, group))];
}

/** Direct members; somebody deactivated stays in the list. null: no such group. */
export function membersOf(directory: OktaDirectory, groupId: string): CompanyPerson[] | null {
  const { people, groups } = directory.company.company;
  const group = groups.get(groupId);
  if (group === undefined && groupId !== EVERYONE_ID) return null;
  const members = group === undefined ? people.keys() : group.members;
  return [...members].map((id) => people.get(id)).filter((person) => person !== undefined);
}

/** What expressions may ask about a user or a group. */
export function rowOf(object: OktaUser | OktaGroup): Row {
  const row: Record<string, string> = {};
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === 'string') row[name] = value;
  }
  for (const [name, value] of Object.entries(object.profile)) {
    if (typeof value === 'string') row[`profile.${name}`] = value;
  }
  return row;
}

/** `id,status,profile:(login,email)`: only these properties; the id always. */
export function projected(user: OktaUser, fields: string | null): unknown {
  if (fields === null) return user;
  const wanted = new Map<string, readonly string[] | null>([['id', null]]);
  for (const [, name, inner] of fields.matchAll(/([A-Za-z_]+)(?::\(([^)]*)\))?/g)) {
    wanted.set(name as string, inner?.split(',') ?? null);
  }
  const kept = Object.entries(user).filter(([name]) => wanted.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, inside(value, wanted.get(name) ?? null)]));
}

function inside(value: unknown, names: readonly string[] | null): unknown {
  if (names === null || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}
