/** A document as one self-contained HTML file: no script, nothing loaded, fit for paper, phones and the dark. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, type SafeHtml } from '@remix-run/html-template';
import type { Block, Document, Items, Requests, Section, Table } from './document.ts';
import { commandsHtml, lineHtml, numberHtml, requestHtml, tableHtml, verdictHtml } from './html-parts.ts';
import { clean } from './text.ts';

/** The style of reports; pages that are made of the same parts begin with it. */
export const STYLE = ['page', 'lines', 'print']
  .map((name) => readFileSync(new URL(`./css/${name}.css`, import.meta.url), 'utf8'))
  .join('');

/** Content-Security-Policy source of the one inline style; a server that sends a policy of its own must allow it. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
const POLICY = `default-src 'none'; style-src ${STYLE_SOURCE}; base-uri 'none'; form-action 'none'`;

/** A browser lays out one chunk at a time, and only those in sight. */
const CHUNK = 100;
/** Sections up to this many lines come open. */
const OPEN = 40;
/** Rows of a table that are shown at once. */
const ROWS = 20;

/** Text in chunks of at most some hundred lines each. */
export function* renderHtml(document: Document): Generator<string> {
  yield head(document);
  yield `${verdictHtml(document)}${navigation(document.sections)}<main>`;
  for (const section of document.sections) yield* renderSection(section);
  yield '</main></div></body></html>\n';
}

function head({ title, verdict }: Document): string {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${clean(`${title}: ${verdict.word}`)}</title>
<style>${html.raw`${STYLE}`}</style></head>
<body><div class="page">
`;
  return String(page);
}

function navigation(sections: readonly Section[]): SafeHtml {
  const links = sections.map(
    ({ id, title, tone, count: things }) =>
      html`<li class="${tone}"><a href="#${id}">${title}${numberHtml(things)}</a></li>`,
  );
  return html`<nav aria-label="Sections"><ul>${links}</ul></nav>
`;
}

function* renderSection(section: Section): Generator<string> {
  const { id, title, tone, note, folded, blocks } = section;
  const heading = html`<h2 id="${id}">${title}${numberHtml(section.count)}</h2>`;
  const open = !folded && (section.count ?? 0) <= OPEN;
  yield folded
    ? `<section class="${tone}"><details><summary>${heading}</summary>`
    : `<section class="${tone}">${heading}`;
  if (note !== null) yield String(html`<p class="note">${clean(note)}</p>`);
  let room = OPEN;
  for (const block of blocks) {
    // What is short comes open also beside what is long: which guard holds is asked before whom it holds.
    const fits = !folded && block.type === 'items' && block.count <= room;
    if (block.type === 'items') room = fits ? room - block.count : 0;
    yield* renderBlock(block, open || fits || (folded && blocks.length === 1));
  }
  yield folded ? '</details></section>\n' : '</section>\n';
}

function* renderBlock(block: Block, open: boolean): Generator<string> {
  switch (block.type) {
    case 'table':
      yield* renderTable(block);
      break;
    case 'items':
      yield* renderItems(block, open);
      break;
    case 'commands':
      yield String(commandsHtml(block));
      break;
    case 'requests':
      yield* renderRequests(block);
  }
}

/** The first rows are the largest; the rest is a click away. */
function* renderTable(table: Table): Generator<string> {
  const more = table.rows.slice(ROWS);
  if (more.length === 0) {
    yield String(tableHtml(table));
    return;
  }
  yield String(tableHtml({ ...table, rows: table.rows.slice(0, ROWS) }));
  yield String(html`<details><summary><h3>The rest${numberHtml(more.length)}</h3></summary>`);
  yield `${tableHtml({ ...table, rows: more })}</details>\n`;
}

function* renderItems({ title, note, count: things, lines }: Items, open: boolean): Generator<string> {
  if (title !== null) {
    const summary = html`<summary><h3><bdi>${clean(title)}</bdi>${numberHtml(things)}</h3></summary>`;
    yield `<details${open ? ' open' : ''}>${summary}`;
  }
  if (note !== null) yield String(html`<p class="note">${clean(note)}</p>`);
  for (const chunk of chunks(lines())) {
    yield `<ul class="lines${full(chunk)}">\n${chunk.map((line) => String(lineHtml(line))).join('')}</ul>\n`;
  }
  if (title !== null) yield '</details>\n';
}

function* renderRequests({ requests }: Requests): Generator<string> {
  for (const chunk of chunks(requests())) {
    yield `<ol class="requests${full(chunk)}">\n${chunk.map((request) => String(requestHtml(request))).join('')}</ol>\n`;
  }
}

/** Only a full chunk has a height that the style sheet can guess. */
function full(chunk: readonly unknown[]): string {
  return chunk.length === CHUNK ? ' chunk' : '';
}

function* chunks<T>(things: Iterable<T>): Generator<readonly T[]> {
  let chunk: T[] = [];
  for (const thing of things) {
    chunk.push(thing);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
