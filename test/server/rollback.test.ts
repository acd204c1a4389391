/** Taking a run back over HTTP and on its page: seen first, then asked for by the plan that was seen. */
import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ApiToken } from '../../src/server/auth.ts';
import { BEARER, DONE, FakeDaemon, PLAN_ID, runRecord, SECRET, TOKEN } from './fake-daemon.ts';
import { serverOf } from './serving.ts';

const OPERATOR: ApiToken = { name: 'op', role: 'operator', hash: hash('sha256', 'secret-of-operator') };

function served() {
  const daemon = new FakeDaemon();
  daemon.runs.set('run-1', runRecord('run-1', DONE));
  daemon.runs.set('run-2', runRecord('run-2'));
  return { ...serverOf({ tokens: () => [TOKEN, OPERATOR] }, daemon), daemon };
}

const URL_ONE = '/api/v1/runs/run-1/rollback';

test('a run is taken back by an approver in two steps, under their name and for a reason', async () => {
  const { app, daemon } = served();
  const post = (payload: object, headers: Record<string, string> = BEARER) =>
    app.inject({ method: 'POST', url: URL_ONE, headers, payload });
  expect((await post({ why: 'x' }, { authorization: 'Bearer secret-of-operator' })).statusCode).toBe(403);
  expect((await post({})).statusCode).toBe(400);
  const seen = (await post({ why: 'ticket 4711', items: ['a'.repeat(20)] })).json();
  expect(seen).toMatchObject({ state: 'seen', planId: PLAN_ID, run: null, total: expect.any(Number) });
  const stale = await post({ why: 'ticket 4711', plan: 'b'.repeat(64) });
  expect([stale.statusCode, stale.json().detail]).toEqual([409, 'it has changed since']);
  const given = await post({ why: 'ticket 4711', plan: PLAN_ID.slice(0, 12), approveHeld: true });
  expect(given.json()).toMatchObject({ state: 'given', run: 'rollback-of-run-1' });
  expect(daemon.rollbacks.at(-1)).toEqual({
    of: 'run-1',
    items: 'all',
    by: 'token:ci',
    why: 'ticket 4711',
    plan: PLAN_ID.slice(0, 12),
    approveHeld: true,
  });
  const gone = await app.inject({
    method: 'POST',
    url: '/api/v1/runs/nowhere/rollback',
    headers: BEARER,
    payload: { why: 'x' },
  });
  expect(gone.statusCode).toBe(404);
});

test('what was written about a person is told over HTTP and on their page', async () => {
  const { app } = served();
  const url = '/api/v1/people/ana.ruiz@corp.example/history';
  const answer = (await app.inject({ url, headers: BEARER })).json();
  expect(answer.entries).toEqual([
    expect.objectContaining({ kind: 'add-to-org', org: 'Payments', after: 'Member', outcome: 'done' }),
  ]);
});

test('the page of a run that wrote something shows what taking it back would be, and does it once confirmed', async () => {
  const { app, daemon } = served();
  let cookie = '';
  const keep = (answer: Awaited<ReturnType<typeof app.inject>>) => {
    const [set] = answer.cookies;
    if (set !== undefined) cookie = `${set.name}=${encodeURIComponent(set.value)}`;
    return answer;
  };
  const get = async (url: string) => keep(await app.inject({ url, headers: { cookie } }));
  const post = async (url: string, fields: Record<string, string>) =>
    keep(
      await app.inject({
        method: 'POST',
        url,
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams(fields).toString(),
      }),
    );
  const token = (body: string) => /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
  await post('/login', { token: SECRET, next: '/', _csrf: token((await get('/login')).body) });
  expect((await get('/runs/run-2')).body).not.toContain('Take this run back');
  const page = (await get('/runs/run-1')).body;
  expect(page).toContain('Take this run back');
  expect((await get('/people?email=ana.ruiz@corp.example')).body).toContain('Add to Payments as Member');
  const seen = await post('/runs/run-1/rollback', { _csrf: token(page) });
  expect(seen.body).toContain('What would be taken back');
  expect(daemon.rollbacks.at(-1)).toMatchObject({ plan: null });
  const form = { plan: PLAN_ID, held: 'yes', why: 'ticket 4711', _csrf: token(seen.body) };
  const done = await post('/runs/run-1/rollback', form);
  expect([done.statusCode, done.headers.location]).toEqual([303, '/runs/rollback-of-run-1']);
  expect(daemon.rollbacks.at(-1)).toMatchObject({ plan: PLAN_ID, why: 'ticket 4711', approveHeld: true });
});
