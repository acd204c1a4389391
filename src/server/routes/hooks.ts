/** Receivers of what directories send. They ask for no token of ours: each delivery proves itself by a secret. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { CHALLENGE_HEADER, type HookAnswer } from '../hooks.ts';
import { answer, ProblemError, problems } from '../problem.ts';
import { NoQuery } from '../schemas.ts';

/** Graph packs up to some thousands of notifications into one delivery. */
const LARGEST = 2 * 1024 * 1024;

const open = { open: true };
const about = { tags: ['hooks'], security: [] };

const taken = { description: 'Taken; no body', content: { 'text/plain': { schema: z.string() } } };

const Anything = z.unknown().describe('As the directory sends it; what it says is only a reason to look.');

export function addHooks(api: Api, deps: ServerDeps): void {
  const { hooks } = deps;
  if (hooks === undefined) return;
  api.get(
    '/hooks/okta',
    {
      config: open,
      exposeHeadRoute: false,
      schema: {
        operationId: 'oktaHookCheck',
        summary: 'Answers the check with which Okta verifies an event hook',
        ...about,
        querystring: NoQuery,
        response: {
          200: answer('The challenge', z.object({ verification: z.string() })),
          ...problems(400, 404),
        },
      },
    },
    async (request, reply) => {
      const challenge = request.headers[CHALLENGE_HEADER];
      return give(reply, hooks.oktaCheck(typeof challenge === 'string' ? challenge : undefined));
    },
  );
  api.post(
    '/hooks/okta',
    {
      config: open,
      bodyLimit: LARGEST,
      schema: {
        operationId: 'oktaHook',
        summary: 'Takes a delivery of an Okta event hook',
        ...about,
        querystring: NoQuery,
        body: Anything,
        response: { 204: taken, ...problems(400, 401, 404, 413, 415) },
      },
    },
    async (request, reply) => {
      const { authorization } = request.headers;
      return give(reply, await hooks.okta({ authorization, body: request.body }));
    },
  );
  api.post(
    '/hooks/graph',
    {
      config: open,
      bodyLimit: LARGEST,
      schema: {
        operationId: 'graphHook',
        summary:
          'Takes change notifications and lifecycle events of Microsoft Graph, and its trial of the address',
        ...about,
        querystring: z.strictObject({
          validationToken: z.string().max(4096).exactOptional(),
          v: z.string().max(64).exactOptional().describe('Which secret the subscription was made with'),
        }),
        body: Anything,
        response: {
          200: { description: 'The token', content: { 'text/plain': { schema: z.string() } } },
          202: taken,
          ...problems(400, 404, 413, 415),
        },
      },
    },
    async (request, reply) => {
      const delivery = { authorization: request.headers.authorization, body: request.body };
      return give(reply, await hooks.graph(delivery, request.query.validationToken));
    },
  );
}

const REFUSALS = {
  400: 'This is no delivery of that directory.',
  401: 'The secret of this delivery is not the configured one.',
  404: 'No secret for this receiver is configured.',
} as const;

/** @throws ProblemError for everything that was not taken. */
function give(reply: FastifyReply, answered: HookAnswer | null): FastifyReply {
  const status = answered?.status ?? 404;
  if (status === 400 || status === 401 || status === 404) throw new ProblemError(status, REFUSALS[status]);
  reply.code(status);
  if (answered === null || answered.type === null) return reply.send();
  // Already in its form: the serializer of the route would put it into quotes.
  return reply
    .serializer((text: unknown) => String(text))
    .type(answered.type)
    .send(answered.body);
}
