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

export class RateShare {
  readonly #options: RateShareOptions;
  readonly #closedUntil = new Map<string, number>();

  constructor(options: RateShareOptions) {
    this.#options = options;
  }

  /** Resolves when the bucket of this URL may be used. */
  async wait(url: string, signal: AbortSignal): Promise<void> {
    const closedFor = (this.#closedUntil.get(bucketOf(url)) ?? 0) - Date.now();
    if (closedFor > 0) await sleep(closedFor, undefined, { signal });
  }

  /** Learns from the headers that Okta sends with every answer. */
  note(answer: Answer): void {
    const limit = Number(answer.headers.get('x-rate-limit-limit') ?? Number.NaN);
    const remaining = Number(answer.headers.get('x-rate-limit-remaining') ?? Number.NaN);
    const resetMs = untilResetMs(answer);
    if (Number.isNaN(limit) || Number.isNaN(remaining) || resetMs === undefined) return;
    if (answer.status !== 429 && remaining > limit * (1 - this.#options.share)) return;
    this.#closedUntil.set(bucketOf(answer.url), Date.now() + Math.min(resetMs, this.#options.maxWaitMs));
  }
}

/** ms that Okta asks to wait before a repeat; undefined when it does not say. */
export function askedWaitMs(answer: Answer): number | undefined {
  const reset = answer.status === 429 ? untilResetMs(answer) : undefined;
  return reset ?? retryAfterMs(answer.headers.get('retry-after'), Date.now());
}

/** ms until the bucket is filled, by the server's own clock, and a second more because both stamps are whole seconds. */
function untilResetMs(answer: Answer): number | undefined {
  const reset = Number(answer.headers.get('x-rate-limit-reset') ?? Number.NaN);
  if (Number.isNaN(reset)) return undefined;
  const serverNow = Date.parse(answer.headers.get('date') ?? '');
  return Math.max(0, reset * 1000 - (Number.isNaN(serverNow) ? Date.now() : serverNow)) + 1000;
}

/** Everything under /groups but one group by id shares a bucket; lists and single users have their own. */
function bucketOf(url: string): string {
  const path = new URL(url).pathname;
  if (/\/api\/v1\/groups\/[^/]+$/.test(path)) return 'group';
  if (path.includes('/api/v1/groups')) return 'groups';
  if (/\/api\/v1\/users\/[^/]+$/.test(path)) return 'user';
  return path.includes('/api/v1/users') ? 'users' : 'other';
}
