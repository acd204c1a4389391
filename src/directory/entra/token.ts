/** Access tokens through @azure/identity over our own transport. */
import type { TokenCredential } from '@azure/identity';
import { SourceReadError } from '../../lib/errors.ts';
import { type Answer, fetchWhole, NoAnswerError } from '../../lib/fetch.ts';
import { fetchPatiently, type Outcome } from '../../lib/retry.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import { newTally, type Tally } from '../pages.ts';
import { plain, silenceError } from '../read-error.ts';
import { credentialOf, type HttpClient } from './credential.ts';
import type { EntraOptions } from './options.ts';
import { jsonOf, signInError, signInPlace } from './words.ts';

type PipelineRequest = Parameters<HttpClient['sendRequest']>[0];
type PipelineResponse = Awaited<ReturnType<HttpClient['sendRequest']>>;

/** As early as the library renews. */
const RENEW_BEFORE_MS = 5 * 60_000;

export class EntraToken {
  readonly calls: Tally = newTally('Entra sign-in');
  readonly #options: EntraOptions;
  #credential: TokenCredential;
  readonly #scope: string;
  #pending: Promise<string> | null = null;
  #current: string | null = null;
  /** Epoch ms until which the library need not be asked: it takes milliseconds to say that a token is still good. */
  #goodUntil = 0;
  #assertion: string | null = null;
  /** The library wraps what our transport throws; the words for the administrator are kept here. */
  #failure: SourceReadError | null = null;

  constructor(options: EntraOptions) {
    this.#options = options;
    // A Graph on plain http is a loopback stand-in; the resource that is asked for stays the public one.
    const graph = new URL(options.graphUrl);
    this.#scope = `${graph.protocol === 'http:' ? 'https://graph.microsoft.com' : graph.origin}/.default`;
    this.#credential = this.#newCredential();
  }

  #newCredential(): TokenCredential {
    return credentialOf(this.#options, {
      httpClient: { sendRequest: (request) => this.#send(request) },
      onFailure: (error) => {
        this.#failure = error;
      },
      onAssertion: (assertion) => {
        this.#assertion = assertion;
      },
    });
  }

  /** From the library's cache while it is valid; parallel callers share one sign-in. @throws SourceReadError */
  get(): Promise<string> {
    if (this.#current !== null && Date.now() < this.#goodUntil) return Promise.resolve(this.#current);
    this.#pending ??= this.#signIn().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  /** Signs in anew next time, unless somebody already has: rights are written into a token when it is made. */
  forget(refused: string): void {
    if (refused !== this.#current) return;
    this.#current = null;
    this.#credential = this.#newCredential();
  }

  /**
   * Application permissions that the present token says it has. Entra promises no readable token: a permission
   * that is listed is granted, one that is not listed may be granted or not.
   */
  permissions(): readonly string[] {
    const payload = jsonOf(Buffer.from(this.#current?.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const { roles } = (payload ?? {}) as { roles?: unknown };
    return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
  }

  /** What was sent last, beside what is configured: a server may repeat it. */
  secrets(): readonly string[] {
    return [this.#current, this.#assertion].filter((secret) => secret !== null);
  }

  async #signIn(): Promise<string> {
    this.#failure = null;
    try {
      const issued = await this.#credential.getToken(this.#scope);
      if (issued === null) throw new Error('the library gave no token');
      this.#current = issued.token;
      this.#goodUntil = issued.expiresOnTimestamp - RENEW_BEFORE_MS;
      return issued.token;
    } catch (error) {
      if (this.#failure !== null) throw this.#failure;
      const words = plain(error instanceof Error ? error.message : String(error));
      throw new SourceReadError(`Entra sign-in failed: ${words}`);
    }
  }

  async #send(request: PipelineRequest): Promise<PipelineResponse> {
    const authority = new URL(this.#options.authorityUrl);
    const url = authority.protocol === 'http:' ? request.url.replace(/^https:/, 'http:') : request.url;
    try {
      const outcome = await this.#ask(request, url, authority.origin);
      const body = jsonOf(outcome.answer.text) as { access_token?: unknown } | undefined;
      if (request.method === 'POST' && typeof body?.access_token !== 'string')
        throw signInError(url, outcome);
      return asPipelineResponse(request, outcome.answer);
    } catch (error) {
      this.#failure = error instanceof NoAnswerError ? silenceError(signInPlace(url), error) : null;
      if (error instanceof SourceReadError) this.#failure = error;
      throw error;
    }
  }

  #ask(request: PipelineRequest, url: string, origin: string): Promise<Outcome> {
    const { timeoutMs, maxRetries, maxWaitMs } = this.#options;
    const send = () => {
      this.calls.calls++;
      const body = typeof request.body === 'string' ? { body: request.body } : {};
      const call = { method: request.method, url, headers: request.headers.toJSON(), ...body };
      return fetchWhole(call, { origin, timeoutMs });
    };
    return fetchPatiently(send, {
      maxRetries,
      maxWaitMs,
      signal: new AbortController().signal,
      askedWaitMs: (answer) => retryAfterMs(answer.headers.get('retry-after'), Date.now()),
    });
  }
}

function asPipelineResponse(request: PipelineRequest, answer: Answer): PipelineResponse {
  const { headers } = answer;
  return {
    request,
    status: answer.status,
    bodyAsText: answer.text,
    headers: {
      get: (name) => headers.get(name) ?? undefined,
      has: (name) => headers.has(name),
      set: (name, value) => headers.set(name, String(value)),
      delete: (name) => headers.delete(name),
      toJSON: () => Object.fromEntries(headers),
      [Symbol.iterator]: () => headers.entries(),
    },
  };
}
