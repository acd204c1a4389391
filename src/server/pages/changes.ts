/** The changes of one page of a plan, and the form in which an approver picks some of them. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CHANGE_KINDS, type Change, type Plan } from '../../core/model/change.ts';
import { lineHtml } from '../../report/html-parts.ts';
import { changeLine } from '../../report/lines.ts';
import { placeOf, placeTitle } from '../../report/shelves.ts';
import { clean, count, plural } from '../../report/text.ts';
import { actionOf, EFFECTS } from '../../report/words.ts';
import type { ServerDeps } from '../deps.ts';
import type { ChangePage } from '../plan-changes.ts';
import { mayAct } from '../roles.ts';
import { token } from './layout.ts';
import { personHref } from './parts.ts';

export interface ChangesView {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly deps: ServerDeps;
  readonly plan: Plan;
  readonly shown: ChangePage;
  /** Held changes that the filter lets through, on all its pages. */
  readonly held: number;
  readonly address: URLSearchParams;
}

export function changesHtml(view: ChangesView): SafeHtml {
  const { request, deps, shown, held } = view;
  if (shown.total === 0) return html`<p class="note">No change fits.</p>`;
  const able = deps.approve !== undefined && deps.reject !== undefined;
  const deciding = able && held > 0 && mayAct(request.role, 'approver');
  const lists = groups(shown.changes).map(({ title, changes }) => {
    const lines = changes.map((change) => line(change, deciding));
    return html`<h3>${clean(title)}</h3><ul class="lines picks">${lines}</ul>`;
  });
  return deciding ? decisionForm(view, lists) : html`<div>${lists}</div>`;
}

function line(change: Change, deciding: boolean): SafeHtml {
  const { key, subject, verdict } = change;
  const words = `${subject.label}: ${actionOf(change)}`;
  const box =
    deciding && verdict.state === 'held'
      ? html`<input type="checkbox" name="item" value="${key}" aria-label="${clean(`Select ${words}`)}">`
      : null;
  const href = subject.type === 'person' ? personHref(subject.label) : null;
  return lineHtml(changeLine(change, { withCause: true, withStatus: true }), { before: box, href });
}

/** In the order given; a group ends where effect or place changes. */
function groups(changes: readonly Change[]): { title: string; changes: Change[] }[] {
  const found: { title: string; changes: Change[] }[] = [];
  for (const change of changes) {
    const title = `${EFFECTS[CHANGE_KINDS[change.kind].effect]}: ${placeTitle(placeOf(change))}`;
    const last = found.at(-1);
    if (last?.title === title) last.changes.push(change);
    else found.push({ title, changes: [change] });
  }
  return found;
}

function decisionForm(
  { reply, plan, shown, held, address }: ChangesView,
  lists: readonly SafeHtml[],
): SafeHtml {
  const here = shown.changes.filter(({ verdict }) => verdict.state === 'held').length;
  return html`<form method="post" action="/plans/${plan.id}/decide" data-picks>${token(reply)}
<input type="hidden" name="filter" value="${address.toString()}">
${[...lists]}
<fieldset class="decide"><legend>Decide about held changes</legend>
<label class="tick"><input type="radio" name="which" value="selected" checked> The selected ones <span data-picked hidden></span></label>
<label class="tick"><input type="radio" name="which" value="all"> ${all(held, here)}</label>
<button type="button" data-pick-all hidden>Select the ${count(here)} on this page</button>
<label>Why (goes into the journal)<input name="why" required maxlength="1000" autocomplete="off"></label>
<p class="buttons"><button class="main" name="decision" value="approve">Approve and run</button>
<button class="danger" name="decision" value="reject">Reject</button></p></fieldset></form>`;
}

function all(held: number, here: number): string {
  const rest = held > here ? ', on other pages too' : '';
  return `All ${plural(held, 'held change')} that the filter shows${rest}`;
}
