import { z } from 'zod';
import type { RemoteRollback, RollbackResult } from '../../actions/rollback.ts';
import { ConfigError } from '../../lib/errors.ts';
import { changeJson } from '../../report/json.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, ProblemError, problems } from '../problem.ts';
import { ChangeData, NoQuery, PlanParams, RunParams, Why } from '../schemas.ts';
import { existingRun } from './run.ts';

const MAX_ITEMS = 1000;

const RollbackBody = z
  .strictObject({
    items: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(MAX_ITEMS)
      .exactOptional()
      .describe(
        `Item keys of single writes, at most ${MAX_ITEMS}; without it everything that the run has written.`,
      ),
    why: Why,
    plan: PlanParams.shape.id
      .exactOptional()
      .describe('Id of the plan that was answered before: take this back. Without it nothing is written.'),
    approveHeld: z.boolean().default(false).describe('Approve what guards hold, too.'),
  })
  .describe('What is taken back, and the reason that goes into the journal.');

const RollbackData = z.object({
  state: z
    .enum(['seen', 'nothing', 'given'])
    .describe(
      'seen: nothing is written yet. nothing: there is nothing to write. given: the writers have it.',
    ),
  planId: z.string(),
  run: z.string().nullable().describe('The run of the rollback, once its plan was given to the writers.'),
  changes: z.array(ChangeData).describe(`At most ${MAX_ITEMS}; the plan has all.`),
  total: z.int(),
  notices: z.array(z.object({ kind: z.string(), subject: z.string(), message: z.string() })),
});

/** Taking back what a run has written, where the daemon can do it. */
export function addRollback(api: Api, deps: ServerDeps): void {
  const { rollback } = deps;
  if (rollback === undefined) return;
  api.post(
    '/api/v1/runs/:id/rollback',
    {
      config: { role: 'approver' },
      bodyLimit: 256 * 1024,
      schema: {
        operationId: 'rollback',
        summary: 'Take back what a run has written',
        description:
          'Ask twice: the first answer shows the plan and what cannot be brought back, the second request names that plan. ' +
          'Both read the directory and Devin.',
        tags: ['runs'],
        params: RunParams,
        querystring: NoQuery,
        body: RollbackBody,
        response: {
          200: answer('The plan of the rollback, and what became of it', RollbackData),
          ...problems(400, 401, 403, 404, 409, 413, 415),
        },
      },
    },
    async (request) => {
      const { id: of } = await existingRun(deps, request.params.id);
      const { items = 'all' as const, plan = null, why, approveHeld } = request.body;
      const asked: RemoteRollback = { of, items, plan, why, approveHeld, by: request.actor };
      return viewOf(await takenBack(rollback, asked));
    },
  );
}

/** @throws ProblemError 409 when it may not be done, or has become another plan. */
export async function takenBack(
  rollback: NonNullable<ServerDeps['rollback']>,
  request: RemoteRollback,
): Promise<RollbackResult> {
  try {
    return await rollback(request);
  } catch (error) {
    if (error instanceof ConfigError) throw new ProblemError(409, error.message);
    throw error;
  }
}

function viewOf(result: RollbackResult): z.output<typeof RollbackData> {
  const { plan } = result;
  const { changes, notices } = plan;
  return {
    state: result.state === 'declined' ? 'seen' : result.state,
    planId: plan.id,
    run: result.state === 'given' ? result.run : null,
    changes: changes.slice(0, MAX_ITEMS).map(changeJson) as z.output<typeof ChangeData>[],
    total: changes.length,
    notices: notices.map(({ kind, subject, message }) => ({ kind, subject, message })),
  };
}
