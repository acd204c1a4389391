import { z } from 'zod';
import { ConfigError, errorText } from '../lib/errors.ts';

/** Where a daemon listens and the token it knows us by. */
export interface DaemonAddress {
  /** Base URL, with a path where a proxy puts the daemon under one. */
  readonly url: string;
  readonly token: string;
}

/** The daemon gave no answer (`status` null), or refused. The message says what to do about it. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError';
  readonly status: number | null;

  constructor(message: string, status: number | null, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }

  /** It may pass by itself: no answer, too busy, or failing just now. */
  get passing(): boolean {
    return this.status === null || this.status === 429 || this.status >= 500;
  }
}

export interface DaemonRequest {
  readonly method: 'GET' | 'POST';
  /** Below the base URL, without a leading slash. */
  readonly path: string;
  readonly accept: string;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

/**
 * Sends one request and gives the answer if it is a success.
 *
 * @throws ConfigError when the URL or the token cannot be sent, DaemonError on any other failure, and the
 * signal's own reason once `signal` is aborted.
 */
export async function callDaemon(address: DaemonAddress, request: DaemonRequest): Promise<Response> {
  const url = new URL(request.path, baseUrl(address.url));
  if (!/^[\x21-\x7e]+$/.test(address.token)) {
    throw new ConfigError(['the API token is empty or has blanks, line ends or other signs no token has']);
  }
  const init: RequestInit = {
    method: request.method,
    headers: {
      accept: request.accept,
      authorization: `Bearer ${address.token}`,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    // A redirect could carry the token to somebody else.
    redirect: 'error',
    signal: request.signal,
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  };
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    throw noAnswer(address.url, error);
  }
  if (!response.ok) throw await refusal(address.url, response);
  return response;
}

function baseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw new ConfigError([
      `"${text}" is not the URL of a daemon: expected is one like http://127.0.0.1:8080`,
    ]);
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function noAnswer(url: string, error: unknown): DaemonError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const name = cause instanceof Error ? cause.name : '';
  const advice = 'start one with `devin-idp-sync serve` or give --url';
  const message =
    code === 'ECONNREFUSED'
      ? `no daemon at ${url}: ${advice}`
      : code === 'ENOTFOUND' || code === 'EAI_AGAIN'
        ? `no daemon at ${url}, because that host is not known: ${advice}`
        : name === 'TimeoutError'
          ? `the daemon at ${url} did not answer in time`
          : `the daemon at ${url} cannot be reached: ${errorText(cause)}`;
  return new DaemonError(message, null, { cause: error });
}

const ProblemAnswer = z.object({ detail: z.string().max(2_000) });

async function refusal(url: string, response: Response): Promise<DaemonError> {
  const text = await response.text().catch(() => '');
  const detail = problemDetail(text);
  const { status } = response;
  if (detail === null) {
    return new DaemonError(
      `${url} answered ${status}, and not as a devin-idp-sync daemon: check --url`,
      status,
    );
  }
  const what = status === 401 ? 'refused the token' : `answered ${status}`;
  return new DaemonError(`the daemon at ${url} ${what}: ${detail}`, status);
}

function problemDetail(text: string): string | null {
  try {
    return ProblemAnswer.safeParse(JSON.parse(text)).data?.detail ?? null;
  } catch {
    return null;
  }
}

/** @throws DaemonError when the body is not what the schema says. */
export async function answerAs<T>(url: string, response: Response, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(await response.json());
  } catch (error) {
    const message = `${url} did not answer as a devin-idp-sync daemon of this version: check --url`;
    throw new DaemonError(message, response.status, { cause: error });
  }
}
