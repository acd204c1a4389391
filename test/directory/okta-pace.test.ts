import { expect, test } from 'vitest';
import { askedWaitMs, RateShare } from '../../src/directory/okta/pace.ts';

const SERVER_NOW = Date.UTC(2026, 10, 22, 12);

function answer(url: string, status: number, headers: Record<string, string>) {
  return { url, status, text: '', headers: new Headers(headers) };
}

function rate(limit: number, remaining: number, resetInSeconds: number): Record<string, string> {
  return {
    'x-rate-limit-limit': String(limit),
    'x-rate-limit-remaining': String(remaining),
    'x-rate-limit-reset': String(SERVER_NOW / 1000 + resetInSeconds),
    date: new Date(SERVER_NOW).toUTCString(),
  };
}

/** An aborted signal tells an open gate from a closed one without any waiting. */
async function isOpen(share: RateShare, url: string): Promise<boolean> {
  return share.wait(url, AbortSignal.abort()).then(
    () => true,
    () => false,
  );
}

const LIST = 'https://corp.example/api/v1/groups?limit=200';
const MEMBERS = 'https://corp.example/api/v1/groups/00g1/users?limit=200';
const GROUP = 'https://corp.example/api/v1/groups/00g1';
const USERS = 'https://corp.example/api/v1/users?limit=200';

test('a bucket closes when its share is used up, and only that bucket', async () => {
  const share = new RateShare({ share: 0.5, maxWaitMs: 60_000 });
  share.note(answer(LIST, 200, rate(500, 251, 30)));
  expect(await isOpen(share, MEMBERS)).toBe(true);
  share.note(answer(LIST, 200, rate(500, 250, 30)));
  expect(await isOpen(share, MEMBERS)).toBe(false);
  expect(await isOpen(share, LIST)).toBe(false);
  expect(await isOpen(share, GROUP)).toBe(true);
  expect(await isOpen(share, USERS)).toBe(true);
});

test('a 429 closes the bucket for every parallel reader, whatever its headers say remains', async () => {
  const share = new RateShare({ share: 1, maxWaitMs: 60_000 });
  share.note(answer(USERS, 429, rate(75, 40, 10)));
  expect(await isOpen(share, USERS)).toBe(false);
});

test('answers without rate headers close nothing', async () => {
  const share = new RateShare({ share: 0.5, maxWaitMs: 60_000 });
  share.note(answer(USERS, 200, {}));
  expect(await isOpen(share, USERS)).toBe(true);
});

test('the wait after 429 is counted by the clock of the server, plus a second', () => {
  expect(askedWaitMs(answer(USERS, 429, rate(600, 0, 12)))).toBe(13_000);
  expect(askedWaitMs(answer(USERS, 429, { 'retry-after': '7' }))).toBe(7_000);
  expect(askedWaitMs(answer(USERS, 429, {}))).toBeUndefined();
});

test('a 503 waits for its Retry-After, not for the rate window', () => {
  expect(askedWaitMs(answer(USERS, 503, { ...rate(600, 599, 50), 'retry-after': '2' }))).toBe(2_000);
});
