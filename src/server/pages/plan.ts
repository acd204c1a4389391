import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Plan } from '../../core/model/change.ts';
import { summaryTable } from '../../report/figures.ts';
import { lineHtml, tableHtml, verdictHtml } from '../../report/html-parts.ts';
import { residualLine, violationLine } from '../../report/lines.ts';
import { planFacts } from '../../report/plan-document.ts';
import { byPlace, placeOf, placeTitle, tally } from '../../report/shelves.ts';
import { count, duration, plural, shortId, time } from '../../report/text.ts';
import { headline } from '../../report/verdict.ts';
import { CAUSES, EFFECTS, VERDICTS } from '../../report/words.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { pageOf, reviewOrder } from '../plan-changes.ts';
import { existingPlan } from '../routes/plan.ts';
import { PlanParams } from '../schemas.ts';
import { changesHtml } from './changes.ts';
import { sendPage } from './layout.ts';
import { pagerHtml, personHref, sectionHtml, selectHtml } from './parts.ts';
import { filterOf, PlanQuery, type PlanQueryValues, placeValue, queryOf } from './plan-query.ts';

const PAGE = 100;
/** Guards and residual accesses that the page lists before it points at the whole report. */
const LISTED = 50;

export function addPlanPages(api: Api, deps: ServerDeps): void {
  api.get('/plans', async (request, reply) => {
    const plans = await deps.listPlans(100);
    const rows = plans.map(
      ({ id, createdAt, changes, operations }) =>
        html`<li class="quiet"><a href="/plans/${id}">${time(createdAt)}</a> <b>${plural(changes, 'change')}</b>
<span class="why">${plural(operations, 'API write')}, plan <code>${shortId(id)}</code></span></li>`,
    );
    const body =
      rows.length === 0 ? html`<p class="note">None yet.</p>` : html`<ul class="rows">${rows}</ul>`;
    return sendPage(request, reply, {
      title: 'Plans',
      body: [
        html`<h1>Plans</h1>`,
        sectionHtml({ id: 'plans', title: 'The newest first', tone: 'quiet', body }),
      ],
    });
  });
  api.get(
    '/plans/:id',
    { schema: { params: PlanParams, querystring: PlanQuery } },
    async (request, reply) => {
      const plan = await existingPlan(deps, request.params.id);
      return planPage(request, reply, deps, plan, request.query);
    },
  );
}

async function planPage(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: ServerDeps,
  plan: Plan,
  query: PlanQueryValues,
): Promise<FastifyReply> {
  const counts = tally(plan.changes);
  const found = await reviewOrder(plan, filterOf(query));
  const shown = pageOf(found, Number(query.page), PAGE);
  const address = queryOf(query);
  const held = found.filter(({ verdict }) => verdict.state === 'held').length;
  const approval = held === 0 ? null : ((await deps.approvalView?.(plan, request.actor)) ?? null);
  const list = changesHtml({ request, reply, deps, plan, shown, held, address, approval });
  return sendPage(request, reply, {
    title: `Plan ${shortId(plan.id)}`,
    body: [
      verdictHtml({ verdict: headline(plan, counts), facts: [...planFacts(plan), cost(plan)] }),
      downloads(plan),
      ...(plan.changes.length === 0
        ? []
        : [
            sectionHtml({
              id: 'summary',
              title: 'Summary',
              tone: 'quiet',
              body: tableHtml(summaryTable(counts)),
            }),
          ]),
      ...guards(plan),
      ...residual(plan),
      sectionHtml({
        id: 'changes',
        title: 'Changes',
        tone: 'quiet',
        count: shown.total,
        note: 'Removals first, then role changes, then grants.',
        body: [
          filterForm(plan, query),
          list,
          pagerHtml(`/plans/${plan.id}`, address, shown.page, shown.pages) ?? html``,
        ],
      }),
    ],
  });
}

function cost({ budget: { writes, proofs, etaSeconds } }: Plan): { label: string; value: string } {
  const eta = etaSeconds === null || writes === 0 ? '' : `, ${duration(etaSeconds)} at the configured rate`;
  return {
    label: 'Cost now',
    value: `${plural(writes, 'API write')}, ${plural(proofs, 'check')} by id${eta}`,
  };
}

const FORMATS = [
  { format: 'html', name: 'HTML' },
  { format: 'markdown', name: 'Markdown' },
  { format: 'json', name: 'JSON' },
  { format: 'csv', name: 'CSV' },
] as const;

function downloads({ id }: Plan): SafeHtml {
  const links = FORMATS.map(
    ({ format, name }) =>
      html`<li><a href="/plans/${id}/report?format=${format}&amp;download=yes">${name}</a></li>`,
  );
  return html`<nav class="downloads" aria-label="This plan in other forms"><ul>
<li><a href="/plans/${id}/report?format=html">The whole report</a></li>
<li><a href="/plans/${id}/requests">The exact requests</a></li><li>Download:</li>${links}</ul></nav>`;
}

function guards({ violations }: Plan): SafeHtml[] {
  if (violations.length === 0) return [];
  const lines = violations.slice(0, LISTED).map((one) => lineHtml(violationLine(one)));
  const body = html`<ul class="lines">${lines}</ul>`;
  return [sectionHtml({ id: 'guards', title: 'What holds', tone: 'alarm', count: violations.length, body })];
}

function residual({ id, residual: all }: Plan): SafeHtml[] {
  if (all.length === 0) return [];
  const lines = all
    .slice(0, LISTED)
    .map((one) => lineHtml(residualLine(one), { href: personHref(one.email) }));
  const more =
    all.length <= LISTED
      ? null
      : html`<p class="note">… and ${count(all.length - LISTED)} more in <a href="/plans/${id}/report?format=html">the whole report</a>.</p>`;
  const note = 'A group gives this access, and no call that this daemon may make ends it.';
  const body = html`<ul class="lines">${lines}</ul>${more}`;
  return [
    sectionHtml({
      id: 'residual',
      title: 'Access that stays after this plan',
      tone: 'alarm',
      count: all.length,
      note,
      body,
    }),
  ];
}

function named(all: string, names: Readonly<Record<string, string>>) {
  return [{ value: '', label: all }, ...Object.entries(names).map(([value, label]) => ({ value, label }))];
}

const CAUSE_NAMES = Object.fromEntries(Object.entries(CAUSES).map(([name, { title }]) => [name, title]));

function filterForm(plan: Plan, query: PlanQueryValues): SafeHtml {
  const places = byPlace(Map.groupBy(plan.changes, placeOf)).map(([place, changes]) => ({
    value: placeValue(place),
    label: `${placeTitle(place)} (${count(changes.length)})`,
  }));
  return html`<form method="get" action="/plans/${plan.id}#changes" class="fields" role="search" aria-label="Filter the changes">
<label>Search<input type="search" name="search" value="${query.search}" maxlength="320"></label>
${selectHtml('state', 'Verdict', named('All', VERDICTS), query.state ?? '')}
${selectHtml('effect', 'Kind', named('All', EFFECTS), query.effect ?? '')}
${selectHtml('cause', 'Cause', named('All', CAUSE_NAMES), query.cause ?? '')}
${selectHtml('place', 'Place', [{ value: '', label: 'All' }, ...places], query.place)}
${query.group === '' ? null : html`<label>Group<input name="group" value="${query.group}" maxlength="512"></label>`}
<button>Filter</button><a href="/plans/${plan.id}#changes">Show all</a></form>`;
}
