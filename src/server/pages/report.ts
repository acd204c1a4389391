/** A plan as a file, and the requests that it becomes. */
import { html } from '@remix-run/html-template';
import { z } from 'zod';
import { ifAllowed } from '../../core/plan.ts';
import { requestHtml } from '../../report/html-parts.ts';
import { count, plural, shortId } from '../../report/text.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { REPORT_CSP } from '../headers.ts';
import { existingPlan } from '../routes/plan.ts';
import { PageNumber, PlanParams } from '../schemas.ts';
import { textStream } from '../stream.ts';
import { sendPage } from './layout.ts';
import { pagerHtml, sectionHtml } from './parts.ts';

const TYPES = {
  json: { type: 'application/json', ending: 'json' },
  markdown: { type: 'text/markdown', ending: 'md' },
  html: { type: 'text/html', ending: 'html' },
  csv: { type: 'text/csv', ending: 'csv' },
} as const;

const ReportQuery = z.object({
  format: z.enum(['json', 'markdown', 'html', 'csv']),
  download: z.literal('yes').exactOptional(),
});

const PAGE = 200;

export function addReportPages(api: Api, deps: ServerDeps): void {
  api.get(
    '/plans/:id/report',
    { schema: { params: PlanParams, querystring: ReportQuery } },
    async (request, reply) => {
      const plan = await existingPlan(deps, request.params.id);
      const { format, download } = request.query;
      const { type, ending } = TYPES[format];
      reply.header('content-security-policy', REPORT_CSP).type(`${type}; charset=utf-8`);
      if (download === 'yes') {
        reply.header('content-disposition', `attachment; filename="plan-${shortId(plan.id)}.${ending}"`);
      }
      return reply.send(textStream(deps.renderPlan(plan, format)));
    },
  );
  api.get(
    '/plans/:id/requests',
    { schema: { params: PlanParams, querystring: z.object({ page: PageNumber }) } },
    async (request, reply) => {
      const plan = await existingPlan(deps, request.params.id);
      const { operations } = ifAllowed(plan);
      const pages = Math.max(1, Math.ceil(operations.length / PAGE));
      const page = Math.min(Number(request.query.page), pages);
      const first = (page - 1) * PAGE;
      const shown = operations.slice(first, first + PAGE).map((one) => requestHtml(deps.describe(one)));
      const now = plural(plan.operations.length, 'request');
      return sendPage(request, reply, {
        title: `Requests of plan ${shortId(plan.id)}`,
        body: [
          html`<h1>Requests of plan <a href="/plans/${plan.id}">${shortId(plan.id)}</a></h1>`,
          sectionHtml({
            id: 'requests',
            title: `From ${count(Math.min(first + 1, operations.length))}`,
            tone: 'quiet',
            count: operations.length,
            note: `Exactly what is sent to Devin once everything is allowed; ${now} of it now.`,
            body: [
              html`<ol class="requests" start="${first + 1}">${shown}</ol>`,
              pagerHtml(`/plans/${plan.id}/requests`, new URLSearchParams(), page, pages) ?? html``,
            ],
          }),
        ],
      });
    },
  );
}
