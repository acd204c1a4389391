/** What a filter means for a resource: types and caseExact of each attribute are honoured (RFC 7643 section 2). */
import type { ScimAttribute } from './attribute.ts';
import { customPath } from './custom.ts';
import { bad, shown } from './fault.ts';
import type { CompareOp, Comparison, FilterLiteral, ScimFilter } from './filter.ts';
import { attributeIn, type ScimModel } from './model.ts';
import { type AttributePath, isObject, own, part, resolvePath, valuesAt } from './path.ts';
import type { ScimObject, ScimValue } from './store.ts';

export type Predicate = (resource: ScimObject) => boolean;

/** How names in a filter are found; null: there is no such attribute, and nothing matches. */
type Resolve = (path: string) => AttributePath | null;

/**
 * @param known whether a name that this type does not have may stand there, because another type asked together has it
 * @throws ScimFault invalidFilter
 */
export function predicateOf(
  model: ScimModel,
  filter: ScimFilter,
  known: (path: string) => boolean = () => false,
): Predicate {
  return compile(filter, (path) => {
    const found = resolvePath(model, path) ?? customPath(path);
    if (found === null && !known(path))
      throw bad('invalidFilter', `A ${model.type} has no attribute ${shown(path)}.`);
    return found;
  });
}

/** Judges one value of a complex attribute, as the filter in `emails[…]` does. @throws ScimFault invalidFilter */
export function valuePredicate(attribute: ScimAttribute, filter: ScimFilter): Predicate {
  const subAttributes = attribute.subAttributes;
  if (subAttributes === undefined)
    throw bad('invalidFilter', `${attribute.name} has no sub-attributes to filter by.`);
  return compile(filter, (path) => {
    const sub = attributeIn(subAttributes, path);
    if (sub === undefined)
      throw bad('invalidFilter', `${attribute.name} has no sub-attribute ${shown(path)}.`);
    return { extension: null, attribute: sub, sub: null };
  });
}

function compile(filter: ScimFilter, resolve: Resolve): Predicate {
  switch (filter.kind) {
    case 'and': {
      const all = filter.of.map((each) => compile(each, resolve));
      return (resource) => all.every((holds) => holds(resource));
    }
    case 'or': {
      const any = filter.of.map((each) => compile(each, resolve));
      return (resource) => any.some((holds) => holds(resource));
    }
    case 'not': {
      const holds = compile(filter.of, resolve);
      return (resource) => !holds(resource);
    }
    case 'present':
      return present(resolve(filter.path));
    case 'values':
      return someValue(filter.filter, resolve(filter.path));
    case 'compare':
      return compared(filter, resolve(filter.path));
  }
}

function someValue(filter: ScimFilter, path: AttributePath | null): Predicate {
  if (path === null) return () => false;
  if (path.attribute === null || path.sub !== null)
    throw bad('invalidFilter', 'Only the values of an attribute are filtered in brackets.');
  const holds = valuePredicate(path.attribute, filter);
  return (resource) => valuesAt(resource, path).some((value) => isObject(value) && holds(value));
}

function present(path: AttributePath | null): Predicate {
  if (path === null) return () => false;
  return (resource) => leaves(resource, path).some(isSomething);
}

function isSomething(value: ScimValue): boolean {
  if (value === null || value === '') return false;
  return !isObject(value) || Object.keys(value).length > 0;
}

/** Values of the sub-attribute where one is named. */
function leaves(resource: ScimObject, path: AttributePath): readonly ScimValue[] {
  const values = valuesAt(resource, path);
  const { sub } = path;
  if (sub === null) return values;
  return values.flatMap((value) => {
    const found = isObject(value) ? part(value, sub) : undefined;
    return found === undefined || found === null ? [] : [found];
  });
}

function compared({ op, path: text, value }: Comparison, path: AttributePath | null): Predicate {
  if (path === null) return () => false;
  const full = withValue(path, text);
  const judged = full.sub ?? (full.attribute as ScimAttribute);
  if (value === null) {
    if (op !== 'eq' && op !== 'ne') throw bad('invalidFilter', `${op} null compares nothing.`);
    const there = present(path);
    return op === 'ne' ? there : (resource) => !there(resource);
  }
  const holds = comparing(judged, op, value);
  return (resource) => {
    const found = leaves(resource, full);
    // What is not there is not equal to anything either.
    return found.length === 0 ? op === 'ne' : found.some(holds);
  };
}

