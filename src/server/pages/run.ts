import { html, type SafeHtml } from '@remix-run/html-template';
import { z } from 'zod';
import type { Plan } from '../../core/model/change.ts';
import type { Operation } from '../../core/model/operation.ts';
import { isSettled, type RunRecord } from '../../core/model/run.ts';
import type { Document, Line } from '../../report/document.ts';
import { lineHtml, verdictHtml } from '../../report/html-parts.ts';
import { count, duration, shortId, time } from '../../report/text.ts';
import { OPERATIONS } from '../../report/words.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import type { OperationOutcome } from '../records.ts';
import { existingRun } from '../routes/run.ts';
import { PageNumber, RunParams } from '../schemas.ts';
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

const PAGE = 100;
/** Seconds between two looks of a browser without script. */
const AGAIN = 4;

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
  api.get(
    '/runs/:id',
    { schema: { params: RunParams, querystring: z.object({ page: PageNumber }) } },
    async (request, reply) => {
      const run = await existingRun(deps, request.params.id);
      const plan = run.planId === null ? null : await deps.getPlan(run.planId);
      const operations = plan === null ? [] : await outcomesHtml(deps, run, plan, Number(request.query.page));
      const live = isSettled(run) ? html`` : html` data-live="/runs/${encodeURIComponent(run.id)}/events"`;
      return sendPage(request, reply, {
        title: 'Run',
        refresh: isSettled(run) ? null : AGAIN,
        body: html`<div class="sheet"${live}>${verdictHtml({ verdict: verdictOf(run), facts: factsOf(run) })}
${state(run)}${operations}</div>`,
      });
    },
  );
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
  wanted: number,
): Promise<SafeHtml[]> {
  if (run.writes === null || plan.operations.length === 0) return [];
  const pages = Math.max(1, Math.ceil(plan.operations.length / PAGE));
  const page = Math.min(wanted, pages);
  const shown = plan.operations.slice((page - 1) * PAGE, page * PAGE);
  const [outcomes, failures] = await Promise.all([
    deps.outcomes(
      plan.id,
      shown.map(({ key }) => key),
    ),
    deps.failures(plan.id),
  ]);
  const lines = shown.map((operation, index) =>
    lineHtml(operationLine(operation, plan, outcomes[index] ?? null)),
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
  return [...deadLetters(plan, failures), all];
}

function deadLetters(plan: Plan, failures: readonly OperationOutcome[]): SafeHtml[] {
  if (failures.length === 0) return [];
  const byKey = new Map(plan.operations.map((operation) => [operation.key, operation]));
  const lines = failures.slice(0, PAGE).map((outcome) => {
    const operation = byKey.get(outcome.opKey);
    const line =
      operation === undefined
        ? outcomeLine(outcome.opKey, '', outcome)
        : operationLine(operation, plan, outcome);
    return lineHtml(line);
  });
  return [
    sectionHtml({
      id: 'dead-letters',
      title: 'Failed for good',
      tone: 'alarm',
      count: failures.length,
      note: 'They are planned again at the next run; nothing of them is tried before.',
      body: html`<ul class="lines">${lines}</ul>`,
    }),
  ];
}

function operationLine(operation: Operation, plan: Plan, outcome: OperationOutcome | null): Line {
  return outcomeLine(subjectOf(operation, plan), OPERATIONS[operation.kind], outcome);
}

/** Whom a write is about, in the words of the plan where the write only knows an id. */
function subjectOf({ items, batch, group, create, subject, key }: Operation, { changes }: Plan): string {
  if (create !== null) return create.name;
  if (batch.length > 0)
    return batch.length > 3 ? `${batch.slice(0, 3).join(', ')} … (${count(batch.length)})` : batch.join(', ');
  const first = items[0];
  const change = first === undefined ? undefined : changes.find((one) => one.key === first);
  return change?.subject.label ?? group ?? subject ?? key;
}

const OUTCOMES: Readonly<Record<OperationOutcome['state'], string>> = {
  done: 'Done',
  already: 'Was so already',
  failed: 'Failed',
  skipped: 'Skipped',
};

function outcomeLine(subject: string, action: string, outcome: OperationOutcome | null): Line {
  const reason =
    outcome === null
      ? 'not ended yet'
      : [time(outcome.at), outcome.reason, outcome.status === null ? null : `status ${outcome.status}`]
          .filter((part) => part !== null)
          .join(', ');
  const status = outcome === null ? 'Open' : OUTCOMES[outcome.state];
  return { key: null, effect: null, subject, action, reason, status, privileged: false };
}
