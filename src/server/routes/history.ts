import { z } from 'zod';
import { historyJson } from '../../report/history.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { answer, problems } from '../problem.ts';
import { Email, NoQuery } from '../schemas.ts';

const text = z.string().nullable();

const HistoryData = z.object({
  email: z.string(),
  entries: z
    .array(
      z.object({
        at: z.string(),
        kind: z.string().describe('Kind of the change that was written, or of the decision.'),
        subject: z.string(),
        org: text.describe('null: the enterprise, or nothing in particular'),
        before: text,
        after: text,
        outcome: text.describe('done, already, failed or skipped; null: a decision'),
        reason: text,
        actor: text,
        plan: text,
        run: text,
        item: text.describe('What taking it back alone asks for.'),
      }),
    )
    .describe('Oldest first.'),
});

export function addHistory(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/people/:email/history',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'personHistory',
        summary: 'What was written and decided about one person in the last 30 days',
        tags: ['people'],
        params: z.strictObject({ email: Email }),
        querystring: NoQuery,
        response: { 200: answer('From the journal', HistoryData), ...problems(400, 401) },
      },
    },
    async (request) => {
      const { email } = request.params;
      const entries = await deps.history(email);
      return { email, entries: entries.map(historyJson) as z.output<typeof HistoryData>['entries'] };
    },
  );
}
