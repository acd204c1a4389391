import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, problems } from '../problem.ts';
import { NoQuery } from '../schemas.ts';

function name(what: string, limit: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(limit)
    .regex(/^\P{Cc}*$/u, 'control characters are not allowed')
    .describe(what);
}

const ResyncBody = z
  .strictObject(
    {
      user: name('E-mail of the one person to look at', 320)
        .regex(/^[^\s@]+@[^\s@]+$/, 'an e-mail address is expected')
        .exactOptional(),
      group: name('Name or immutable id of the one directory group to look at', 512).exactOptional(),
      org: name('Name or id of the one Devin organization to look at', 512).exactOptional(),
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
      schema: {
        operationId: 'resync',
        summary: 'Ask for a run now',
        description:
          'The run obeys policy, guards and approvals like every other; what it may not write it reports.',
        tags: ['runs'],
        querystring: NoQuery,
        body: ResyncBody,
        response: { 202: answer('The run is queued', Accepted), ...problems(400, 401, 413, 415) },
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
