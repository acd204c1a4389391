import { z } from 'zod';
import type { Api } from '../api.ts';
import { answer } from '../problem.ts';
import { NoQuery } from '../schemas.ts';

/** Liveness: the event loop turns. It asks nothing else, so that a Redis outage restarts no pod. */
export function addHealthz(api: Api): void {
  api.get(
    '/healthz',
    {
      config: { open: true },
      logLevel: 'warn',
      schema: {
        operationId: 'healthz',
        summary: 'Is the process alive?',
        tags: ['probes'],
        security: [],
        querystring: NoQuery,
        response: { 200: answer('It is.', z.object({ status: z.literal('alive') })) },
      },
    },
    async () => ({ status: 'alive' as const }),
  );
}
