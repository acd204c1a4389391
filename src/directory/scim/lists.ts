/** SCIM's lists, by index (RFC 7644, section 3.4.2.4) or by cursor (RFC 9865), and single resources by id. */
import type * as z from 'zod';
import type { Answer } from '../../lib/fetch.ts';
import { type Tally, walkPages } from '../pages.ts';
import { parseItems, parseOne } from '../parse.ts';
import { oddAnswer, type Place, parseJson } from '../read-error.ts';
import type { ScimClient } from './client.ts';
import { scimList } from './schema.ts';

export interface ListRead<Schema extends z.ZodType<{ id: string }>> {
  readonly what: string;
  /** `/Users` or `/Groups`. */
  readonly path: string;
  /** What to ask for beside the paging. */
  readonly query: Readonly<Record<string, string>>;
  readonly schema: Schema;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  /** Entries to ask for at once. */
  readonly count: number;
  readonly cursor: boolean;
  /** How many are read so far; it falls where a list that moved is read anew. */
  readonly onCount: (count: number) => void;
}

/** A list that is written to while it is read is read anew, this often. */
const TRIES = 3;

/** Why the pages of one list do not fit together. */
class ShiftedError extends Error {
  readonly place: Place;

  constructor(place: Place, message: string) {
    super(message);
    this.place = place;
  }
}

/** Every entry once, by id. @throws SourceReadError when the list cannot be read to its end, or does not hold still. */
export async function readList<Schema extends z.ZodType<{ id: string }>>(
  client: ScimClient,
  list: ListRead<Schema>,
): Promise<Map<string, z.output<Schema>>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await (list.cursor ? readByCursor(client, list) : readByIndex(client, list));
    } catch (error) {
      if (!(error instanceof ShiftedError)) throw error;
      if (attempt < TRIES) continue;
      throw oddAnswer(
        error.place,
        `${error.message}, ${TRIES} readings in a row: the list changes faster than it can be read, has no fixed order (set sortBy), or its pages repeat`,
      );
    }
  }
}

interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly total: number | null;
  readonly startIndex: number | null;
  readonly nextCursor: string | null;
}

export function pageOf<Schema extends z.ZodType>(
  answer: Answer,
  place: Place,
  schema: Schema,
): ListPage<z.output<Schema>> {
  const list = parseOne(parseJson(answer, place), scimList, place);
  return {
    items: parseItems(list.Resources ?? [], schema, place),
    total: list.totalResults ?? null,
    startIndex: list.startIndex ?? null,
    nextCursor: list.nextCursor ?? null,
  };
}

/**
 * Each page begins with the last entry of the one before it. Where another entry stands there, the list has moved
 * under the reader and somebody may have been passed over. The end is asked for once more in the same way, so that a
 * `totalResults` which counts less than there is cannot make the company smaller.
 */
async function readByIndex<Schema extends z.ZodType<{ id: string }>>(
  client: ScimClient,
  list: ListRead<Schema>,
): Promise<Map<string, z.output<Schema>>> {
  const found = new Map<string, z.output<Schema>>();
  const { tally, signal } = list;
  let last: string | null = null;
  for (let number = 1; ; number++) {
    const startIndex = Math.max(1, found.size);
    const url = urlOf(client, list, { startIndex: String(startIndex) });
    const place: Place = { what: list.what, page: number, url };
    const page = pageOf(await client.get({ place, tally, signal }), place, list.schema);
    tally.pages++;
    const ended = last !== null && found.size === page.total;
    if (ended && isWholeAgain(page, found)) return found;
    const total = checkPage(page, startIndex, list.count, place);
    const fresh = last === null ? page.items : afterAnchor(page.items, last, place);
    if (ended && fresh.length > 0)
      throw oddAnswer(place, `the list goes on after the ${total} entries that totalResults gives`);
    for (const item of fresh) {
      if (found.has(item.id)) throw new ShiftedError(place, `entry ${item.id} came twice`);
      found.set(item.id, item);
    }
    tally.items += fresh.length;
    list.onCount(found.size);
    if (found.size > total)
      throw oddAnswer(place, `${found.size} entries came, but totalResults is ${total}`);
    if (ended || total === 0) return found;
    if (fresh.length === 0)
      throw oddAnswer(place, `a page without new entries came after ${found.size} of ${total} entries`);
    last = page.items.at(-1)?.id ?? null;
  }
}

