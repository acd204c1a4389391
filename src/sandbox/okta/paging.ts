/** Pages with `Link` headers, one line for `self` and one for `next`, as absolute URLs. */
import { decodeCursor, encodeCursor, sliceAfter } from '../http/cursor.ts';
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { oktaRefusal } from './errors.ts';

export interface PageOf<T> {
  readonly kind: string;
  readonly items: readonly T[];
  readonly keep?: (item: T) => boolean;
  readonly render: (item: T) => unknown;
  /** Largest `limit` that this endpoint takes. */
  readonly maxLimit: number;
  /** What it uses without a `limit`, where that is less. */
  readonly usualLimit?: number;
  /** The server may always answer with fewer than asked for. */
  readonly cap: number;
  readonly url: string;
}

/** @throws Refusal 400 for a limit out of range or a cursor of another list */
export function pageAnswer<T extends { readonly id: string }>(list: PageOf<T>, exchange: Exchange): Answer {
  const size = Math.min(limitOf(exchange, list.maxLimit, list.usualLimit), list.cap);
  const cursor = exchange.query.get('after');
  const after = cursor === null ? null : decodeCursor(list.kind, cursor);
  if (cursor !== null && after === null) throw oktaRefusal('validation', 'after: not a cursor of this list');
  const slice = sliceAfter({ ...list, keyOf: ({ id }) => id }, after, size);
  const links = [`<${list.url}${exchange.target}>; rel="self"`];
  if (slice.last !== null) {
    const query = new URLSearchParams(exchange.query);
    query.set('after', encodeCursor(list.kind, slice.last));
    query.set('limit', String(size));
    links.push(`<${list.url}${exchange.pathname}?${query}>; rel="next"`);
  }
  return jsonAnswer(200, slice.items.map(list.render), { link: links });
}

/** @throws Refusal 400 for a limit out of range */
export function limitOf(exchange: Exchange, maximum: number, usual = maximum): number {
  const text = exchange.query.get('limit');
  if (text === null) return usual;
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > maximum) {
    throw oktaRefusal('validation', `limit: ${text} is not between 1 and ${maximum}`);
  }
  return Number(text);
}

/** @throws Refusal 400 naming a query parameter that the endpoint does not have, or one given twice */
export function checkQuery(exchange: Exchange, known: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of exchange.query.keys()) {
    if (!known.includes(name)) throw oktaRefusal('validation', `unknown query parameter ${name}`);
    if (seen.has(name)) throw oktaRefusal('validation', `query parameter ${name} given twice`);
    seen.add(name);
  }
}
