/** What a page answers when something is wrong: the same words as the API, as a page. */
import { STATUS_CODES } from 'node:http';
import { html } from '@remix-run/html-template';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { clean } from '../../report/text.ts';
import { ProblemError } from '../problem.ts';
import { sendPage } from './layout.ts';

export function answerWithPage(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, detail } = problemOf(error);
  if (status >= 500) request.log.error({ err: error }, 'a page failed');
  if (error instanceof ProblemError) reply.headers(error.headers);
  const title = STATUS_CODES[status] ?? 'Error';
  return sendPage(request, reply.code(status), {
    title,
    body: html`<section class="alarm trouble"><h1>${title}</h1><p>${clean(detail)}</p>
<p class="note">Request ${request.id}</p><p><a href="/">To the overview</a></p></section>`,
  });
}

function problemOf(error: FastifyError): { readonly status: number; readonly detail: string } {
  if (error instanceof ProblemError) return { status: error.statusCode, detail: error.message };
  if (hasZodFastifySchemaValidationErrors(error)) {
    const what = error.validation.map(({ instancePath, message }) => `${instancePath.slice(1)}: ${message}`);
    return { status: 400, detail: `This cannot be read: ${what.join('; ')}.` };
  }
  const status = error.statusCode ?? 500;
  if (error.code?.startsWith('FST_CSRF') === true) return { status: 403, detail: STALE };
  if (status === 429) return { status, detail: 'Too many tries; wait a minute.' };
  if (status < 500 && error.code?.startsWith('FST_')) return { status, detail: error.message };
  return { status: 500, detail: 'The daemon failed to answer; its log has the reason under this request.' };
}

const STALE =
  'This form is not from a page of this session, or the session has ended since. Nothing was done: go back, reload the page and send it again.';
