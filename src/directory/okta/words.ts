/** What an answer of Okta means to the administrator who has to act on it. */
import type { SourceReadError } from '../../lib/errors.ts';
import type { Outcome } from '../../lib/retry.ts';
import {
  answeredWords,
  commonAdvice,
  oddAnswer,
  oddError,
  type Place,
  plain,
  readError,
} from '../read-error.ts';
import { isTokenUrl } from './executor.ts';
import type { OktaOptions } from './options.ts';
import { oktaError } from './schema.ts';
import { scopesOf } from './sign-in.ts';

/** Okta's code for an object that does not exist; another 404 may come from anything on the way. */
const NOT_FOUND = 'E0000007';

/** What was asked for is not to be had, now or later: an expired cursor, an unknown object, a refused filter. */
const NOT_TAKEN = [400, 404, 410];

export function saysNotFound(text: string): boolean {
  return errorBody(text).errorCode === NOT_FOUND;
}

/** For an answer that is of no use at this place, the token endpoint's included. */
export function refusedError(place: Place, outcome: Outcome, options: OktaOptions): SourceReadError {
  const { answer, attempts } = outcome;
  const body = errorBody(answer.text);
  if (isTokenUrl(answer.url)) {
    const words = [body.error ?? body.errorCode, body.error_description ?? body.errorSummary];
    const where: Place = { what: 'Okta sign-in', page: null, method: 'POST', url: answer.url };
    if (answer.status === 200) return oddAnswer(where, 'answered 200 without an access token');
    const detail = detailOf(words);
    return readError(
      where,
      answeredWords(answer, attempts, detail),
      commonAdvice(answer) ?? signInAdvice(body.error, options),
    );
  }
  const detail = detailOf([body.errorCode, body.errorSummary]);
  const make = NOT_TAKEN.includes(answer.status) ? oddError : readError;
  return make(
    place,
    answeredWords(answer, attempts, detail),
    commonAdvice(answer) ?? advice(answer.status, place.url, options),
  );
}

/** The OAuth scope that a path needs. */
export function scopeOf(url: string): string {
  if (url.includes('/api/v1/apps')) return 'okta.apps.read';
  if (url.includes('/api/v1/logs')) return 'okta.logs.read';
  return url.includes('/api/v1/groups') ? 'okta.groups.read' : 'okta.users.read';
}

function advice(status: number, url: string, options: OktaOptions): string {
  const oauth = options.privateKey !== undefined;
  if (status === 401)
    return oauth
      ? 'Okta took neither the access token nor a fresh one; check that the application is active.'
      : 'The API token is wrong, expired (30 days unused) or its owner was deactivated: make a new one.';
  if (status === 403)
    return oauth
      ? `Grant the scope ${scopeOf(url)} to the application (Okta API Scopes) and give it the Read-only Administrator role.`
      : 'Give the owner of the API token the Read-only Administrator role.';
  if (status === 404 && url.includes('/api/v1/apps'))
    return 'Check directory.okta.app.id: it is the part of the address of the application in the Admin Console that begins with 0oa.';
  if (status === 404) return 'Check that the URL in the configuration is the URL of the Okta org.';
  return 'Okta did not take the request as it was sent.';
}

function signInAdvice(error: string | undefined, options: OktaOptions): string {
  const scopes = scopesOf(options).join(' and ');
  if (error === 'invalid_scope') return `Grant ${scopes} to the application under Okta API Scopes.`;
  if (error === 'invalid_dpop_proof' || error === 'use_dpop_nonce')
    return 'Okta did not take the DPoP proof: check the clock of this host, or switch off "Require DPoP" for this application.';
  return 'Check the client ID, that the public half of the private key is registered with the application (and keyId names it), and that the clock of this host is right: the signed request is valid for 5 minutes.';
}

function detailOf(words: readonly (string | undefined)[]): string {
  return words
    .filter((word) => word !== undefined && word !== '')
    .map((word) => plain(word as string))
    .join(' ');
}

function errorBody(text: string) {
  try {
    return oktaError.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
