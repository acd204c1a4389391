import { z } from 'zod';
import type { Api } from '../api.ts';
import type { PlanFormat, ServerDeps } from '../deps.ts';
import { REPORT_CSP } from '../headers.ts';
import { ProblemError, problems } from '../problem.ts';
import { asDocumented, textStream } from '../stream.ts';

const PlanParams = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/, 'a plan id is 64 hexadecimal digits, or its first 8 or more')
    .describe('Id of a plan, or its first 8 or more digits'),
});

const PlanQuery = z.strictObject({
  format: z.enum(['json', 'markdown', 'html', 'terminal']).default('json'),
});

const MEDIA_TYPES: Readonly<Record<PlanFormat, string>> = {
  json: 'application/json',
  markdown: 'text/markdown',
  html: 'text/html',
  terminal: 'text/plain',
};

export function addPlan(api: Api, deps: ServerDeps): void {
  const content = {
    [MEDIA_TYPES.json]: {
      schema: z.looseObject({}).describe('The report as JSON; it names its own version.'),
    },
    [MEDIA_TYPES.markdown]: { schema: z.string() },
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
      const { id } = request.params;
      const { format } = request.query;
      const plan = await deps.getPlan(id);
      if (plan === null) {
        throw new ProblemError(404, `There is no plan ${id}, or the digits fit several; give the whole id.`);
      }
      if (format === 'html') reply.header('content-security-policy', REPORT_CSP);
      reply.type(`${MEDIA_TYPES[format]}; charset=utf-8`);
      return reply.send(asDocumented(textStream(deps.renderPlan(plan, format))));
    },
  );
}