/** A complex attribute is compared by its `value` (RFC 7643 section 2.4). */
function withValue(path: AttributePath, text: string): AttributePath {
  if (path.attribute === null) throw bad('invalidFilter', `${shown(text)} cannot be compared as a whole.`);
  if (path.attribute.type !== 'complex' || path.sub !== null) return path;
  const sub = attributeIn(path.attribute.subAttributes ?? [], 'value');
  if (sub === undefined)
    throw bad('invalidFilter', `${shown(text)} has no value to compare: name a part of it.`);
  return { ...path, sub };
}

const ORDER: ReadonlySet<CompareOp> = new Set(['gt', 'ge', 'lt', 'le']);
const PARTS: ReadonlySet<CompareOp> = new Set(['co', 'sw', 'ew']);

function comparing(
  attribute: ScimAttribute,
  op: CompareOp,
  literal: FilterLiteral,
): (value: ScimValue) => boolean {
  switch (attribute.type) {
    case 'boolean': {
      const wanted = typeof literal === 'string' ? asBoolean(literal) : literal;
      if (typeof wanted !== 'boolean' || ORDER.has(op) || PARTS.has(op)) throw unfit(attribute, op, literal);
      return (value) => (value === wanted) === (op === 'eq');
    }
    case 'integer':
    case 'decimal':
      if (typeof literal !== 'number' || PARTS.has(op)) throw unfit(attribute, op, literal);
      return (value) => typeof value === 'number' && ordered(op, value, literal);
    case 'any':
      return anything(attribute, op, literal);
    case 'dateTime':
      return times(attribute, op, literal);
    default:
      if (typeof literal !== 'string' || (attribute.type === 'binary' && ORDER.has(op)))
        throw unfit(attribute, op, literal);
      return texts(op, attribute.caseExact, literal);
  }
}

/** No schema says of which type it is: it is compared as what it is, and a list of objects by their `value`. */
function anything(
  attribute: ScimAttribute,
  op: CompareOp,
  literal: FilterLiteral,
): (value: ScimValue) => boolean {
  if (typeof literal !== 'string' && PARTS.has(op)) throw unfit(attribute, op, literal);
  if (typeof literal === 'boolean' && ORDER.has(op)) throw unfit(attribute, op, literal);
  const inText = typeof literal === 'string' ? texts(op, false, literal) : () => false;
  return (value) => {
    const have = isObject(value) ? own(value, 'value') : value;
    if (typeof have === 'string' && typeof literal === 'string') return inText(have);
    if (typeof have === 'number' && typeof literal === 'number') return ordered(op, have, literal);
    const wanted = typeof literal === 'string' ? asBoolean(literal) : literal;
    return (have === wanted && op === 'eq') || (have !== wanted && op === 'ne');
  };
}

/** Entra writes booleans as strings in places. */
function asBoolean(text: string): boolean | null {
  const word = text.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : null;
}

function times(
  attribute: ScimAttribute,
  op: CompareOp,
  literal: FilterLiteral,
): (value: ScimValue) => boolean {
  if (typeof literal !== 'string') throw unfit(attribute, op, literal);
  if (PARTS.has(op)) return texts(op, true, literal);
  const time = Date.parse(literal);
  if (Number.isNaN(time)) throw unfit(attribute, op, literal);
  return (value) => typeof value === 'string' && ordered(op, Date.parse(value), time);
}

function texts(op: CompareOp, caseExact: boolean, literal: string): (value: ScimValue) => boolean {
  const fold = caseExact ? (text: string) => text : (text: string) => text.toLowerCase();
  const wanted = fold(literal);
  return (value) => {
    if (typeof value !== 'string') return false;
    const text = fold(value);
    switch (op) {
      case 'co':
        return text.includes(wanted);
      case 'sw':
        return text.startsWith(wanted);
      case 'ew':
        return text.endsWith(wanted);
      default:
        return ordered(op, text, wanted);
    }
  };
}

function ordered<T extends string | number>(op: CompareOp, have: T, wanted: T): boolean {
  switch (op) {
    case 'eq':
      return have === wanted;
    case 'ne':
      return have !== wanted;
    case 'gt':
      return have > wanted;
    case 'ge':
      return have >= wanted;
    case 'lt':
      return have < wanted;
    default:
      return have <= wanted;
  }
}

function unfit(attribute: ScimAttribute, op: CompareOp, literal: FilterLiteral) {
  return bad(
    'invalidFilter',
    `${attribute.name} is of the type ${attribute.type} and cannot be compared by ${op} ${shown(JSON.stringify(literal))}.`,
  );
}
