import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, problems } from '../problem.ts';
import { Email, NoQuery, singleLine } from '../schemas.ts';

const ResyncBody = z
  .strictObject(
    {
      user: Email.describe('E-mail of the one person to look at').exactOptional(),
      group: singleLine('Name or immutable id of the one directory group to look at', 512).exactOptional(),
      org: singleLine('Name or id of the one Devin organization to look at', 512).exactOptional(),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type' ? 'send a JSON object; {} asks for everything' : undefined,
    },
  )
  .describe('What the run looks at; {} means everything.');

const Accepted = z.object({
  id: z.string().describe('The run; a run of the same scope that still waited for its turn is joined.'),
  url: z.string(),
  events: z.string(),
});

export function addResync(api: Api, deps: ServerDeps): void {
  api.post(
    '/api/v1/resync',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'resync',
        summary: 'Ask for a run now',
        description:
          'The run obeys policy, guards and approvals like every other; what it may not write it reports.',
        tags: ['runs'],
        querystring: NoQuery,
        body: ResyncBody,
        response: { 202: answer('The run is queued', Accepted), ...problems(400, 401, 403, 413, 415) },
      },
    },
    async (request, reply) => {
      const id = await deps.requestRun({
        kind: 'manual',
        scope: request.body,
        by: request.actor,
        at: Date.now(),
      });
      const url = `/api/v1/runs/${encodeURIComponent(id)}`;
      reply.code(202).header('location', url);
      return { id, url, events: `${url}/events` };
    },
  );
}
