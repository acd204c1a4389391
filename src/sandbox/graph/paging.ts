/** OData pages: `$top`, and an absolute, opaque `@odata.nextLink`. */
import { decodeCursor, encodeCursor, sliceAfter } from '../http/cursor.ts';
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { graphRefusal } from './errors.ts';

const DEFAULT_TOP = 100;
const MAX_TOP = 999;

/** What every list takes. */
export const PAGED: readonly string[] = ['$select', '$top', '$skiptoken'];

/** Where a list stands, and the most that its pages hold. */
export function place(
  { url, pageSize }: { readonly url: string; readonly pageSize: number },
  exchange: Exchange,
): Pick<ListOf<unknown>, 'base' | 'path' | 'cap'> {
  return { base: `${url}/v1.0`, path: exchange.pathname.replace(/^\/v1\.0/, ''), cap: pageSize };
}

export interface ListOf<T> {
  readonly kind: string;
  readonly context: string;
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly render: (item: T) => unknown;
  /** The server may always answer with fewer than asked for. */
  readonly cap: number;
  /** Origin and version, e.g. `http://127.0.0.1:4000/v1.0`. */
  readonly base: string;
  /** Path below `base`. */
  readonly path: string;
}

/** @throws Refusal 400 for `$top` out of range or a token of another list */
export function listAnswer<T>(list: ListOf<T>, query: URLSearchParams): Answer {
  const size = Math.min(topOf(query), list.cap);
  const token = query.get('$skiptoken');
  const after = token === null ? null : decodeCursor(list.kind, token);
  if (token !== null && after === null) {
    throw graphRefusal(
      400,
      'Directory_ExpiredPageToken',
      'The specified page token value has expired or is invalid.',
    );
  }
  const slice = sliceAfter(list, after, size);
  const value = slice.items.map(list.render);
  const context = { '@odata.context': `${list.base}/$metadata#${list.context}` };
  if (slice.last === null) return jsonAnswer(200, { ...context, value });
  const next = new URLSearchParams(query);
  next.set('$skiptoken', encodeCursor(list.kind, slice.last));
  const link = `${list.base}${list.path}?${readable(next)}`;
  return jsonAnswer(200, { ...context, '@odata.nextLink': link, value });
}

/** OData names keep their dollar sign in links that Graph writes. */
function readable(query: URLSearchParams): string {
  return Array.from(
    query,
    ([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%2C', ',')}`,
  ).join('&');
}

function topOf(query: URLSearchParams): number {
  const text = query.get('$top');
  if (text === null) return DEFAULT_TOP;
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > MAX_TOP) {
    throw graphRefusal(
      400,
      'Request_UnsupportedQuery',
      `Invalid page size specified: '${text}'. Must be between 1 and ${MAX_TOP} inclusive.`,
    );
  }
  return Number(text);
}

/** @throws Refusal 400 naming a query option that is not supported, or one given twice */
export function checkQuery(exchange: Exchange, known: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of exchange.query.keys()) {
    if (!known.includes(name) || seen.has(name)) {
      throw graphRefusal(
        400,
        'BadRequest',
        `The query option '${name}' is not supported here or given twice.`,
      );
    }
    seen.add(name);
  }
}
