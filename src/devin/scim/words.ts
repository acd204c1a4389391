/** How the SCIM service is spoken to, and what its refusals mean to an administrator. */
import { z } from 'zod';
import { TargetError, type TargetOutcome } from '../../lib/errors.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import type { Dialect } from '../client.ts';
import { type Answer, called } from '../failure.ts';
import { problemText } from '../problem.ts';
import type { ApiRequest } from '../target.ts';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

const Fault = z.object({ schemas: z.array(z.string()), scimType: z.string().nullish() });

export const SCIM: Dialect = {
  media: 'application/scim+json',
  accept: 'application/scim+json, application/json',
  key: 'devin.scim.url',
  failure,
};

function failure(request: ApiRequest, answer: Answer, _key: string, now: number): TargetError {
  const wait = retryAfterMs(answer.headers.get('retry-after'), now);
  return new TargetError(wordsOf(request, answer), {
    status: answer.status,
    outcome: outcomeOf(answer),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

/** A 404 counts as the service's own only in SCIM's form (RFC 7644, section 3.12): a gateway says 404 too. */
function outcomeOf({ status, body }: Answer): TargetOutcome {
  if (status === 404) return faultOf(body)?.schemas.includes(ERROR) ? 'refused' : 'unknown';
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown';
}

function faultOf(body: string) {
  try {
    return Fault.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

function wordsOf(request: ApiRequest, { status, body }: Answer): string {
  const type = faultOf(body)?.scimType;
  const said = `${status}${type ? ` ${type}` : ''} at ${called(request)}: ${problemText(body)}`;
  if (status === 401)
    return `Devin's SCIM service does not accept the token (${said}). Make a new one in the settings of Devin and replace the old one in devin.scim.tokenFile.`;
  if (status === 403) return `The token may not do this through SCIM (${said}).`;
  if (status === 404)
    return `Devin's SCIM service knows no such thing (${said}). If every call says so, check devin.scim.url.`;
  if (status === 409) return `Devin's SCIM service has another one of that name or id (${said}).`;
  if (status === 429)
    return `Devin's SCIM service asks to slow down (${said}). If this happens often, lower devin.scim.maxPerSecond.`;
  if (status >= 500) return `Devin's SCIM service failed (${said}).`;
  if (status >= 300 && status < 400)
    return `Devin's SCIM service redirects ${called(request)} (${status}); redirects are not followed with a token. Set devin.scim.url to the address of the service itself.`;
  return `Devin's SCIM service refuses this (${said}).`;
}
