import { z } from 'zod';
import type { Plan } from '../../core/model/change.ts';
import { ConfigError } from '../../lib/errors.ts';
import type { Api } from '../api.ts';
import type { PlanFormat, ServerDeps } from '../deps.ts';
import { REPORT_CSP } from '../headers.ts';
import { ProblemError, problems } from '../problem.ts';
import { PlanParams } from '../schemas.ts';
import { asDocumented, textStream } from '../stream.ts';

const PlanQuery = z.strictObject({
  format: z.enum(['json', 'markdown', 'html', 'terminal', 'csv']).default('json'),
});

const MEDIA_TYPES: Readonly<Record<PlanFormat, string>> = {
  json: 'application/json',
  markdown: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  terminal: 'text/plain',
};

export function addPlan(api: Api, deps: ServerDeps): void {
  const content = {
    [MEDIA_TYPES.json]: {
      schema: z.looseObject({}).describe('The report as JSON; it names its own version.'),
    },
    [MEDIA_TYPES.markdown]: { schema: z.string() },
    [MEDIA_TYPES.csv]: { schema: z.string() },
    [MEDIA_TYPES.html]: { schema: z.string() },
    [MEDIA_TYPES.terminal]: { schema: z.string() },
  };
  api.get(
    '/api/v1/plans/:id',
    {
      schema: {
        operationId: 'getPlan',
        summary: 'The report of one plan',
        tags: ['plans'],
        params: PlanParams,
        querystring: PlanQuery,
        response: { 200: { description: 'The report', content }, ...problems(400, 401, 404) },
      },
    },
    async (request, reply) => {
      const { format } = request.query;
      const plan = await existingPlan(deps, request.params.id);
      if (format === 'html') reply.header('content-security-policy', REPORT_CSP);
      reply.type(`${MEDIA_TYPES[format]}; charset=utf-8`);
      return reply.send(asDocumented(textStream(deps.renderPlan(plan, format))));
    },
  );
}

/** @throws ProblemError 404 */
export async function existingPlan(deps: ServerDeps, id: string): Promise<Plan> {
  const plan = await foundPlan(deps, id);
  if (plan !== null) return plan;
  throw new ProblemError(404, `There is no plan ${id}, or the digits fit several; give the whole id.`);
}

async function foundPlan(deps: ServerDeps, id: string): Promise<Plan | null> {
  try {
    return await deps.getPlan(id);
  } catch (error) {
    // The digits name more than one plan.
    if (error instanceof ConfigError) throw new ProblemError(404, error.message);
    throw error;
  }
}
