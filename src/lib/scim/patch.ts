/** What a PATCH makes of a resource (RFC 7644 section 3.5.2), with the ways in which Okta and Entra write it. */
import { arranged } from './body.ts';
import { customPlace, customUrns, isCustomUrn } from './custom.ts';
import { patchCustom } from './custom-patch.ts';
import { entriesOnce } from './entries.ts';
import { bad, type ScimFault, shown } from './fault.ts';
import { type PatchPath, parsePatchPath } from './filter.ts';
import { valuePredicate } from './matches.ts';
import { idsInFilter, MemberChanges, memberIds } from './members.ts';
import { extensionOf, type ScimModel, subAttribute } from './model.ts';
import type { PatchOperation } from './patch-message.ts';
import { type Place, removeAt, writeAt } from './patch-place.ts';
import { type AttributePath, isObject, resolvePath } from './path.ts';
import type { MemberChange, ScimObject, ScimResource, ScimValue } from './store.ts';

export interface Patched {
  readonly body: ScimObject;
  /** Absent: no operation speaks of members. */
  readonly members?: MemberChange;
}

interface Work {
  readonly model: ScimModel;
  readonly id: string;
  readonly body: Record<string, ScimValue>;
  readonly members: MemberChanges;
  /** The members with value, type and display as they were before; only where `looksAtMembers`. */
  readonly before: readonly ScimObject[];
  /** Members that were held against a filter so far. */
  judged: number;
}

/** Twice the largest group; each takes about a microsecond, in which nothing else is done. */
export const MOST_JUDGED = 400_000;

type Op = PatchOperation['op'];

/** All operations in their order, or none. @throws ScimFault */
export function applyPatch(
  model: ScimModel,
  resource: Pick<ScimResource, 'id' | 'body'>,
  operations: readonly PatchOperation[],
  before: readonly ScimObject[] = [],
): Patched {
  const work: Work = {
    model,
    id: resource.id,
    body: { ...resource.body },
    members: new MemberChanges(),
    before,
    judged: 0,
  };
  for (const { op, path, value } of operations) {
    if (path === null) applyWhole(work, op, value);
    else applyPath(work, op, path, value);
  }
  const body = arranged(model, work.body);
  const members = work.members.result();
  return members === undefined ? { body } : { body, members };
}

/** Without a path the value names its attributes; what this server does not know is left out, as in POST. */
function applyWhole(work: Work, op: Op, value: ScimValue | undefined): void {
  if (op === 'remove') throw bad('noTarget', 'A remove needs a path.');
  if (!isObject(value)) throw bad('invalidValue', `Without a path the value of ${op} must be an object.`);
  for (const [name, part] of entriesOnce(value)) {
    const extension = extensionOf(work.model, name);
    if (extension !== undefined && isObject(part)) {
      for (const [inner, each] of entriesOnce(part)) applyNamed(work, op, `${extension.id}:${inner}`, each);
    } else if (isCustomUrn(name)) applyCustomNamed(work, op, name, part);
    else applyNamed(work, op, name, part);
  }
}

/** An object is the extension itself, unless the resource has one that the name goes beyond. */
function applyCustomNamed(work: Work, op: Op, name: string, value: ScimValue): void {
  const urns = customUrns(work.body);
  const place = customPlace(name, isObject(value) ? [...urns, name] : urns);
  if (place !== null) patchCustom(work.body, place, op, value);
}

/** Entra writes `name.givenName`, `urn:…:User:department` and `emails[type eq "work"].value` as names. */
function applyNamed(work: Work, op: Op, name: string, value: ScimValue): void {
  const path = pathNamed(name);
  const found = path === null ? null : resolvePath(work.model, path.path);
  if (path === null || found === null) return;
  const attribute = found.attribute?.name;
  // Okta repeats the id beside the new displayName of a group.
  if (attribute === 'schemas' || attribute === 'meta' || (attribute === 'id' && value === work.id)) return;
  applyPath(work, op, path, value);
}

function pathNamed(name: string): PatchPath | null {
  try {
    return parsePatchPath(name);
  } catch {
    return null;
  }
}

