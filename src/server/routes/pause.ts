import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, problems } from '../problem.ts';
import { NoQuery } from '../schemas.ts';

const PauseBody = z.strictObject({
  all: z
    .boolean()
    .default(false)
    .describe('Deactivations and runs for one person stop as well; without it they go on.'),
});

const Done = z.object({ paused: z.boolean() });

/** The pause switch, where the daemon has one to offer. */
export function addPause(api: Api, deps: ServerDeps): void {
  const { pause, resume } = deps;
  if (pause === undefined || resume === undefined) return;
  const statuses = problems(400, 401, 403, 413, 415);
  api.post(
    '/api/v1/pause',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'pause',
        summary: 'Stop writing between two writes; runs go on reading and planning',
        tags: ['writes'],
        querystring: NoQuery,
        body: PauseBody,
        response: { 200: answer('Writes are paused', Done), ...statuses },
      },
    },
    async (request) => {
      await pause({ by: request.actor, all: request.body.all });
      return { paused: true };
    },
  );
  api.post(
    '/api/v1/resume',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'resume',
        summary: 'Write again',
        tags: ['writes'],
        querystring: NoQuery,
        body: z.strictObject({}),
        response: { 200: answer('Writes go on', Done), ...statuses },
      },
    },
    async (request) => {
      await resume({ by: request.actor });
      return { paused: false };
    },
  );
}
