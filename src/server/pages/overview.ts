import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isWhole, type RunRecord, type StatusView, type WriteProgress } from '../../core/model/run.ts';
import type { Document } from '../../report/document.ts';
import { verdictHtml } from '../../report/html-parts.ts';
import { count, duration, plural, shortId, time } from '../../report/text.ts';
import { policyWords } from '../../report/words.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { mayAct } from '../roles.ts';
import { attention } from './attention.ts';
import { sendPage, token } from './layout.ts';
import { progressHtml, runsHtml, runTone, runWords, sectionHtml, selectHtml } from './parts.ts';
import { pauseForms } from './pause-form.ts';

const RECENT = 8;
/** A burst of runs about single people must not hide the last one about everybody. */
const LISTED = 50;

export function addOverview(api: Api, deps: ServerDeps): void {
  api.get('/', async (request, reply) => {
    const [status, runs] = await Promise.all([deps.status(), deps.listRuns(LISTED)]);
    const latest = runs.find((run) => isWhole(run) && run.planId !== null && run.summary !== null) ?? null;
    return sendPage(request, reply, {
      title: 'Overview',
      refresh: status.current === null ? null : 5,
      body: [
        verdictHtml({ verdict: verdictOf(status, latest), facts: factsOf(status) }),
        ...attention(status),
        ...now(status),
        ...difference(latest),
        ...controls(request, reply, deps, status),
        sectionHtml({
          id: 'recent',
          title: 'Recent runs',
          tone: 'quiet',
          body: runsHtml(runs.slice(0, RECENT)),
        }),
      ],
    });
  });
}

function verdictOf(status: StatusView, latest: RunRecord | null): Document['verdict'] {
  const { last, paused } = status;
  if (paused !== null) {
    const sentence = `${paused.by} paused writes at ${time(paused.at)}; runs still read and plan.`;
    return { word: 'Paused', tone: 'alarm', sentence };
  }
  if (last?.state === 'failed')
    return { word: 'Failed', tone: 'alarm', sentence: last.error ?? 'The last run failed.' };
  if (latest?.summary == null)
    return { word: 'New', tone: 'caution', sentence: 'No plan has been made yet.' };
  const { held, ready, residual } = latest.summary;
  if (held > 0) {
    const sentence = `${plural(held, 'change')} ${held === 1 ? 'waits' : 'wait'} for approval.`;
    return { word: 'Held', tone: 'alarm', sentence };
  }
  const failed = latest.writes?.failed ?? 0;
  if (failed > 0) {
    const sentence = `${plural(failed, 'write')} failed for good; the page of the run says why.`;
    return { word: 'Not all written', tone: 'alarm', sentence };
  }
  if (isWritten(latest)) {
    const sentence = `${plural(latest.writes.done, 'write')} went through, nothing is held. The next run reads both sides again.`;
    return { word: 'Written', tone: 'calm', sentence };
  }
  if (ready > 0)
    return {
      word: 'At work',
      tone: 'caution',
      sentence: `${plural(ready, 'change')} may be applied, nothing is held.`,
    };
  if (residual > 0) {
    const sentence = `Nothing is left to do here, but ${plural(residual, 'access stays', 'accesses stay')} through groups.`;
    return { word: 'In sync', tone: 'caution', sentence };
  }
  return { word: 'In sync', tone: 'calm', sentence: 'Both sides agree; nothing is held.' };
}

/** Everything that its plan could write is in Devin. */
function isWritten(run: RunRecord): run is RunRecord & { readonly writes: WriteProgress } {
  const { state, writes } = run;
  return state === 'done' && writes !== null && writes.total > 0 && writes.done === writes.total;
}

function factsOf(status: StatusView): Document['facts'] {
  const { tenants, last, lastSuccessAt, nextRunAt } = status;
  return [
    { label: 'Directory', value: `${tenants?.directory ?? 'not read yet'}${peopleOf(status)}` },
    { label: 'Devin', value: `${tenants?.devin ?? 'not read yet'}${usersOf(status)}` },
    ...costOf(status),
    {
      label: 'Last run',
      value: last === null ? 'none' : `${time(last.endedAt ?? last.trigger.at)}, ${runWords(last)}`,
    },
    { label: 'Last success', value: lastSuccessAt === null ? 'none' : time(lastSuccessAt) },
    { label: 'Next run', value: nextRunAt === null ? 'not scheduled' : time(nextRunAt) },
    { label: 'Policy', value: policyWords(status.policy) },
    { label: 'Configuration', value: shortId(status.configHash) },
    { label: 'Version', value: `${status.version}, up since ${time(status.startedAt)}` },
  ];
}

