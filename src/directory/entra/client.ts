/** Requests through the Graph client: single GETs, and batches of up to 20 of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, GraphClientError, ResponseType } from '@microsoft/microsoft-graph-client';
import { type Answer, NoAnswerError } from '../../lib/fetch.ts';
import { fetchPatiently, isPassing, waitMs } from '../../lib/retry.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import type { Tally } from '../pages.ts';
import { parseOne } from '../parse.ts';
import { oddAnswer, type Place, parseJson, silenceError } from '../read-error.ts';
import type { EntraOptions } from './options.ts';
import { GraphPace } from './pace.ts';
import { graphBatch } from './schema.ts';
import type { EntraToken } from './token.ts';
import { transport } from './transport.ts';
import { type GraphAnswer, GraphOutageError, type GraphOutcome, jsonOf, refusedError } from './words.ts';

const VERSION = 'v1.0';

/** Background reads give way to people: Graph throttles them first and counts them the same. */
const BACKGROUND = { 'x-ms-throttle-priority': 'low' } as const;

const USED = ['retry-after', 'request-id', 'x-ms-throttle-limit-percentage'];

/** Graph's limit on the requests in one batch. */
export const BATCH_SIZE = 20;

export interface GraphAsk {
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

export class EntraClient {
  readonly origin: string;
  readonly #root: string;
  readonly #options: EntraOptions;
  readonly #graph: Client;
  readonly #pace: GraphPace;

  constructor(options: EntraOptions, token: EntraToken) {
    this.#options = options;
    this.origin = new URL(options.graphUrl).origin;
    this.#root = `${this.origin}/${VERSION}`;
    this.#pace = new GraphPace(options.maxWaitMs);
    this.#graph = Client.initWithMiddleware({
      baseUrl: this.origin,
      defaultVersion: VERSION,
      middleware: [transport({ token, origin: this.origin, timeoutMs: options.timeoutMs, pace: this.#pace })],
    });
  }

  url(path: string): string {
    return this.#root + path;
  }

  /** The body of a 200 answer. @throws SourceReadError */
  async get(place: Place, ask: GraphAsk): Promise<unknown> {
    const { answer, attempts } = await this.#request(place, ask, null);
    if (answer.status === 200) return parseJson(answer, place);
    throw refusedError(place, { answer: withBody(answer), attempts });
  }

  /** Writes about the daemon's own subscriptions, never about the directory. @throws SourceReadError for any other status. */
  async send(place: Place, ask: GraphAsk, body: object, status: number): Promise<void> {
    const { answer, attempts } = await this.#request(place, ask, body);
    if (answer.status !== status) throw refusedError(place, { answer: withBody(answer), attempts });
  }

  /**
   * One outcome for each place, in their order, of any status but those that pass, unless they did not pass in
   * time. At most 20 places. @throws SourceReadError when the batch itself fails.
   */
  async batch(places: readonly Place[], ask: GraphAsk): Promise<GraphOutcome[]> {
    const outcomes: GraphOutcome[] = [];
    let open = places.map((place, index) => ({ place, index }));
    for (let attempt = 0; open.length > 0; attempt++) {
      const answers = await this.#batchOnce(
        open.map(({ place }) => place),
        ask,
      );
      let asked: number | undefined;
      const again: typeof open = [];
      for (const [position, item] of open.entries()) {
        const answer = answers[position] as GraphAnswer;
        if (attempt < this.#options.maxRetries && isPassing(answer.status)) {
          again.push(item);
          // Each request is throttled by itself; the longest wait covers them all.
          asked = Math.max(asked ?? 0, askedWaitMs(answer) ?? 0) || undefined;
        } else {
          outcomes[item.index] = { answer, attempts: attempt + 1 };
        }
      }
      open = again;
      if (open.length > 0)
        await sleep(waitMs(attempt, asked, this.#options.maxWaitMs), undefined, { signal: ask.signal });
    }
    return outcomes;
  }

  async #batchOnce(places: readonly Place[], ask: GraphAsk): Promise<GraphAnswer[]> {
    const whole: Place = {
      what: `${places[0]?.what} and others`,
      page: null,
      method: 'POST',
      url: this.url('/$batch'),
    };
    const requests = places.map(({ url }, index) => ({
      id: String(index + 1),
      method: 'GET',
      url: url.slice(this.#root.length),
      headers: BACKGROUND,
    }));
    const { answer, attempts } = await this.#request(whole, ask, { requests });
    if (answer.status !== 200) throw refusedError(whole, { answer: withBody(answer), attempts });
    const { responses } = parseOne(parseJson(answer, whole), graphBatch, whole);
    const byId = new Map(responses.map((response) => [response.id, response]));
    return requests.map(({ id }, index) => {
      const response = byId.get(id);
      if (response === undefined)
        throw oddAnswer(places[index] as Place, 'the batch has no answer to this request');
      const headers = usedHeaders(response.headers ?? {});
      this.#pace.heed(headers.get('x-ms-throttle-limit-percentage'));
      return { status: response.status, headers, body: response.body };
    });
  }

  async #request(
    place: Place,
    ask: GraphAsk,
    body: object | null,
  ): Promise<{ answer: Answer; attempts: number }> {
    const { maxRetries, maxWaitMs } = this.#options;
    const { signal } = ask;
    try {
      return await fetchPatiently(() => this.#once(place, ask, body), {
        maxRetries,
        maxWaitMs,
        signal,
        askedWaitMs,
      });
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      const silence = silenceError(place, error);
      throw new GraphOutageError(silence.message, { cause: silence.cause });
    }
  }

  async #once(place: Place, { tally, signal }: GraphAsk, body: object | null): Promise<Answer> {
    signal.throwIfAborted();
    // Whole links are not for this library: it takes https only, and any host. Paging checked the origin before.
    if (!place.url.startsWith(`${this.#root}/`))
      throw oddAnswer(place, `the link does not lead to ${this.#root}; it was not followed`);
    const request = this.#graph
      .api(place.url.slice(this.#root.length))
      .responseType(ResponseType.RAW)
      .headers(BACKGROUND)
      .options({ signal, tally });
    try {
      if (place.method === 'PATCH') return (await request.patch(body)) as Answer;
      return (await (body === null ? request.get() : request.post(body))) as Answer;
    } catch (error) {
      throw error instanceof GraphClientError && error.customError !== undefined ? error.customError : error;
    }
  }
}

function withBody(answer: Answer): GraphAnswer {
  return { status: answer.status, headers: answer.headers, body: jsonOf(answer.text) };
}

/** Of one request's headers in a batch: what waiting and error texts need. */
function usedHeaders(headers: Readonly<Record<string, unknown>>): Headers {
  const used = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    const plainValue = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    if (USED.includes(name.toLowerCase()) && /^[\x20-\x7e]+$/.test(plainValue)) used.set(name, plainValue);
  }
  return used;
}

function askedWaitMs(answer: { readonly headers: Headers }): number | undefined {
  return retryAfterMs(answer.headers.get('retry-after'), Date.now());
}
