import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, problems } from '../problem.ts';
import { NoQuery, OutcomeData, PlanParams } from '../schemas.ts';
import { existingPlan } from './plan.ts';

export function addDeadLetters(api: Api, deps: ServerDeps): void {
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
      const plan = await existingPlan(deps, request.params.id);
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
