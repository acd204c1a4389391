/** What Okta is asked, list by list. */
import type { Tally } from '../pages.ts';
import { oddAnswer } from '../read-error.ts';
import type { OktaClient } from './client.ts';
import { findOne, type ListRead, readList, readListIfAny } from './lists.ts';
import { OKTA_STATUSES, type OktaOptions } from './options.ts';
import {
  type OktaGroup,
  type OktaUser,
  oktaAppGroup,
  oktaAppUser,
  oktaGroup,
  oktaMember,
  oktaUser,
} from './schema.ts';

/** Most that Okta documents (users) or advises (groups, members). */
const PAGE_SIZE = 200;
const APP_USERS_PAGE = 500;

// Without a filter the list leaves out DEPROVISIONED users; `search` sees them too but reads a lagging index.
const ALL_USERS = OKTA_STATUSES.map((status) => `status eq "${status}"`).join(' or ');

// BUILT_IN is `Everyone`: it says nothing that the list of users does not say.
const REAL_GROUPS = 'type eq "OKTA_GROUP" or type eq "APP_GROUP"';

// A whole user object is about a kilobyte; this is what is used of it.
const FIELDS = 'id,status,transitioningToStatus,profile:(login,email,firstName,lastName)';

export function isRealGroup(group: OktaGroup): boolean {
  return group.type === 'OKTA_GROUP' || group.type === 'APP_GROUP';
}

function pathOf(base: string, query: Readonly<Record<string, string>>): string {
  return `${base}?${new URLSearchParams(query)}`;
}

function readFilteredUsers(
  client: OktaClient,
  filter: string,
  read: ListRead<OktaUser>,
  what = 'Okta users',
  fields = FIELDS,
): Promise<void> {
  const path = pathOf('/api/v1/users', { limit: String(PAGE_SIZE), filter, fields });
  return readList(client, { ...read, what, path, schema: oktaUser });
}

/** Everybody, in every status. */
export function readUsers(client: OktaClient, read: ListRead<OktaUser>): Promise<void> {
  return readFilteredUsers(client, ALL_USERS, read);
}

/** Whoever changed after `since`, in every status; memberships are no change of a user. */
export function readChangedUsers(client: OktaClient, since: number, read: ListRead<OktaUser>): Promise<void> {
  const filter = `lastUpdated gt "${new Date(since).toISOString()}"`;
  return readFilteredUsers(client, filter, read, 'Okta changed users');
}

/** Those of these ids that the list knows; who is missing may be deleted, or too new for the list. */
export async function readUsersById(
  client: OktaClient,
  ids: readonly string[],
  read: Omit<ListRead<OktaUser>, 'onPage'>,
): Promise<OktaUser[]> {
  const found: OktaUser[] = [];
  const filter = ids.map((id) => `id eq ${JSON.stringify(id)}`).join(' or ');
  const onPage = (users: readonly OktaUser[]) => void found.push(...users);
  await readFilteredUsers(client, filter, { ...read, onPage }, 'Okta users by id', `created,${FIELDS}`);
  return found;
}

/** Every group of the org that the expression of the configuration lets through. */
export function readGroups(
  client: OktaClient,
  options: OktaOptions,
  read: ListRead<OktaGroup>,
): Promise<void> {
  const { filter, search } = options.groups;
  const expression = search ?? filter;
  const wanted = expression === undefined ? REAL_GROUPS : `(${REAL_GROUPS}) and (${expression})`;
  const kind = search === undefined ? 'filter' : 'search';
  const path = pathOf('/api/v1/groups', { limit: String(PAGE_SIZE), [kind]: wanted });
  return readList(client, { ...read, what: 'Okta groups', path, schema: oktaGroup });
}

function appPath(app: string, rest: string): string {
  return `/api/v1/apps/${encodeURIComponent(app)}/${rest}`;
}

/** Everybody who is assigned to the application, through a group too. */
export function readAppUsers(client: OktaClient, app: string, read: ListRead<OktaUser>): Promise<void> {
  return readList(client, {
    ...read,
    what: 'Okta application users',
    path: pathOf(appPath(app, 'users'), { limit: String(APP_USERS_PAGE), expand: 'user' }),
    schema: oktaAppUser,
    onPage: (users) => read.onPage(users.map(({ _embedded }) => _embedded.user)),
  });
}

