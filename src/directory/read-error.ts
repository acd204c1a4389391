/** The words of a failed read: page of what, which path, what came back, what to do. */
import { SourceReadError } from '../lib/errors.ts';
import type { Answer, NoAnswerError } from '../lib/fetch.ts';
import { redact } from '../lib/redact.ts';
import { isPassing } from '../lib/retry.ts';

/**
 * An answer arrived and was no use: it was not as documented, or what was asked for was not taken. A cheap turn
 * that meets one reads everything instead; asking the same again would not help.
 */
export class OddAnswerError extends SourceReadError {
  /** The message without what it says to somebody whose read has ended: what was odd. */
  readonly problem: string;

  constructor(message: string, problem = message) {
    super(message);
    this.problem = problem;
  }
}

/** Where a reading stands when it fails. */
export interface Place {
  /** `Okta users`, `members of Entra group "devin-users" (id)`. */
  readonly what: string;
  /** Counted from 1; null where the answer is not a list. */
  readonly page: number | null;
  readonly method?: 'GET' | 'POST' | 'PATCH';
  /** Whole URL or path; its query is never printed. */
  readonly url: string;
}

export function readError(place: Place, problem: string, advice: string, cause?: unknown): SourceReadError {
  const message = ended(located(place, problem), advice);
  return new SourceReadError(message, cause === undefined ? undefined : { cause });
}

/** The answer to one request was of no use; reading everything asks in another way. */
export function oddError(place: Place, problem: string, advice: string): OddAnswerError {
  const words = located(place, problem);
  return new OddAnswerError(ended(words, advice), words);
}

function located({ what, page, method, url }: Place, problem: string): string {
  return `${what}${page === null ? '' : `, page ${page}`} (${method ?? 'GET'} ${pathOf(url)}): ${problem}`;
}

function ended(words: string, advice: string): string {
  return `${words}. The read was ended, nothing is changed because of it. ${advice}`;
}

/** For a request that was never wholly answered. */
export function silenceError(place: Place, error: NoAnswerError): SourceReadError {
  const advice = error.passing
    ? 'Check that this host can reach the address (DNS, proxy, firewall, TLS); the next run reads everything again.'
    : 'Check the URL in the configuration and what stands between this host and the directory.';
  const tries = error.attempts > 1 ? ` after ${error.attempts} attempts` : '';
  return readError(place, `${error.message}${tries}`, advice, error.cause);
}

/** Advice for an answer whose meaning does not depend on the vendor; undefined where the vendor's words count. */
export function commonAdvice(answer: Pick<Answer, 'status'>): string | undefined {
  if (answer.status >= 300 && answer.status < 400)
    return 'Redirects are not followed, so that a credential never travels on: configure the URL that it redirects to.';
  if (answer.status === 429)
    return 'The directory limits requests: lower concurrency, give this client a larger share, or run less often.';
  if (isPassing(answer.status)) return 'The directory has a problem of its own; the next run tries again.';
  return undefined;
}

/** `answered 503 after 4 attempts (request id r1): detail`. */
export function answeredWords(
  answer: Pick<Answer, 'status' | 'headers'>,
  attempts: number,
  detail: string,
): string {
  const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
  const id = answer.headers.get('x-okta-request-id') ?? answer.headers.get('request-id');
  const request = id === null ? '' : ` (request id ${plain(id)})`;
  return `answered ${answer.status}${tries}${request}${detail === '' ? '' : `: ${detail.replace(/\.$/, '')}`}`;
}

/** Words of a server for an error text: one line, bounded, nothing that looks like a credential. */
export function plain(text: string): string {
  return redact(text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()).slice(0, 300);
}

/** Parses JSON or says that the answer is none. */
export function parseJson(answer: Answer, place: Place): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    const type = answer.headers.get('content-type') ?? 'no content type';
    throw readError(
      place,
      `answered ${answer.status} with something that is not JSON (${plain(type)}, ${answer.text.length} characters)`,
      'Something between this host and the directory (proxy, login page, gateway) answered in its place; check the URL.',
    );
  }
}

/** An answer that was read but means something else than a reader can use. */
export function oddAnswer(place: Place, problem: string): SourceReadError {
  const advice = 'This is not an answer that the directory gives in order; check the URL and try again.';
  return oddError(place, problem, advice);
}

/** Anything thrown by a reading as the one error that a caller may see, without the secrets that it knows. */
export function asReadError(error: unknown, reading: Reading): SourceReadError {
  const { what, signal, secrets } = reading;
  if (error instanceof SourceReadError) {
    const words = redact(error.message, secrets);
    return words === error.message ? error : new SourceReadError(words);
  }
  if (signal.aborted) return new SourceReadError(`${what} was stopped before it was complete`);
  const words = error instanceof Error ? error.message : String(error);
  return new SourceReadError(`${what} failed: ${plain(redact(words, secrets))}`, { cause: error });
}

export interface Reading {
  /** `reading Okta`. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** Configured secrets: a server may repeat what it was sent. */
  readonly secrets: readonly string[];
}

function pathOf(url: string): string {
  if (URL.canParse(url)) return new URL(url).pathname;
  return url.split(/[?#]/, 1)[0] ?? url;
}
