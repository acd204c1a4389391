/** Holds every request of one connector back while Graph says that its limit is near or passed. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Graph reports the use of its limit from 0.8 on (to 1.8): its bucket is one of 10 s. */
const NEAR_THE_LIMIT = 0.8;
const BUCKET_MS = 10_000;

export class GraphPace {
  readonly #maxWaitMs: number;
  #openAt = 0;

  constructor(maxWaitMs: number) {
    this.#maxWaitMs = maxWaitMs;
  }

  /** Throttled calls count as well, so that going on beside a wait would only make it longer. */
  async wait(signal: AbortSignal): Promise<void> {
    for (let ms = this.#openAt - Date.now(); ms > 0; ms = this.#openAt - Date.now())
      await sleep(ms, undefined, { signal });
  }

  hold(ms: number): void {
    this.#openAt = Math.max(this.#openAt, Date.now() + Math.min(ms, this.#maxWaitMs));
  }

  /** @param percentage the header `x-ms-throttle-limit-percentage`, absent below 0.8. */
  heed(percentage: string | null): void {
    const ms = slowDownMs(percentage);
    if (ms > 0) this.hold(ms);
  }
}

/** 1 s when the limit comes near, the whole bucket when it is passed by 0.9. */
export function slowDownMs(percentage: string | null): number {
  const used = percentage === null ? Number.NaN : Number(percentage);
  if (!(used >= NEAR_THE_LIMIT)) return 0;
  return Math.min(BUCKET_MS, Math.round(1_000 + (used - NEAR_THE_LIMIT) * BUCKET_MS));
}
