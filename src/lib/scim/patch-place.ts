/** Writes and removes at one place of a resource: an attribute, its chosen values, or one of their sub-attributes. */
import type { ScimAttribute, ScimSchema } from './attribute.ts';
import { bad } from './fault.ts';
import type { ScimFilter } from './filter.ts';
import type { Predicate } from './matches.ts';
import { subAttribute } from './model.ts';
import { isObject, own } from './path.ts';
import type { ScimObject, ScimValue } from './store.ts';
import { canonicalValue, checkLength, inOrder, one, sameValue, textOf } from './value.ts';

export interface Place {
  readonly extension: ScimSchema | null;
  readonly attribute: ScimAttribute;
  readonly sub: ScimAttribute | null;
  /** null: all values. */
  readonly select: { readonly filter: ScimFilter; readonly holds: Predicate } | null;
}

type Body = Record<string, ScimValue>;

/** RFC 7644 section 3.5.2.2. @param value Okta and Entra name in it which values of a list they mean */
export function removeAt(body: Body, place: Place, value: ScimValue | undefined): void {
  const { attribute, sub, select } = place;
  if (attribute.required || sub?.required)
    throw bad('mutability', `${(sub ?? attribute).name} is required and cannot be removed.`);
  if (!attribute.multiValued) {
    const rest = sub === null ? undefined : withSub(attribute, objectAt(body, place), sub, undefined);
    write(body, place, rest);
    return;
  }
  const named = sub === null && select === null ? namedIn(attribute, value) : null;
  const isNamed = named === null ? null : coveredBy(named);
  const kept = listAt(body, place).flatMap((each) => {
    const meant = isNamed === null ? chosen(place, each) : isNamed(each);
    if (!meant) return [each];
    const rest = sub === null ? undefined : withSub(attribute, each, sub, undefined);
    return rest === undefined ? [] : [rest];
  });
  write(body, place, kept);
}

/** RFC 7644 sections 3.5.2.1 and 3.5.2.3. */
export function writeAt(body: Body, place: Place, op: 'add' | 'replace', value: ScimValue): void {
  const { attribute, sub, select } = place;
  if (attribute.multiValued) {
    if (sub !== null || select !== null) writeChosen(body, place, op, value);
    else writeList(body, place, op, value);
  } else if (sub !== null) {
    const part = canonicalValue(sub, value, true);
    write(body, place, withSub(attribute, objectAt(body, place), sub, part));
  } else if (attribute.type === 'complex') writeComplex(body, place, value);
  else {
    const canonical = canonicalValue(attribute, value, true);
    if (attribute.mutability !== 'writeOnly') write(body, place, canonical);
  }
}

/** Sub-attributes that are not named stay. */
function writeComplex(body: Body, place: Place, value: ScimValue): void {
  const { attribute } = place;
  const canonical = canonicalValue(attribute, value, true);
  const nothing = canonical === undefined && !isObject(value);
  const parts = new Map(nothing ? [] : Object.entries(objectAt(body, place)));
  for (const [name, part] of Object.entries(isObject(value) ? value : {}))
    if (part === null) parts.delete(subAttribute(attribute, name)?.name ?? '');
  for (const [name, part] of Object.entries(isObject(canonical) ? canonical : {})) parts.set(name, part);
  write(body, place, parts.size === 0 ? undefined : inOrder(attribute.subAttributes ?? [], parts));
}

function writeList(body: Body, place: Place, op: 'add' | 'replace', value: ScimValue): void {
  const canonical = canonicalValue(place.attribute, value, true);
  const incoming = Array.isArray(canonical) ? (canonical as readonly ScimValue[]) : [];
  if (op === 'replace') {
    write(body, place, incoming);
    return;
  }
  const now = listAt(body, place);
  const known = new Set(now.map(textOf));
  const fresh = incoming.filter((each) => !known.has(textOf(each)));
  const before = fresh.some(isPrimary) ? now.map(notPrimary) : now;
  // A value that comes again, only as the primary one now, takes the place of itself.
  const again = new Set(fresh.map((each) => textOf(plain(each))));
  const kept = before.filter((old) => !again.has(textOf(plain(old))));
  checkLength(place.attribute, kept.length + fresh.length);
  write(body, place, [...kept, ...fresh]);
}

function writeChosen(body: Body, place: Place, op: 'add' | 'replace', value: ScimValue): void {
  const { attribute, sub } = place;
  const part = sub === null ? undefined : canonicalValue(sub, value, true);
  const before = listAt(body, place);
  const meant = before.map((each) => chosen(place, each));
  let after = before.flatMap((each, at) => {
    if (!meant[at]) return [each];
    const changed = sub !== null ? withSub(attribute, each, sub, part) : replaced(attribute, each, op, value);
    return changed === undefined ? [] : [changed];
  });
  const old = new Set(before);
  let touched = new Set(after.filter((each) => !old.has(each)));
  if (!meant.includes(true)) {
    const fresh = freshValue(place, op, sub === null ? value : part);
    if (fresh === undefined) return;
    touched = new Set([fresh]);
    checkLength(attribute, after.length + 1);
    after = [...after, fresh];
  }
  if ([...touched].some(isPrimary))
    after = after.map((each) => (touched.has(each) ? each : notPrimary(each)));
  write(body, place, after);
}

