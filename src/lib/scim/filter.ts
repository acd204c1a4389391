/** The filter grammar of RFC 7644 section 3.4.2.2, read by recursive descent with a limited depth and number of terms. */
import { bad, type ScimFault, type ScimFaultType, shown } from './fault.ts';
import { type FilterWord, wordsOf } from './filter-words.ts';

export type CompareOp = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

export type FilterLiteral = string | number | boolean | null;

export interface Comparison {
  readonly kind: 'compare';
  /** As it was written. */
  readonly path: string;
  readonly op: CompareOp;
  readonly value: FilterLiteral;
}

export interface ValuePath {
  readonly kind: 'values';
  readonly path: string;
  /** About the sub-attributes of one value. */
  readonly filter: ScimFilter;
}

export type ScimFilter =
  | { readonly kind: 'and' | 'or'; readonly of: readonly ScimFilter[] }
  | { readonly kind: 'not'; readonly of: ScimFilter }
  | { readonly kind: 'present'; readonly path: string }
  | Comparison
  | ValuePath;

/** `emails[type eq "work"].value`, or a path without a filter. */
export interface PatchPath {
  readonly path: string;
  readonly filter: ScimFilter | null;
  /** Behind the bracket; null: the values themselves. */
  readonly sub: string | null;
}

export const MOST_TERMS = 500;
export const DEEPEST = 32;

const OPS: ReadonlySet<string> = new Set(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']);
const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/;

interface Reader {
  readonly words: readonly FilterWord[];
  readonly wrong: ScimFaultType;
  at: number;
  depth: number;
  terms: number;
}

/** @throws ScimFault invalidFilter */
export function parseFilter(text: string): ScimFilter {
  const reader = readerOf(text, 'invalidFilter');
  const filter = readOr(reader, true);
  if (reader.at < reader.words.length) throw unexpected(reader, 'the end');
  return filter;
}

/** A path of a PATCH operation (RFC 7644 section 3.5.2). @throws ScimFault invalidPath */
export function parsePatchPath(text: string): PatchPath {
  const reader = readerOf(text, 'invalidPath');
  const path = readWord(reader, 'an attribute');
  let filter: ScimFilter | null = null;
  let sub: string | null = null;
  if (takes(reader, '[')) {
    filter = readBracket(reader);
    sub = readTail(reader);
  }
  if (reader.at < reader.words.length) throw unexpected(reader, 'the end');
  return { path, filter, sub };
}

function readerOf(text: string, wrong: ScimFaultType): Reader {
  return { words: wordsOf(text, wrong), wrong, at: 0, depth: 0, terms: 0 };
}

/** @param outer whether value paths may stand here: they do not inside one another */
function readOr(reader: Reader, outer: boolean): ScimFilter {
  const of = [readAnd(reader, outer)];
  while (takesWord(reader, 'or')) of.push(readAnd(reader, outer));
  return of.length === 1 ? (of[0] as ScimFilter) : { kind: 'or', of };
}

function readAnd(reader: Reader, outer: boolean): ScimFilter {
  const of = [readTerm(reader, outer)];
  while (takesWord(reader, 'and')) of.push(readTerm(reader, outer));
  return of.length === 1 ? (of[0] as ScimFilter) : { kind: 'and', of };
}

function readTerm(reader: Reader, outer: boolean): ScimFilter {
  reader.terms += 1;
  if (reader.terms > MOST_TERMS)
    throw bad(reader.wrong, `The filter has more than ${MOST_TERMS} terms, which is the limit.`);
  if (takes(reader, '(')) return readGroup(reader, outer);
  if (reader.words[reader.at + 1]?.kind === '(' && takesWord(reader, 'not')) {
    reader.at += 1;
    return { kind: 'not', of: readGroup(reader, outer) };
  }
  const path = readWord(reader, 'an attribute');
  if (outer && takes(reader, '[')) return readValuePath(reader, path);
  return readComparison(reader, path);
}

function readGroup(reader: Reader, outer: boolean): ScimFilter {
  deeper(reader);
  const filter = readOr(reader, outer);
  if (!takes(reader, ')')) throw unexpected(reader, ')');
  reader.depth -= 1;
  return filter;
}

function readBracket(reader: Reader): ScimFilter {
  deeper(reader);
  const filter = readOr(reader, false);
  if (!takes(reader, ']')) throw unexpected(reader, ']');
  reader.depth -= 1;
  return filter;
}

/** Beside the RFC: Entra asks for `emails[type eq "work"].value eq "a@b"`, which means one value with both. */
function readValuePath(reader: Reader, path: string): ScimFilter {
  const filter = readBracket(reader);
  const sub = readTail(reader);
  if (sub === null) return { kind: 'values', path, filter };
  return { kind: 'values', path, filter: { kind: 'and', of: [filter, readComparison(reader, sub)] } };
}

/** `.value` directly behind a bracket. */
function readTail(reader: Reader): string | null {
  const word = reader.words[reader.at];
  if (word?.kind !== 'word' || !word.text.startsWith('.')) return null;
  if (word.text.length === 1) throw unexpected(reader, 'a sub-attribute');
  reader.at += 1;
  return word.text.slice(1);
}

function readComparison(reader: Reader, path: string): ScimFilter {
  const op = readWord(reader, 'an operator').toLowerCase();
  if (op === 'pr') return { kind: 'present', path };
  if (!OPS.has(op)) throw bad(reader.wrong, `${shown(op)} is not an operator of SCIM filters.`);
  return { kind: 'compare', path, op: op as CompareOp, value: readLiteral(reader) };
}

function readLiteral(reader: Reader): FilterLiteral {
  const word = reader.words[reader.at];
  if (word?.kind === 'string') {
    reader.at += 1;
    return word.value;
  }
  const text = readWord(reader, 'a value');
  switch (text.toLowerCase()) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'null':
      return null;
    default:
      if (NUMBER.test(text)) return Number(text);
      throw bad(reader.wrong, `${shown(text)} is no value: strings stand in double quotes.`);
  }
}

function readWord(reader: Reader, wanted: string): string {
  const word = reader.words[reader.at];
  if (word?.kind !== 'word') throw unexpected(reader, wanted);
  reader.at += 1;
  return word.text;
}

function takes(reader: Reader, kind: '(' | ')' | '[' | ']'): boolean {
  if (reader.words[reader.at]?.kind !== kind) return false;
  reader.at += 1;
  return true;
}

function takesWord(reader: Reader, text: string): boolean {
  const word = reader.words[reader.at];
  if (word?.kind !== 'word' || word.text.toLowerCase() !== text) return false;
  reader.at += 1;
  return true;
}

function deeper(reader: Reader): void {
  reader.depth += 1;
  if (reader.depth > DEEPEST)
    throw bad(reader.wrong, `Brackets stand in more than ${DEEPEST} others, which is the limit.`);
}

function unexpected(reader: Reader, wanted: string): ScimFault {
  const word = reader.words[reader.at];
  const found =
    word === undefined
      ? 'nothing'
      : word.kind === 'word'
        ? shown(word.text)
        : word.kind === 'string'
          ? shown(JSON.stringify(word.value))
          : word.kind;
  return bad(reader.wrong, `Expected ${wanted} where ${found} stands (word ${reader.at + 1}).`);
}
