/** One HTTP request whose whole answer, body included, arrives within a time limit, from one origin only. */
import { withinOrigin } from './origin.ts';

export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface FetchLimits {
  /** The only origin that may be asked, e.g. `https://corp.example`. */
  readonly origin: string;
  /** For the whole answer, in ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A whole answer of any status. Redirects are answers too: they are never followed. */
export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** No whole answer arrived: refused, reset, cut or too late. The request may have been processed. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** False where trying again cannot help. */
  readonly passing: boolean;
  attempts = 1;

  constructor(message: string, passing: boolean, options?: ErrorOptions) {
    super(message, options);
    this.passing = passing;
  }
}

/**
 * @throws NoAnswerError without an answer; the reason of `limits.signal` when that ended the call.
 */
export async function fetchWhole(call: HttpCall, limits: FetchLimits): Promise<Answer> {
  if (withinOrigin(call.url, limits.origin) === null) {
    throw new NoAnswerError(
      `refused to ask ${originOf(call.url)}, which is not the configured ${limits.origin}; no credential was sent`,
      false,
    );
  }
  limits.signal?.throwIfAborted();
  const headers = headersOf(call);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limits.timeoutMs);
  const onAbort = () => stop.abort();
  limits.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const response = await fetch(call.url, {
      method: call.method,
      headers,
      redirect: 'manual',
      signal: stop.signal,
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    const text = await response.text();
    return { url: call.url, status: response.status, headers: response.headers, text };
  } catch (error) {
    limits.signal?.throwIfAborted();
    if (stop.signal.aborted)
      throw new NoAnswerError(`no whole answer within ${limits.timeoutMs / 1000} s`, true);
    throw new NoAnswerError(`no whole answer: ${transportWords(error)}`, true, { cause: error });
  } finally {
    clearTimeout(timer);
    limits.signal?.removeEventListener('abort', onAbort);
  }
}

/** Fetch would print a bad header with its value, which may be a credential. */
function headersOf(call: HttpCall): Headers {
  try {
    return new Headers(call.headers);
  } catch {
    throw new NoAnswerError(
      'a header of the request holds characters that HTTP forbids; is the token or key whole and on one line?',
      false,
    );
  }
}

/** The origin of a link for an error text; a path or query may hold a secret. */
export function originOf(link: string): string {
  if (!URL.canParse(link)) return 'an address that is not a URL';
  const url = new URL(link);
  return url.username === '' && url.password === '' ? url.origin : `${url.origin} with a user name in it`;
}

/** `fetch failed` alone says nothing: the system's code is in a cause, or in the errors of an aggregate. */
function transportWords(error: unknown): string {
  const codes: string[] = [];
  let at: unknown = error;
  for (let depth = 0; at instanceof Error && depth < 5; depth++) {
    const first = at instanceof AggregateError ? at.errors[0] : undefined;
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') codes.push(code);
    if (at.cause === undefined && first === undefined) codes.push(at.message);
    at = first ?? at.cause;
  }
  return [...new Set(codes)].join(', ') || String(error);
}
