import { z } from 'zod';
import { RunRecordData } from '../../core/model/run-schema.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, problems } from '../problem.ts';
import { Limit } from '../schemas.ts';

const RunsQuery = z.strictObject({
  limit: Limit.describe('How many runs, 1 to 200'),
});

export function addRuns(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/runs',
    {
      schema: {
        operationId: 'listRuns',
        summary: 'Runs, the newest first',
        tags: ['runs'],
        querystring: RunsQuery,
        response: {
          200: answer('The runs kept', z.object({ runs: z.array(RunRecordData) })),
          ...problems(400, 401),
        },
      },
    },
    async (request) => ({ runs: [...(await deps.listRuns(Number(request.query.limit)))] }),
  );
}
