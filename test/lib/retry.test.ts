import { expect, test } from 'vitest';
import { type Answer, NoAnswerError } from '../../src/lib/fetch.ts';
import { fetchPatiently, isPassing, waitMs } from '../../src/lib/retry.ts';

function answer(status: number): Answer {
  return { url: 'https://corp.example/', status, headers: new Headers(), text: '' };
}

/** Plays a list of statuses; `null` is a connection that passes, `undefined` one that never will. */
function play(script: readonly (number | null | undefined)[], maxRetries = 3) {
  let calls = 0;
  const asked: number[] = [];
  const outcome = fetchPatiently(
    async () => {
      const next = script[calls++];
      if (typeof next === 'number') return answer(next);
      throw new NoAnswerError('cut', next === null);
    },
    {
      maxRetries,
      maxWaitMs: 1,
      signal: new AbortController().signal,
      askedWaitMs: ({ status }) => {
        asked.push(status);
        return 0;
      },
    },
  );
  return { outcome, calls: () => calls, asked };
}

test('a failure that passes is repeated until it is answered', async () => {
  const played = play([503, null, 429, 200]);
  expect(await played.outcome).toEqual({ answer: answer(200), attempts: 4 });
  expect(played.asked).toEqual([503, 429]);
});

test('the last answer is given back when none is better', async () => {
  expect(await play([500, 500, 503], 2).outcome).toEqual({ answer: answer(503), attempts: 3 });
});

test('an answer that repeating cannot change is not repeated', async () => {
  for (const status of [400, 401, 403, 404, 409, 501]) {
    const played = play([status, 200]);
    expect((await played.outcome).answer.status).toBe(status);
    expect(played.calls()).toBe(1);
  }
});

test('silence ends with the number of attempts, and at once where repeating cannot help', async () => {
  await expect(play([null, null, null], 2).outcome).rejects.toMatchObject({ attempts: 3 });
  const hopeless = play([undefined, 200]);
  await expect(hopeless.outcome).rejects.toMatchObject({ attempts: 1, passing: false });
});

test('other errors are none of its business', async () => {
  const failing = fetchPatiently(() => Promise.reject(new TypeError('bug')), {
    maxRetries: 5,
    maxWaitMs: 1,
    signal: new AbortController().signal,
    askedWaitMs: () => 0,
  });
  await expect(failing).rejects.toThrow(TypeError);
});

test('a wait ends when the caller is stopped', async () => {
  const stop = new AbortController();
  const waiting = fetchPatiently(async () => answer(503), {
    maxRetries: 5,
    maxWaitMs: 600_000,
    signal: stop.signal,
    askedWaitMs: () => 600_000,
  });
  setTimeout(() => stop.abort(), 10);
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});

test('waits grow, follow what was asked, and never exceed the limit', () => {
  for (let attempt = 0; attempt < 12; attempt++) {
    const base = 500 * 2 ** Math.min(attempt, 6);
    const wait = waitMs(attempt, undefined, 1_000_000);
    expect(wait).toBeGreaterThanOrEqual(base);
    expect(wait).toBeLessThanOrEqual(base * 1.2);
  }
  expect(waitMs(0, 30_000, 1_000_000)).toBeGreaterThanOrEqual(30_000);
  expect(waitMs(9, 900_000, 65_000)).toBe(65_000);
  expect(waitMs(0, -5, 65_000)).toBe(0);
});

test('which statuses pass', () => {
  expect([408, 429, 500, 502, 503, 504].every(isPassing)).toBe(true);
  expect([200, 301, 400, 401, 403, 404, 501, 505].some(isPassing)).toBe(false);
});