function applyPath(work: Work, op: Op, path: PatchPath, value: ScimValue | undefined): void {
  const found = resolvePath(work.model, path.path);
  if (found === null) {
    applyCustom(work, op, path, value);
    return;
  }
  if (op !== 'remove' && value === undefined) throw bad('invalidValue', `${op} needs a value.`);
  if (found.attribute === null) applyExtension(work, op, path.path, value);
  else if (found.attribute.name === 'members') applyMembers(work, op, path, found, value);
  else applyAttribute(work, op, path, value);
}

function applyCustom(work: Work, op: Op, { path, filter }: PatchPath, value: ScimValue | undefined): void {
  const place = customPlace(path, customUrns(work.body));
  if (place === null) throw bad('invalidPath', `A ${work.model.type} has no attribute ${shown(path)}.`);
  if (filter !== null)
    throw bad('invalidPath', `${shown(path)} is not known here and has no values to choose from.`);
  if (op !== 'remove' && value === undefined) throw bad('invalidValue', `${op} needs a value.`);
  patchCustom(work.body, place, op, value);
}

function applyExtension(work: Work, op: Op, urn: string, value: ScimValue | undefined): void {
  const extension = extensionOf(work.model, urn);
  if (extension === undefined) return;
  if (op === 'remove' || value === null) {
    delete work.body[extension.id];
    return;
  }
  if (!isObject(value)) throw bad('invalidValue', `${extension.id} must be an object.`);
  for (const [name, each] of entriesOnce(value)) applyNamed(work, op, `${extension.id}:${name}`, each);
}

function applyAttribute(work: Work, op: Op, path: PatchPath, value: ScimValue | undefined): void {
  const place = placeOf(work.model, path);
  if (place.attribute.mutability === 'readOnly' || place.sub?.mutability === 'readOnly')
    throw bad('mutability', `${shown(path.path)} is written by the server only.`);
  if (op === 'remove') removeAt(work.body, place, value);
  else writeAt(work.body, place, op, value as ScimValue);
}

function placeOf(model: ScimModel, { path, filter, sub }: PatchPath): Place {
  const found = resolvePath(model, path) as AttributePath;
  const attribute = found.attribute as Place['attribute'];
  const place = { extension: found.extension, attribute };
  if (filter === null) return { ...place, sub: found.sub, select: null };
  if (found.sub !== null || !attribute.multiValued || attribute.subAttributes === undefined)
    throw bad('invalidPath', `${shown(path)} has no values to choose from.`);
  const inner = sub === null ? null : subAttribute(attribute, sub);
  if (inner === undefined) throw bad('invalidPath', `${attribute.name} has no sub-attribute ${shown(sub)}.`);
  return { ...place, sub: inner, select: { filter, holds: valuePredicate(attribute, filter) } };
}

function applyMembers(
  work: Work,
  op: Op,
  path: PatchPath,
  found: AttributePath,
  value: ScimValue | undefined,
): void {
  if (found.sub !== null || path.sub !== null || (path.filter !== null && op === 'replace'))
    throw immutable();
  if (path.filter === null) {
    if (op === 'add') work.members.add(memberIds(value));
    else if (op === 'replace') work.members.replace(memberIds(value));
    // Okta and Entra name in the value whom they remove; the RFC has no such thing and means all members.
    else if (value === undefined || value === null) work.members.replace([]);
    else work.members.remove(memberIds(value));
    return;
  }
  const ids = idsInFilter(path.filter);
  if (op === 'remove') work.members.remove(ids ?? matching(work, path, found));
  else if (ids !== null) work.members.add(ids);
  else throw immutable();
}

/** Ids of the members as they stand now for whom the filter holds. */
function matching(work: Work, path: PatchPath, found: AttributePath): readonly string[] {
  const attribute = found.attribute as Place['attribute'];
  const holds = valuePredicate(attribute, path.filter as NonNullable<PatchPath['filter']>);
  const known = new Map(work.before.map((member) => [String(member.value), member]));
  work.judged += known.size;
  if (work.judged > MOST_JUDGED)
    throw bad(
      'tooMany',
      `The filters of this request look at more than ${MOST_JUDGED} members, which is the limit. Name members by value: members[value eq "…"].`,
    );
  const now = work.members.over([...known.keys()]);
  return [...now].filter((id) => holds(known.get(id) ?? { value: id }));
}

function immutable(): ScimFault {
  return bad('mutability', 'A member is added or removed as a whole; nothing of it can be changed.');
}
