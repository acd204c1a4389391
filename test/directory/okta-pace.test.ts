import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RateShare } from '../../src/directory/okta/pace.ts';

const SERVER_NOW = Date.UTC(2026, 10, 22, 12);

/** Our clock is another than the server's, and stands still: no bucket opens again because the machine is slow. */
const HERE = SERVER_NOW + 90_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: HERE }));
afterEach(() => void vi.useRealTimers());

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
  const open = await share.take(url, AbortSignal.abort()).then(
    () => true,
    () => false,
  );
  if (open) share.done(url, null);
  return open;
}

function noted(share: RateShare, url: string, status: number, headers: Record<string, string>): void {
  share.done(url, answer(url, status, headers));
}

const LIST = 'https://corp.example/api/v1/groups?limit=200';
const MEMBERS = 'https://corp.example/api/v1/groups/00g1/users?limit=200';
const GROUP = 'https://corp.example/api/v1/groups/00g1';
const USERS = 'https://corp.example/api/v1/users?limit=200';

test('a bucket closes when its share is used up, and only that bucket', async () => {
  const share = new RateShare({ share: 0.5, maxWaitMs: 60_000 });
  noted(share, LIST, 200, rate(500, 251, 30));
  expect(await isOpen(share, MEMBERS)).toBe(true);
  noted(share, LIST, 200, rate(500, 250, 30));
  expect(await isOpen(share, MEMBERS)).toBe(false);
  expect(await isOpen(share, LIST)).toBe(false);
  expect(await isOpen(share, GROUP)).toBe(true);
  expect(await isOpen(share, USERS)).toBe(true);
});

test('a 429 closes the bucket for every parallel reader, whatever its headers say remains', async () => {
  const share = new RateShare({ share: 1, maxWaitMs: 60_000 });
  noted(share, USERS, 429, rate(75, 40, 10));
  expect(await isOpen(share, USERS)).toBe(false);
});

test('answers without rate headers close nothing', async () => {
  const share = new RateShare({ share: 0.5, maxWaitMs: 60_000 });
  noted(share, USERS, 200, {});
  expect(await isOpen(share, USERS)).toBe(true);
});

test('calls under way count as used before their answers arrive', async () => {
  const share = new RateShare({ share: 0.5, maxWaitMs: 60_000 });
  const signal = new AbortController().signal;
  noted(share, USERS, 200, rate(10, 7, 30));
  await share.take(USERS, signal);
  await share.take(USERS, signal);
  expect(await isOpen(share, USERS)).toBe(false);
  share.done(USERS, answer(USERS, 200, rate(10, 6, 30)));
  share.done(USERS, null);
  expect(await isOpen(share, USERS)).toBe(true);
});

test('lists, single objects, applications and the log have buckets of their own', async () => {
  const share = new RateShare({ share: 0.5, maxWaitMs: 60_000 });
  const app = 'https://corp.example/api/v1/apps/0oa1/users?limit=500';
  const log = 'https://corp.example/api/v1/logs?limit=1000';
  noted(share, app, 200, rate(100, 50, 30));
  expect(await isOpen(share, 'https://corp.example/api/v1/apps/0oa1/groups')).toBe(false);
  for (const url of ['https://corp.example/api/v1/apps/0oa1', log, USERS])
    expect(await isOpen(share, url), url).toBe(true);
});

test('the wait after 429 is counted by the clock of the server, plus a second', () => {
  const share = new RateShare({ share: 1, maxWaitMs: 60_000 });
  noted(share, USERS, 429, rate(600, 0, 12));
  // As long as the bucket stays closed, which is counted from when it was.
  vi.setSystemTime(HERE + 200);
  expect(share.waitMs(answer(USERS, 429, rate(600, 0, 12)))).toBe(12_800);
  expect(share.waitMs(answer(USERS, 429, { 'retry-after': '7' }))).toBe(7_000);
  expect(share.waitMs(answer(USERS, 429, {}))).toBeUndefined();
});

test('a refused sign-in waits for its reset too, though its bucket is not counted', () => {
  const share = new RateShare({ share: 1, maxWaitMs: 60_000 });
  const token = 'https://corp.example/oauth2/v1/token';
  expect(share.waitMs(answer(token, 429, rate(2000, 0, 12)))).toBe(13_000);
});

test('too many requests open at once is a short wait, whatever reset Okta guesses', () => {
  const share = new RateShare({ share: 1, maxWaitMs: 60_000 });
  noted(share, USERS, 200, rate(600, 500, 55));
  noted(share, USERS, 429, rate(75, 0, 55));
  expect(share.waitMs(answer(USERS, 429, rate(75, 0, 55)))).toBeLessThanOrEqual(10_000);
});

test('a 503 waits for its Retry-After, not for the rate window', () => {
  const share = new RateShare({ share: 1, maxWaitMs: 60_000 });
  const headers = { ...rate(600, 599, 50), 'retry-after': '2' };
  noted(share, USERS, 503, headers);
  expect(share.waitMs(answer(USERS, 503, headers))).toBe(2_000);
});
