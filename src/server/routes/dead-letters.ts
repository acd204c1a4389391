import { z } from 'zod';
import { ConfigError } from '../../lib/errors.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, ProblemError, problems } from '../problem.ts';
import { NoQuery, OutcomeData, PlanParams, Why } from '../schemas.ts';
import { existingPlan } from './plan.ts';

const MAX_WRITES = 1000;

const Writes = z
  .array(z.string().min(1).max(500))
  .min(1)
  .max(MAX_WRITES)
  .exactOptional()
  .describe(`Keys of single writes, at most ${MAX_WRITES}; without them all that failed.`);

export function addDeadLetters(api: Api, deps: ServerDeps): void {
  addList(api, deps);
  addRetry(api, deps);
  addDiscard(api, deps);
}

function addList(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/plans/:id/dead-letters',
    {
      schema: {
        operationId: 'listDeadLetters',
        summary: 'API writes of one plan that failed for good, each with what it was and why',
        tags: ['plans'],
        params: PlanParams,
        querystring: NoQuery,
        response: {
          200: answer('What failed', z.object({ failures: z.array(OutcomeData) })),
          ...problems(400, 401, 404),
        },
      },
    },
    async (request) => {
      const plan = await deps.asLetGo(await existingPlan(deps, request.params.id));
      const operations = new Map(plan.operations.map((operation) => [operation.key, operation]));
      const failures = (await deps.failures(plan.id)).map((outcome) => {
        const operation = operations.get(outcome.opKey);
        return {
          ...outcome,
          kind: operation?.kind ?? null,
          subject: operation?.subject ?? null,
          items: [...(operation?.items ?? [])],
        };
      });
      return { failures };
    },
  );
}

function addRetry(api: Api, deps: ServerDeps): void {
  const { retry } = deps;
  if (retry === undefined) return;
  const reopened = z.object({ reopened: z.int().describe('Writes that are open again.') });
  api.post(
    '/api/v1/plans/:id/dead-letters/retry',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'retryDeadLetters',
        summary: 'Try again what failed, with what was skipped because of it',
        tags: ['plans'],
        params: PlanParams,
        querystring: NoQuery,
        body: z.strictObject({ writes: Writes }),
        response: {
          200: answer('They are open again', reopened),
          ...problems(400, 401, 403, 404, 409, 413, 415),
        },
      },
    },
    async (request) => {
      const { id: planId } = await existingPlan(deps, request.params.id);
      const opKeys = request.body.writes;
      return { reopened: await orConflict(retry({ planId, by: request.actor, opKeys })) };
    },
  );
}

function addDiscard(api: Api, deps: ServerDeps): void {
  const { discard } = deps;
  if (discard === undefined) return;
  const discarded = z.object({ discarded: z.int().describe('Writes that count as skipped now.') });
  api.post(
    '/api/v1/plans/:id/dead-letters/discard',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'discardDeadLetters',
        summary: 'Take what failed off the list; the next run plans again what is still wanted',
        tags: ['plans'],
        params: PlanParams,
        querystring: NoQuery,
        body: z.strictObject({ writes: Writes, why: Why }),
        response: {
          200: answer('They are off the list', discarded),
          ...problems(400, 401, 403, 404, 409, 413, 415),
        },
      },
    },
    async (request) => {
      const { id: planId } = await existingPlan(deps, request.params.id);
      const { writes: opKeys, why } = request.body;
      return { discarded: await orConflict(discard({ planId, by: request.actor, opKeys, why })) };
    },
  );
}

/** @throws ProblemError 409 with the reason: it did not fail, or a newer plan has taken over. */
export async function orConflict(work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ConfigError) throw new ProblemError(409, error.message);
    throw error;
  }
}
