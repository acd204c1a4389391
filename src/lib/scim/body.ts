/** A whole resource out of a request (POST and PUT), brought to the form in which it is kept. */
import type { ScimAttribute } from './attribute.ts';
import { checkCustom, customObject, customUrns, isCustomUrn } from './custom.ts';
import { entriesOnce } from './entries.ts';
import { bad } from './fault.ts';
import { memberIds } from './members.ts';
import { attributeIn, extensionOf, type ScimModel } from './model.ts';
import { isObject, own } from './path.ts';
import type { ScimObject, ScimValue } from './store.ts';
import { canonicalValue, inOrder } from './value.ts';

export interface ReadBody {
  readonly body: ScimObject;
  /** Ids of the members; null: the request does not speak of members. */
  readonly members: readonly string[] | null;
}

/**
 * Unknown attributes and those that only the server writes are left out; the password is checked and thrown away.
 * Extensions without a schema here are kept as they came.
 * @throws ScimFault invalidSyntax, invalidValue
 */
export function readBody(model: ScimModel, raw: unknown): ReadBody {
  if (!isObject(raw)) throw bad('invalidSyntax', `The body must be a JSON object: a ${model.type}.`);
  requireSchema(raw, model.core.id);
  const body: Record<string, ScimValue> = {};
  let members: readonly string[] | null = null;
  for (const [name, value] of entriesOnce(raw)) {
    const extension = extensionOf(model, name);
    const attribute = model.attributes.get(name.toLowerCase());
    if (extension !== undefined) {
      const inner = extensionBody(extension.attributes, value, extension.id);
      if (inner !== undefined) body[extension.id] = inner;
    } else if (attribute?.name === 'members') members = memberIds(value);
    else if (attribute !== undefined) put(body, attribute, value);
    else if (isCustomUrn(name) && isObject(value)) putCustom(body, name, value);
  }
  return { body: arranged(model, body), members };
}

/** `schemas` of a message: required everywhere (RFC 7643 section 3). Others beside it are no matter. @throws ScimFault */
export function requireSchema(raw: ScimObject, urn: string): void {
  const schemas = Object.entries(raw).find(([name]) => name.toLowerCase() === 'schemas')?.[1];
  const named = Array.isArray(schemas) ? schemas : [];
  if (named.some((each) => typeof each === 'string' && each.toLowerCase() === urn.toLowerCase())) return;
  throw bad('invalidSyntax', `schemas must be a list with ${urn}.`);
}

function put(into: Record<string, ScimValue>, attribute: ScimAttribute, value: unknown): void {
  if (attribute.mutability === 'readOnly') return;
  const canonical = canonicalValue(attribute, value, false);
  if (canonical !== undefined && attribute.mutability !== 'writeOnly') into[attribute.name] = canonical;
}

function putCustom(into: Record<string, ScimValue>, urn: string, value: ScimObject): void {
  const kept = customObject(urn, value);
  if (kept !== undefined) into[urn] = kept;
}

function extensionBody(
  attributes: readonly ScimAttribute[],
  value: unknown,
  urn: string,
): ScimObject | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) throw bad('invalidValue', `${urn} must be an object.`);
  const inner: Record<string, ScimValue> = {};
  for (const [name, part] of entriesOnce(value)) {
    const attribute = attributeIn(attributes, name);
    if (attribute !== undefined) put(inner, attribute, part);
  }
  return Object.keys(inner).length === 0 ? undefined : inner;
}

/**
 * In the order of the schemas, checked as a whole: what is required is there, and one value of a list at most is primary.
 * @throws ScimFault invalidValue
 */
export function arranged(model: ScimModel, body: ScimObject): ScimObject {
  const found = new Map(Object.entries(body));
  const object: Record<string, ScimValue> = { ...inOrder([...model.attributes.values()], found) };
  for (const { id, attributes } of model.extensions) {
    const inner = own(body, id);
    if (isObject(inner)) object[id] = inOrder(attributes, new Map(Object.entries(inner)));
  }
  for (const urn of customUrns(body)) object[urn] = body[urn] as ScimValue;
  checkCustom(object);
  for (const attribute of model.attributes.values()) checkWhole(attribute, object);
  return object;
}

function checkWhole(attribute: ScimAttribute, body: ScimObject): void {
  const { name, required, multiValued } = attribute;
  const value = own(body, name);
  if (required && (typeof value !== 'string' || value.trim() === ''))
    throw bad('invalidValue', `${name} is required and must not be empty.`);
  if (!multiValued || !Array.isArray(value)) return;
  const primaries = value.filter((each) => isObject(each) && each.primary === true).length;
  if (primaries > 1) throw bad('invalidValue', `${primaries} values of ${name} are primary; one may be.`);
}
