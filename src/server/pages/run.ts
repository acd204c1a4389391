import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Plan } from '../../core/model/change.ts';
import { isSettled, type RunRecord } from '../../core/model/run.ts';
import type { Document } from '../../report/document.ts';
import { lineHtml, verdictHtml } from '../../report/html-parts.ts';
import { count, duration, shortId, time } from '../../report/text.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { mayAct } from '../roles.ts';
import { existingRun } from '../routes/run.ts';
import { PageNumber, RunParams } from '../schemas.ts';
import { addDeadLetterForms, deadLettersHtml } from './dead-letters.ts';
import { sendPage } from './layout.ts';
import {
  pagerHtml,
  progressHtml,
  runsHtml,
  runTone,
  runWords,
  scopeWords,
  sectionHtml,
  triggerWords,
} from './parts.ts';
import { pauseForms } from './pause-form.ts';
import { rollbackForm } from './rollback.ts';
import { writeLine } from './write-line.ts';

const PAGE = 100;
/** Seconds between two looks of a browser without script. */
const AGAIN = 4;

type PageRequest = FastifyRequest<{ Querystring: { page: string } }>;

export function addRunPages(api: Api, deps: ServerDeps): void {
  api.get('/runs', async (request, reply) => {
    const body = runsHtml(await deps.listRuns(100));
    return sendPage(request, reply, {
      title: 'Runs',
      body: [
        html`<h1>Runs</h1>`,
        sectionHtml({ id: 'runs', title: 'The newest first', tone: 'quiet', body }),
      ],
    });
  });
  addDeadLetterForms(api, deps);
  api.get(
    '/runs/:id',
    { schema: { params: RunParams, querystring: z.object({ page: PageNumber }) } },
    async (request, reply) => {
      const run = await existingRun(deps, request.params.id);
      const plan = run.planId === null ? null : await deps.getPlan(run.planId);
      const operations =
        plan === null ? [] : await outcomesHtml(deps, run, await deps.asLetGo(plan), request, reply);
      const undo =
        deps.rollback !== undefined && isSettled(run) && mayAct(request.role, 'approver')
          ? rollbackForm(run, reply)
          : html``;
      const live = isSettled(run) ? html`` : html` data-live="/runs/${encodeURIComponent(run.id)}/events"`;
      return sendPage(request, reply, {
        title: 'Run',
        refresh: isSettled(run) ? null : AGAIN,
        body: html`<div class="sheet"${live}>${verdictHtml({ verdict: verdictOf(run), facts: factsOf(run) })}
${state(run)}${undo}${operations}</div>${await pauseHere(deps, run, request, reply)}`,
      });
    },
  );
}

/** While writes are under way, they can be stopped where they are watched. */
async function pauseHere(
  deps: ServerDeps,
  run: RunRecord,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<SafeHtml[]> {
  if (isSettled(run)) return [];
  const { paused } = await deps.status();
  const forms = pauseForms(request, reply, deps, paused !== null, `/runs/${encodeURIComponent(run.id)}`);
  if (forms.length === 0) return [];
  const title = paused === null ? 'Stop the writes' : 'Writes are paused';
  const tone = paused === null ? 'quiet' : 'alarm';
  return [sectionHtml({ id: 'pause', title, tone, body: forms })];
}

function verdictOf(run: RunRecord): Document['verdict'] {
  const sentence = run.error ?? sentenceOf(run);
  return { word: runWords({ ...run, summary: null, writes: null }), tone: runTone(run), sentence };
}

function sentenceOf({ summary, writes, state }: RunRecord): string {
  if (summary === null) return 'There is no plan yet.';
  const { ready, held, waiting, barred } = summary;
  if (ready + held + waiting + barred === 0) return 'Both sides agree: the plan is empty.';
  const done = writes === null ? '' : ` ${count(writes.done)} written, ${count(writes.failed)} failed.`;
  const words = `${count(ready)} ready, ${count(held)} held, ${count(waiting)} waiting, ${count(barred)} not allowed.`;
  return `${words}${state === 'done' ? done : ''}`;
}

function factsOf(run: RunRecord): Document['facts'] {
  const { startedAt, endedAt, trigger } = run;
  const took = startedAt === null || endedAt === null ? null : duration((endedAt - startedAt) / 1000);
  return [
    { label: 'Looks at', value: scopeWords(trigger.scope) },
    { label: 'Asked for', value: `${time(trigger.at)}, ${triggerWords(run)}` },
    { label: 'Started', value: startedAt === null ? 'not yet' : time(startedAt) },
    {
      label: 'Ended',
      value: endedAt === null ? 'not yet' : `${time(endedAt)}${took === null ? '' : `, after ${took}`}`,
    },
  ];
}

function state(run: RunRecord): SafeHtml {
  const link =
    run.planId === null
      ? html`<p class="note">The plan is made once both sides are read.</p>`
      : html`<p><a class="button" href="/plans/${run.planId}">Review plan ${shortId(run.planId)}</a></p>`;
  const words = isSettled(run) ? runWords(run) : `${runWords(run)} …`;
  return sectionHtml({
    id: 'state',
    title: 'Progress',
    tone: runTone(run),
    body: html`<p role="status">${words}</p>${progressHtml(run)}${link}`,
  });
}

async function outcomesHtml(
  deps: ServerDeps,
  run: RunRecord,
  plan: Plan,
  request: PageRequest,
  reply: FastifyReply,
): Promise<SafeHtml[]> {
  if (run.writes === null || plan.operations.length === 0) return [];
  const pages = Math.max(1, Math.ceil(plan.operations.length / PAGE));
  const page = Math.min(Number(request.query.page), pages);
  const shown = plan.operations.slice((page - 1) * PAGE, page * PAGE);
  const [outcomes, failures] = await Promise.all([
    deps.outcomes(
      plan.id,
      shown.map(({ key }) => key),
    ),
    deps.failures(plan.id),
  ]);
  const lines = shown.map((operation, index) =>
    lineHtml(writeLine(operation, plan, outcomes[index] ?? null)),
  );
  const all = sectionHtml({
    id: 'operations',
    title: 'Writes',
    tone: 'quiet',
    count: plan.operations.length,
    body: [
      html`<ul class="lines">${lines}</ul>`,
      pagerHtml(`/runs/${encodeURIComponent(run.id)}`, new URLSearchParams(), page, pages) ?? html``,
    ],
  });
  return [...deadLettersHtml(deps, { runId: run.id, plan, failures }, request, reply), all];
}
