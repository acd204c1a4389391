/** GET requests through the Okta SDK, each repeated where that may help and answered in words where not. */
import { Client } from '@okta/okta-sdk-nodejs';
import { ConfigError } from '../../lib/errors.ts';
import { type Answer, NoAnswerError } from '../../lib/fetch.ts';
import { fetchPatiently, type Outcome } from '../../lib/retry.ts';
import { newTally, type Tally } from '../pages.ts';
import { type Place, plain, silenceError } from '../read-error.ts';
import { AnsweredError, type AnswerResponse, OktaExecutor } from './executor.ts';
import type { OktaOptions } from './options.ts';
import { askedWaitMs, RateShare } from './pace.ts';
import { refusedError, saysNotFound } from './words.ts';

export interface OktaAsk {
  readonly place: Place;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

export class OktaClient {
  readonly origin: string;
  /** Calls to the token endpoint; none with an API token. */
  readonly signIns: Tally = newTally('Okta sign-in');
  readonly #base: string;
  readonly #options: OktaOptions;
  readonly #client: Client;
  readonly #share: RateShare;

  constructor(options: OktaOptions) {
    this.#options = options;
    this.#base = options.url.replace(/\/+$/, '');
    this.origin = new URL(options.url).origin;
    this.#share = new RateShare({ share: options.rateShare, maxWaitMs: options.maxWaitMs });
    this.#client = sdkClient(
      options,
      this.#base,
      new OktaExecutor({ origin: this.origin, timeoutMs: options.timeoutMs }, this.signIns),
    );
  }

  url(path: string): string {
    return this.#base + path;
  }

  /** A 200 answer. @throws SourceReadError */
  async get(ask: OktaAsk): Promise<Answer> {
    const outcome = await this.#request(ask);
    if (outcome.answer.status !== 200) throw refusedError(ask.place, outcome, this.#options);
    return outcome.answer;
  }

  /** A 200 answer, or null when Okta itself says that there is no such object. @throws SourceReadError */
  async find(ask: OktaAsk): Promise<Answer | null> {
    const outcome = await this.#request(ask);
    const { status, text } = outcome.answer;
    if (status === 404 && saysNotFound(text)) return null;
    if (status !== 200) throw refusedError(ask.place, outcome, this.#options);
    return outcome.answer;
  }

  async #request(ask: OktaAsk): Promise<Outcome> {
    const { maxRetries, maxWaitMs } = this.#options;
    try {
      const outcome = await fetchPatiently(() => this.#once(ask), {
        maxRetries,
        maxWaitMs,
        signal: ask.signal,
        askedWaitMs,
      });
      if (outcome.answer.url.endsWith('/oauth2/v1/token'))
        throw refusedError(ask.place, outcome, this.#options);
      return outcome;
    } catch (error) {
      throw error instanceof NoAnswerError ? silenceError(ask.place, error) : error;
    }
  }

  /** Repeats happen above the SDK, so that each attempt has its own token check and DPoP proof. */
  async #once({ place, tally, signal }: OktaAsk): Promise<Answer> {
    await this.#share.wait(place.url, signal);
    signal.throwIfAborted();
    const request = { method: 'GET', headers: { Accept: 'application/json' }, signal, tally };
    try {
      const response: unknown = await this.#client.http.http(place.url, request as object, {
        isCollection: true,
        resources: [],
      });
      const { answer } = response as AnswerResponse;
      this.#share.note(answer);
      return answer;
    } catch (error) {
      if (!(error instanceof AnsweredError)) throw error;
      this.#share.note(error.answer);
      return error.answer;
    }
  }
}

/** Every setting is given, empty ones too: what is missing the SDK would take from okta.yaml or the environment. */
function sdkClient(options: OktaOptions, orgUrl: string, requestExecutor: OktaExecutor): Client {
  const key = options.privateKey;
  try {
    const client = new Client({
      orgUrl,
      authorizationMode: key === undefined ? 'SSWS' : 'PrivateKey',
      token: options.token ?? '',
      clientId: key?.clientId ?? '',
      scopes: key?.scopes ?? [],
      privateKey: key?.key ?? '',
      keyId: key?.keyId ?? '',
      requestExecutor,
      cacheMiddleware: null,
    });
    if (key !== undefined) signInOnce(client);
    return client;
  } catch (error) {
    const words = plain(error instanceof Error ? error.message : String(error));
    throw new ConfigError([
      `the Okta SDK does not start: ${words} (it also reads okta.yaml in the working directory and in ~/.okta)`,
    ]);
  }
}

/** The SDK asks for one token for each request that finds none; parallel readers share one question. */
function signInOnce(client: Client): void {
  const { oauth } = client;
  const signIn = oauth.getAccessToken.bind(oauth) as (
    nonce?: string | null,
  ) => ReturnType<typeof oauth.getAccessToken>;
  let pending: ReturnType<typeof signIn> | null = null;
  oauth.getAccessToken = (nonce?: string | null) => {
    // With a nonce it is the SDK's second step inside the pending first one.
    if (nonce) return signIn(nonce);
    pending ??= signIn().finally(() => {
      pending = null;
    });
    return pending;
  };
}
