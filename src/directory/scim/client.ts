/** GET requests to one SCIM service provider, each repeated where that may help and answered in words where not. */
import type { Answer } from '../../lib/fetch.ts';
import { fetchWhole, NoAnswerError } from '../../lib/fetch.ts';
import { fetchPatiently, type Outcome } from '../../lib/retry.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import type { Tally } from '../pages.ts';
import { type Place, silenceError } from '../read-error.ts';
import type { ScimOptions } from './options.ts';
import { ScimToken } from './token.ts';
import { refusedError, saysNotFound } from './words.ts';

export interface ScimAsk {
  readonly place: Place;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

export class ScimClient {
  readonly origin: string;
  readonly token: ScimToken;
  readonly #base: string;
  readonly #options: ScimOptions;

  constructor(options: ScimOptions) {
    this.#options = options;
    this.#base = options.url.replace(/\/+$/, '');
    this.origin = new URL(options.url).origin;
    this.token = new ScimToken(options);
  }

  url(path: string): string {
    return this.#base + path;
  }

  /** A 200 answer. @throws SourceReadError */
  async get(ask: ScimAsk): Promise<Answer> {
    const outcome = await this.#request(ask);
    if (outcome.answer.status !== 200) throw refusedError(ask.place, outcome, this.#options);
    return outcome.answer;
  }

  /** A 200 answer, or null when the provider itself says that there is no such resource. @throws SourceReadError */
  async find(ask: ScimAsk): Promise<Answer | null> {
    const outcome = await this.#request(ask);
    const { status, text } = outcome.answer;
    if (status === 404 && saysNotFound(text)) return null;
    if (status !== 200) throw refusedError(ask.place, outcome, this.#options);
    return outcome.answer;
  }

  /** A 200 answer, or one that says that the provider has nothing under this path (404, 501). @throws SourceReadError */
  async offer(ask: ScimAsk): Promise<Answer> {
    const outcome = await this.#request(ask);
    const { status } = outcome.answer;
    if (status !== 200 && status !== 404 && status !== 501)
      throw refusedError(ask.place, outcome, this.#options);
    return outcome.answer;
  }

  async #request(ask: ScimAsk): Promise<Outcome> {
    const token = await this.token.get(ask.signal);
    const outcome = await this.#patiently(ask, token);
    if (outcome.answer.status !== 401 || !this.token.forget(token)) return outcome;
    // Providers end tokens early when a client's rights change.
    return this.#patiently(ask, await this.token.get(ask.signal));
  }

  async #patiently({ place, tally, signal }: ScimAsk, token: string): Promise<Outcome> {
    const { maxRetries, maxWaitMs, timeoutMs } = this.#options;
    const headers = { Accept: 'application/scim+json, application/json', Authorization: `Bearer ${token}` };
    const send = () => {
      tally.calls++;
      return fetchWhole(
        { method: 'GET', url: place.url, headers },
        { origin: this.origin, timeoutMs, signal },
      );
    };
    try {
      return await fetchPatiently(send, {
        ...{ maxRetries, maxWaitMs, signal },
        askedWaitMs: (answer) => retryAfterMs(answer.headers.get('retry-after'), Date.now()),
      });
    } catch (error) {
      throw error instanceof NoAnswerError ? silenceError(place, error) : error;
    }
  }
}
