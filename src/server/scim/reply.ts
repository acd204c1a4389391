/** What leaves the SCIM endpoint: resources and errors (RFC 7644 section 3.12) as application/scim+json. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ScimFault } from '../../lib/scim/fault.ts';

const SCIM_TYPE = 'application/scim+json';
const ERROR_URN = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** IdPs come again by themselves; so long it should take them. */
const COME_AGAIN_SECONDS = '10';

export function answerScim(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply
    .code(status)
    .header('content-type', SCIM_TYPE)
    .send(Buffer.from(JSON.stringify(body)));
}

/** Error handler of the endpoint. What failed inside is logged, and said without its reason. */
export function answerScimError(
  error: FastifyError | ScimFault,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof ScimFault) return send(reply, error);
  const status = error.statusCode ?? 500;
  if (status < 500 && error.code?.startsWith('FST_')) return send(reply, faultOf(status, error.message));
  request.log.error({ err: error }, 'SCIM request failed');
  return send(
    reply,
    new ScimFault(
      503,
      null,
      `The daemon could not do this now; its log has the reason under ${request.id}.`,
      {
        'retry-after': COME_AGAIN_SECONDS,
      },
    ),
  );
}

/** Fastify's words about a request: too long, of a wrong type, cut off. */
function faultOf(status: number, detail: string): ScimFault {
  return new ScimFault(status, status === 400 ? 'invalidSyntax' : null, detail);
}

function send(reply: FastifyReply, { status, scimType, message, headers }: ScimFault): FastifyReply {
  return answerScim(reply.headers(headers), status, {
    schemas: [ERROR_URN],
    status: String(status),
    ...(scimType === null ? {} : { scimType }),
    detail: message,
  });
}
