/**
 * Extensions that this server has no schema of: attributes of a customer's own, which Entra and Okta map under a URN.
 * They are kept and given back, and nothing here reads a meaning into them (RFC 7643 section 3.3). Names out of a
 * request become keys, so only those of the grammar of RFC 7643 section 2.1 do, and none that reaches a prototype.
 */
import { attribute } from './attribute.ts';
import { entriesOnce } from './entries.ts';
import { bad, shown } from './fault.ts';
import { type AttributePath, anyCase, isObject } from './path.ts';
import { ENTERPRISE_URN, GROUP_URN, USER_URN } from './schemas.ts';
import type { ScimObject, ScimValue } from './store.ts';

/** Extensions of one resource, values in all of them together, and how deep they may stand in one another. */
export const MOST_CUSTOM = 20;
export const MOST_CUSTOM_VALUES = 500;
export const DEEPEST_CUSTOM = 4;
const LONGEST_URN = 256;

const URN = /^urn:[a-z0-9][a-z0-9-]{0,31}:[\w.:$+,;=@!*'()~-]+$/i;
const NAME = /^[a-z][\w$-]{0,127}$/i;
const RESERVED: ReadonlySet<string> = new Set(['constructor', 'prototype']);
const KNOWN: readonly string[] = [USER_URN, GROUP_URN, ENTERPRISE_URN].map((urn) => urn.toLowerCase());
const MESSAGES = 'urn:ietf:params:scim:api:';
/** By RFC 7643 section 10.3.1 a schema ends in what it is for. */
const KIND = /^(?:user|group)$/i;

/** What a path names in an extension of this kind. */
export interface CustomPlace {
  readonly urn: string;
  /** null: the whole extension. */
  readonly name: string | null;
  readonly sub: string | null;
}

/** Whether an extension without a schema here may have this name. */
export function isCustomUrn(text: string): boolean {
  const urn = text.toLowerCase();
  return (
    text.length <= LONGEST_URN &&
    URN.test(text) &&
    !urn.startsWith(MESSAGES) &&
    !KNOWN.some((each) => within(urn, each))
  );
}

function within(text: string, urn: string): boolean {
  return text === urn || (text.startsWith(urn) && (text[urn.length] === ':' || text[urn.length] === '.'));
}

/** The URNs of such extensions in a body, in the order of the alphabet. */
export function customUrns(body: ScimObject): readonly string[] {
  return Object.keys(body).filter(isCustomUrn).sort();
}

/**
 * `urn:…:2.0:User`, `urn:…:2.0:User:tag` or `urn:…:2.0:User:tag.value`; null: no such thing. Where nothing says where the
 * URN ends, the last colon does, unless what stands behind it is User or Group.
 * @param urns of extensions that are there already
 */
export function customPlace(text: string, urns: readonly string[] = []): CustomPlace | null {
  if (!isCustomUrn(text)) return null;
  for (const urn of [...urns].sort((a, b) => b.length - a.length)) {
    if (text.toLowerCase() === urn.toLowerCase()) return { urn, name: null, sub: null };
    if (within(text.toLowerCase(), urn.toLowerCase())) return placeIn(urn, text.slice(urn.length + 1));
  }
  const colon = text.lastIndexOf(':');
  const last = text.slice(colon + 1);
  if (KIND.test(last)) return { urn: text, name: null, sub: null };
  const dot = last.indexOf('.');
  // Entra writes a dot behind the URN for some attributes.
  if (dot !== -1 && KIND.test(last.slice(0, dot)))
    return placeIn(text.slice(0, colon + 1 + dot), last.slice(dot + 1));
  return placeIn(text.slice(0, colon), last);
}

function placeIn(urn: string, rest: string): CustomPlace | null {
  const [name = '', sub = null, ...more] = rest.split('.');
  const named = isName(name) && (sub === null || isName(sub)) && more.length === 0;
  return isCustomUrn(urn) && named ? { urn, name, sub } : null;
}

function isName(name: string): boolean {
  return NAME.test(name) && !RESERVED.has(name.toLowerCase());
}

/** The same for filters and projections; its attributes are compared as what they are. */
export function customPath(text: string): AttributePath | null {
  const place = customPlace(text);
  if (place === null) return null;
  const { urn, name, sub } = place;
  return {
    extension: { id: urn, name: urn, description: 'Not known here.', attributes: [] },
    attribute: name === null ? null : anything(name),
    sub: sub === null ? null : anything(sub),
  };
}

function anything(name: string) {
  return attribute(name, 'Not known here.', { type: 'any' });
}

/**
 * An extension as it is kept: without nulls, empty lists and names that are none, in the order of the alphabet.
 * @returns undefined: nothing is left of it
 * @throws ScimFault invalidValue, invalidSyntax
 */
export function customObject(urn: string, value: unknown): ScimObject | undefined {
  if (value === null || value === undefined) return undefined;
  if (!isObject(value)) throw bad('invalidValue', `${urn} must be an object, and ${shown(value)} is not.`);
  return customValue(urn, value, 0) as ScimObject | undefined;
}

/** @param depth of what it stands in: 0 for the extension itself */
export function customValue(urn: string, value: ScimValue, depth: number): ScimValue | undefined {
  if (value === null) return undefined;
  if (typeof value === 'number' && !Number.isFinite(value))
    throw bad('invalidValue', `A number in ${urn} is larger than JSON can be relied on to keep.`);
  if (typeof value !== 'object') return value;
  if (depth >= DEEPEST_CUSTOM)
    throw bad(
      'invalidValue',
      `Values of ${urn} stand deeper than ${DEEPEST_CUSTOM} levels, which is the limit.`,
    );
  if (Array.isArray(value)) {
    checkCustomLength(urn, value.length);
    const list = value.flatMap((each: ScimValue) => customValue(urn, each, depth + 1) ?? []);
    return list.length === 0 ? undefined : list;
  }
  const parts = new Map<string, ScimValue>();
  for (const [name, part] of entriesOnce(value as ScimObject)) {
    const kept = isName(name) ? customValue(urn, part, depth + 1) : undefined;
    if (kept !== undefined) parts.set(name, kept);
  }
  return parts.size === 0 ? undefined : sorted(parts);
}

/** @throws ScimFault invalidValue */
export function checkCustomLength(urn: string, length: number): void {
  if (length > MOST_CUSTOM_VALUES)
    throw bad(
      'invalidValue',
      `${length} values in a list of ${urn} are too many; the limit is ${MOST_CUSTOM_VALUES}.`,
    );
}

export function sorted(parts: ReadonlyMap<string, ScimValue>): ScimObject {
  return Object.fromEntries([...parts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @throws ScimFault invalidValue */
export function checkCustom(body: ScimObject): void {
  const urns = customUrns(body);
  if (urns.length > MOST_CUSTOM)
    throw bad(
      'invalidValue',
      `${urns.length} extensions are too many; the limit of a resource is ${MOST_CUSTOM}.`,
    );
  const values = urns.reduce((sum, urn) => sum + leavesOf(body[urn] as ScimValue), 0);
  if (values > MOST_CUSTOM_VALUES)
    throw bad(
      'invalidValue',
      `${values} values in extensions are too many; the limit of a resource is ${MOST_CUSTOM_VALUES}.`,
    );
}

function leavesOf(value: ScimValue): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, part: ScimValue) => sum + leavesOf(part), 0);
}

/** The key in any case; undefined: none. */
export function keyLike(object: ScimObject, name: string): string | undefined {
  return anyCase(object, name)?.[0];
}
