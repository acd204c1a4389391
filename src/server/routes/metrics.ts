import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { problems } from '../problem.ts';
import { NoQuery } from '../schemas.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

export function addMetrics(api: Api, deps: ServerDeps): void {
  api.get(
    '/metrics',
    {
      config: { open: deps.metricsOpen },
      logLevel: 'warn',
      schema: {
        operationId: 'metrics',
        summary: 'Metrics in Prometheus text format',
        tags: ['probes'],
        ...(deps.metricsOpen ? { security: [] } : {}),
        querystring: NoQuery,
        response: {
          200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
          ...(deps.metricsOpen ? {} : problems(401)),
        },
      },
    },
    async (_request, reply) => reply.type(TEXT).send(await deps.metrics()),
  );
}
