import { z } from 'zod';
import type { DecisionRequest, DecisionResult } from '../../actions/decisions.ts';
import type { Plan } from '../../core/model/change.ts';
import { count, list, plural } from '../../report/text.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { reviewOrder } from '../plan-changes.ts';
import { ProblemError } from '../problem.ts';
import { decided } from '../routes/decide.ts';
import { existingPlan } from '../routes/plan.ts';
import { PlanParams, Why } from '../schemas.ts';
import { filterOf, PlanQuery, type PlanQueryValues, queryOf } from './plan-query.ts';

const Item = z.string().min(1).max(200);

const DecisionForm = z.object({
  _csrf: z.string(),
  decision: z.enum(['approve', 'reject']),
  which: z.enum(['selected', 'all']),
  item: z.union([Item.transform((one) => [one]), z.array(Item).max(1000)]).default([]),
  filter: z.string().max(4000).default(''),
  why: Why,
});

type Form = z.output<typeof DecisionForm>;

export function addDecide(api: Api, deps: ServerDeps): void {
  const { approve, reject } = deps;
  if (approve === undefined || reject === undefined) return;
  const decisions = { approve, reject };
  api.post(
    '/plans/:id/decide',
    {
      config: { role: 'approver' },
      bodyLimit: 256 * 1024,
      schema: { params: PlanParams, body: DecisionForm },
    },
    async (request, reply) => {
      const plan = await existingPlan(deps, request.params.id);
      const { decision, why } = request.body;
      const items = await itemsOf(plan, request.body);
      const result = await decided(decisions[decision], { planId: plan.id, items, by: request.actor, why });
      request.session.notice = resultWords(decision, result);
      // Approved changes are written by a run; the person who approved wants to watch it.
      if (decision === 'reject' || result.done.length === 0) {
        return reply.redirect(`/plans/${plan.id}?${queryOf(shownUnder(request.body.filter))}`, 303);
      }
      // It is the approval that asks for it: under `notByTrigger` its next plan is still theirs to approve.
      const run = await deps.requestRun({
        kind: 'event',
        scope: plan.only?.rollback === undefined ? (plan.only ?? {}) : {},
        by: 'approval',
        at: Date.now(),
      });
      return reply.redirect(`/runs/${encodeURIComponent(run)}`, 303);
    },
  );
}

const DECIDED = { approve: 'Approved', reject: 'Rejected' } as const;
/** As many of the items that a decision left alone as its notice names. */
const NAMED = 3;

function resultWords(decision: Form['decision'], { done, half, left }: DecisionResult): string {
  const parts = [`${DECIDED[decision]}: ${plural(done.length, 'change')}.`];
  if (half.length > 0) parts.push(`${plural(half.length, 'change')} needs a second person.`);
  const named = left.slice(0, NAMED).map(({ subject, why }) => `${subject} (${why})`);
  if (left.length > 0) parts.push(`Left as they are: ${count(left.length)}, such as ${list(named)}.`);
  return parts.join(' ');
}

/** Without a filter `all` is the plan as a whole, and with it the configuration of a first plan. */
async function itemsOf(plan: Plan, { which, item, filter }: Form): Promise<DecisionRequest['items']> {
  if (which === 'selected') {
    if (item.length === 0) throw new ProblemError(400, 'No change was selected.');
    return item;
  }
  if (filter === '') return 'held';
  const shown = await reviewOrder(plan, filterOf(shownUnder(filter)));
  const held = shown.filter(({ verdict }) => verdict.state === 'held').map(({ key }) => key);
  if (held.length === 0) throw new ProblemError(409, 'The plan holds nothing that fits any more.');
  return held;
}

/** The filter that the form was shown under, as its address had it. */
function shownUnder(filter: string): PlanQueryValues {
  const { success, data } = PlanQuery.safeParse(Object.fromEntries(new URLSearchParams(filter)));
  if (!success) throw new ProblemError(400, 'The filter that was sent with the form is none.');
  return data;
}
