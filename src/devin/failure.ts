/** Turns what went wrong with one call into a TargetError whose words an administrator can act on. */
import { TargetError, type TargetOutcome } from '../lib/errors.ts';
import { retryAfterMs } from '../lib/retry-after.ts';
import { grantAdvice } from './permissions.ts';
import { isApiAnswer, problemText } from './problem.ts';
import type { ApiRequest } from './target.ts';

/** An answer whose body arrived whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** An answer that is no success. `now`: Unix milliseconds, for a Retry-After that is a date. */
export function answerFailure(request: ApiRequest, answer: Answer, key: string, now: number): TargetError {
  const wait = retryAfterMs(answer.headers.get('retry-after'), now);
  return new TargetError(answerWords(request, answer, key, wait), {
    status: answer.status,
    outcome: answerOutcome(answer),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

/** A success whose body is not what the contract promises: it may have been done, or a proxy answered. */
export function oddAnswer(request: ApiRequest, status: number, why: string): TargetError {
  return new TargetError(`Devin answered ${status} at ${called(request)}, but ${why}.`, {
    status,
    outcome: 'unknown',
  });
}

/** No answer arrived, or not all of it. */
export function silence(
  request: ApiRequest,
  error: unknown,
  timeoutMs: number | null,
  urlKey = 'devin.url',
): TargetError {
  const why =
    timeoutMs === null
      ? `the connection failed (${connectionWords(error)})`
      : `no complete answer came within ${timeoutMs} ms`;
  const advice = ` Check ${urlKey}, the network and the proxy between here and there.`;
  return new TargetError(`Devin could not be asked at ${called(request)}: ${why}.${advice}`, {
    status: null,
    outcome: wasNeverSent(error) ? 'refused' : 'unknown',
    cause: error,
  });
}

/** `GET /v3/…` without the query: an address that was looked up is nobody's business in a log. */
export function called(request: ApiRequest): string {
  return `${request.method} ${request.path.split('?', 1)[0]}`;
}

/**
 * A 4xx was not processed. 408 and a redirect say nothing about that, and neither does a 5xx. A 404 counts as
 * Devin's "there is no such thing" only in Devin's own words: a proxy that lost its way says 404 too.
 */
function answerOutcome({ status, body }: Answer): TargetOutcome {
  if (status === 404) return isApiAnswer(body) ? 'refused' : 'unknown';
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown';
}

/** Devin itself says that there is no such user, group, org or assignment. */
export function saysGone(error: unknown): boolean {
  return error instanceof TargetError && error.status === 404 && error.outcome === 'refused';
}

function answerWords(request: ApiRequest, answer: Answer, key: string, wait: number | undefined): string {
  const at = `${answer.status} at ${called(request)}: ${problemText(answer.body)}`;
  const { status } = answer;
  if (status === 401) return `Devin does not accept the key (${at}). ${keyAdvice(key, request)}`;
  if (status === 403) {
    const barred = 'If it has that, the IP access list of the enterprise may bar this machine';
    return `The key may not do this (${at}). ${grantAdvice(request.method, request.path)}. ${barred}.`;
  }
  if (status === 429)
    return `Devin ${waitWords(wait)} (${at}). If this happens often, lower limits.devin.maxPerSecond.`;
  if (status >= 500) return `Devin failed (${at}).${wait === undefined ? '' : ` It ${waitWords(wait)}.`}`;
  if (status >= 300 && status < 400)
    return `Devin redirects ${called(request)} to ${elsewhere(answer)} (${status}); redirects are not followed with a key. Set devin.url to the address of the API itself.`;
  if (status === 404)
    return `Devin knows no such thing (${at}). If every call says so, check devin.url and devin.prefix.`;
  return `Devin refuses this (${at}).`;
}

function keyAdvice(key: string, { path }: ApiRequest): string {
  if (path.startsWith('/v2/'))
    return `It is wrong or was revoked: make a new personal key as an administrator of the enterprise and replace the old one in devin.keyFile.${key.startsWith('apk_') ? '' : ' It does not look like a personal key, which starts with apk_user_.'}`;
  if (key.startsWith('apk_'))
    return 'This is a key of the older API (apk_…); make a service user in the enterprise settings of Devin and use its key (cog_…).';
  const kind = key.startsWith('cog_')
    ? ''
    : ' It does not look like the key of a service user, which starts with cog_.';
  return `It is wrong, revoked or expired (keys live a year at most): make a new key for the service user and replace the old one in devin.keyFile.${kind}`;
}

function waitWords(ms: number | undefined): string {
  return ms === undefined
    ? 'asks to slow down without saying for how long'
    : `asks to wait ${Math.ceil(ms / 1000)} s`;
}

function elsewhere(answer: Answer): string {
  return URL.parse(answer.headers.get('location') ?? '')?.host ?? 'another place';
}

/** The innermost code or message: fetch itself only says that it failed. */
function connectionWords(error: unknown): string {
  const errors = chain(error);
  const coded = errors.find((one) => codeOf(one) !== undefined);
  const innermost = errors.at(-1);
  const shown = innermost instanceof AggregateError ? innermost.errors[0] : innermost;
  const words = shown instanceof Error ? shown.message : String(shown);
  const code = codeOf(coded);
  return code === undefined || words.includes(code) ? words : `${code}: ${words}`;
}

/**
 * Whether the request cannot have left this machine: no address was found or no connection was made. A reset,
 * a closed socket or a broken body may come after the request was processed.
 */
function wasNeverSent(error: unknown): boolean {
  const innermost = chain(error).at(-1);
  const tries = innermost instanceof AggregateError ? innermost.errors : [innermost];
  return tries.length > 0 && tries.every(isConnectFailure);
}

function isConnectFailure(error: unknown): boolean {
  if (codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT') return true;
  const syscall = error instanceof Error && 'syscall' in error ? error.syscall : undefined;
  return syscall === 'connect' || syscall === 'getaddrinfo';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function chain(error: unknown): unknown[] {
  const errors = [error];
  while (error instanceof Error && error.cause !== undefined) {
    error = error.cause;
    errors.push(error);
  }
  return errors;
}
