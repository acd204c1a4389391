/** Graph's lists, and single objects by id in batches. */
import type pLimit from 'p-limit';
import type * as z from 'zod';
import { together } from '../../lib/together.ts';
import { type Page, type Tally, walkPages } from '../pages.ts';
import { parseItems, parseOne } from '../parse.ts';
import { oddAnswer, type Place } from '../read-error.ts';
import { BATCH_SIZE, type EntraClient, type GraphAsk } from './client.ts';
import { passesQuickly } from './quick.ts';
import {
  GROUP_FIELDS,
  type GraphGroup,
  type GraphMember,
  type GraphUser,
  graphAssignment,
  graphGroup,
  graphList,
  graphMember,
  graphMemberUser,
  graphUser,
  hidesMembers,
  USER_FIELDS,
} from './schema.ts';
import { ExpiredLinkError, type GraphOutcome, refusedError, saysNotFound } from './words.ts';

/** The largest page that Graph gives; its default is 100. */
const PAGE_SIZE = 999;

interface ListRead<Item> extends GraphAsk {
  readonly onPage: (items: readonly Item[]) => void;
}

export function readUsers(client: EntraClient, read: ListRead<GraphUser>): Promise<void> {
  const first = client.url(`/users?$select=${USER_FIELDS}&$top=${PAGE_SIZE}`);
  return readList(client, { ...read, what: 'Entra users', first, schema: graphUser });
}

export interface GroupsRead extends ListRead<GraphGroup> {
  readonly securityGroupsOnly: boolean;
}

export function readGroups(client: EntraClient, read: GroupsRead): Promise<void> {
  const filter = read.securityGroupsOnly ? '&$filter=securityEnabled%20eq%20true' : '';
  const first = client.url(`/groups?$select=${GROUP_FIELDS}&$top=${PAGE_SIZE}${filter}`);
  return readList(client, { ...read, what: 'Entra groups', first, schema: graphGroup });
}

/** Users and groups that are assigned to an enterprise application; one of them once for each of its roles. */
export function readAssignments(
  client: EntraClient,
  appId: string,
  read: ListRead<z.output<typeof graphAssignment>>,
): Promise<void> {
  const path = `/servicePrincipals(appId='${encodeURIComponent(appId)}')/appRoleAssignedTo`;
  const first = client.url(`${path}?$select=principalId,principalType&$top=${PAGE_SIZE}`);
  return readList(client, { ...read, what: 'Entra assignments', first, schema: graphAssignment });
}

interface NamedList<Schema extends z.ZodType> extends ListRead<z.output<Schema>> {
  readonly what: string;
  readonly first: string;
  readonly schema: Schema;
}

export async function readList<Schema extends z.ZodType>(
  client: EntraClient,
  list: NamedList<Schema>,
): Promise<void> {
  await restarting(list.tally, () =>
    walkPages({
      what: list.what,
      first: list.first,
      origin: client.origin,
      tally: list.tally,
      fetchPage: async (place) => pageOf(await client.get(place, list), place, list.schema),
      onPage: list.onPage,
    }),
  );
}

/** Starts once more from the first page when Graph has forgotten where the next link led. */
export async function restarting(tally: Tally, walk: (again: boolean) => Promise<void>): Promise<void> {
  const { pages, items } = tally;
  try {
    await walk(false);
  } catch (error) {
    if (!(error instanceof ExpiredLinkError)) throw error;
    Object.assign(tally, { pages, items });
    await walk(true);
  }
}

export function pageOf<Schema extends z.ZodType>(
  body: unknown,
  place: Place,
  schema: Schema,
): Page<z.output<Schema>> {
  const list = parseOne(body, graphList, place);
  const items = passesQuickly(schema, list.value)
    ? (list.value as z.output<Schema>[])
    : parseItems(list.value, schema, place);
  return { items, next: list['@odata.nextLink'] ?? null };
}

export interface ByIds<Schema extends z.ZodType> extends GraphAsk {
  readonly what: string;
  /** `/users` or `/groups`. */
  readonly path: string;
  readonly fields: string;
  readonly schema: Schema;
  readonly limit: ReturnType<typeof pLimit>;
  /** Without the permission to ask, nothing is known of any of them: as good as no such object. */
  readonly mayBeRefused?: boolean;
}

