/** A document as one self-contained HTML file: no script, nothing loaded, fit for paper, phones and the dark. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, type SafeHtml } from '@remix-run/html-template';
import type {
  Block,
  Cell,
  Commands,
  Document,
  Items,
  Line,
  Requests,
  RequestView,
  Section,
  Table,
} from './document.ts';
import { bodyText } from './json-text.ts';
import { clean, count } from './text.ts';

const STYLE = ['page', 'lines', 'print']
  .map((name) => readFileSync(new URL(`./css/${name}.css`, import.meta.url), 'utf8'))
  .join('');

/** Content-Security-Policy source of the one inline style; a server that sends a policy of its own must allow it. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
const POLICY = `default-src 'none'; style-src ${STYLE_SOURCE}; base-uri 'none'; form-action 'none'`;

/** A browser lays out one chunk at a time, and only those in sight. */
const CHUNK = 100;
/** Sections up to this many lines come open. */
const OPEN = 40;
const SIGNS = { revoke: '−', change: '~', grant: '+', none: '' } as const;

/** Text in chunks of at most some hundred lines each. */
export function* renderHtml(document: Document): Generator<string> {
  yield head(document);
  yield `${verdict(document)}${navigation(document.sections)}<main>`;
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

function verdict({ verdict, facts }: Document): SafeHtml {
  return html`<header class="${verdict.tone}"><h1><strong>${verdict.word}.</strong> ${clean(verdict.sentence)}</h1>
<dl>${facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd><bdi>${clean(value)}</bdi></dd></div>`)}</dl>
</header>
`;
}

function navigation(sections: readonly Section[]): SafeHtml {
  const links = sections.map(
    ({ id, title, tone, count: things }) =>
      html`<li class="${tone}"><a href="#${id}">${title}${number(things)}</a></li>`,
  );
  return html`<nav aria-label="Sections"><ul>${links}</ul></nav>
`;
}

function number(things: number | null): SafeHtml | null {
  return things === null ? null : html`&nbsp;<span class="count">${count(things)}</span>`;
}

function* renderSection(section: Section): Generator<string> {
  const { id, title, tone, note, folded, blocks } = section;
  const heading = html`<h2 id="${id}">${title}${number(section.count)}</h2>`;
  const open = !folded && (section.count ?? 0) <= OPEN;
  yield folded
    ? `<section class="${tone}"><details><summary>${heading}</summary>`
    : `<section class="${tone}">${heading}`;
  if (note !== null) yield String(html`<p class="note">${clean(note)}</p>`);
  for (const block of blocks) yield* renderBlock(block, open || (folded && blocks.length === 1));
  yield folded ? '</details></section>\n' : '</section>\n';
}

function* renderBlock(block: Block, open: boolean): Generator<string> {
  switch (block.type) {
    case 'table':
      yield String(tableOf(block));
      break;
    case 'items':
      yield* renderItems(block, open);
      break;
    case 'commands':
      yield String(commandsOf(block));
      break;
    case 'requests':
      yield* renderRequests(block);
  }
}

function tableOf({ caption, columns, rows, total }: Table): SafeHtml {
  const row = (cells: readonly Cell[]) =>
    html`<tr>${cells.map((cell, column) =>
      typeof cell === 'number'
        ? html`<td class="${cell === 0 ? 'zero' : 'number'}">${count(cell)}</td>`
        : column === 0
          ? html`<th scope="row"><bdi>${clean(cell)}</bdi></th>`
          : html`<td class="words"><bdi>${clean(cell)}</bdi></td>`,
    )}</tr>
`;
  const heads = columns.map(({ title, align }) => html`<th scope="col" class="${align}">${title}</th>`);
  const foot = total === null ? null : html`<tfoot>${row(total)}</tfoot>`;
  return html`<table><caption>${caption}</caption><thead><tr>${heads}</tr></thead>
<tbody>${rows.map(row)}</tbody>${foot}</table>
`;
}

function* renderItems({ title, note, count: things, lines }: Items, open: boolean): Generator<string> {
  if (title !== null) {
    const summary = html`<summary><h3><bdi>${clean(title)}</bdi>${number(things)}</h3></summary>`;
    yield `<details${open ? ' open' : ''}>${summary}`;
  }
  if (note !== null) yield String(html`<p class="note">${clean(note)}</p>`);
  for (const chunk of chunks(lines())) {
    yield `<ul class="lines${full(chunk)}">\n${chunk.map((line) => String(lineOf(line))).join('')}</ul>\n`;
  }
  if (title !== null) yield '</details>\n';
}

function lineOf({ key, effect, subject, action, reason, status, privileged }: Line): SafeHtml {
  const admin = privileged ? html` <span class="tag">admin</span>` : null;
  const what = action === '' ? null : html`<span class="what"><bdi>${clean(action)}</bdi>${admin}</span>`;
  const state = status === null ? null : html` <span class="status">${clean(status)}</span>`;
  const item = key === null ? null : html`<span class="key">Item <code>${clean(key)}</code></span>`;
  const kind = effect ?? 'none';
  return html`<li class="${kind}"><span class="sign" aria-hidden="true">${SIGNS[kind]}</span><b><bdi>${clean(subject)}</bdi></b>${what}<span class="why"><bdi>${clean(reason)}</bdi>${state}${item}</span></li>
`;
}

function commandsOf({ steps }: Commands): SafeHtml {
  const items = steps.map(({ purpose, command }) =>
    command === null
      ? html`<li>${purpose}.</li>`
      : html`<li>${purpose}:<pre><code>${clean(command)}</code></pre></li>`,
  );
  return html`<ul class="steps">${items}</ul>
`;
}

function* renderRequests({ requests }: Requests): Generator<string> {
  for (const chunk of chunks(requests())) {
    yield `<ol class="requests${full(chunk)}">\n${chunk.map((request) => String(requestOf(request))).join('')}</ol>\n`;
  }
}

function requestOf({ method, path, body }: RequestView): SafeHtml {
  const sent = bodyText(body);
  const data = sent === '' ? null : html`<code class="body">${sent}</code>`;
  return html`<li><code><b>${clean(method)}</b> ${clean(path)}</code>${data}</li>
`;
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
