/** Cuts a filter or a path with a filter into words, in one pass without regular expressions. */
import { bad, type ScimFaultType, shown } from './fault.ts';

export type FilterWord =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: '(' | ')' | '[' | ']' };

/** In UTF-16 units; a URL that Node takes is shorter. */
export const LONGEST_FILTER = 16_384;

const QUOTE = '"';
const BRACKETS = new Set(['(', ')', '[', ']']);
const BLANKS = new Set([' ', '\t', '\n', '\r']);

/** @throws ScimFault */
export function wordsOf(text: string, wrong: ScimFaultType): FilterWord[] {
  if (text.length > LONGEST_FILTER)
    throw bad(wrong, `This is ${text.length} characters long; the limit is ${LONGEST_FILTER}.`);
  const words: FilterWord[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at] as string;
    if (BLANKS.has(char)) at += 1;
    else if (BRACKETS.has(char)) {
      words.push({ kind: char as '(' });
      at += 1;
    } else if (char === QUOTE) {
      const end = endOfString(text, at, wrong);
      words.push({ kind: 'string', value: stringIn(text.slice(at, end), wrong) });
      at = end;
    } else {
      const end = endOfWord(text, at);
      words.push({ kind: 'word', text: text.slice(at, end) });
      at = end;
    }
  }
  return words;
}

function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const char = text[at] as string;
    if (char === QUOTE || BLANKS.has(char) || BRACKETS.has(char)) break;
    at += 1;
  }
  return at;
}

/** The place behind the closing quote. */
function endOfString(text: string, from: number, wrong: ScimFaultType): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === QUOTE) return at + 1;
  }
  throw bad(wrong, `The string ${shown(text.slice(from))} has no end.`);
}

function stringIn(quoted: string, wrong: ScimFaultType): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw bad(wrong, `${shown(quoted)} is not a JSON string.`);
  }
}
