/** What a list request asks for, from its query (GET) or its body (POST …/.search; RFC 7644 sections 3.4.2 and 3.4.3). */
import { requireSchema } from '../../lib/scim/body.ts';
import { MOST_RESULTS, USUAL_RESULTS } from '../../lib/scim/discovery.ts';
import { entriesOnce } from '../../lib/scim/entries.ts';
import { bad, type ScimFaultType, shown } from '../../lib/scim/fault.ts';
import { parseFilter, type ScimFilter } from '../../lib/scim/filter.ts';
import { isObject } from '../../lib/scim/path.ts';
import type { Projection } from '../../lib/scim/projection.ts';
import type { ScimObject } from '../../lib/scim/store.ts';

const SEARCH_URN = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

export interface ListQuery {
  readonly filter: ScimFilter | null;
  /** From 1. */
  readonly startIndex: number;
  readonly count: number;
  /** The empty string asks for the first page of this kind; null: pages by index. */
  readonly cursor: string | null;
  readonly projection: Projection;
}

/** @throws ScimFault */
export function listQuery(query: unknown): ListQuery {
  return readList(isObject(query) ? query : {});
}

/** @throws ScimFault */
export function searchQuery(body: unknown): ListQuery {
  if (!isObject(body)) throw bad('invalidSyntax', 'The body must be a JSON object: a SearchRequest.');
  requireSchema(body, SEARCH_URN);
  return readList(body);
}

/** @throws ScimFault */
export function projectionOf(query: unknown): Projection {
  return readProjection(byName(isObject(query) ? query : {}));
}

type Fields = ReadonlyMap<string, unknown>;

function byName(given: ScimObject): Fields {
  return new Map(entriesOnce(given).map(([name, value]) => [name.toLowerCase(), value]));
}

function readList(given: ScimObject): ListQuery {
  const fields = byName(given);
  const filter = textOf(fields, 'filter');
  const cursor = textOf(fields, 'cursor');
  if (cursor !== null && fields.has('startindex'))
    throw bad('invalidCursor', 'cursor and startIndex do not go together.');
  return {
    filter: filter === null ? null : parseFilter(filter),
    startIndex: Math.max(1, integerOf(fields, 'startIndex') ?? 1),
    count: Math.min(MOST_RESULTS, Math.max(0, countOf(fields, cursor) ?? USUAL_RESULTS)),
    cursor,
    projection: readProjection(fields),
  };
}

function readProjection(fields: Fields): Projection {
  const attributes = namesOf(fields, 'attributes');
  return {
    attributes: attributes.length === 0 ? null : attributes,
    excluded: namesOf(fields, 'excludedAttributes'),
  };
}

function textOf(fields: Fields, name: string): string | null {
  const value = fields.get(name);
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw bad('invalidValue', `${name} must be given once, as a string.`);
}

const INTEGER = /^-?\d{1,15}$/;

/** RFC 9865 has a word of its own for it in pages by cursor. */
function countOf(fields: Fields, cursor: string | null): number | null {
  return integerOf(fields, 'count', cursor === null ? 'invalidValue' : 'invalidCount');
}

function integerOf(fields: Fields, name: string, wrong: ScimFaultType = 'invalidValue'): number | null {
  const value = fields.get(name.toLowerCase());
  if (value === undefined || value === null || value === '') return null;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && INTEGER.test(text)) return Number(text);
  throw bad(wrong, `${name} must be an integer, and ${shown(value)} is not.`);
}

/** In a query they stand behind one another with commas, in a body in a list. */
function namesOf(fields: Fields, name: string): readonly string[] {
  const value = fields.get(name.toLowerCase());
  if (value === undefined || value === null) return [];
  const parts = Array.isArray(value) ? value : [value];
  if (!parts.every((part) => typeof part === 'string'))
    throw bad('invalidValue', `${name} must be names of attributes.`);
  return parts
    .flatMap((part) => part.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
