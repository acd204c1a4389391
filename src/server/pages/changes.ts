/** The changes of one page of a plan, and the form in which an approver picks some of them. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApprovalView, HalfApproval } from '../../actions/approval-view.ts';
import { shownActor } from '../../actions/same-person.ts';
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
  /** null: the daemon has no rules about who may approve. */
  readonly approval: ApprovalView | null;
}

export function changesHtml(view: ChangesView): SafeHtml {
  const { shown, held } = view;
  if (shown.total === 0) return html`<p class="note">No change fits.</p>`;
  const barred = held > 0 ? whyNot(view) : null;
  const deciding = held > 0 && barred === null;
  const lists = groups(shown.changes).map(({ title, changes }) => {
    const lines = changes.map((change) => line(change, deciding, view.approval));
    return html`<h3>${clean(title)}</h3><ul class="lines picks">${lines}</ul>`;
  });
  if (deciding) return decisionForm(view, lists);
  const why = barred === null ? null : html`<p class="note" id="why-not">${clean(barred)}</p>`;
  return html`<div>${lists}${why}</div>`;
}

/** Why there is nothing to press; null: this person may decide. */
function whyNot({ request: { role }, deps: { approve, reject }, approval }: ChangesView): string | null {
  if (approve === undefined || reject === undefined) return 'This daemon takes no decisions here.';
  if (!mayAct(role, 'approver'))
    return `Held changes wait for somebody with the role approver; yours is ${role}.`;
  return approval?.barred ?? null;
}

function line(change: Change, deciding: boolean, approval: ApprovalView | null): SafeHtml {
  const { key, subject, verdict } = change;
  const words = `${subject.label}: ${actionOf(change)}`;
  const half = verdict.state === 'held' ? approval?.half.get(key) : undefined;
  const box =
    deciding && verdict.state === 'held' && half?.own !== true
      ? html`<input type="checkbox" name="item" value="${key}" aria-label="${clean(`Select ${words}`)}">`
      : null;
  const href = subject.type === 'person' ? personHref(subject.label) : null;
  const shown = changeLine(change, { withCause: true, withStatus: true });
  const status = half === undefined ? shown.status : `${shown.status ?? 'Held'}; ${halfWords(half)}`;
  return lineHtml({ ...shown, status }, { before: box, href });
}

function halfWords({ by, own }: HalfApproval): string {
  return own
    ? 'approved by you, and needs a second person'
    : `approved by ${shownActor(by)}, and needs one more person`;
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
  { reply, plan, shown, held, address, approval }: ChangesView,
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
<button class="danger" name="decision" value="reject">Reject</button></p>${rules(approval)}</fieldset></form>`;
}

function rules(approval: ApprovalView | null): SafeHtml | null {
  if (approval?.rules.adminNeedsTwo !== true) return null;
  return html`<p class="note">Changes of admin roles need the approval of two people.</p>`;
}

function all(held: number, here: number): string {
  const rest = held > here ? ', on other pages too' : '';
  return `All ${plural(held, 'held change')} that the filter shows${rest}`;
}
