/** Attribute paths (RFC 7644 section 3.10): `userName`, `name.givenName`, `urn:…:User:manager.value`. */
import type { ScimAttribute, ScimSchema } from './attribute.ts';
import { attributeIn, extensionOf, type ScimModel, subAttribute } from './model.ts';
import type { ScimObject, ScimValue } from './store.ts';

export interface AttributePath {
  /** null: of the core schema, or common to all resources. */
  readonly extension: ScimSchema | null;
  /** null: the whole extension. */
  readonly attribute: ScimAttribute | null;
  readonly sub: ScimAttribute | null;
}

/** What the path names; null: nothing that this resource type has. */
export function resolvePath(model: ScimModel, text: string): AttributePath | null {
  if (!text.toLowerCase().startsWith('urn:')) return inside(text, null, (name) => model.attributes.get(name));
  for (const schema of [model.core, ...model.extensions]) {
    const head = text.slice(0, schema.id.length);
    if (head.toLowerCase() !== schema.id.toLowerCase()) continue;
    const extension = extensionOf(model, schema.id) ?? null;
    if (text.length === schema.id.length)
      return extension === null ? null : { extension, attribute: null, sub: null };
    // Entra writes a dot here for some attributes of extensions.
    if (text[schema.id.length] !== ':' && text[schema.id.length] !== '.') continue;
    return inside(text.slice(schema.id.length + 1), extension, (name) =>
      extension === null ? model.attributes.get(name) : attributeIn(extension.attributes, name),
    );
  }
  return null;
}

function inside(
  text: string,
  extension: ScimSchema | null,
  find: (name: string) => ScimAttribute | undefined,
): AttributePath | null {
  const dot = text.indexOf('.');
  const attribute = find((dot === -1 ? text : text.slice(0, dot)).toLowerCase());
  if (attribute === undefined) return null;
  if (dot === -1) return { extension, attribute, sub: null };
  const sub = subAttribute(attribute, text.slice(dot + 1));
  return sub === undefined ? null : { extension, attribute, sub };
}

export function isObject(value: unknown): value is ScimObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own keys only: a name out of a request never reaches a prototype. */
export function own(object: ScimObject, name: string): ScimValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The key and the value, where names are not those of a schema: in any case. */
export function anyCase(object: ScimObject, name: string): [string, ScimValue] | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(object).find(([each]) => each.toLowerCase() === wanted);
}

/** @param attribute of type `any` where no schema says how it is written */
export function part(object: ScimObject, attribute: ScimAttribute): ScimValue | undefined {
  return attribute.type === 'any' ? anyCase(object, attribute.name)?.[1] : own(object, attribute.name);
}

/** The values of the attribute itself, without its sub-attribute: none, one or those of the list. */
export function valuesAt(
  resource: ScimObject,
  { extension, attribute }: AttributePath,
): readonly ScimValue[] {
  const known = attribute?.type !== 'any';
  const holder =
    extension === null
      ? resource
      : (own(resource, extension.id) ?? (known ? undefined : anyCase(resource, extension.id)?.[1]));
  if (attribute === null) return isObject(holder) ? [holder] : [];
  const value = isObject(holder) ? part(holder, attribute) : undefined;
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
