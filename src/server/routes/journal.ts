import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { problems } from '../problem.ts';
import type { JournalRange } from '../records.ts';
import { asDocumented, textStream } from '../stream.ts';

const Time = z
  .string()
  .regex(/^\d{1,15}$/, 'a time in ms since the epoch is expected')
  .exactOptional();

const JournalQuery = z.strictObject({
  after: z
    .string()
    // Numbers of 64 bits, which is as much as 19 digits are sure to be.
    .regex(/^\d{1,19}(-\d{1,19})?$/, 'the id of an entry is expected')
    .exactOptional()
    .describe('Only entries after the one with this id'),
  from: Time.describe('First time, in epoch ms'),
  to: Time.describe('Last time, in epoch ms'),
});

/** Entries asked for at once: the export of a month never stands in memory as a whole. */
const BATCH = 1000;

export function addJournal(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/journal',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'exportJournal',
        summary: 'Every write and every decision of the last 30 days, as JSON Lines, the oldest first',
        tags: ['journal'],
        querystring: JournalQuery,
        response: {
          200: {
            description: 'One JSON object a line',
            content: { 'application/jsonl': { schema: z.string() } },
          },
          ...problems(400, 401),
        },
      },
    },
    async (request, reply) => {
      const { after, from, to } = request.query;
      const range: Omit<JournalRange, 'limit'> = {
        ...(after === undefined ? {} : { after }),
        ...(from === undefined ? {} : { from: Number(from) }),
        ...(to === undefined ? {} : { to: Number(to) }),
      };
      reply.type('application/jsonl; charset=utf-8');
      return reply.send(asDocumented(textStream(journalLines(deps, range))));
    },
  );
}

async function* journalLines(
  { journal }: ServerDeps,
  range: Omit<JournalRange, 'limit'>,
): AsyncGenerator<string> {
  let next: JournalRange = { ...range, limit: BATCH };
  for (;;) {
    const rows = await journal(next);
    for (const row of rows) yield `${JSON.stringify(row)}\n`;
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return;
    next = { ...next, after: last.id };
  }
}
