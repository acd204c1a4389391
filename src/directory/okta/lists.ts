/** Okta's lists: pages of 200, chained by a Link header. */
import type * as z from 'zod';
import type { Answer } from '../../lib/fetch.ts';
import { newTally, type Page, type Tally, walkPages } from '../pages.ts';
import { parseItems, parseOne } from '../parse.ts';
import { oddAnswer, type Place, parseJson } from '../read-error.ts';
import type { OktaClient } from './client.ts';
import { OKTA_STATUSES } from './options.ts';
import { type OktaGroup, type OktaUser, oktaGroup, oktaMember, oktaUser } from './schema.ts';

const PAGE_SIZE = 200;

// Without a filter the list leaves out DEPROVISIONED users; `search` sees them too but reads a lagging index.
const ALL_USERS = OKTA_STATUSES.map((status) => `status eq "${status}"`).join(' or ');

// BUILT_IN is `Everyone`: it says nothing that the list of users does not say.
const REAL_GROUPS = 'type eq "OKTA_GROUP" or type eq "APP_GROUP"';

// A whole user object is about a kilobyte; this is what is used of it.
const FIELDS = 'id,status,profile:(login,email,firstName,lastName)';

interface ListRead<Item> {
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly onPage: (items: readonly Item[]) => void;
}

export function isRealGroup(group: OktaGroup): boolean {
  return group.type === 'OKTA_GROUP' || group.type === 'APP_GROUP';
}

export function readUsers(client: OktaClient, read: ListRead<OktaUser>): Promise<void> {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE), filter: ALL_USERS, fields: FIELDS });
  const first = client.url(`/api/v1/users?${query}`);
  return readList(client, { ...read, what: 'Okta users', first, schema: oktaUser });
}

export function readGroups(client: OktaClient, read: ListRead<OktaGroup>): Promise<void> {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE), filter: REAL_GROUPS });
  const first = client.url(`/api/v1/groups?${query}`);
  return readList(client, { ...read, what: 'Okta groups', first, schema: oktaGroup });
}

export interface MembersRead {
  readonly group: OktaGroup;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** The group exists: called before the first member. */
  readonly onGroup: () => void;
  readonly onMembers: (ids: readonly string[]) => void;
}

/** False when the group has been deleted since it was listed, which Okta then says twice. */
export async function readMembers(client: OktaClient, read: MembersRead): Promise<boolean> {
  const { group, tally, signal } = read;
  const what = `members of Okta group "${group.profile.name}" (${group.id})`;
  const url = client.url(`/api/v1/groups/${encodeURIComponent(group.id)}/users?limit=${PAGE_SIZE}`);
  const place: Place = { what, page: 1, url };
  const first = await client.find({ place, tally, signal });
  if (first === null) {
    if ((await findGroup(client, group.id, { tally, signal })) !== null)
      throw oddAnswer(place, 'Okta knows the group but not its members');
    return false;
  }
  read.onGroup();
  await walkPages({
    what,
    first: url,
    origin: client.origin,
    tally,
    fetchPage: async (at) =>
      pageOf(at.page === 1 ? first : await client.get({ place: at, tally, signal }), at, oktaMember),
    onPage: (members) => read.onMembers(members.map(({ id }) => id)),
  });
  return true;
}

export interface ById {
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** null: Okta says that there is no such user. */
export function findUser(client: OktaClient, id: string, by: ById): Promise<OktaUser | null> {
  return findOne(
    client,
    { what: `Okta user ${id}`, id, path: `/api/v1/users/${encodeURIComponent(id)}`, schema: oktaUser },
    by,
  );
}

/** null: Okta says that there is no such group. */
export function findGroup(client: OktaClient, id: string, by: ById): Promise<OktaGroup | null> {
  return findOne(
    client,
    { what: `Okta group ${id}`, id, path: `/api/v1/groups/${encodeURIComponent(id)}`, schema: oktaGroup },
    by,
  );
}

interface OneRead<Schema> {
  readonly what: string;
  readonly id: string;
  readonly path: string;
  readonly schema: Schema;
}

async function findOne<Schema extends z.ZodType<{ id: string }>>(
  client: OktaClient,
  one: OneRead<Schema>,
  by: ById,
): Promise<z.output<Schema> | null> {
  const place: Place = { what: one.what, page: null, url: client.url(one.path) };
  const answer = await client.find({ place, ...by });
  if (answer === null) return null;
  const found = parseOne(parseJson(answer, place), one.schema, place);
  // The path takes login names too: an answer about somebody else proves nothing about this id.
  if (found.id !== one.id)
    throw oddAnswer(place, 'the answer is about another object than the one asked for');
  return found;
}

interface NamedList<Schema extends z.ZodType> extends ListRead<z.output<Schema>> {
  readonly what: string;
  readonly first: string;
  readonly schema: Schema;
}

function readList<Schema extends z.ZodType>(client: OktaClient, list: NamedList<Schema>): Promise<void> {
  const { tally, signal } = list;
  return walkPages({
    what: list.what,
    first: list.first,
    origin: client.origin,
    tally,
    fetchPage: async (place) => pageOf(await client.get({ place, tally, signal }), place, list.schema),
    onPage: list.onPage,
  });
}

/** One item and no more of a list: what `check` asks for. */
export async function readFirst<Schema extends z.ZodType>(
  client: OktaClient,
  ask: {
    readonly what: string;
    readonly path: string;
    readonly schema: Schema;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly items: readonly z.output<Schema>[]; readonly answer: Answer }> {
  const place: Place = { what: ask.what, page: 1, url: client.url(ask.path) };
  const answer = await client.get({ place, tally: newTally(ask.what), signal: ask.signal });
  return { items: pageOf(answer, place, ask.schema).items, answer };
}

function pageOf<Schema extends z.ZodType>(
  answer: Answer,
  place: Place,
  schema: Schema,
): Page<z.output<Schema>> {
  return {
    items: parseItems(parseJson(answer, place), schema, place),
    next: nextLink(answer.headers.get('link')),
  };
}

/** The target of `rel="next"`; several Link headers arrive joined by commas. */
export function nextLink(header: string | null): string | null {
  for (const [, target, parameters] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*"?next"?\s*(?:[;,]|$)/i.test(parameters ?? '')) return target ?? null;
  }
  return null;
}