/** Each object by its id; null where Graph says that there is none. */
export async function findByIds<Schema extends z.ZodType<{ id: string }>>(
  client: EntraClient,
  ids: readonly string[],
  by: ByIds<Schema>,
): Promise<Map<string, z.output<Schema> | null>> {
  const found = new Map<string, z.output<Schema> | null>();
  await inBatches(ids, by, async (some, signal) => {
    const places = some.map((id): Place => {
      const url = client.url(`${by.path}/${encodeURIComponent(id)}?$select=${by.fields}`);
      return { what: `${by.what} ${id}`, page: null, url };
    });
    const outcomes = await client.batch(places, { tally: by.tally, signal });
    for (const [index, outcome] of outcomes.entries()) {
      const place = places[index] as Place;
      const id = some[index] as string;
      const refused = by.mayBeRefused === true && outcome.answer.status === 403;
      const body = refused ? null : bodyOf(outcome, place);
      const one = body === null ? null : parseOne(body, by.schema, place);
      // The path takes sign-in names too: an answer about somebody else proves nothing about this id.
      if (one !== null && one.id !== id)
        throw oddAnswer(place, 'the answer is about another object than the one asked for');
      found.set(id, one);
    }
  });
  return found;
}

export interface MemberPage {
  readonly members: readonly GraphMember[];
  readonly place: Place;
}

export interface MembersRead extends GraphAsk {
  readonly limit: ReturnType<typeof pLimit>;
  /** Also their own fields, for members that are users. */
  readonly withUsers: boolean;
  /** Called once per group that exists, with all pages. */
  readonly onMembers: (group: GraphGroup, pages: readonly MemberPage[]) => void;
  /** The group has been deleted since it was listed. */
  readonly onGone: (group: GraphGroup) => void;
}

/** Direct members of many groups. */
export async function readMembers(
  client: EntraClient,
  groups: readonly GraphGroup[],
  read: MembersRead,
): Promise<void> {
  const fields = read.withUsers ? USER_FIELDS : 'id';
  await inBatches(groups, read, async (some, signal) => {
    const places = some.map((group): Place => {
      const url = client.url(
        `/groups/${encodeURIComponent(group.id)}/members?$select=${fields}&$top=${PAGE_SIZE}`,
      );
      return { what: `members of Entra group "${group.displayName}" (${group.id})`, page: 1, url };
    });
    const outcomes = await client.batch(places, { tally: read.tally, signal });
    for (const [index, outcome] of outcomes.entries()) {
      const group = some[index] as GraphGroup;
      const pages = await membersFrom(client, group, places[index] as Place, outcome, { ...read, signal });
      if (pages === null) read.onGone(group);
      else read.onMembers(group, pages);
    }
  });
}

/** Null: the group is gone. */
async function membersFrom(
  client: EntraClient,
  group: GraphGroup,
  first: Place,
  outcome: GraphOutcome,
  read: MembersRead,
): Promise<MemberPage[] | null> {
  if (hidesMembers(group) && outcome.answer.status === 403) return [];
  const body = bodyOf(outcome, first);
  if (body === null) return null;
  const schema = read.withUsers ? graphMemberUser : graphMember;
  let pages: MemberPage[] = [];
  await restarting(read.tally, (again) => {
    pages = [];
    let at = first;
    return walkPages({
      what: first.what,
      first: first.url,
      origin: client.origin,
      tally: read.tally,
      fetchPage: async (place) => {
        at = place;
        return pageOf(place.page === 1 && !again ? body : await client.get(place, read), place, schema);
      },
      onPage: (members) => pages.push({ members, place: at }),
    });
  });
  return pages;
}

/** The body of a 200; null for an object that does not exist. @throws SourceReadError for any other answer. */
export function bodyOf(outcome: GraphOutcome, place: Place): unknown {
  if (outcome.answer.status === 200) return outcome.answer.body ?? {};
  if (saysNotFound(outcome.answer)) return null;
  throw refusedError(place, outcome);
}

interface Batches {
  readonly signal: AbortSignal;
  readonly limit: ReturnType<typeof pLimit>;
  /** Items in a batch, where each is less or more than one request. */
  readonly size?: number;
}

/** The work for a batch of items at a time, side by side within the limit; the first failure ends all. */
export function inBatches<Item>(
  items: readonly Item[],
  { signal, limit, size = BATCH_SIZE }: Batches,
  work: (some: readonly Item[], signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return together(
    signal,
    chunks.map((chunk) => (inner: AbortSignal) => limit(() => work(chunk, inner))),
  );
}
