import type { RunRecord } from '../../core/model/run.ts';
import { RunRecordData } from '../../core/model/run-schema.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, ProblemError, problems } from '../problem.ts';
import { NoQuery, RunParams } from '../schemas.ts';

export function addRun(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/runs/:id',
    {
      schema: {
        operationId: 'getRun',
        summary: 'One run: its state, progress, plan and error',
        tags: ['runs'],
        params: RunParams,
        querystring: NoQuery,
        response: { 200: answer('The run as it is now', RunRecordData), ...problems(400, 401, 404) },
      },
    },
    async (request) => existingRun(deps, request.params.id),
  );
}

/** @throws ProblemError 404 */
export async function existingRun(deps: ServerDeps, id: string): Promise<RunRecord> {
  const run = await deps.getRun(id);
  if (run === null) throw new ProblemError(404, `There is no run ${id}; GET /api/v1/runs lists those kept.`);
  return run;
}
