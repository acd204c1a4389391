import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, problems } from '../problem.ts';
import { NoQuery, StatusData } from '../schemas.ts';

export function addStatus(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/status',
    {
      schema: {
        operationId: 'getStatus',
        summary:
          'The daemon at a glance: tenants, policy, pause, the run in hand, the last run and the next one',
        tags: ['runs'],
        querystring: NoQuery,
        response: { 200: answer('The daemon now', StatusData), ...problems(401) },
      },
    },
    async () => deps.status(),
  );
}
