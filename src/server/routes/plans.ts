import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, problems } from '../problem.ts';
import { Limit, PlanHeadData } from '../schemas.ts';

export function addPlans(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/plans',
    {
      schema: {
        operationId: 'listPlans',
        summary: 'Stored plans, the newest first',
        tags: ['plans'],
        querystring: z.strictObject({ limit: Limit.describe('How many plans, 1 to 200') }),
        response: {
          200: answer('The plans kept', z.object({ plans: z.array(PlanHeadData) })),
          ...problems(400, 401),
        },
      },
    },
    async (request) => ({ plans: [...(await deps.listPlans(Number(request.query.limit)))] }),
  );
}
