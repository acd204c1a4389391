import { expect, test } from 'vitest';
import { BEARER, DONE, PLAN_ID, runRecord, STATUS } from './fake-daemon.ts';
import { serverOf } from './serving.ts';

test('healthz answers although nothing behind it does', async () => {
  const { app } = serverOf({ ready: async () => Promise.reject(new Error('redis is gone')) });
  const answer = await app.inject({ url: '/healthz' });
  expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'alive' }]);
});

test('readyz names what is not ready, and what is', async () => {
  const checks = [
    { name: 'redis', ok: false, detail: 'does not answer' },
    { name: 'writer', ok: true, detail: 'runs' },
  ];
  const { app } = serverOf({ ready: async () => checks });
  const answer = await app.inject({ url: '/readyz' });
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ detail: 'Not ready: redis (does not answer).', checks });
});

test('a readiness check that throws is not ready and gives nothing away', async () => {
  const { app } = serverOf({
    ready: async () => Promise.reject(new Error('connect redis://:hunter2@10.0.0.7')),
  });
  const answer = await app.inject({ url: '/readyz' });
  expect(answer.statusCode).toBe(503);
  expect(answer.body).not.toContain('hunter2');
});

test('a readiness check that hangs is not ready', async () => {
  let asked: AbortSignal | undefined;
  const { app } = serverOf({
    readyWithinMs: 20,
    ready: (signal) => {
      asked = signal;
      return new Promise(() => {});
    },
  });
  const answer = await app.inject({ url: '/readyz' });
  expect(answer.statusCode).toBe(503);
  expect(answer.json().detail).toContain('no answer within 20 ms');
  expect(asked?.aborted).toBe(true);
});

test('metrics go out as they come, in the text format of Prometheus', async () => {
  const { app } = serverOf();
  const answer = await app.inject({ url: '/metrics', headers: BEARER });
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(answer.body).toBe('devin_idp_sync_runs_total 1\n');
});

test('status shows the daemon, and no key that the schema does not have', async () => {
  const { app } = serverOf({ status: async () => ({ ...STATUS, apiKey: 'hunter2' }) });
  const answer = await app.inject({ url: '/api/v1/status', headers: BEARER });
  expect(answer.json()).toEqual(STATUS);
});

test('resync asks for a run in the name of the token and says where to follow it', async () => {
  const { app, daemon } = serverOf();
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/resync',
    headers: BEARER,
    payload: { user: 'ada@corp.example' },
  });
  expect(answer.statusCode).toBe(202);
  expect(answer.headers.location).toBe('/api/v1/runs/run-1');
  expect(answer.json()).toEqual({
    id: 'run-1',
    url: '/api/v1/runs/run-1',
    events: '/api/v1/runs/run-1/events',
  });
  expect(daemon.triggers).toEqual([
    { kind: 'manual', scope: { user: 'ada@corp.example' }, by: 'token:ci', at: expect.any(Number) },
  ]);
});

test('two requests that the daemon joins lead to the same run', async () => {
  const { app } = serverOf({ requestRun: async () => 'repeat:run:7' });
  const ask = () => app.inject({ method: 'POST', url: '/api/v1/resync', headers: BEARER, payload: {} });
  const [first, second] = [await ask(), await ask()];
  expect(first.json()).toEqual(second.json());
  expect(first.headers.location).toBe('/api/v1/runs/repeat%3Arun%3A7');
});

test('the path that resync gives leads to the run, whatever signs its id has', async () => {
  const { app, daemon } = serverOf();
  daemon.move('repeat:run:7', { state: 'reading', step: { what: 'Okta groups', done: 12, total: null } });
  const answer = await app.inject({ url: '/api/v1/runs/repeat%3Arun%3A7', headers: BEARER });
  expect(answer.json()).toEqual(daemon.runs.get('repeat:run:7'));
});

test('runs are listed as the daemon lists them, as many as asked for', async () => {
  const { app, daemon } = serverOf();
  for (const id of ['run-1', 'run-2', 'run-3']) daemon.runs.set(id, runRecord(id, DONE));
  const ids = async (url: string) =>
    (await app.inject({ url, headers: BEARER })).json().runs.map((run: { id: string }) => run.id);
  expect(await ids('/api/v1/runs')).toEqual(['run-3', 'run-2', 'run-1']);
  expect(await ids('/api/v1/runs?limit=2')).toEqual(['run-3', 'run-2']);
});

test('a run that is not there is 404 and names its id, for its events as well', async () => {
  const { app } = serverOf();
  for (const url of ['/api/v1/runs/run-9', '/api/v1/runs/run-9/events']) {
    const answer = await app.inject({ url, headers: BEARER });
    expect(answer.statusCode, url).toBe(404);
    expect(answer.json().detail).toContain('run-9');
  }
});

test.each([
  ['', 'json', 'application/json; charset=utf-8'],
  ['?format=json', 'json', 'application/json; charset=utf-8'],
  ['?format=markdown', 'markdown', 'text/markdown; charset=utf-8'],
  ['?format=html', 'html', 'text/html; charset=utf-8'],
  ['?format=terminal', 'terminal', 'text/plain; charset=utf-8'],
])('a plan asked for with "%s" is rendered as %s', async (query, format, type) => {
  const { app } = serverOf();
  const answer = await app.inject({ url: `/api/v1/plans/${PLAN_ID}${query}`, headers: BEARER });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe(type);
  expect(answer.body).toBe(`${format} of ${PLAN_ID}`);
});

test('a plan is found by the first digits of its id, and another is 404', async () => {
  const { app } = serverOf();
  const status = async (id: string) =>
    (await app.inject({ url: `/api/v1/plans/${id}`, headers: BEARER })).statusCode;
  expect(await status(PLAN_ID.slice(0, 8))).toBe(200);
  expect(await status('00000000')).toBe(404);
});

test('the HTML report may use its own style and nothing else', async () => {
  const { app } = serverOf();
  const answer = await app.inject({ url: `/api/v1/plans/${PLAN_ID}?format=html`, headers: BEARER });
  const policy = String(answer.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'; style-src 'unsafe-inline'");
  expect(policy).not.toContain('script-src');
});

test('a large report lets other requests in between', async () => {
  let turns = 0;
  let turnsAtEnd = 0;
  function* pieces(): Generator<string> {
    for (let piece = 0; piece < 5_000; piece++) yield 'x'.repeat(1_000);
    turnsAtEnd = turns;
  }
  const { app } = serverOf({ renderPlan: pieces });
  await app.ready();
  const count = (): void => {
    turns++;
    if (turnsAtEnd === 0) setImmediate(count);
  };
  count();
  const answer = await app.inject({ url: `/api/v1/plans/${PLAN_ID}`, headers: BEARER });
  expect(answer.body.length).toBe(5_000_000);
  expect(turnsAtEnd).toBeGreaterThan(100);
});

test('every answer, errors included, carries the security headers', async () => {
  const { app } = serverOf();
  for (const url of ['/healthz', '/api/v1/status', '/nowhere']) {
    expect((await app.inject({ url })).headers, url).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  }
});
