/** Small pieces that several pages share. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { RunRecord, RunScope } from '../../core/model/run.ts';
import type { Tone } from '../../report/document.ts';
import { numberHtml } from '../../report/html-parts.ts';
import { clean, count, duration, plural, shortId, time } from '../../report/text.ts';

export interface SectionView {
  readonly id: string;
  readonly title: string;
  readonly tone: Tone;
  readonly count?: number | null;
  readonly note?: string | null;
  readonly body: SafeHtml | SafeHtml[];
}

export function sectionHtml({ id, title, tone, count: things = null, note, body }: SectionView): SafeHtml {
  const words = note == null ? null : html`<p class="note">${clean(note)}</p>`;
  return html`<section class="${tone}" aria-labelledby="${id}"><h2 id="${id}">${title}${numberHtml(things)}</h2>${words}
${body}</section>
`;
}

/** Links to the other pages of a list; null: there is only one. `name`: of the parameter, where a page has several lists. */
export function pagerHtml(
  path: string,
  query: URLSearchParams,
  page: number,
  pages: number,
  {
    name = 'page',
    anchor = '',
    of = 'list',
  }: { readonly name?: string; readonly anchor?: string; readonly of?: string } = {},
): SafeHtml | null {
  if (pages <= 1) return null;
  const link = (to: number, words: string, rel: string) => {
    const next = new URLSearchParams(query);
    next.set(name, String(to));
    const href = `${path}?${next}${anchor === '' ? '' : `#${anchor}`}`;
    return html`<a href="${href}" rel="${rel}">${words}</a>`;
  };
  return html`<nav class="pager" aria-label="Pages of the ${of}">${page > 1 ? link(page - 1, 'Previous', 'prev') : null}
<span>Page ${count(page)} of ${count(pages)}</span>
${page < pages ? link(page + 1, 'Next', 'next') : null}</nav>`;
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

export function selectHtml(
  name: string,
  label: string,
  options: readonly Option[],
  chosen: string,
): SafeHtml {
  const all = options.map(({ value, label: words }) =>
    value === chosen
      ? html`<option value="${value}" selected>${clean(words)}</option>`
      : html`<option value="${value}">${clean(words)}</option>`,
  );
  return html`<label>${label}<select name="${name}">${all}</select></label>`;
}

const STATES: Readonly<Record<RunRecord['state'], string>> = {
  queued: 'Waits for its turn',
  reading: 'Reads both sides',
  planned: 'Planned',
  applying: 'Writes to Devin',
  done: 'Done',
  failed: 'Failed',
};

/** How a run stands, in a few words: `Done, 3 held`. */
export function runWords({ state, summary, writes }: RunRecord): string {
  const parts = [STATES[state]];
  if (state === 'applying' && writes !== null)
    parts.push(`${count(writes.done)} of ${plural(writes.total, 'write')}`);
  if (summary !== null && summary.held > 0) parts.push(`${count(summary.held)} held`);
  if (writes !== null && writes.failed > 0) parts.push(`${count(writes.failed)} failed`);
  return parts.join(', ');
}

export function runTone(run: RunRecord): Tone {
  if (run.state === 'failed' || (run.writes?.failed ?? 0) > 0) return 'alarm';
  if (run.state !== 'done') return 'caution';
  return (run.summary?.held ?? 0) > 0 ? 'caution' : 'calm';
}

export function scopeWords({ user, group, org, rollback }: RunScope): string {
  if (rollback !== undefined) return `rollback of ${rollback.slice(0, 12)}`;
  if (user !== undefined) return user;
  if (group !== undefined) return `group ${group}`;
  return org === undefined ? 'everything' : `organization ${org}`;
}

export function triggerWords({ trigger }: RunRecord): string {
  return trigger.kind === 'schedule' ? 'on schedule' : `${trigger.kind}, by ${trigger.by}`;
}

export function runsHtml(runs: readonly RunRecord[]): SafeHtml {
  if (runs.length === 0) return html`<p class="note">None yet.</p>`;
  const rows = runs.map((run) => {
    const at = run.startedAt ?? run.trigger.at;
    return html`<li class="${runTone(run)}"><a href="/runs/${encodeURIComponent(run.id)}">${time(at)}</a>
<b>${runWords(run)}</b>
<span class="why"><bdi>${clean(`${scopeWords(run.trigger.scope)}, ${triggerWords(run)}`)}</bdi>${
      run.planId === null
        ? null
        : html`, plan <a href="/plans/${run.planId}"><code>${shortId(run.planId)}</code></a>`
    }</span></li>`;
  });
  return html`<ul class="rows">${rows}</ul>`;
}

/** How far a run is: a bar and words that do not need it. */
export function progressHtml(run: RunRecord): SafeHtml | null {
  if (run.state === 'applying' && run.writes !== null) {
    const { total, done, failed, skipped, waiting, etaSeconds } = run.writes;
    const ended = done + failed + skipped;
    const rest = etaSeconds === null ? '' : `, about ${duration(etaSeconds)} left`;
    const words = `${count(ended)} of ${plural(total, 'write')} ended${rest}${waiting === null ? '' : `. Nothing moves: ${waiting}`}`;
    return bar(words, ended, total);
  }
  if (run.step === null) return null;
  const { what, done, total } = run.step;
  return bar(`${what}: ${count(done)}${total === null ? '' : ` of ${count(total)}`}`, done, total);
}

function bar(words: string, done: number, total: number | null): SafeHtml {
  const value =
    total === null
      ? html`<progress aria-label="Progress"></progress>`
      : html`<progress aria-label="Progress" max="${Math.max(1, total)}" value="${done}"></progress>`;
  return html`<p class="progress">${value}<span>${clean(words)}</span></p>`;
}

export function personHref(email: string): string {
  return `/people?email=${encodeURIComponent(email)}`;
}