/** A small provider without paging gives everything each time, whatever it is asked for. */
function isWholeAgain<Item extends { id: string }>(
  { items }: ListPage<Item>,
  found: ReadonlyMap<string, Item>,
): boolean {
  return new Set(items.map(({ id }) => id)).size === found.size && items.every(({ id }) => found.has(id));
}

function checkPage<Item>(page: ListPage<Item>, asked: number, count: number, place: Place): number {
  const { total, startIndex, items } = page;
  if (total === null) throw oddAnswer(place, 'the page has no totalResults');
  if (startIndex !== null && startIndex !== asked && items.length > 0)
    throw oddAnswer(place, `the page begins at entry ${startIndex} instead of ${asked}`);
  if (items.length > count && items.length !== total)
    throw oddAnswer(place, `${items.length} entries came where ${count} were asked for`);
  return total;
}

function afterAnchor<Item extends { id: string }>(
  items: readonly Item[],
  last: string,
  place: Place,
): readonly Item[] {
  if (items.length === 0) throw new ShiftedError(place, 'an empty page came where entries were read before');
  if (items[0]?.id !== last) throw new ShiftedError(place, 'the pages do not fit together');
  return items.slice(1);
}

/** An entry that comes twice is the newer one: a cursor may pass somebody again who was changed meanwhile. */
async function readByCursor<Schema extends z.ZodType<{ id: string }>>(
  client: ScimClient,
  list: ListRead<Schema>,
): Promise<Map<string, z.output<Schema>>> {
  const found = new Map<string, z.output<Schema>>();
  const { what, tally, signal, schema } = list;
  let end: { readonly place: Place; readonly total: number | null } | null = null;
  await walkPages<z.output<Schema>>({
    ...{ what, tally, origin: client.origin },
    first: urlOf(client, list, { cursor: '' }),
    fetchPage: async (place) => {
      const page = pageOf(await client.get({ place, tally, signal }), place, schema);
      end = { place, total: page.total };
      const next = page.nextCursor === null ? null : urlOf(client, list, { cursor: page.nextCursor });
      return { items: page.items, next };
    },
    onPage: (items) => {
      for (const item of items) found.set(item.id, item);
      list.onCount(found.size);
    },
  });
  const { place, total } = end as unknown as { readonly place: Place; readonly total: number | null };
  if (total !== null && total !== found.size)
    throw new ShiftedError(place, `${found.size} entries came, but totalResults is ${total}`);
  return found;
}

function urlOf(
  client: ScimClient,
  { path, query, count }: Pick<ListRead<never>, 'path' | 'query' | 'count'>,
  paging: Readonly<Record<string, string>>,
): string {
  return client.url(`${path}?${new URLSearchParams({ ...query, ...paging, count: String(count) })}`);
}

/** How many there are, by the provider's own count; null where it does not say. @throws SourceReadError */
export async function readTotal(
  client: ScimClient,
  list: Pick<ListRead<never>, 'what' | 'path' | 'query' | 'tally' | 'signal'>,
): Promise<number | null> {
  const url = urlOf(client, { ...list, count: 0 }, { startIndex: '1' });
  const place: Place = { what: list.what, page: null, url };
  const answer = await client.get({ place, tally: list.tally, signal: list.signal });
  // Whoever sends entries all the same has counted them as well.
  return parseOne(parseJson(answer, place), scimList, place).totalResults ?? null;
}

interface OneRead<Schema> {
  readonly what: string;
  /** `/Users` or `/Groups`. */
  readonly path: string;
  readonly id: string;
  readonly attributes: string;
  readonly schema: Schema;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** null: the provider says that there is no such resource. */
export async function findOne<Schema extends z.ZodType<{ id: string }>>(
  client: ScimClient,
  one: OneRead<Schema>,
): Promise<z.output<Schema> | null> {
  const { tally, signal, attributes } = one;
  const path = `${one.path}/${encodeURIComponent(one.id)}?${new URLSearchParams({ attributes })}`;
  const place: Place = { what: one.what, page: null, url: client.url(path) };
  const answer = await client.find({ place, tally, signal });
  if (answer === null) return null;
  const found = parseOne(parseJson(answer, place), one.schema, place);
  if (found.id !== one.id)
    throw oddAnswer(place, 'the answer is about another object than the one asked for');
  return found;
}
