/** What a PATCH does to an extension that this server has no schema of (RFC 7644 section 3.5.2). */
import { type CustomPlace, checkCustomLength, customValue, keyLike, sorted } from './custom.ts';
import { entriesOnce } from './entries.ts';
import { bad, shown } from './fault.ts';
import { isObject } from './path.ts';
import type { ScimObject, ScimValue } from './store.ts';
import { textOf } from './value.ts';

type Op = 'add' | 'replace' | 'remove';
type Body = Record<string, ScimValue>;

/** @throws ScimFault invalidValue, invalidPath */
export function patchCustom(body: Body, place: CustomPlace, op: Op, value: ScimValue | undefined): void {
  const key = keyLike(body, place.urn) ?? place.urn;
  if (place.name !== null) {
    patchName(body, key, { ...place, name: place.name }, op, value);
    return;
  }
  if (op === 'remove' || value === null) {
    delete body[key];
    return;
  }
  if (!isObject(value))
    throw bad('invalidValue', `${place.urn} must be an object, and ${shown(value)} is not.`);
  // Attributes that are not named stay, as in the extensions that are known.
  for (const [name, part] of Object.entries(customParts(key, value)))
    patchName(body, key, { urn: key, name, sub: null }, op, part);
}

/** Nulls are kept: they remove. */
function customParts(urn: string, value: ScimObject): ScimObject {
  const nulls = entriesOnce(value).filter(([, part]) => part === null);
  return { ...(customValue(urn, value, 0) as ScimObject | undefined), ...Object.fromEntries(nulls) };
}

function patchName(
  body: Body,
  key: string,
  { urn, name, sub }: CustomPlace & { readonly name: string },
  op: Op,
  value: ScimValue | undefined,
): void {
  const holder = body[key];
  const inner = new Map(Object.entries(isObject(holder) ? holder : {}));
  const named = keyLike(isObject(holder) ? holder : {}, name) ?? name;
  const before = inner.get(named);
  const given = value === undefined ? undefined : customValue(urn, value, 1);
  const after = sub === null ? next(urn, before, op, given) : withPart(urn, named, before, sub, op, given);
  if (after === undefined) inner.delete(named);
  else inner.set(named, after);
  if (inner.size === 0) delete body[key];
  else body[key] = sorted(inner);
}

/** A part of a complex value. */
function withPart(
  urn: string,
  name: string,
  before: ScimValue | undefined,
  sub: string,
  op: Op,
  given: ScimValue | undefined,
): ScimValue | undefined {
  if (before !== undefined && !isObject(before))
    throw bad('invalidPath', `${name} has no parts here: write it as a whole.`);
  const parts = new Map(Object.entries(before ?? {}));
  const key = keyLike(before ?? {}, sub) ?? sub;
  const after = next(urn, parts.get(key), op, given);
  if (after === undefined) parts.delete(key);
  else parts.set(key, after);
  return parts.size === 0 ? undefined : sorted(parts);
}

/** undefined: nothing is left. */
function next(
  urn: string,
  before: ScimValue | undefined,
  op: Op,
  given: ScimValue | undefined,
): ScimValue | undefined {
  if (op === 'replace') return given;
  if (op === 'remove') {
    // As for the attributes that are known, a value names which of a list are meant.
    if (given === undefined || !Array.isArray(before)) return undefined;
    const meant = new Set(listOf(given).map(textOf));
    const kept = before.filter((each) => !meant.has(textOf(each)));
    return kept.length === 0 ? undefined : kept;
  }
  if (given === undefined || before === undefined) return given;
  if (Array.isArray(before)) {
    const known = new Set(before.map(textOf));
    const list = [...before, ...listOf(given).filter((each) => !known.has(textOf(each)))];
    checkCustomLength(urn, list.length);
    return list;
  }
  if (isObject(before) && isObject(given)) return sorted(new Map(Object.entries({ ...before, ...given })));
  return given;
}

function listOf(value: ScimValue): readonly ScimValue[] {
  return Array.isArray(value) ? value : [value];
}
