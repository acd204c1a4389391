import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { BEARER, SECRET, TOKEN } from './fake-daemon.ts';
import { serverOf } from './serving.ts';

const GUARDED = [
  ['GET', '/metrics'],
  ['GET', '/api/v1/status'],
  ['POST', '/api/v1/resync'],
  ['GET', '/api/v1/runs'],
  ['GET', '/api/v1/runs/run-1'],
  ['GET', '/api/v1/runs/run-1/events'],
  ['GET', '/api/v1/plans/a1b2c3d4'],
  ['GET', '/api/v1/openapi.json'],
  ['GET', '/no-such-page'],
  ['GET', '/api/v1/no-such-path'],
  ['DELETE', '/api/v1/runs/run-1'],
] as const;

test.each(GUARDED)('%s %s without a token is 401, and says how to send one', async (method, url) => {
  const { app, daemon } = serverOf();
  daemon.move('run-1', {});
  const answer = await app.inject({ method, url });
  expect(answer.statusCode).toBe(401);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.headers['www-authenticate']).toBe('Bearer realm="devin-idp-sync"');
  expect(answer.json()).toMatchObject({ type: 'about:blank', title: 'Unauthorized', status: 401 });
  expect(daemon.triggers).toEqual([]);
});

test('the same paths with the token are served, or are unknown', async () => {
  const { app, daemon } = serverOf();
  daemon.settle('run-1');
  const statuses: number[] = [];
  for (const [method, url] of GUARDED) {
    const body = method === 'POST' ? { payload: {} } : {};
    statuses.push((await app.inject({ method, url, headers: BEARER, ...body })).statusCode);
  }
  expect(statuses).toEqual([200, 200, 202, 200, 200, 200, 200, 200, 404, 404, 404]);
});

test.each([
  ['another secret', 'Bearer wrong'],
  ['a part of the secret', `Bearer ${SECRET.slice(0, -1)}`],
  ['more than the secret', `Bearer ${SECRET}x`],
  ['the stored hash itself', `Bearer ${TOKEN.hash}`],
  ['an empty secret', 'Bearer '],
  ['two secrets', `Bearer ${SECRET} ${SECRET}`],
  ['another scheme', `Basic ${Buffer.from(`ci:${SECRET}`).toString('base64')}`],
  ['the secret without a scheme', SECRET],
])('%s is refused', async (_what, authorization) => {
  const { app } = serverOf();
  const answer = await app.inject({ url: '/api/v1/status', headers: { authorization } });
  expect(answer.statusCode).toBe(401);
  expect(answer.body).not.toContain(SECRET);
});

test('an unknown token is told apart from a missing one', async () => {
  const { app } = serverOf();
  const answer = await app.inject({ url: '/api/v1/status', headers: { authorization: 'Bearer wrong' } });
  expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
});

test('the scheme is read in any case, as RFC 9110 has it', async () => {
  const { app } = serverOf();
  const headers = { authorization: `bearer ${SECRET}` };
  expect((await app.inject({ url: '/api/v1/status', headers })).statusCode).toBe(200);
});

test('a rotated token counts from the next request on, and the old one no more', async () => {
  let current = TOKEN;
  const { app } = serverOf({ tokens: () => [current] });
  expect((await app.inject({ url: '/api/v1/status', headers: BEARER })).statusCode).toBe(200);
  current = { name: 'ci', role: 'viewer', hash: hash('sha256', 'the-next-secret') };
  expect((await app.inject({ url: '/api/v1/status', headers: BEARER })).statusCode).toBe(401);
});

test.each(['', 'ab', 'zz'.repeat(32), TOKEN.hash.slice(0, 62)])(
  'a broken entry (hash "%s") lets nobody in and keeps nobody out',
  async (broken) => {
    const { app } = serverOf({ tokens: () => [{ name: 'broken', role: 'approver', hash: broken }, TOKEN] });
    const status = async (secret: string) =>
      (await app.inject({ url: '/api/v1/status', headers: { authorization: `Bearer ${secret}` } }))
        .statusCode;
    expect(await status(SECRET)).toBe(200);
    expect(await status(broken || 'x')).toBe(401);
  },
);

test('without any token configured nobody gets in', async () => {
  const { app } = serverOf({ tokens: () => [] });
  expect((await app.inject({ url: '/api/v1/status', headers: BEARER })).statusCode).toBe(401);
});

test('a token file that cannot be read lets nobody in', async () => {
  const { app } = serverOf({
    tokens: () => {
      throw new Error('EACCES: /run/secrets/api-tokens');
    },
  });
  const answer = await app.inject({ url: '/api/v1/status', headers: BEARER });
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('/run/secrets');
});

test('probes are open, and metrics are where the caller says so', async () => {
  const { app } = serverOf({ metricsOpen: true });
  for (const url of ['/healthz', '/readyz', '/metrics']) {
    expect((await app.inject({ url })).statusCode, url).toBe(200);
  }
});
