import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Plan } from '../../core/model/change.ts';
import { explanationDocument } from '../../report/explain.ts';
import { writeLine } from '../../report/history.ts';
import { lineHtml, verdictHtml } from '../../report/html-parts.ts';
import { changeLine, residualLine } from '../../report/lines.ts';
import { clean, shortId, time } from '../../report/text.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { type ExplanationWindow, windowOf } from '../explanation-window.ts';
import { mayAct } from '../roles.ts';
import { explained } from '../routes/person.ts';
import { Email } from '../schemas.ts';
import { sendPage, token } from './layout.ts';
import { sectionHtml } from './parts.ts';

const PersonQuery = z.object({
  email: z.union([z.literal(''), Email]).default(''),
  read: z.literal('now').exactOptional(),
});

/** Entries of the journal; `history` on the command line and the API have all. */
const SHOWN = 100;

/** A look at both sides costs a whole reading. */
const PACE = { max: 30, timeWindow: 60_000 };

export function addPersonPage(api: Api, deps: ServerDeps): void {
  api.get(
    '/people',
    { config: { rateLimit: PACE }, schema: { querystring: PersonQuery } },
    async (request, reply) => {
      const { email, read } = request.query;
      const search = searchForm(email);
      if (email === '')
        return sendPage(request, reply, { title: 'People', body: [html`<h1>People</h1>`, search] });
      // A link on another site must not make this one read both sides.
      const own = request.headers['sec-fetch-site'] !== 'cross-site';
      const found = read === 'now' && own ? await looked(deps, email, reply) : await lastSeen(deps, email);
      const run = mayAct(request.role, 'operator') ? runForm(email, reply) : html``;
      return sendPage(request, reply, {
        title: email,
        body: [
          html`<h1>${clean(email)}</h1>`,
          search,
          ...found,
          ...(await historyHtml(deps, email)),
          html`<div class="buttons">${lookLink(email, own ? read : undefined)}${run}</div>`,
        ],
      });
    },
  );
}

/** From the journal: nothing is read for it. */
async function historyHtml(deps: ServerDeps, email: string): Promise<SafeHtml[]> {
  const entries = (await deps.history(email)).toReversed();
  if (entries.length === 0) return [];
  const lines = entries.slice(0, SHOWN).map((entry) => lineHtml(writeLine(entry)));
  const body = html`<ul class="lines">${lines}</ul>`;
  const note = 'Of the last 30 days, the newest first.';
  return [sectionHtml({ id: 'history', title: 'History', tone: 'quiet', count: entries.length, note, body })];
}

function searchForm(email: string): SafeHtml {
  return html`<form method="get" action="/people" class="fields" role="search" aria-label="Find a person">
<label>E-mail<input type="email" name="email" value="${email}" required maxlength="320"></label><button>Show</button></form>`;
}

function lookLink(email: string, read: 'now' | undefined): SafeHtml {
  const words = read === 'now' ? 'Read both sides again' : 'Read both sides now and explain every access';
  return html`<a class="button" href="/people?email=${encodeURIComponent(email)}&amp;read=now">${words}</a>`;
}

function runForm(email: string, reply: FastifyReply): SafeHtml {
  return html`<form method="post" action="/resync">${token(reply)}<input type="hidden" name="scope" value="user">
<input type="hidden" name="name" value="${email}"><button>Run for this person now</button></form>`;
}

/** What the latest plan says: nothing is read for it. */
async function lastSeen(deps: ServerDeps, email: string): Promise<SafeHtml[]> {
  const [head] = await deps.listPlans(1);
  const plan = head === undefined ? null : await deps.getPlan(head.id);
  if (plan === null) return [html`<p class="note">No plan has been made yet.</p>`];
  const lines = [...changesOf(plan, email), ...residualOf(plan, email)];
  const body =
    lines.length === 0
      ? html`<p>The plan changes nothing about this person.</p>`
      : html`<ul class="lines">${lines}</ul>`;
  const note = `As of ${time(plan.createdAt)}, plan ${shortId(plan.id)}.`;
  return [
    sectionHtml({
      id: 'latest',
      title: 'In the latest plan',
      tone: 'quiet',
      count: lines.length,
      note,
      body,
    }),
  ];
}

function changesOf({ changes }: Plan, email: string): SafeHtml[] {
  return changes
    .filter(({ subject }) => subject.type === 'person' && same(subject.label, email))
    .map((change) => lineHtml(changeLine(change, { withCause: true, withStatus: true })));
}

function residualOf({ residual }: Plan, email: string): SafeHtml[] {
  return residual.filter((one) => same(one.email, email)).map((one) => lineHtml(residualLine(one)));
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Entries of each list; the API has the rest, page by page. */
const LISTED = 200;
const CUT = `Of each list the first ${LISTED} are shown. GET /api/v1/people/{email} gives all of them, page by page.`;
/** Section of the page → list of the explanation. */
const LIST_OF: Readonly<Record<string, keyof ExplanationWindow['totals']>> = {
  pending: 'changes',
  residual: 'residual',
  places: 'places',
  rules: 'rules',
  groups: 'groups',
  notices: 'notices',
};

async function looked(deps: ServerDeps, email: string, reply: FastifyReply): Promise<SafeHtml[]> {
  const whole = await explained(deps, email, reply.raw);
  const { verdict, facts } = explanationDocument(whole);
  const { explanation, totals } = windowOf(whole, 1, LISTED);
  const { sections } = explanationDocument(explanation);
  const cut = Object.keys(totals).length > 0 ? [html`<p class="note">${CUT}</p>`] : [];
  return [
    verdictHtml({ verdict, facts }),
    ...cut,
    ...sections.map(({ id, title, tone, count, note, blocks }) =>
      sectionHtml({
        id,
        title,
        tone,
        count: totals[LIST_OF[id] ?? 'users'] ?? count,
        note,
        body: blocks.map((block) =>
          block.type === 'items'
            ? html`<ul class="lines">${[...block.lines()].map((line) => lineHtml(line))}</ul>`
            : html``,
        ),
      }),
    ),
  ];
}
