/** Repeats a request that may safely be sent again, for as long and as often as its rules allow. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, NoAnswerError } from './fetch.ts';

export interface RetryRules {
  /** Attempts after the first. */
  readonly maxRetries: number;
  /** Longest single wait in ms, whatever the vendor asks for. */
  readonly maxWaitMs: number;
}

export interface RetryPlan extends RetryRules {
  readonly signal: AbortSignal;
  /** ms that this answer asks to wait; undefined when it does not say. */
  readonly askedWaitMs: (answer: Answer) => number | undefined;
}

export interface Outcome {
  /** The last answer, of any status. */
  readonly answer: Answer;
  readonly attempts: number;
}

/** Too many requests, and failures of the server that pass; 501 and 505 do not pass. */
export function isPassing(status: number): boolean {
  return status === 429 || status === 408 || (status >= 500 && status !== 501 && status !== 505);
}

/** Only for requests that change nothing. @throws NoAnswerError when not even the last attempt was answered. */
export async function fetchPatiently(send: () => Promise<Answer>, plan: RetryPlan): Promise<Outcome> {
  for (let attempt = 0; ; attempt++) {
    const last = attempt >= plan.maxRetries;
    let asked: number | undefined;
    try {
      const answer = await send();
      if (last || !isPassing(answer.status)) return { answer, attempts: attempt + 1 };
      asked = plan.askedWaitMs(answer);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      error.attempts = attempt + 1;
      if (last || !error.passing) throw error;
    }
    await sleep(waitMs(attempt, asked, plan.maxWaitMs), undefined, { signal: plan.signal });
  }
}

/** Half a second, doubled each time, with jitter so that parallel readers do not come back together. */
export function waitMs(attempt: number, asked: number | undefined, maxWaitMs: number): number {
  const base = asked ?? 500 * 2 ** Math.min(attempt, 6);
  return Math.min(maxWaitMs, Math.max(0, base) * (1 + Math.random() / 5));
}
