/** A document for a terminal: calm, aligned, as wide as it is told, colour only when asked for. */
import { styleText } from 'node:util';
import type { Document, Items, Line, RequestView, Section, Table, Tone } from './document.ts';
import { bodyText } from './json-text.ts';
import { DEFAULT_LIMIT, limitSection, type Part } from './limited.ts';
import { clean, count } from './text.ts';
import { cut, displayWidth, padEnd, padStart, wrap } from './width.ts';

export interface TerminalOptions {
  readonly colour?: boolean;
  /** Columns; 80 unless told, 60 at least. */
  readonly width?: number;
  /** Lines a section shows; `Infinity` shows all. */
  readonly limit?: number;
}

interface Page {
  readonly width: number;
  readonly limit: number;
  readonly paint: (style: Style, text: string) => string;
}

type Style = Parameters<typeof styleText>[0];

const TONES: Readonly<Record<Tone, Style>> = {
  alarm: ['bold', 'red'],
  caution: ['bold', 'yellow'],
  calm: ['bold', 'green'],
  quiet: 'bold',
};
const SIGNS = { revoke: '-', change: '~', grant: '+', none: '·' } as const;
const SIGN_STYLES = { revoke: 'red', change: 'yellow', grant: 'green', none: 'dim' } as const;

/** Text in chunks that each end with a line break. */
export function* renderTerminal(document: Document, options: TerminalOptions = {}): Generator<string> {
  const { colour = false, width = 80, limit = DEFAULT_LIMIT } = options;
  const paint = (style: Style, text: string) =>
    colour && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  const page: Page = { width: Math.max(60, width), limit, paint };
  yield* verdict(document, page);
  for (const section of document.sections) {
    if (document.brief && section.folded) yield* mention(section);
    else yield* renderSection(section, page);
  }
}

function* verdict({ verdict, facts }: Document, { width, paint }: Page): Generator<string> {
  const [first = '', ...more] = wrap(`${verdict.word}. ${clean(verdict.sentence)}`, width);
  const mark = verdict.word.length + 1;
  yield `${paint(TONES[verdict.tone], first.slice(0, mark))}${first.slice(mark)}\n`;
  for (const line of more) yield `${line}\n`;
  if (facts.length === 0) return;
  yield '\n';
  const column = Math.max(...facts.map(({ label }) => label.length)) + 2;
  for (const { label, value } of facts) {
    const [head = '', ...tail] = wrap(clean(value), width - column);
    yield `${paint('dim', padEnd(label, column))}${head}\n`;
    for (const line of tail) yield `${' '.repeat(column)}${line}\n`;
  }
}

function* mention({ title, count: things }: Section): Generator<string> {
  if (things !== null) yield `\n${title}: ${count(things)}. The html and json formats list all.\n`;
}

function* renderSection(section: Section, page: Page): Generator<string> {
  const { title, tone, note } = section;
  const things = section.count === null ? '' : ` · ${count(section.count)}`;
  yield `\n${page.paint(TONES[tone], title)}${things}\n`;
  if (note !== null) yield* indented(note, 2, page, 'dim');
  const { parts, rest } = limitSection(section, page.limit);
  for (const [index, part] of parts.entries()) {
    if (index > 0) yield '\n';
    yield* renderPart(part, page);
  }
  if (rest !== null) yield* indented(rest, 2, page, 'dim');
}

function* renderPart(part: Part, page: Page): Generator<string> {
  switch (part.type) {
    case 'table':
      yield* renderTable(part.block, part.rows, page);
      break;
    case 'items':
      yield* renderItems(part.block, part.lines.map(cleaned), page);
      break;
    case 'requests':
      for (const request of part.requests) yield* renderRequest(request, page);
      break;
    case 'commands':
      for (const { purpose, command } of part.block.steps) {
        yield* indented(command === null ? `${purpose}.` : `${purpose}:`, 2, page);
        if (command !== null) yield `    ${page.paint('cyan', clean(command))}\n`;
      }
  }
}

