/** Pushed resources as rows: how they are written, found and read back. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ScimKey, ScimObject, ScimResource, ScimType, ScimValue } from '../../lib/scim/store.ts';
import { damaged, parseStored } from './parse.ts';

const count = z.int().nonnegative();

const headerSchema = z.strictObject({
  id: z.uuid(),
  kind: z.enum(['User', 'Group']),
  version: z.int().positive(),
  created: count,
  modified: count,
  seq: z.int().positive(),
  names: z.array(z.string()).optional(),
  gone: z.array(z.string()),
});

const value: z.ZodType<ScimValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(value), z.record(z.string(), value)]),
);
const bodySchema: z.ZodType<ScimObject> = z.record(z.string(), value);

export interface Row {
  readonly resource: ScimResource;
  /** Its place in the order of creation. */
  readonly seq: number;
}

/** @throws ConfigError naming the row when it is not as it was written. */
export function parseRow(text: string | null | undefined, type: ScimType, id: string, key: string): Row {
  const name = `${key} ${id}`;
  if (text == null) throw damaged(name, 'the row is missing, yet its order has it');
  const cut = text.indexOf('\n');
  if (cut < 0) throw damaged(name, 'it has no header');
  const header = parseStored(headerSchema, text.slice(0, cut), name);
  if (header.id !== id || header.kind !== type)
    throw damaged(name, `it is the row of ${header.kind} ${header.id}`);
  const body = parseStored(bodySchema, text.slice(cut + 1), name);
  const { version, created, modified, seq } = header;
  return { resource: { id, type, version, created, lastModified: modified, body }, seq };
}

/** The same text for the same attributes, in whatever order a client sends them. */
export function canonical(body: ScimValue): string {
  return JSON.stringify(sorted(body));
}

function sorted(item: ScimValue): ScimValue {
  if (Array.isArray(item)) return item.map(sorted);
  if (typeof item !== 'object' || item === null) return item;
  const entries = Object.entries(item).map(([name, each]) => [name, sorted(each)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Values that a resource has under a key, as they are compared. */
export function valuesOf(type: ScimType, body: ScimObject, key: ScimKey): string[] {
  if (key === 'email') return type === 'User' ? emailsOf(body) : [];
  if (key === 'userName' && type === 'Group') return [];
  const text = body[key];
  return typeof text === 'string' && text !== '' ? [folded(key, text)] : [];
}

function emailsOf({ emails }: ScimObject): string[] {
  if (!Array.isArray(emails)) return [];
  const all = emails.flatMap((email) => {
    const address = typeof email === 'object' && email !== null ? (email as ScimObject).value : null;
    return typeof address === 'string' && address !== '' ? [folded('email', address)] : [];
  });
  return [...new Set(all)].slice(0, MOST_EMAILS);
}

const MOST_EMAILS = 20;

export function folded(key: ScimKey, text: string): string {
  return key === 'externalId' ? text : text.toLowerCase();
}

/** Entry of the index: short, whatever the value is. Who looks by it compares the value itself as well. */
export function indexName(key: ScimKey, foldedValue: string): string {
  return `${key}:${createHash('sha256').update(foldedValue).digest('hex').slice(0, 32)}`;
}

const KEYS: readonly ScimKey[] = ['userName', 'externalId', 'displayName', 'email'];

export function indexNames(type: ScimType, body: ScimObject): string[] {
  return KEYS.flatMap((key) => valuesOf(type, body, key).map((each) => indexName(key, each)));
}

/** Under which names a removal is remembered. */
export function goneNames(id: string, { externalId }: ScimObject): string[] {
  return [`id:${id}`, ...(typeof externalId === 'string' ? [`externalId:${externalId}`] : [])];
}
