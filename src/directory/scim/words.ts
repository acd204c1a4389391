/** What an answer of a SCIM provider means to the administrator who has to act on it. */
import type { SourceReadError } from '../../lib/errors.ts';
import type { Outcome } from '../../lib/retry.ts';
import { answeredWords, commonAdvice, oddError, type Place, plain, readError } from '../read-error.ts';
import type { ScimOptions } from './options.ts';
import { ERROR, scimError } from './schema.ts';

/** A 404 in SCIM's own form; any other may come from a gateway and proves nothing about a person. */
export function saysNotFound(text: string): boolean {
  const body = errorBody(text);
  return body?.schemas.includes(ERROR) === true && String(body.status ?? 404) === '404';
}

/** Whoever does not take a filter says so with one of these; a cheap turn reads everything then, a full one fails. */
const NOT_TAKEN = new Set([400, 403, 404, 405, 501]);

export function refusedError(
  place: Place,
  { answer, attempts }: Outcome,
  options: ScimOptions,
): SourceReadError {
  const body = errorBody(answer.text);
  const detail = [body?.scimType, body?.detail].filter((word) => word != null && word !== '');
  const words = detail.map((word) => plain(word as string)).join(': ');
  const make = NOT_TAKEN.has(answer.status) ? oddError : readError;
  return make(
    place,
    answeredWords(answer, attempts, words),
    commonAdvice(answer) ?? advice(answer.status, options),
  );
}

function advice(status: number, { token }: ScimOptions): string {
  if (status === 401)
    return token === undefined
      ? 'The provider took neither the access token nor a fresh one: check the audience and the scopes of this client.'
      : 'The bearer token is wrong or expired: make a new one in the provider.';
  if (status === 403) return 'Allow this client to read users and groups over SCIM.';
  if (status === 404)
    return 'Check directory.scim.url: it is the base URL of the SCIM 2.0 service, the part before /Users.';
  if (status === 400) return 'The provider did not take the request: check the filters and sortBy.';
  return 'The provider did not take the request as it was sent.';
}

function errorBody(text: string) {
  try {
    return scimError.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
