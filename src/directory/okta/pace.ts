/** Leaves a share of Okta's advertised rate limit to the customer's other integrations. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../lib/fetch.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';

export interface RateShareOptions {
  /** 0 to 1: how much of a bucket may be used. */
  readonly share: number;
  /** Longest wait in ms for a bucket to be filled again. */
  readonly maxWaitMs: number;
}

/** What is known of one bucket. Times are Unix ms of this host, counted from the answer that told them. */
interface Bucket {
  /** Calls a minute, from the last answer that was not a 429; null before there was one. */
  limit: number | null;
  /** Calls left before our share is used up; null while nothing is known. */
  left: number | null;
  endsAt: number;
  closedUntil: number;
  underWay: number;
}

/** Okta's reset time is only a guess when too many requests were open at once: another may be done in a second. */
const CONCURRENCY_WAIT_MS = 10_000;

export class RateShare {
  readonly #options: RateShareOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateShareOptions) {
    this.#options = options;
  }

  /** Resolves when the bucket of this URL may be used; `done` follows, whatever became of the call. */
  async take(url: string, signal: AbortSignal): Promise<void> {
    const bucket = this.#bucket(url);
    for (;;) {
      const now = Date.now();
      const full = bucket.left !== null && bucket.left <= bucket.underWay;
      const until = Math.max(bucket.closedUntil, full ? bucket.endsAt : 0);
      if (until <= now) break;
      await sleep(until - now, undefined, { signal });
    }
    bucket.underWay++;
  }

  /** Ends what `take` began, and learns from the headers that Okta sends with every answer. */
  done(url: string, answer: Answer | null): void {
    const bucket = this.#bucket(url);
    bucket.underWay = Math.max(0, bucket.underWay - 1);
    const limit = numberOf(answer, 'x-rate-limit-limit');
    const remaining = numberOf(answer, 'x-rate-limit-remaining');
    const resetMs = answer === null ? undefined : untilResetMs(answer);
    if (answer === null || limit === undefined || remaining === undefined || resetMs === undefined) return;
    const endsAt = Date.now() + Math.min(resetMs, this.#options.maxWaitMs);
    if (answer.status !== 429) {
      Object.assign(bucket, { limit, endsAt, left: remaining - limit * (1 - this.#options.share) });
      return;
    }
    const concurrency = bucket.limit !== null && limit !== bucket.limit;
    bucket.closedUntil = concurrency ? Math.min(endsAt, Date.now() + CONCURRENCY_WAIT_MS) : endsAt;
  }

  /** ms to wait before this answer's request is repeated; undefined when Okta does not say. */
  waitMs(answer: Answer): number | undefined {
    const asked = retryAfterMs(answer.headers.get('retry-after'), Date.now());
    const resetMs = answer.status === 429 ? untilResetMs(answer) : undefined;
    if (asked !== undefined || resetMs === undefined) return asked;
    const closedFor = this.#bucket(answer.url).closedUntil - Date.now();
    // No bucket is kept of the token endpoint.
    return closedFor > 0 ? closedFor : Math.min(resetMs, this.#options.maxWaitMs);
  }

  #bucket(url: string): Bucket {
    const name = bucketOf(url);
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { limit: null, left: null, endsAt: 0, closedUntil: 0, underWay: 0 };
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }
}

/** ms until the bucket is filled, by the server's own clock, and a second more because both stamps are whole seconds. */
function untilResetMs(answer: Answer): number | undefined {
  const reset = numberOf(answer, 'x-rate-limit-reset');
  if (reset === undefined) return undefined;
  const serverNow = Date.parse(answer.headers.get('date') ?? '');
  return Math.max(0, reset * 1000 - (Number.isNaN(serverNow) ? Date.now() : serverNow)) + 1000;
}

function numberOf(answer: Answer | null, name: string): number | undefined {
  const text = answer?.headers.get(name)?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * Everything under /groups, /users or /apps but one object by id shares a bucket with the list; one object by id
 * has a larger bucket of its own.
 */
function bucketOf(url: string): string {
  const path = new URL(url).pathname;
  const [, kind, rest = ''] = /\/api\/v1\/(groups|users|apps|logs)(\/.*)?$/.exec(path) ?? [];
  if (kind === undefined) return 'other';
  return /^\/[^/]+$/.test(rest) ? `one of ${kind}` : kind;
}
