/** A document as GitHub-flavoured Markdown, fit for a pull-request comment. */
import type { Document, Items, Line, RequestView, Section, Table } from './document.ts';
import { bodyText } from './json-text.ts';
import { DEFAULT_LIMIT, limitSection, type Part } from './limited.ts';
import { code, codeBlock, inHtml, prose } from './markdown-text.ts';
import { clean, count } from './text.ts';

export interface MarkdownOptions {
  /** Lines a section shows; `Infinity` shows all. */
  readonly limit?: number;
  /** Characters of the whole text; GitHub refuses a comment of more than 65,536. */
  readonly maxLength?: number;
}

const COMMENT_LENGTH = 60_000;
const SIGNS = { revoke: '−', change: '~', grant: '+', none: '' } as const;
const MARKS = { alarm: '🔴', caution: '🟠', calm: '🟢', quiet: '⚪' } as const;

/** Text in chunks; a section that would make it longer than `maxLength` shows its title and counts only. */
export function* renderMarkdown(document: Document, options: MarkdownOptions = {}): Generator<string> {
  const { limit = DEFAULT_LIMIT, maxLength = COMMENT_LENGTH } = options;
  const head = headOf(document);
  yield head;
  const tails = document.sections.map((section) => heading(section).length + LEFT_OUT.length);
  let reserved = tails.reduce((sum, length) => sum + length, 0);
  let used = head.length;
  for (const [index, section] of document.sections.entries()) {
    reserved -= tails[index] as number;
    const text = document.brief && section.folded ? mention(section) : sectionText(section, limit);
    const shown = used + text.length + reserved <= maxLength ? text : `${heading(section)}${LEFT_OUT}`;
    used += shown.length;
    yield shown;
  }
}

const LEFT_OUT = '_Left out to keep this comment short; the html and json formats list all._\n';

function headOf({ verdict, facts }: Document): string {
  const lines = facts.map(({ label, value }) => `| ${label} | ${prose(value)} |\n`).join('');
  const title = `## ${MARKS[verdict.tone]} ${prose(verdict.word)}\n\n${prose(verdict.sentence)}\n`;
  return `${title}\n| | |\n|---|---|\n${lines}`;
}

function mention({ title, count: things }: Section): string {
  return things === null ? '' : `\n${title}: ${count(things)}. The html and json formats list all.\n`;
}

function heading({ title, count: things }: Section): string {
  return `\n### ${title}${things === null ? '' : ` (${count(things)})`}\n\n`;
}

function sectionText(section: Section, limit: number): string {
  const { parts, rest } = limitSection(section, limit);
  const body = [
    ...(section.note === null ? [] : [`${prose(section.note)}\n`]),
    ...parts.map(partText),
    ...(rest === null ? [] : [`_${prose(rest)}_\n`]),
  ].join('\n');
  if (!section.folded) return heading(section) + body;
  const things = section.count === null ? '' : ` (${count(section.count)})`;
  return `\n<details><summary>${inHtml(section.title)}${things}</summary>\n\n${body}\n</details>\n`;
}

function partText(part: Part): string {
  switch (part.type) {
    case 'table':
      return tableText(part.block, part.rows);
    case 'items':
      return itemsText(part.block, part.lines);
    case 'requests':
      return codeBlock(part.requests.map(requestText), 'http');
    case 'commands':
      return part.block.steps
        .map(({ purpose, command }) =>
          command === null
            ? `${prose(purpose)}.\n`
            : `${prose(purpose)}:\n\n${codeBlock([clean(command)], 'sh')}`,
        )
        .join('\n');
  }
}

function tableText({ columns, total }: Table, rows: Table['rows']): string {
  const cells = (row: Table['rows'][number]) =>
    row.map((cell) => (typeof cell === 'number' ? count(cell) : prose(cell)));
  const bold = (text: string) => (text === '' ? '' : `**${text}**`);
  const lines = [
    columns.map(({ title }) => prose(title)),
    columns.map(({ align }) => (align === 'right' ? '---:' : '---')),
    ...rows.map(cells),
    ...(total === null ? [] : [cells(total).map(bold)]),
  ];
  return lines.map((line) => `| ${line.join(' | ')} |\n`).join('');
}

function itemsText({ title, note, count: things }: Items, lines: readonly Line[]): string {
  const head =
    title === null ? '' : `**${prose(title)}** (${count(things)})${note === null ? '\n\n' : '  \n'}`;
  const more = note === null ? '' : `${prose(note)}\n\n`;
  const acts = lines.some(({ action }) => action !== '');
  const top = acts ? '| | Who | What | Why |\n|---|---|---|---|\n' : '| Who | Why |\n|---|---|\n';
  return `${head}${more}${top}${lines.map((line) => lineText(line, acts)).join('')}`;
}

function lineText(line: Line, acts: boolean): string {
  const why = line.status === null ? prose(line.reason) : `${prose(line.reason)}<br>${prose(line.status)}`;
  if (!acts) return `| ${code(line.subject)} | ${why} |\n`;
  const admin = line.privileged ? ' **admin**' : '';
  const sign = SIGNS[line.effect ?? 'none'];
  return `| ${sign} | ${code(line.subject)} | ${prose(line.action)}${admin} | ${why} |\n`;
}

function requestText({ method, path, body }: RequestView): string {
  const text = bodyText(body);
  return text === '' ? `${clean(method)} ${clean(path)}` : `${clean(method)} ${clean(path)}\n${text}\n`;
}
