import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Explanation } from '../../core/model/explanation.ts';
import { SourceReadError } from '../../lib/errors.ts';
import { renderExplanationJson } from '../../report/explain-json.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { windowOf } from '../explanation-window.ts';
import { ProblemError, problems } from '../problem.ts';
import { Email, Limit, PageNumber } from '../schemas.ts';
import { asDocumented, textStream } from '../stream.ts';

const PersonQuery = z.strictObject({
  limit: Limit.default('200').describe('Entries of each list, 1 to 200'),
  page: PageNumber.describe('Which part of lists that are longer'),
});

export function addPerson(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/people/:email',
    {
      // It reads both sides, so a HEAD would cost as much and show nothing.
      exposeHeadRoute: false,
      schema: {
        operationId: 'explainPerson',
        summary: 'Why one person has, lacks or loses each access',
        description: 'Reads the directory and Devin now, so it takes as long as the reading part of a run.',
        tags: ['people'],
        params: z.strictObject({ email: Email }),
        querystring: PersonQuery,
        response: {
          200: {
            description:
              'The explanation; it names its own version, and `totals` of each list that is longer than `limit`.',
            content: { 'application/json': { schema: z.looseObject({}) } },
          },
          ...problems(400, 401, 502),
        },
      },
    },
    async (request, reply) => {
      const explanation = await explained(deps, request.params.email, reply.raw);
      const { limit, page } = request.query;
      const shown = windowOf(explanation, Number(page), Number(limit));
      const more = { page: Number(page), pages: shown.pages, totals: shown.totals };
      reply.type('application/json; charset=utf-8');
      return reply.send(asDocumented(textStream(renderExplanationJson(shown.explanation, more))) as never);
    },
  );
}

/** Ends the reading when the caller is gone. @throws ProblemError 502 when a side cannot be read. */
export async function explained(
  deps: ServerDeps,
  email: string,
  caller: ServerResponse,
): Promise<Explanation> {
  const gone = new AbortController();
  caller.once('close', () => gone.abort());
  try {
    return await deps.explain(email, gone.signal);
  } catch (error) {
    if (error instanceof SourceReadError) throw new ProblemError(502, error.message);
    throw error;
  }
}
