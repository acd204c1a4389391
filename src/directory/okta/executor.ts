/** Our own transport under the Okta SDK: its own has no timeout, hangs on a cut body and follows links anywhere. */
import { RequestExecutor } from '@okta/okta-sdk-nodejs';
import { type Answer, type FetchLimits, fetchWhole } from '../../lib/fetch.ts';
import type { Tally } from '../pages.ts';

/** What the SDK hands over; `signal` and `tally` are ours and pass through it untouched. */
export interface ExecutorRequest {
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  readonly tally?: Tally;
}

/** The least of a fetch response that the SDK needs, with the whole answer inside. */
export interface AnswerResponse {
  readonly answer: Answer;
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** Any answer but a good one. `status` is set for API calls only: on 401 the SDK renews its token once. */
export class AnsweredError extends Error {
  override readonly name = 'AnsweredError';
  readonly answer: Answer;
  readonly status: number | undefined;

  constructor(answer: Answer) {
    super(`answered ${answer.status}`);
    this.answer = answer;
    this.status = isTokenUrl(answer.url) ? undefined : answer.status;
  }
}

export function isTokenUrl(url: string): boolean {
  return url.endsWith('/oauth2/v1/token');
}

export class OktaExecutor extends RequestExecutor {
  readonly #limits: Omit<FetchLimits, 'signal'>;
  readonly #signIns: Tally;
  /** Told of an API call that was answered 401, before the SDK tries again. */
  onRefused: (authorization: string) => void = () => {};

  constructor(limits: Omit<FetchLimits, 'signal'>, signIns: Tally) {
    super();
    this.#limits = limits;
    this.#signIns = signIns;
  }

  /** @throws AnsweredError for any status but 200, NoAnswerError without an answer. */
  override async fetch(options: object): Promise<never> {
    const request = options as ExecutorRequest;
    (request.tally ?? this.#signIns).calls++;
    const answer = await fetchWhole(
      {
        method: (request.method ?? 'GET').toUpperCase(),
        url: request.url ?? '',
        headers: request.headers ?? {},
        ...(request.body === undefined ? {} : { body: request.body }),
      },
      { ...this.#limits, ...(request.signal === undefined ? {} : { signal: request.signal }) },
    );
    if (isTokenUrl(answer.url) ? isUsableTokenAnswer(answer, request) : answer.status === 200)
      // The declared type is that of a package that is not installed; the SDK needs these members only.
      return asResponse(answer) as never;
    if (answer.status === 401) this.onRefused(request.headers?.Authorization ?? '');
    throw new AnsweredError(answer);
  }
}

/** A token, or the one demand for a DPoP nonce that the SDK answers; asked twice it would ask for ever. */
function isUsableTokenAnswer(answer: Answer, request: ExecutorRequest): boolean {
  const body = jsonObject(answer.text);
  if (body.error === 'use_dpop_nonce') return answer.headers.has('dpop-nonce') && !carriesNonce(request);
  return answer.status === 200 && typeof body.access_token === 'string';
}

function carriesNonce(request: ExecutorRequest): boolean {
  const [, payload = ''] = (request.headers?.DPoP ?? '').split('.');
  return jsonObject(Buffer.from(payload, 'base64url').toString('utf8')).nonce !== undefined;
}

function asResponse(answer: Answer): AnswerResponse {
  return {
    answer,
    status: answer.status,
    url: answer.url,
    headers: answer.headers,
    text: async () => answer.text,
    json: async () => JSON.parse(answer.text),
  };
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
