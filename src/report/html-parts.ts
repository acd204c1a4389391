/** The pieces of HTML that reports and pages are made of. Every text is cleaned and escaped here. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { Cell, Commands, Document, Line, RequestView, Table } from './document.ts';
import { bodyText } from './json-text.ts';
import { clean, count } from './text.ts';

const SIGNS = { revoke: '−', change: '~', grant: '+', none: '' } as const;

/** What is said first: a verdict, and the facts that it stands on. */
export function verdictHtml({ verdict, facts }: Pick<Document, 'facts' | 'verdict'>): SafeHtml {
  return html`<header class="${verdict.tone}"><h1><strong>${verdict.word}.</strong> ${clean(verdict.sentence)}</h1>
<dl>${facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd><bdi>${clean(value)}</bdi></dd></div>`)}</dl>
</header>
`;
}

export function numberHtml(things: number | null): SafeHtml | null {
  return things === null ? null : html`&nbsp;<span class="count">${count(things)}</span>`;
}

export function tableHtml({ caption, columns, rows, total }: Table): SafeHtml {
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

export interface LineExtras {
  /** Stands in place of the sign, which it has to repeat for those who see it. */
  readonly before?: SafeHtml | null;
  /** Where the subject leads. */
  readonly href?: string | null;
}

export function lineHtml(line: Line, { before = null, href = null }: LineExtras = {}): SafeHtml {
  const { key, effect, subject, action, reason, status, privileged } = line;
  const admin = privileged ? html` <span class="tag">admin</span>` : null;
  const what = action === '' ? null : html`<span class="what"><bdi>${clean(action)}</bdi>${admin}</span>`;
  const state = status === null ? null : html` <span class="status">${clean(status)}</span>`;
  const item = key === null ? null : html`<span class="key">Item <code>${clean(key)}</code></span>`;
  const kind = effect ?? 'none';
  const label = html`<bdi>${clean(subject)}</bdi>`;
  const name = href === null ? label : html`<a href="${href}">${label}</a>`;
  return html`<li class="${kind}">${before}<span class="sign" aria-hidden="true">${SIGNS[kind]}</span><b>${name}</b>${what}<span class="why"><bdi>${clean(reason)}</bdi>${state}${item}</span></li>
`;
}

export function commandsHtml({ steps }: Commands): SafeHtml {
  const items = steps.map(({ purpose, command }) =>
    command === null
      ? html`<li>${purpose}.</li>`
      : html`<li>${purpose}:<pre><code>${clean(command)}</code></pre></li>`,
  );
  return html`<ul class="steps">${items}</ul>
`;
}

export function requestHtml({ method, path, body }: RequestView): SafeHtml {
  const sent = bodyText(body);
  const data = sent === '' ? null : html`<code class="body">${sent}</code>`;
  return html`<li><code><b>${clean(method)}</b> ${clean(path)}</code>${data}</li>
`;
}
