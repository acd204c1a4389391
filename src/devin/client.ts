/** HTTP to the Devin API: one place that knows the key, timeouts, when a read is repeated and when nothing is. */
import { setTimeout as delay } from 'node:timers/promises';
import { TargetError } from '../lib/errors.ts';
import { type Pace, timed } from '../lib/pace.ts';
import { type Answer, answerFailure, oddAnswer, silence } from './failure.ts';
import type { DevinOptions } from './options.ts';
import type { ApiRequest } from './target.ts';

/** What a client takes from its surroundings; tests replace the last three. */
export interface ClientDeps {
  readonly pace: Pace;
  /** Unix milliseconds. */
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1, for jitter. */
  readonly random?: () => number;
}

/** Body of an answer, parsed; `calls`: how many requests it took. */
export interface Reading {
  readonly json: unknown;
  readonly calls: number;
}

/** Where the calls go and how long they may take. */
export type ClientOptions = Pick<
  DevinOptions,
  'url' | 'key' | 'timeoutMs' | 'readTimeoutMs' | 'readRetries' | 'maxWaitMs'
>;

/** How one API is spoken to, and what its refusals mean. */
export interface Dialect {
  readonly media: string;
  readonly accept: string;
  /** The key of the configuration that says where it is. */
  readonly key: string;
  readonly failure: typeof answerFailure;
}

const REST: Dialect = {
  media: 'application/json',
  accept: 'application/json',
  key: 'devin.url',
  failure: answerFailure,
};

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 8_000;

export class DevinClient {
  readonly #options: ClientOptions;
  readonly #dialect: Dialect;
  readonly #pace: Pace;
  readonly #now: () => number;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #random: () => number;

  constructor(options: ClientOptions, deps: ClientDeps, dialect: Dialect = REST) {
    this.#dialect = dialect;
    this.#options = options;
    this.#pace = deps.pace;
    this.#now = deps.now ?? Date.now;
    this.#sleep = deps.sleep ?? (async (ms, signal) => delay(ms, undefined, { signal }));
    this.#random = deps.random ?? Math.random;
  }

  /**
   * Reads `path` (with prefix, encoded), paced, and again after 429, 5xx and broken connections, a bounded
   * number of times. @throws TargetError, or the signal's reason.
   */
  async get(path: string, signal: AbortSignal): Promise<Reading> {
    const request: ApiRequest = { method: 'GET', path, body: null };
    const url = this.#address(request);
    for (let call = 1; ; call++) {
      const pass = await this.#pace.acquire(signal);
      const { readTimeoutMs } = this.#options;
      try {
        const json = await timed(pass, () => this.#exchange(request, url, readTimeoutMs, signal));
        return { json, calls: call };
      } catch (error) {
        if (!(error instanceof TargetError) || !mayPass(error)) throw error;
        await this.#waitOrGiveUp(error, call, signal);
      }
    }
  }

  /**
   * Sends a write once; the caller has waited for its turn at the gate and owns every repetition.
   * @throws TargetError, with outcome `unknown` as soon as the request may have been processed; the signal's
   * reason only when it was aborted before anything was sent.
   */
  async send(request: ApiRequest, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    return this.#exchange(request, this.#address(request), this.#options.timeoutMs, signal);
  }

  async #exchange(request: ApiRequest, url: URL, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
    const answer = await this.#fetch(request, url, timeoutMs, signal);
    const { status, body } = answer;
    if (status < 200 || status > 299)
      throw this.#dialect.failure(request, answer, this.#options.key, this.#now());
    if (status === 204) return null;
    try {
      return JSON.parse(body);
    } catch {
      const start = JSON.stringify(body.slice(0, 60));
      throw oddAnswer(
        request,
        status,
        `with a body that is not JSON (${start}); does ${this.#dialect.key} lead to the API`,
      );
    }
  }

  async #fetch(request: ApiRequest, url: URL, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, {
        method: request.method,
        headers: this.#headers(request),
        body: request.body === null ? null : JSON.stringify(request.body),
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
      });
      return { status: response.status, headers: response.headers, body: await response.text() };
    } catch (error) {
      if (signal.aborted && request.method === 'GET') throw signal.reason;
      const late = timeout.aborted && !signal.aborted;
      throw silence(request, error, late ? timeoutMs : null, this.#dialect.key);
    }
  }

  #headers(request: ApiRequest): Record<string, string> {
    const { media, accept } = this.#dialect;
    const content = request.body === null ? undefined : { 'content-type': media };
    return { accept, authorization: `Bearer ${this.#options.key}`, ...content };
  }

  /** A name such as `..` would be another address altogether once the path is resolved. */
  #address(request: ApiRequest): URL {
    const url = new URL(this.#options.url + request.path);
    if (!(url.pathname + url.search).endsWith(request.path) || /\/(\/|$|\?)/.test(request.path))
      throw new TargetError(
        `Devin cannot be asked at ${request.path}: a name in it is empty or no path segment.`,
        {
          status: null,
          outcome: 'refused',
        },
      );
    return url;
  }

  async #waitOrGiveUp(error: TargetError, call: number, signal: AbortSignal): Promise<void> {
    const asked = error.retryAfterMs;
    const wait = asked ?? this.#backoff(call);
    if (asked !== undefined || error.status === 429) await this.#pace.closedFor(wait, error.message);
    if (call > this.#options.readRetries)
      throw gaveUp(error, call === 1 ? 'tried once' : `tried ${call} times`);
    if (wait > this.#options.maxWaitMs)
      throw gaveUp(error, `devin.maxWaitMs allows ${this.#options.maxWaitMs} ms`);
    // The gate may be one that never closes; where it does, both waits end together.
    await this.#sleep(wait, signal);
  }

  /** Doubles from a quarter of a second up; jitter takes up to half of it. */
  #backoff(call: number): number {
    const whole = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (call - 1));
    return Math.round(whole * (1 - this.#random() / 2));
  }
}

function mayPass(error: TargetError): boolean {
  return error.status === null || error.status === 429 || error.status >= 500;
}

function gaveUp(error: TargetError, why: string): TargetError {
  const { status, outcome, retryAfterMs, cause } = error;
  return new TargetError(`${error.message} Gave up: ${why}.`, {
    status,
    outcome,
    cause,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
