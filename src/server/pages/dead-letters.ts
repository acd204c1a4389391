/** What failed for good, on the page of a run, with the two things that may be done about it. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Plan } from '../../core/model/change.ts';
import { lineHtml } from '../../report/html-parts.ts';
import { plural } from '../../report/text.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { ProblemError } from '../problem.ts';
import type { OperationOutcome } from '../records.ts';
import { mayAct } from '../roles.ts';
import { orConflict } from '../routes/dead-letters.ts';
import { existingRun } from '../routes/run.ts';
import { RunParams, Why } from '../schemas.ts';
import { token } from './layout.ts';
import { sectionHtml } from './parts.ts';
import { outcomeLine, writeLine } from './write-line.ts';

const MOST_SHOWN = 100;

const Form = z.discriminatedUnion('do', [
  z.object({ _csrf: z.string(), do: z.literal('retry') }),
  z.object({ _csrf: z.string(), do: z.literal('discard'), why: Why }),
]);

export function addDeadLetterForms(api: Api, deps: ServerDeps): void {
  const { retry, discard } = deps;
  if (retry === undefined || discard === undefined) return;
  api.post(
    '/runs/:id/dead-letters',
    { config: { role: 'operator' }, schema: { params: RunParams, body: Form } },
    async (request, reply) => {
      const { id, planId } = await existingRun(deps, request.params.id);
      if (planId === null)
        throw new ProblemError(409, 'This run has no plan yet, so nothing of it can have failed.');
      const asked = { planId, by: request.actor, opKeys: undefined };
      const { body } = request;
      request.session.notice =
        body.do === 'retry'
          ? `Open again: ${plural(await orConflict(retry(asked)), 'write')}.`
          : `Taken off the list: ${plural(await orConflict(discard({ ...asked, why: body.why })), 'write')}.`;
      return reply.redirect(`/runs/${encodeURIComponent(id)}`, 303);
    },
  );
}

interface Shown {
  readonly runId: string;
  readonly plan: Plan;
  readonly failures: readonly OperationOutcome[];
}

export function deadLettersHtml(
  deps: ServerDeps,
  { runId, plan, failures }: Shown,
  request: FastifyRequest,
  reply: FastifyReply,
): SafeHtml[] {
  if (failures.length === 0) return [];
  const byKey = new Map(plan.operations.map((operation) => [operation.key, operation]));
  const lines = failures.slice(0, MOST_SHOWN).map((outcome) => {
    const operation = byKey.get(outcome.opKey);
    return lineHtml(
      operation === undefined ? outcomeLine(outcome.opKey, '', outcome) : writeLine(operation, plan, outcome),
    );
  });
  const acts = deps.retry !== undefined && deps.discard !== undefined && mayAct(request.role, 'operator');
  return [
    sectionHtml({
      id: 'dead-letters',
      title: 'Failed for good',
      tone: 'alarm',
      count: failures.length,
      note: 'The next run plans again what is still wanted. Trying again brings back what was skipped because of them, too.',
      body: [html`<ul class="lines">${lines}</ul>`, ...(acts ? [forms(runId, reply)] : [])],
    }),
  ];
}

function forms(runId: string, reply: FastifyReply): SafeHtml {
  const action = `/runs/${encodeURIComponent(runId)}/dead-letters`;
  return html`<form method="post" action="${action}" class="fields">${token(reply)}<input type="hidden" name="do" value="retry">
<button class="main">Try all again</button></form>
<form method="post" action="${action}" class="fields">${token(reply)}<input type="hidden" name="do" value="discard">
<label>Why discard <input name="why" required maxlength="1000" placeholder="ticket, reason"></label>
<button class="danger">Discard all</button></form>`;
}
