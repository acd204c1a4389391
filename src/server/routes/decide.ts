import { z } from 'zod';
import type { DecisionRequest, DecisionResult } from '../../actions/decisions.ts';
import { ConfigError } from '../../lib/errors.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, ProblemError, problems } from '../problem.ts';
import { NoQuery, PlanParams, Why } from '../schemas.ts';
import { existingPlan } from './plan.ts';

/** A page of a review, and a good deal more. */
const MAX_ITEMS = 1000;

const DecisionBody = z
  .strictObject({
    items: z
      .union([z.literal('held'), z.array(z.string().min(1).max(200)).min(1).max(MAX_ITEMS)])
      .describe(`Keys of held changes, at most ${MAX_ITEMS}; "held" means every held change of the plan.`),
    why: Why,
  })
  .describe('What is decided, and the reason that goes into the journal.');

const Named = z.object({ item: z.string(), subject: z.string() });

const Decided = z.object({
  planId: z.string(),
  done: z.array(Named).describe('What the decision is about from now on.'),
  half: z.array(Named).describe('Approved by one of two people.'),
  left: z.array(Named.extend({ why: z.string() })).describe('What it does not touch, each with the reason.'),
});

type Decide = (request: DecisionRequest) => Promise<DecisionResult>;

/** Approving and rejecting, where the daemon can do them. */
export function addDecisions(api: Api, deps: ServerDeps): void {
  const { approve, reject } = deps;
  if (approve !== undefined) {
    const summary = 'Let held changes of a plan go for 24 hours; the next run writes them';
    addDecision(api, deps, { name: 'approve', summary, decide: (decision) => approve(decision) });
  }
  if (reject !== undefined) {
    const summary = 'Refuse held changes of a plan until their cause changes';
    addDecision(api, deps, { name: 'reject', summary, decide: (decision) => reject(decision) });
  }
}

interface Action {
  readonly name: 'approve' | 'reject';
  readonly summary: string;
  readonly decide: Decide;
}

function addDecision(api: Api, deps: ServerDeps, { name, summary, decide }: Action): void {
  api.post(
    `/api/v1/plans/:id/${name}`,
    {
      config: { role: 'approver' },
      bodyLimit: 256 * 1024,
      schema: {
        operationId: name,
        summary,
        tags: ['plans'],
        params: PlanParams,
        querystring: NoQuery,
        body: DecisionBody,
        response: { 200: answer('It is noted', Decided), ...problems(400, 401, 403, 404, 409, 413, 415) },
      },
    },
    async (request) => {
      const { id: planId } = await existingPlan(deps, request.params.id);
      const result = await decided(decide, { planId, by: request.actor, ...request.body });
      return { ...result, done: [...result.done], half: [...result.half], left: [...result.left] };
    },
  );
}

/** @throws ProblemError 409 when the plan has no such item, or this person may not decide about it. */
export async function decided(decide: Decide, request: DecisionRequest): Promise<DecisionResult> {
  try {
    return await decide(request);
  } catch (error) {
    if (error instanceof ConfigError) throw new ProblemError(409, error.message);
    throw error;
  }
}
