/** One value out of a request, brought to the form in which it is kept, or refused. */
import { isDeepStrictEqual } from 'node:util';
import type { ScimAttribute } from './attribute.ts';
import { bad, type ScimFault, shown } from './fault.ts';
import { subAttribute } from './model.ts';
import { isObject } from './path.ts';
import type { ScimObject, ScimValue } from './store.ts';

/** xsd:dateTime, which RFC 7643 section 2.3.5 asks for. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})?$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * The value of a whole attribute; undefined: unassigned, which null and the empty list are as well (RFC 7643 section 2.5).
 * @param lone whether one value may stand where the RFC has a list, as clients write it in PATCH
 * @throws ScimFault invalidValue
 */
export function canonicalValue(
  attribute: ScimAttribute,
  value: unknown,
  lone: boolean,
): ScimValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (!attribute.multiValued) return single(attribute, value);
  if (!Array.isArray(value) && !lone) throw bad('invalidValue', `${attribute.name} must be a list.`);
  if (Array.isArray(value)) checkLength(attribute, value.length);
  const values = (Array.isArray(value) ? value : [value]).flatMap((each) => {
    const element = each === null ? undefined : one(attribute, each);
    return element === undefined ? [] : [element];
  });
  return values.length === 0 ? undefined : withoutRepeats(values);
}

/** Values of one list; a resource of 64 KB has no room for many more, and a PATCH compares each with each. */
export const MOST_VALUES = 1000;

/** @throws ScimFault invalidValue */
export function checkLength({ name }: ScimAttribute, length: number): void {
  if (length > MOST_VALUES)
    throw bad('invalidValue', `${length} values of ${name} are too many; the limit is ${MOST_VALUES}.`);
}

/** Entra sends the manager as a list of one. */
function single(attribute: ScimAttribute, value: unknown): ScimValue | undefined {
  if (attribute.type === 'complex' && Array.isArray(value) && value.length <= 1)
    return value.length === 0 ? undefined : one(attribute, value[0]);
  return one(attribute, value);
}

/** One value of the attribute, of a list or not. @throws ScimFault invalidValue */
export function one(attribute: ScimAttribute, value: unknown): ScimValue | undefined {
  if (attribute.type === 'complex') return complexValue(attribute, value);
  return simpleValue(attribute, value);
}

function complexValue(attribute: ScimAttribute, value: unknown): ScimObject | undefined {
  // So Entra takes the manager away.
  if (value === '' && subAttribute(attribute, 'value')) return undefined;
  // Entra sends the manager, and some clients each e-mail address, as the bare value.
  const parts = typeof value === 'string' && subAttribute(attribute, 'value') ? { value } : value;
  if (!isObject(parts)) throw wrong(attribute, value, 'an object');
  const found = new Map<string, ScimValue>();
  for (const [name, part] of Object.entries(parts)) {
    const sub = subAttribute(attribute, name);
    if (sub === undefined || sub.mutability === 'readOnly') continue;
    const canonical = canonicalValue(sub, part, false);
    if (canonical !== undefined) found.set(sub.name, canonical);
  }
  if (found.size === 0) return undefined;
  return inOrder(attribute.subAttributes ?? [], found);
}

/** Always in the order of the schema. */
export function inOrder(
  attributes: readonly ScimAttribute[],
  found: ReadonlyMap<string, ScimValue>,
): ScimObject {
  const object: Record<string, ScimValue> = {};
  for (const { name } of attributes) {
    const value = found.get(name);
    if (value !== undefined) object[name] = value;
  }
  return object;
}

function simpleValue(attribute: ScimAttribute, value: unknown): ScimValue {
  switch (attribute.type) {
    case 'boolean':
      return booleanValue(attribute, value);
    case 'integer':
    case 'decimal':
      if (typeof value !== 'number' || (attribute.type === 'integer' && !Number.isInteger(value)))
        throw wrong(attribute, value, attribute.type);
      return value;
    case 'dateTime':
      if (typeof value !== 'string' || !DATE_TIME.test(value) || Number.isNaN(Date.parse(value)))
        throw wrong(attribute, value, 'a dateTime');
      return value;
    case 'binary':
      if (typeof value !== 'string' || !BASE64.test(value)) throw wrong(attribute, value, 'Base64');
      return value;
    default:
      if (typeof value !== 'string') throw wrong(attribute, value, 'a string');
      return value;
  }
}

/** Entra writes "True" and "False" unless its tenant URL says otherwise. */
function booleanValue(attribute: ScimAttribute, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (word === 'true') return true;
  if (word === 'false') return false;
  throw wrong(attribute, value, 'true or false');
}

function wrong(attribute: ScimAttribute, value: unknown, wanted: string): ScimFault {
  return bad('invalidValue', `${attribute.name} must be ${wanted}, and ${shown(value)} is not.`);
}

/** Values of one request, all in the order of the schema. */
function withoutRepeats(values: readonly ScimValue[]): readonly ScimValue[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const text = JSON.stringify(value);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

/** A store keeps values, but not the order of their keys. */
export function sameValue(a: ScimValue | undefined, b: ScimValue | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return isDeepStrictEqual(a, b);
}

/** The same text for the same value: to look it up among many. */
export function textOf(value: ScimValue): string {
  if (!isObject(value)) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
