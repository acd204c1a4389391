/** GET requests through the Okta SDK, each repeated where that may help and answered in words where not. */
import { Client } from '@okta/okta-sdk-nodejs';
import { ConfigError } from '../../lib/errors.ts';
import { type Answer, NoAnswerError } from '../../lib/fetch.ts';
import { fetchPatiently, type Outcome } from '../../lib/retry.ts';
import { newTally, type Tally } from '../pages.ts';
import { type Place, plain, silenceError } from '../read-error.ts';
import { AnsweredError, type AnswerResponse, isTokenUrl, OktaExecutor } from './executor.ts';
import type { OktaOptions } from './options.ts';
import { RateShare } from './pace.ts';
import { scopesOf, shareSignIn } from './sign-in.ts';
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

  /** Whether the sign-in works. @throws SourceReadError with what Okta says about it. */
  async signIn(signal: AbortSignal): Promise<void> {
    // Any path will do: the token is bought before the call, and only that is judged.
    const place: Place = { what: 'Okta sign-in', page: null, url: this.url('/api/v1/users?limit=1') };
    await this.#request({ place, tally: newTally('Okta sign-in'), signal });
  }

  async #request(ask: OktaAsk): Promise<Outcome> {
    const { maxRetries, maxWaitMs } = this.#options;
    let { url } = ask.place;
    const send = async () => {
      const answer = await this.#once({ ...ask, place: { ...ask.place, url } });
      if (answer.status === 500) url = halfPage(url);
      return answer;
    };
    try {
      const outcome = await fetchPatiently(send, {
        maxRetries,
        maxWaitMs,
        signal: ask.signal,
        askedWaitMs: (answer) => this.#share.waitMs(answer),
      });
      if (isTokenUrl(outcome.answer.url)) throw refusedError(ask.place, outcome, this.#options);
      return outcome;
    } catch (error) {
      throw error instanceof NoAnswerError ? silenceError(ask.place, error) : error;
    }
  }

  /** Repeats happen above the SDK, so that each attempt has its own token check and DPoP proof. */
  async #once({ place, tally, signal }: OktaAsk): Promise<Answer> {
    await this.#share.take(place.url, signal);
    let answer: Answer | null = null;
    try {
      signal.throwIfAborted();
      answer = await this.#send(place.url, signal, tally);
    } finally {
      // An answer of the token endpoint says nothing about the bucket of this call.
      this.#share.done(place.url, answer !== null && isTokenUrl(answer.url) ? null : answer);
    }
    return answer;
  }

  async #send(url: string, signal: AbortSignal, tally: Tally): Promise<Answer> {
    const request = { method: 'GET', headers: { Accept: 'application/json' }, signal, tally };
    try {
      const response: unknown = await this.#client.http.http(url, request as object, {
        isCollection: true,
        resources: [],
      });
      return (response as AnswerResponse).answer;
    } catch (error) {
      if (!(error instanceof AnsweredError)) throw error;
      return error.answer;
    }
  }
}

/** Smallest page that is still worth asking for. */
const MIN_PAGE = 25;

/** Okta answers 500 where a page took it too long, and asks for a smaller one. */
function halfPage(url: string): string {
  const half = Math.floor(Number(new URL(url).searchParams.get('limit')) / 2);
  return half < MIN_PAGE ? url : url.replace(/([?&]limit=)\d+/, `$1${half}`);
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
      scopes: key === undefined ? [] : [...scopesOf(options)],
      privateKey: key?.key ?? '',
      keyId: key?.keyId ?? '',
      requestExecutor,
      cacheMiddleware: null,
    });
    if (key !== undefined) requestExecutor.onRefused = shareSignIn(client);
    return client;
  } catch (error) {
    const words = plain(error instanceof Error ? error.message : String(error));
    throw new ConfigError([
      `the Okta SDK does not start: ${words} (it also reads okta.yaml in the working directory and in ~/.okta)`,
    ]);
  }
}
