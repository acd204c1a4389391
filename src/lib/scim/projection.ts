/** Which attributes an answer shows (RFC 7644 section 3.9, RFC 7643 section 7 `returned`). */
import type { ScimAttribute, ScimSchema } from './attribute.ts';
import { type CustomPlace, customPlace, isCustomUrn } from './custom.ts';
import { attributeIn, extensionOf, type ScimModel } from './model.ts';
import { type AttributePath, isObject, resolvePath } from './path.ts';
import type { ScimObject, ScimValue } from './store.ts';

/** Names as they were asked for; null: the defaults. What this server does not know is not shown, and no fault. */
export interface Projection {
  readonly attributes: readonly string[] | null;
  readonly excluded: readonly string[];
}

export const DEFAULTS: Projection = { attributes: null, excluded: [] };

/** A function of a whole representation. */
export function projector(model: ScimModel, projection: Projection): (resource: ScimObject) => ScimObject {
  const asked = projection.attributes === null ? null : pathsOf(model, projection.attributes);
  const excluded = pathsOf(model, projection.excluded);
  if (asked === null && projection.excluded.length === 0) return (resource) => resource;
  return (resource) => {
    const object: Record<string, ScimValue> = {};
    for (const [name, value] of Object.entries(resource)) {
      const extension = extensionOf(model, name);
      const kept = isCustomUrn(name)
        ? customKept(name, value, projection)
        : extension === undefined
          ? keptOf(model.attributes.get(name.toLowerCase()), null, value, asked, excluded)
          : extensionKept(extension, value, asked, excluded);
      if (kept !== undefined) object[name] = kept;
    }
    return object;
  };
}

/** Whether an attribute that has to be fetched is shown. @param name as in the schema */
export function shows(model: ScimModel, { attributes, excluded }: Projection, name: string): boolean {
  const about = (names: readonly string[]) =>
    pathsOf(model, names).filter(({ attribute }) => attribute?.name === name);
  if (about(excluded).some(({ sub }) => sub === null)) return false;
  return attributes === null || about(attributes).length > 0;
}

function pathsOf(model: ScimModel, names: readonly string[]): readonly AttributePath[] {
  return names.flatMap((name) => {
    // The URN of the core schema stands for all that is in it.
    if (name.toLowerCase() === model.core.id.toLowerCase())
      return model.core.attributes.map((attribute) => ({ extension: null, attribute, sub: null }));
    return resolvePath(model, name) ?? [];
  });
}

function extensionKept(
  extension: ScimSchema,
  value: ScimValue,
  asked: readonly AttributePath[] | null,
  excluded: readonly AttributePath[],
): ScimValue | undefined {
  if (!isObject(value)) return undefined;
  const object: Record<string, ScimValue> = {};
  for (const [name, part] of Object.entries(value)) {
    const attribute = attributeIn(extension.attributes, name);
    const kept = keptOf(attribute, extension, part, asked, excluded);
    if (kept !== undefined) object[name] = kept;
  }
  return Object.keys(object).length === 0 ? undefined : object;
}

/** An extension without a schema here is named by its URN, its attributes behind it. */
function customKept(urn: string, value: ScimValue, projection: Projection): ScimValue | undefined {
  if (!isObject(value)) return undefined;
  const about = (names: readonly string[]) =>
    names.flatMap((name) => {
      const place = customPlace(name, [urn]);
      return place?.urn === urn ? [place] : [];
    });
  const asked = projection.attributes === null ? null : about(projection.attributes);
  const excluded = about(projection.excluded);
  const object = Object.entries(value).flatMap(([name, part]): [string, ScimValue][] => {
    const named = ({ name: each }: CustomPlace) => each === null || each.toLowerCase() === name.toLowerCase();
    const wanted = asked?.filter(named) ?? null;
    const unwanted = excluded.filter(named);
    const whole = ({ sub }: CustomPlace) => sub === null;
    if (wanted?.length === 0 || unwanted.some(whole)) return [];
    const only = wanted === null || wanted.some(whole) ? null : lowerSubs(wanted);
    const without = lowerSubs(unwanted);
    const kept = withSubs(
      part,
      (each) => only?.has(each.toLowerCase()) !== false && !without.has(each.toLowerCase()),
    );
    return kept === undefined ? [] : [[name, kept]];
  });
  return object.length === 0 ? undefined : Object.fromEntries(object);
}

function lowerSubs(places: readonly CustomPlace[]): ReadonlySet<string> {
  return new Set(places.flatMap(({ sub }) => sub?.toLowerCase() ?? []));
}

function keptOf(
  attribute: ScimAttribute | undefined,
  extension: ScimSchema | null,
  value: ScimValue,
  asked: readonly AttributePath[] | null,
  excluded: readonly AttributePath[],
): ScimValue | undefined {
  if (attribute === undefined || attribute.returned === 'always') return value;
  const about = (paths: readonly AttributePath[]) =>
    paths.filter(
      (path) => path.extension === extension && (path.attribute === null || path.attribute === attribute),
    );
  const wanted = asked === null ? null : about(asked);
  const unwanted = about(excluded);
  if (wanted?.length === 0 || unwanted.some(isWhole)) return undefined;
  const only = wanted === null || wanted.some(isWhole) ? null : subNames(wanted);
  const without = subNames(unwanted);
  if (only === null && without.size === 0) return value;
  return withSubs(value, (name) => (only === null || only.has(name)) && !without.has(name));
}

function isWhole({ sub }: AttributePath): boolean {
  return sub === null;
}

function subNames(paths: readonly AttributePath[]): ReadonlySet<string> {
  return new Set(paths.flatMap(({ sub }) => sub?.name ?? []));
}

function withSubs(value: ScimValue, keep: (name: string) => boolean): ScimValue | undefined {
  if (Array.isArray(value)) {
    const list = value.flatMap((each: ScimValue) => withSubs(each, keep) ?? []);
    return list.length === 0 ? undefined : list;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([name]) => keep(name));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
