/** Walks a chain of pages to its end, whatever the vendor. */
import { originOf } from '../lib/fetch.ts';
import { withinOrigin } from '../lib/origin.ts';
import { oddAnswer, type Place } from './read-error.ts';

/** What one collection has cost so far; it becomes a ReadReport. */
export interface Tally {
  readonly what: string;
  pages: number;
  items: number;
  calls: number;
}

export function newTally(what: string): Tally {
  return { what, pages: 0, items: 0, calls: 0 };
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The link to follow as the server wrote it; null on the last page. */
  readonly next: string | null;
}

export interface PageWalk<Item> {
  readonly what: string;
  readonly first: string;
  /** Number of the first page, when earlier pages were read elsewhere. */
  readonly firstPage?: number;
  readonly origin: string;
  readonly tally: Tally;
  readonly fetchPage: (place: Place) => Promise<Page<Item>>;
  readonly onPage: (items: readonly Item[]) => void;
}

/** A few empty pages in a row are normal; a server that sends nothing else would keep a reader for ever. */
const MAX_EMPTY_PAGES = 100;

/** @throws SourceReadError when a link leads elsewhere, comes back, or never ends. */
export async function walkPages<Item>(walk: PageWalk<Item>): Promise<void> {
  const visited = new Set<string>();
  let empty = 0;
  let url: string | null = walk.first;
  for (let page = walk.firstPage ?? 1; url !== null; page++) {
    const place: Place = { what: walk.what, page, url };
    visited.add(url);
    const { items, next } = await walk.fetchPage(place);
    walk.tally.pages++;
    walk.tally.items += items.length;
    walk.onPage(items);
    empty = items.length === 0 ? empty + 1 : 0;
    if (next !== null) checkNext(next, place, walk.origin, visited);
    if (next !== null && empty > MAX_EMPTY_PAGES)
      throw oddAnswer(place, `more than ${MAX_EMPTY_PAGES} empty pages in a row, each with a next link`);
    url = next;
  }
}

function checkNext(next: string, place: Place, origin: string, visited: ReadonlySet<string>): void {
  if (withinOrigin(next, origin) === null)
    throw oddAnswer(
      place,
      `the next link leads to ${originOf(next)} instead of ${origin}; it was not followed and no credential was sent`,
    );
  if (visited.has(next))
    throw oddAnswer(place, 'the next link is one that was already read: the pages never end');
}