export function readAppGroups(client: OktaClient, app: string, read: ListRead<OktaGroup>): Promise<void> {
  return readList(client, {
    ...read,
    what: 'Okta application groups',
    path: pathOf(appPath(app, 'groups'), { limit: String(PAGE_SIZE), expand: 'group' }),
    schema: oktaAppGroup,
    onPage: (groups) => read.onPage(groups.map(({ _embedded }) => _embedded.group)),
  });
}

export interface ById {
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** null: Okta says that there is no such user. */
export function findUser(client: OktaClient, id: string, by: ById): Promise<OktaUser | null> {
  const path = `/api/v1/users/${encodeURIComponent(id)}`;
  return findOne(client, { what: `Okta user ${id}`, id, path, schema: oktaUser, ...by });
}

/** null: Okta says that there is no such group. */
export function findGroup(client: OktaClient, id: string, by: ById): Promise<OktaGroup | null> {
  const path = `/api/v1/groups/${encodeURIComponent(id)}`;
  return findOne(client, { what: `Okta group ${id}`, id, path, schema: oktaGroup, ...by });
}

/** null: this person is not assigned to the application, or there is no such person. */
export async function findAppUser(
  client: OktaClient,
  app: string,
  id: string,
  by: ById,
): Promise<OktaUser | null> {
  const path = appPath(app, `users/${encodeURIComponent(id)}?expand=user`);
  const one = { what: `Okta application user ${id}`, id, path, schema: oktaAppUser, ...by };
  return (await findOne(client, one))?._embedded.user ?? null;
}

/** People who have one of these addresses, whatever the case of letters; by an index that may lag a little. */
export async function readUsersByEmail(
  client: OktaClient,
  emails: readonly string[],
  by: ById,
): Promise<string[]> {
  const search = emails.map((email) => `profile.email eq ${JSON.stringify(email)}`).join(' or ');
  const found: string[] = [];
  await readList(client, {
    ...by,
    what: 'Okta users by e-mail',
    path: pathOf('/api/v1/users', { limit: String(PAGE_SIZE), search, fields: 'id' }),
    schema: oktaMember,
    onPage: (users) => void found.push(...users.map(({ id }) => id)),
  });
  return found;
}

/** Every group of the org that this person is in; null: there is no such person. */
export async function readGroupsOf(client: OktaClient, id: string, by: ById): Promise<OktaGroup[] | null> {
  const groups: OktaGroup[] = [];
  const found = await readListIfAny(client, {
    ...by,
    what: `groups of Okta user ${id}`,
    path: `/api/v1/users/${encodeURIComponent(id)}/groups?limit=${PAGE_SIZE}`,
    schema: oktaGroup,
    onFound: () => {},
    onPage: (page) => void groups.push(...page),
  });
  return found ? groups : null;
}

/** Those of these groups that exist. */
export async function readGroupsById(
  client: OktaClient,
  ids: readonly string[],
  by: ById,
): Promise<OktaGroup[]> {
  const filter = ids.map((id) => `id eq ${JSON.stringify(id)}`).join(' or ');
  const groups: OktaGroup[] = [];
  await readList(client, {
    ...by,
    what: 'Okta groups by id',
    path: pathOf('/api/v1/groups', { limit: String(PAGE_SIZE), filter }),
    schema: oktaGroup,
    onPage: (page) => void groups.push(...page),
  });
  return groups;
}

export interface MembersRead extends ById {
  readonly group: Pick<OktaGroup, 'id' | 'profile'>;
  /** The group exists: called before the first member. */
  readonly onGroup: () => void;
  readonly onMembers: (ids: readonly string[]) => void;
}

/** False when the group has been deleted since it was listed, which Okta then says twice. */
export async function readMembers(client: OktaClient, read: MembersRead): Promise<boolean> {
  const { group, tally, signal } = read;
  const what = `members of Okta group "${group.profile.name}" (${group.id})`;
  const path = `/api/v1/groups/${encodeURIComponent(group.id)}/users?limit=${PAGE_SIZE}`;
  const found = await readListIfAny(client, {
    ...{ what, path, schema: oktaMember, tally, signal },
    onFound: read.onGroup,
    onPage: (members) => read.onMembers(members.map(({ id }) => id)),
  });
  if (!found && (await findGroup(client, group.id, { tally, signal })) !== null)
    throw oddAnswer({ what, page: 1, url: client.url(path) }, 'Okta knows the group but not its members');
  return found;
}