function* renderItems(block: Items, lines: readonly CleanLine[], page: Page): Generator<string> {
  const indent = block.title === null ? 2 : 4;
  if (block.title !== null) {
    yield* indented(`${clean(block.title)} (${count(block.count)})`, 2, page, 'bold');
  }
  if (block.note !== null) yield* indented(block.note, indent, page, 'dim');
  const columns = fitting(lines, page.width - indent - 2);
  for (const line of lines) yield* renderLine(line, indent, columns, page);
}

interface CleanLine {
  readonly effect: keyof typeof SIGNS;
  readonly subject: string;
  readonly action: string;
  readonly why: string;
}

function cleaned(line: Line): CleanLine {
  const why = line.status === null ? line.reason : `${line.reason} · ${line.status}`;
  return {
    effect: line.effect ?? 'none',
    subject: clean(line.subject),
    action: clean(line.privileged ? `${line.action} [admin]` : line.action),
    why: clean(why),
  };
}

interface Columns {
  readonly subject: number;
  readonly action: number;
}

/** Columns in which every line fits on one row; null when one does not. */
function fitting(lines: readonly CleanLine[], width: number): Columns | null {
  const widest = (part: (line: CleanLine) => string) =>
    lines.reduce((most, line) => Math.max(most, displayWidth(part(line))), 0);
  const subject = widest((line) => line.subject) + 2;
  const action = widest((line) => line.action);
  const gap = action === 0 ? 0 : action + 2;
  return subject + gap + widest((line) => line.why) <= width ? { subject, action: gap } : null;
}

function* renderLine(
  line: CleanLine,
  indent: number,
  columns: Columns | null,
  page: Page,
): Generator<string> {
  const start = `${' '.repeat(indent)}${page.paint(SIGN_STYLES[line.effect], SIGNS[line.effect])} `;
  if (columns !== null) {
    const what = padEnd(line.action, columns.action);
    yield `${start}${padEnd(line.subject, columns.subject)}${what}${page.paint('dim', line.why)}\n`;
    return;
  }
  const head = line.action === '' ? line.subject : `${line.subject}  ${line.action}`;
  const [first = '', ...rest] = wrap(head, page.width - indent - 2);
  yield `${start}${first}\n`;
  for (const text of rest) yield `${' '.repeat(indent + 2)}${text}\n`;
  yield* indented(line.why, indent + 4, page, 'dim');
}

function* renderTable(table: Table, rows: Table['rows'], page: Page): Generator<string> {
  const texts = [table.columns.map(({ title }) => title), ...rows, ...(table.total ? [table.total] : [])].map(
    (cells) => cells.map((cell) => (typeof cell === 'number' ? count(cell) : clean(cell))),
  );
  const widths = table.columns.map((_, column) =>
    Math.max(...texts.map((cells) => displayWidth(cells[column] ?? ''))),
  );
  const used = widths.reduce((sum, width) => sum + width + 2, 0);
  const widest = widths.indexOf(Math.max(...widths));
  widths[widest] = Math.max(8, (widths[widest] as number) - Math.max(0, used - page.width));
  for (const [index, cells] of texts.entries()) {
    const line = cells
      .map((text, column) => aligned(table, text, column, widths[column] as number))
      .join('  ');
    const style = index === 0 ? 'dim' : table.total !== null && index === texts.length - 1 ? 'bold' : null;
    const row = line.trimEnd();
    yield `  ${style === null ? row : page.paint(style, row)}\n`;
  }
}

function aligned({ columns }: Table, text: string, column: number, width: number): string {
  return columns[column]?.align === 'right' ? padStart(text, width) : padEnd(cut(text, width), width);
}

function* renderRequest({ method, path, body }: RequestView, page: Page): Generator<string> {
  yield `  ${page.paint('bold', padEnd(clean(method), 6))} ${clean(path)}\n`;
  if (body !== null && body !== undefined) yield `         ${page.paint('dim', bodyText(body))}\n`;
}

function* indented(text: string, indent: number, { width, paint }: Page, style?: Style): Generator<string> {
  for (const line of wrap(clean(text), width - indent)) {
    yield `${' '.repeat(indent)}${style === undefined ? line : paint(style, line)}\n`;
  }
}