function peopleOf({ sides }: StatusView): string {
  return sides === undefined ? '' : `, ${plural(sides.people, 'person', 'people')}`;
}

function usersOf({ sides }: StatusView): string {
  if (sides === undefined) return '';
  const drift = sides.foreign === 0 ? '' : `, ${count(sides.foreign)} of them not given by this daemon`;
  return `, ${plural(sides.users, 'user')}${drift}`;
}

function costOf({ sides }: StatusView): Document['facts'] {
  if (sides === undefined || sides.writes === 0) return [];
  const rate = sides.perSecond === null ? '' : ` at ${sides.perSecond} calls a second`;
  const eta = sides.etaSeconds === null ? '' : `, ${duration(sides.etaSeconds)}${rate}`;
  const value = `${plural(sides.writes, 'API write')}, ${plural(sides.proofs, 'check')} by id${eta}`;
  return [{ label: 'Cost of the latest plan', value }];
}

function now({ current }: StatusView): SafeHtml[] {
  if (current === null) return [];
  const id = encodeURIComponent(current.id);
  const body = html`<div data-live="/runs/${id}/events">${progressHtml(current)}<p><a href="/runs/${id}">Follow this run</a></p></div>`;
  return [sectionHtml({ id: 'now', title: runWords(current), tone: runTone(current), body })];
}

const NUMBERS = [
  { key: 'held', words: 'held for approval', query: '?state=held', tone: 'alarm' },
  { key: 'ready', words: 'ready to be written', query: '?state=ready', tone: 'caution' },
  { key: 'waiting', words: 'waiting for time or proof', query: '?state=waiting', tone: 'quiet' },
  { key: 'barred', words: 'not allowed by the policy', query: '?state=barred', tone: 'quiet' },
  { key: 'residual', words: 'kept through groups', query: '#residual', tone: 'alarm' },
] as const;

const WRITTEN = { words: 'written since', tone: 'calm' } as const;

/** How far the two sides were apart when they were last compared. */
function difference(latest: RunRecord | null): SafeHtml[] {
  if (latest?.summary == null || latest.planId === null) return [];
  const { planId, summary } = latest;
  const written = isWritten(latest);
  const cards = NUMBERS.map((card) => {
    const { key, words, query, tone } = card.key === 'ready' && written ? { ...card, ...WRITTEN } : card;
    const things = summary[key];
    return html`<li class="${things === 0 ? 'quiet' : tone}"><a href="/plans/${planId}${query}"><b>${count(things)}</b> ${words}</a></li>`;
  });
  const body = html`<ul class="numbers">${cards}</ul><p><a class="button" href="/plans/${planId}">Review plan ${shortId(planId)}</a></p>`;
  const title = `Difference at ${time(latest.endedAt ?? latest.startedAt ?? latest.trigger.at)}`;
  return [sectionHtml({ id: 'difference', title, tone: summary.held > 0 ? 'alarm' : 'quiet', body })];
}

const SCOPES = [
  { value: 'all', label: 'Everything' },
  { value: 'user', label: 'One person (e-mail)' },
  { value: 'group', label: 'One group (name or id)' },
  { value: 'org', label: 'One organization (name or id)' },
] as const;

function controls(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: ServerDeps,
  { paused }: StatusView,
): SafeHtml[] {
  if (!mayAct(request.role, 'operator')) return [];
  const run = html`<form method="post" action="/resync" class="fields">${token(reply)}
${selectHtml('scope', 'Look at', SCOPES, 'all')}
<label>Which one<input name="name" maxlength="512" autocomplete="off"></label>
<button class="main">Run now</button></form>`;
  const body = [run, ...pauseForms(request, reply, deps, paused !== null)];
  return [sectionHtml({ id: 'controls', title: 'Do something', tone: 'quiet', body })];
}
