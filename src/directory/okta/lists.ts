/** Okta's lists, chained by Link headers, and single objects by id. */
import type * as z from 'zod';
import type { Answer } from '../../lib/fetch.ts';
import { newTally, type Page, type Tally, walkPages } from '../pages.ts';
import { parseItems, parseOne } from '../parse.ts';
import { oddAnswer, type Place, parseJson } from '../read-error.ts';
import type { OktaClient } from './client.ts';

export interface ListRead<Item> {
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly onPage: (items: readonly Item[]) => void;
  /** Okta's own clock when it answered the first page, in Unix ms; null when it does not say. */
  readonly onClock?: (ms: number | null) => void;
}

export interface NamedList<Schema extends z.ZodType> extends ListRead<z.output<Schema>> {
  readonly what: string;
  /** Path and query of the first page. */
  readonly path: string;
  readonly schema: Schema;
}

/** @throws SourceReadError when the list cannot be read to its end. */
export async function readList<Schema extends z.ZodType>(
  client: OktaClient,
  list: NamedList<Schema>,
): Promise<void> {
  const place: Place = { what: list.what, page: 1, url: client.url(list.path) };
  const { tally, signal } = list;
  await readFrom(client, list, await client.get({ place, tally, signal }));
}

/** False when Okta says that what the list belongs to does not exist. `onFound` comes before the first item. */
export async function readListIfAny<Schema extends z.ZodType>(
  client: OktaClient,
  list: NamedList<Schema> & { readonly onFound: () => void },
): Promise<boolean> {
  const place: Place = { what: list.what, page: 1, url: client.url(list.path) };
  const { tally, signal } = list;
  const first = await client.find({ place, tally, signal });
  if (first === null) return false;
  list.onFound();
  await readFrom(client, list, first);
  return true;
}

function readFrom<Schema extends z.ZodType>(
  client: OktaClient,
  list: NamedList<Schema>,
  first: Answer,
): Promise<void> {
  const { what, tally, signal, schema, onPage } = list;
  const clock = Date.parse(first.headers.get('date') ?? '');
  list.onClock?.(Number.isNaN(clock) ? null : clock);
  return walkPages({
    what,
    first: client.url(list.path),
    origin: client.origin,
    tally,
    fetchPage: async (at) => {
      const answer = at.page === 1 ? first : await client.get({ place: at, tally, signal });
      return pageOf(answer, at, schema);
    },
    onPage,
  });
}

interface OneRead<Schema> {
  readonly what: string;
  readonly id: string;
  readonly path: string;
  readonly schema: Schema;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** null: Okta says that there is no such object. */
export async function findOne<Schema extends z.ZodType<{ id: string }>>(
  client: OktaClient,
  one: OneRead<Schema>,
): Promise<z.output<Schema> | null> {
  const { tally, signal } = one;
  const place: Place = { what: one.what, page: null, url: client.url(one.path) };
  const answer = await client.find({ place, tally, signal });
  if (answer === null) return null;
  const found = parseOne(parseJson(answer, place), one.schema, place);
  // The path takes login names too: an answer about somebody else proves nothing about this id.
  if (found.id !== one.id)
    throw oddAnswer(place, 'the answer is about another object than the one asked for');
  return found;
}

/** One page and no more of a list: what `check` asks for. */
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

/** @throws SourceReadError for a page that is no list, or whose chain was cut off on the way. */
export function pageOf<Schema extends z.ZodType>(
  answer: Answer,
  place: Place,
  schema: Schema,
): Page<z.output<Schema>> {
  const items = parseItems(parseJson(answer, place), schema, place);
  const link = answer.headers.get('link');
  const limit = Number(new URL(answer.url).searchParams.get('limit') ?? Number.NaN);
  // Okta links every page to itself at least; without that nobody can tell whether more pages follow a full one.
  if (link === null && items.length >= limit && limit > 1)
    throw oddAnswer(
      place,
      `a full page of ${items.length} came without any Link header, so its end is unknown`,
    );
  return { items, next: nextLink(link) };
}

/** The target of `rel="next"`; several Link headers arrive joined by commas. */
export function nextLink(header: string | null): string | null {
  for (const [, target, parameters] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*"?next"?\s*(?:[;,]|$)/i.test(parameters ?? '')) return target ?? null;
  }
  return null;
}
