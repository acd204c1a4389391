/** What leaves: JSON by its schema, and every error as application/problem+json (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';

export const PROBLEM_TYPE = 'application/problem+json';

export const ProblemData = z.object({
  type: z.literal('about:blank'),
  title: z.string().describe('The HTTP status in words.'),
  status: z.int(),
  detail: z.string().describe('What is wrong with this request, or what the daemon could not do.'),
  instance: z.string().describe('Id of the request, as the log of the daemon names it.'),
  errors: z
    .array(z.object({ in: z.string(), pointer: z.string(), detail: z.string() }))
    .optional()
    .describe('Each wrong part: where it stands (body, query, path) and its JSON pointer there.'),
  checks: z
    .array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() }))
    .optional()
    .describe('Of /readyz: what is ready and what is not.'),
});

export type Problem = z.infer<typeof ProblemData>;

interface ProblemInit {
  readonly headers?: Readonly<Record<string, string>>;
  readonly extra?: Pick<Problem, 'checks' | 'errors'>;
}

/** Thrown by a route or a hook to answer with this status and detail. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: Pick<Problem, 'checks' | 'errors'>;

  constructor(statusCode: number, detail: string, init: ProblemInit = {}) {
    super(detail);
    this.statusCode = statusCode;
    this.headers = init.headers ?? {};
    this.extra = init.extra ?? {};
  }
}

/** A JSON answer, for the OpenAPI document and the serializer, which drops every key the schema does not have. */
export function answer<T extends z.ZodType>(description: string, schema: T): JsonAnswer<T> {
  return { description, content: { 'application/json': { schema } } };
}

interface JsonAnswer<T> {
  readonly description: string;
  readonly content: { readonly 'application/json': { readonly schema: T } };
}

/** Response entries of these statuses, for the OpenAPI document and the serializer. */
export function problems(...statuses: readonly number[]): Record<number, ProblemResponse> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: STATUS_CODES[status] ?? 'Error',
        content: { [PROBLEM_TYPE]: { schema: ProblemData } },
      },
    ]),
  );
}

interface ProblemResponse {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: typeof ProblemData }>>;
}

/** Fastify's words for the parts of a request → those of OpenAPI. */
const PLACES: Readonly<Record<string, string>> = { body: 'body', querystring: 'query', params: 'path' };

/** Error handler of the whole server. What a caller did wrong is explained; what failed inside is only logged. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ProblemError) {
    return send(reply.headers(error.headers), request, error.statusCode, error.message, error.extra);
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const place = PLACES[error.validationContext ?? ''] ?? 'request';
    const errors = error.validation.map((issue) => ({
      in: place,
      pointer: issue.instancePath === '/' ? '' : issue.instancePath,
      detail: issue.message ?? 'is not valid',
    }));
    return send(reply, request, 400, `The ${place} is not valid: ${summaryOf(errors)}.`, { errors });
  }
  const status = error.statusCode ?? 500;
  // Only Fastify's own words about a request: a status on an error from further inside is not meant for the caller.
  if (status < 500 && error.code?.startsWith('FST_')) return send(reply, request, status, error.message);
  request.log.error({ err: error }, 'request failed');
  return send(
    reply,
    request,
    500,
    'The daemon failed to answer; its log has the reason under this instance.',
  );
}

function summaryOf(errors: readonly { pointer: string; detail: string }[]): string {
  return errors.map(({ pointer, detail }) => (pointer === '' ? detail : `${pointer}: ${detail}`)).join('; ');
}

/** Not-found handler. */
export function answerUnknownPath(request: FastifyRequest): never {
  throw new ProblemError(404, `There is no ${request.method} ${request.url.split('?', 1)[0]} here.`);
}

function send(
  reply: FastifyReply,
  request: FastifyRequest,
  status: number,
  detail: string,
  extra: Pick<Problem, 'checks' | 'errors'> = {},
): FastifyReply {
  const title = STATUS_CODES[status] ?? 'Error';
  const problem: Problem = { type: 'about:blank', title, status, detail, instance: request.id, ...extra };
  return reply.code(status).type(PROBLEM_TYPE).send(problem);
}

/** Answers what is not even HTTP: there is no request and no reply yet, only the socket. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const title = STATUS_CODES[status] ?? 'Error';
  const detail = 'The bytes received are not a complete HTTP/1.1 request.';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, instance: '' });
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`);
}
