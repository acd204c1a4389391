/** Graph's lists, and single objects by id in batches. */
import type pLimit from 'p-limit';
import type * as z from 'zod';
import { together } from '../../lib/together.ts';
import { type Page, walkPages } from '../pages.ts';
import { parseItems, parseOne } from '../parse.ts';
import { oddAnswer, type Place } from '../read-error.ts';
import { BATCH_SIZE, type EntraClient, type GraphAsk } from './client.ts';
import {
  GROUP_FIELDS,
  type GraphGroup,
  type GraphMember,
  type GraphUser,
  graphGroup,
  graphList,
  graphMember,
  graphUser,
  isHidden,
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

export function readGroups(client: EntraClient, read: ListRead<GraphGroup>): Promise<void> {
  const first = client.url(`/groups?$select=${GROUP_FIELDS}&$top=${PAGE_SIZE}`);
  return readList(client, { ...read, what: 'Entra groups', first, schema: graphGroup });
}

interface NamedList<Schema extends z.ZodType> extends ListRead<z.output<Schema>> {
  readonly what: string;
  readonly first: string;
  readonly schema: Schema;
}

/** Starts once more from the first page when Graph has forgotten where the next link led. */
async function readList<Schema extends z.ZodType>(
  client: EntraClient,
  list: NamedList<Schema>,
): Promise<void> {
  const walk = () =>
    walkPages({
      what: list.what,
      first: list.first,
      origin: client.origin,
      tally: list.tally,
      fetchPage: async (place) => pageOf(await client.get(place, list), place, list.schema),
      onPage: list.onPage,
    });
  try {
    await walk();
  } catch (error) {
    if (!(error instanceof ExpiredLinkError)) throw error;
    list.tally.pages = 0;
    list.tally.items = 0;
    await walk();
  }
}

function pageOf<Schema extends z.ZodType>(
  body: unknown,
  place: Place,
  schema: Schema,
): Page<z.output<Schema>> {
  const list = parseOne(body, graphList, place);
  return { items: parseItems(list.value, schema, place), next: list['@odata.nextLink'] ?? null };
}

export interface ByIds<Schema extends z.ZodType> extends GraphAsk {
  readonly what: string;
  /** `/users` or `/groups`. */
  readonly path: string;
  readonly fields: string;
  readonly schema: Schema;
  readonly limit: ReturnType<typeof pLimit>;
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
      const body = bodyOf(outcome, place);
      const one = body === null ? null : parseOne(body, by.schema, place);
      // The path takes sign-in names too: an answer about somebody else proves nothing about this id.
      if (one !== null && one.id !== id)
        throw oddAnswer(place, 'the answer is about another object than the one asked for');
      found.set(id, one);
    }
  });
  return found;
}

export interface MembersRead extends GraphAsk {
  readonly limit: ReturnType<typeof pLimit>;
  /** The group exists: called before its first member. */
  readonly onGroup: (group: GraphGroup) => void;
  readonly onMembers: (group: GraphGroup, members: readonly GraphMember[], place: Place) => void;
  /** All its members were given. */
  readonly onEnd: (group: GraphGroup) => void;
}

/** Direct members of many groups; a group that has been deleted since it was listed is left out. */
export async function readMembers(
  client: EntraClient,
  groups: readonly GraphGroup[],
  read: MembersRead,
): Promise<void> {
  await inBatches(groups, read, async (some, signal) => {
    const places = some.map((group): Place => {
      const url = client.url(`/groups/${encodeURIComponent(group.id)}/members?$select=id&$top=${PAGE_SIZE}`);
      return { what: `members of Entra group "${group.displayName}" (${group.id})`, page: 1, url };
    });
    const outcomes = await client.batch(places, { tally: read.tally, signal });
    for (const [index, outcome] of outcomes.entries()) {
      await readMembersFrom(client, some[index] as GraphGroup, places[index] as Place, outcome, {
        ...read,
        signal,
      });
    }
  });
}

async function readMembersFrom(
  client: EntraClient,
  group: GraphGroup,
  first: Place,
  outcome: GraphOutcome,
  read: MembersRead,
): Promise<void> {
  if (isHidden(group) && outcome.answer.status === 403) {
    read.onGroup(group);
    read.onEnd(group);
    return;
  }
  const body = bodyOf(outcome, first);
  if (body === null) return;
  read.onGroup(group);
  let at = first;
  await walkPages({
    what: first.what,
    first: first.url,
    origin: client.origin,
    tally: read.tally,
    fetchPage: async (place) => {
      at = place;
      return pageOf(place.page === 1 ? body : await client.get(place, read), place, graphMember);
    },
    onPage: (members) => read.onMembers(group, members, at),
  });
  read.onEnd(group);
}

/** The body of a 200; null for an object that does not exist. @throws SourceReadError for any other answer. */
function bodyOf(outcome: GraphOutcome, place: Place): unknown {
  if (outcome.answer.status === 200) return outcome.answer.body ?? {};
  if (saysNotFound(outcome.answer)) return null;
  throw refusedError(place, outcome);
}

interface Batches {
  readonly signal: AbortSignal;
  readonly limit: ReturnType<typeof pLimit>;
}

function inBatches<Item>(
  items: readonly Item[],
  { signal, limit }: Batches,
  work: (some: readonly Item[], signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += BATCH_SIZE)
    chunks.push(items.slice(start, start + BATCH_SIZE));
  return together(
    signal,
    chunks.map((chunk) => (inner: AbortSignal) => limit(() => work(chunk, inner))),
  );
}