function replaced(
  attribute: ScimAttribute,
  each: ScimValue,
  op: 'add' | 'replace',
  value: ScimValue,
): ScimValue | undefined {
  // Some clients write a list of one where the path has chosen the value already.
  const given = Array.isArray(value) && value.length === 1 ? (value[0] as ScimValue) : value;
  const incoming = given === null ? undefined : one(attribute, given);
  if (op === 'replace' || !isObject(each) || !isObject(incoming)) return incoming;
  return inOrder(attribute.subAttributes ?? [], new Map(Object.entries({ ...each, ...incoming })));
}

/**
 * Where no value is chosen yet: an add makes the one that its filter describes, which Entra counts on; a replace has
 * no target (RFC 7644 section 3.5.2.3).
 */
function freshValue(
  { attribute, sub, select }: Place,
  op: 'add' | 'replace',
  value: ScimValue | undefined,
): ScimValue | undefined {
  const described = select === null ? {} : describedBy(select.filter);
  if (described === null || (select !== null && op === 'replace'))
    throw bad('noTarget', `No value of ${attribute.name} is what the path asks for.`);
  if (value === undefined || value === null) return undefined;
  const lone = Array.isArray(value) && value.length === 1 ? (value[0] as ScimValue) : value;
  const given = sub === null ? one(attribute, lone) : { [sub.name]: value };
  return one(attribute, { ...described, ...(isObject(given) ? given : {}) });
}

/** The value for which `type eq "work" and primary eq true` holds; null: it takes more than equalities. */
function describedBy(filter: ScimFilter): ScimObject | null {
  if (filter.kind === 'compare' && filter.op === 'eq') return { [filter.path]: filter.value };
  if (filter.kind !== 'and') return null;
  const parts = filter.of.map(describedBy);
  return parts.every((part) => part !== null) ? Object.assign({}, ...parts) : null;
}

function chosen({ select }: Place, value: ScimValue): boolean {
  return select === null || (isObject(value) && select.holds(value));
}

function namedIn(attribute: ScimAttribute, value: ScimValue | undefined): readonly ScimValue[] | null {
  if (value === undefined || value === null) return null;
  const canonical = canonicalValue(attribute, value, true);
  return Array.isArray(canonical) ? (canonical as readonly ScimValue[]) : [];
}

/** Whether one of those that are named is this value; found by the first part of each, because both lists may be long. */
function coveredBy(named: readonly ScimValue[]): (value: ScimValue) => boolean {
  const byFirst = new Map<string, ScimValue[]>();
  for (const each of named) {
    const key = firstOf(each);
    const same = byFirst.get(key);
    if (same === undefined) byFirst.set(key, [each]);
    else same.push(each);
  }
  const among = (value: ScimValue, key: string) =>
    byFirst.get(key)?.some((each) => covers(value, each)) === true;
  return (value) =>
    isObject(value)
      ? Object.entries(value).some((part) => among(value, JSON.stringify(part)))
      : among(value, firstOf(value));
}

function firstOf(value: ScimValue): string {
  return JSON.stringify(isObject(value) ? Object.entries(value)[0] : value);
}

/** Whether all that the client names of a value is so. */
function covers(value: ScimValue, named: ScimValue): boolean {
  if (!isObject(value) || !isObject(named)) return sameValue(value, named);
  return Object.entries(named).every(([name, part]) => sameValue(own(value, name), part));
}

/** undefined: nothing is left of it. */
function withSub(
  attribute: ScimAttribute,
  value: ScimValue,
  sub: ScimAttribute,
  part: ScimValue | undefined,
): ScimObject | undefined {
  const parts = new Map(Object.entries(isObject(value) ? value : {}));
  if (part === undefined) parts.delete(sub.name);
  else parts.set(sub.name, part);
  return parts.size === 0 ? undefined : inOrder(attribute.subAttributes ?? [], parts);
}

function isPrimary(value: ScimValue): boolean {
  return isObject(value) && value.primary === true;
}

function notPrimary(value: ScimValue): ScimValue {
  return isPrimary(value) ? { ...(value as ScimObject), primary: false } : value;
}

/** Without the mark of the primary value. */
function plain(value: ScimValue): ScimValue {
  if (!isObject(value)) return value;
  const { primary: _, ...rest } = value;
  return rest;
}

function listAt(body: Body, place: Place): readonly ScimValue[] {
  const value = valueAt(body, place);
  return Array.isArray(value) ? value : [];
}

function objectAt(body: Body, place: Place): ScimObject {
  const value = valueAt(body, place);
  return isObject(value) ? value : {};
}

function valueAt(body: Body, { extension, attribute }: Place): ScimValue | undefined {
  const holder = extension === null ? body : own(body, extension.id);
  return isObject(holder) ? own(holder, attribute.name) : undefined;
}

function write(body: Body, { extension, attribute }: Place, value: ScimValue | undefined): void {
  const nothing = value === undefined || (Array.isArray(value) && value.length === 0);
  if (extension === null) {
    if (nothing) delete body[attribute.name];
    else body[attribute.name] = value;
    return;
  }
  const before = own(body, extension.id);
  const inner: Record<string, ScimValue> = { ...(isObject(before) ? before : {}) };
  if (nothing) delete inner[attribute.name];
  else inner[attribute.name] = value;
  if (Object.keys(inner).length === 0) delete body[extension.id];
  else body[extension.id] = inner;
}
