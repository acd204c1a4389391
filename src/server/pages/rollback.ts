/** Taking a run back: what it would be first, then, confirmed, the run that does it. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { RollbackResult } from '../../actions/rollback.ts';
import type { Plan } from '../../core/model/change.ts';
import type { RunRecord } from '../../core/model/run.ts';
import { lineHtml, verdictHtml } from '../../report/html-parts.ts';
import { changeLine, noticeLine } from '../../report/lines.ts';
import { planDocument } from '../../report/plan-document.ts';
import { shortId } from '../../report/text.ts';
import { NOTICES } from '../../report/words.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { takenBack } from '../routes/rollback.ts';
import { existingRun } from '../routes/run.ts';
import { PlanParams, RunParams, Why } from '../schemas.ts';
import { sendPage, token } from './layout.ts';
import { sectionHtml } from './parts.ts';

const RollbackForm = z.object({
  _csrf: z.string(),
  plan: PlanParams.shape.id.exactOptional(),
  held: z.literal('yes').exactOptional(),
  why: Why.default('looked at on the page of the run'),
});

/** Lines that the page shows; the plan has all. */
const SHOWN = 200;

export function addRollbackPage(api: Api, deps: ServerDeps): void {
  const { rollback } = deps;
  if (rollback === undefined) return;
  api.post(
    '/runs/:id/rollback',
    { config: { role: 'approver' }, schema: { params: RunParams, body: RollbackForm } },
    async (request, reply) => {
      const { id: of } = await existingRun(deps, request.params.id);
      const { plan = null, held, why } = request.body;
      const asked = { of, items: 'all', by: request.actor, why, plan, approveHeld: held === 'yes' } as const;
      const result = await takenBack(rollback, asked);
      if (result.state === 'given') return reply.redirect(`/runs/${encodeURIComponent(result.run)}`, 303);
      return sendPage(request, reply, { title: 'Rollback', body: bodyOf(of, result, reply) });
    },
  );
}

/** On the page of a run: the first step. */
export function rollbackForm(run: RunRecord, reply: FastifyReply): SafeHtml {
  if ((run.writes?.done ?? 0) === 0) return html``;
  return html`<form method="post" action="/runs/${encodeURIComponent(run.id)}/rollback">${token(reply)}
<button>Take this run back …</button></form>`;
}

function bodyOf(of: string, { plan, state }: RollbackResult, reply: FastifyReply): SafeHtml[] {
  const { verdict, facts } = planDocument(plan);
  const changes = plan.changes.slice(0, SHOWN);
  const lines = changes.map((change) => lineHtml(changeLine(change, { withCause: false, withStatus: true })));
  const empty = html`<p>Nothing is left of it that could be taken back.</p>`;
  return [
    verdictHtml({ verdict, facts }),
    sectionHtml({
      id: 'changes',
      title: 'What would be taken back',
      tone: 'caution',
      count: plan.changes.length,
      body: lines.length === 0 ? empty : html`<ul class="lines">${lines}</ul>`,
    }),
    ...noticesHtml(plan),
    ...(state === 'declined' ? [confirmForm(of, plan, reply)] : []),
    html`<p><a href="/runs/${encodeURIComponent(of)}">Back to the run</a></p>`,
  ];
}

function noticesHtml({ notices }: Plan): SafeHtml[] {
  return (['irreversible', 'not-undone'] as const).flatMap((kind) => {
    const some = notices.filter((notice) => notice.kind === kind);
    if (some.length === 0) return [];
    const lines = some.slice(0, SHOWN).map((notice) => lineHtml(noticeLine(notice)));
    const body = html`<ul class="lines">${lines}</ul>`;
    return [sectionHtml({ id: kind, title: NOTICES[kind], tone: 'alarm', count: some.length, body })];
  });
}

function confirmForm(of: string, plan: Plan, reply: FastifyReply): SafeHtml {
  const held = plan.changes.some(({ verdict }) => verdict.state === 'held');
  const also = held
    ? html`<label><input type="checkbox" name="held" value="yes"> Approve what guards hold, too</label>`
    : html``;
  return sectionHtml({
    id: 'confirm',
    title: 'Take it back',
    tone: 'caution',
    note: 'It is held from then on: no run does it again until somebody approves it, or its cause is another.',
    body: html`<form method="post" action="/runs/${encodeURIComponent(of)}/rollback" class="fields">${token(reply)}
<input type="hidden" name="plan" value="${plan.id}"><label>Why<input name="why" required maxlength="1000"></label>${also}
<button>Write plan ${shortId(plan.id)}</button></form>`,
  });
}
