import { z } from 'zod';
import { changeJson } from '../../report/json.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { pageOf, reviewOrder } from '../plan-changes.ts';
import { answer, problems } from '../problem.ts';
import { ChangeData, ChangeFilterQuery, Limit, PlanParams } from '../schemas.ts';
import { existingPlan } from './plan.ts';

const Changes = z.object({
  total: z.int().describe('Changes that the filter lets through.'),
  page: z.int(),
  pages: z.int(),
  changes: z.array(ChangeData),
});

export function addPlanChanges(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/plans/:id/changes',
    {
      schema: {
        operationId: 'listChanges',
        summary: 'Changes of one plan, filtered, in the order of a review: removals first',
        tags: ['plans'],
        params: PlanParams,
        querystring: ChangeFilterQuery.extend({ limit: Limit.describe('Changes on a page, 1 to 200') }),
        response: { 200: answer('One page of changes', Changes), ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { page, limit, ...filter } = request.query;
      const plan = await existingPlan(deps, request.params.id);
      const found = pageOf(await reviewOrder(plan, filter), Number(page), Number(limit));
      return { ...found, changes: found.changes.map(changeJson) as z.output<typeof ChangeData>[] };
    },
  );
}
