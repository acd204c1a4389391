/** Okta's rate limits: a bucket for each class of endpoint, counted in minutes, told in headers on every answer. */
import { oktaRefusal } from './errors.ts';

interface Bucket {
  readonly endsAt: number;
  used: number;
}

const MINUTE_MS = 60_000;

export class OktaRate {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** Headers for the answer. @throws Refusal 429 once the bucket of this path is empty */
  take(pathname: string): Readonly<Record<string, string>> {
    const now = this.#now();
    const name = bucketOf(pathname);
    let bucket = this.#buckets.get(name);
    if (bucket === undefined || bucket.endsAt <= now) {
      bucket = { endsAt: now + MINUTE_MS, used: 0 };
      this.#buckets.set(name, bucket);
    }
    bucket.used += 1;
    const headers = {
      'x-rate-limit-limit': String(this.#perMinute),
      'x-rate-limit-remaining': String(Math.max(0, this.#perMinute - bucket.used)),
      'x-rate-limit-reset': String(Math.ceil(bucket.endsAt / 1000)),
    };
    if (bucket.used > this.#perMinute) throw oktaRefusal('tooMany', null, headers);
    return headers;
  }
}

/** Everything under groups that is not exactly one group shares one bucket; likewise for users and apps. */
function bucketOf(pathname: string): string {
  const [, , , kind, id, more] = pathname.split('/');
  if (kind === undefined || !['users', 'groups', 'apps', 'logs'].includes(kind)) return 'other';
  return id !== undefined && more === undefined ? `${kind} by id` : kind;
}
