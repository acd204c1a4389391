/** Text from outside in GitHub-flavoured Markdown: it stays text, pings nobody and links nowhere. */
import { clean } from './text.ts';

const PUNCTUATION = /[\\`*_[\]|~$]/g;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
// Mentions (@team), issue references (#12, GH-12) and bare addresses are found in the rendered text, where a
// backslash is already gone; an unseen space inside of them breaks them. Names stand as code, without it.
const BREAK = '&#8203;';

/** A sentence with names in it, to stand inside of a line that has begun. */
export function prose(text: string): string {
  return clean(text)
    .replace(/[&<>]/g, (mark) => ENTITIES[mark] as string)
    .replace(PUNCTUATION, '\\$&')
    .replace(/@|#(?=\d)|\bGH-(?=\d)|:(?=\/\/)|\bwww(?=\.)/gi, (mark) => mark + BREAK);
}

/** A name, exactly, as code; fit for a table cell. */
export function code(text: string): string {
  const shown = clean(text).replaceAll('|', '\\|');
  if (shown.trim() === '') return '';
  const fence = '`'.repeat(longestRun(shown) + 1);
  const pad = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** Lines as a code block whose fence no line can close. */
export function codeBlock(lines: readonly string[], language: string): string {
  const fence = '`'.repeat(
    Math.max(3, lines.reduce((most, line) => Math.max(most, longestRun(line)), 0) + 1),
  );
  return `${fence}${language}\n${lines.join('\n')}\n${fence}\n`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

/** Inside of an HTML tag, where Markdown is not read. */
export function inHtml(text: string): string {
  return clean(text).replace(/[&<>]/g, (mark) => ENTITIES[mark] as string);
}
