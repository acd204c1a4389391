/** The bearer token: a configured one, or one bought with client credentials (RFC 6749, section 4.4). */
import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  clientCredentialsGrant,
  customFetch,
  ResponseBodyError,
} from 'openid-client';
import type { SourceReadError } from '../../lib/errors.ts';
import { fetchWhole, NoAnswerError } from '../../lib/fetch.ts';
import { fetchPatiently } from '../../lib/retry.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import { newTally, type Tally } from '../pages.ts';
import { type Place, plain, readError, silenceError } from '../read-error.ts';
import type { ScimOptions } from './options.ts';

type OAuth = NonNullable<ScimOptions['oauth']>;

/** A token is bought again this long before it ends, so that it does not end on the way. */
const AHEAD_MS = 30_000;

export class ScimToken {
  readonly calls: Tally = newTally('SCIM sign-in');
  readonly #options: ScimOptions;
  #bought: { readonly token: string; readonly endsAt: number } | null = null;
  #pending: Promise<string> | null = null;

  constructor(options: ScimOptions) {
    this.#options = options;
  }

  /** Parallel callers share one sign-in. @throws SourceReadError */
  async get(signal: AbortSignal): Promise<string> {
    const { token, oauth } = this.#options;
    if (oauth === undefined) return token ?? '';
    if (this.#bought !== null && Date.now() < this.#bought.endsAt) return this.#bought.token;
    this.#pending ??= this.#buy(oauth, signal).finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  /** @returns whether another token may be had in place of the refused one. */
  forget(refused: string): boolean {
    if (this.#bought?.token === refused) this.#bought = null;
    return this.#options.oauth !== undefined;
  }

  /** What was sent, beside what is configured: a server may repeat it. */
  secrets(): readonly string[] {
    const { token, oauth } = this.#options;
    return [token, oauth?.clientSecret, this.#bought?.token].filter((secret) => secret !== undefined);
  }

  async #buy(oauth: OAuth, signal: AbortSignal): Promise<string> {
    const place: Place = { what: 'SCIM sign-in', page: null, method: 'POST', url: oauth.tokenUrl };
    const scope = oauth.scopes.join(' ');
    try {
      const issued = await clientCredentialsGrant(this.#client(oauth, signal), scope === '' ? {} : { scope });
      const seconds = issued.expires_in;
      // Without a lifetime it is used until it is refused.
      const endsAt =
        seconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + seconds * 1000 - AHEAD_MS;
      this.#bought = { token: issued.access_token, endsAt };
      return issued.access_token;
    } catch (error) {
      signal.throwIfAborted();
      throw signInError(place, error);
    }
  }

  #client(oauth: OAuth, signal: AbortSignal): Configuration {
    const authenticate = oauth.authentication === 'basic' ? ClientSecretBasic : ClientSecretPost;
    const server = { issuer: new URL(oauth.tokenUrl).origin, token_endpoint: oauth.tokenUrl };
    const client = new Configuration(server, oauth.clientId, undefined, authenticate(oauth.clientSecret));
    // The schema lets plain http through on a loopback address only.
    if (oauth.tokenUrl.startsWith('http:')) allowInsecureRequests(client);
    client[customFetch] = (url, init) => this.#send(url, init, signal);
    return client;
  }

  async #send(
    url: string,
    init: { readonly method: string; readonly headers: Record<string, string>; readonly body?: unknown },
    signal: AbortSignal,
  ): Promise<Response> {
    const { timeoutMs, maxRetries, maxWaitMs } = this.#options;
    const { origin } = new URL(url);
    const body = init.body == null ? {} : { body: String(init.body) };
    const send = () => {
      this.calls.calls++;
      const call = { method: init.method, url, headers: init.headers, ...body };
      return fetchWhole(call, { origin, timeoutMs, signal });
    };
    const { answer } = await fetchPatiently(send, {
      ...{ maxRetries, maxWaitMs, signal },
      askedWaitMs: (each) => retryAfterMs(each.headers.get('retry-after'), Date.now()),
    });
    return new Response(answer.text, { status: answer.status, headers: answer.headers });
  }
}

function signInError(place: Place, error: unknown): SourceReadError {
  if (error instanceof NoAnswerError) return silenceError(place, error);
  const advice =
    'Check tokenUrl, clientId, the client secret, scopes and authentication, and that the client may use client credentials.';
  if (error instanceof ResponseBodyError)
    return readError(
      place,
      `answered ${error.status}: ${plain([error.error, error.error_description].filter(Boolean).join(' '))}`,
      advice,
    );
  return readError(place, plain(error instanceof Error ? error.message : String(error)), advice);
}
