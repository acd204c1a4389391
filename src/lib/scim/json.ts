/** JSON of a request. What it holds is walked by functions that call themselves, so its depth is limited before that. */
import { bad } from './fault.ts';

/** Resources of SCIM are 5 levels deep. */
export const DEEPEST_JSON = 32;

/** @returns undefined: there is none @throws ScimFault invalidSyntax */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  if (isTooDeep(text))
    throw bad(
      'invalidSyntax',
      `The body is nested more than ${DEEPEST_JSON} levels deep, which is the limit.`,
    );
  try {
    return JSON.parse(text);
  } catch {
    throw bad('invalidSyntax', 'The body is not JSON.');
  }
}

/** Counts brackets outside strings, in one pass. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === '[' || char === '{') {
      depth += 1;
      if (depth > DEEPEST_JSON) return true;
    } else if (char === ']' || char === '}') depth -= 1;
  }
  return false;
}

/** The place of the closing quote; the end of the text where there is none, which JSON.parse then refuses. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
