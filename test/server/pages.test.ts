import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { RunRecord } from '../../src/core/model/run.ts';
import { SourceReadError } from '../../src/lib/errors.ts';
import type { ApiToken } from '../../src/server/auth.ts';
import type { ServerDeps } from '../../src/server/deps.ts';
import { change, large, mixed, plan } from '../report/sample-plans.ts';
import { DONE, FAILED, FakeDaemon, runRecord, SECRET, TOKEN } from './fake-daemon.ts';
import { serverOf } from './serving.ts';
import { Visitor, visitor } from './visitor.ts';

const VIEWER: ApiToken = { name: 'looker', role: 'viewer', hash: hash('sha256', 'secret-of-a-viewer') };

function served(changes: Partial<ServerDeps> = {}) {
  const daemon = new FakeDaemon();
  const some = mixed();
  daemon.plans.set(some.id, some);
  daemon.runs.set('run-1', runRecord('run-1', { ...DONE, planId: some.id }));
  return { ...serverOf({ tokens: () => [TOKEN, VIEWER], ...changes }, daemon), some };
}

test('every page asks for a login first, and comes back to itself', async () => {
  const { app, some } = served();
  for (const url of [
    '/',
    '/plans',
    `/plans/${some.id}?state=held`,
    '/runs/run-1',
    '/runs/run-1/events',
    '/people',
    '/orgs',
    '/groups',
    '/configuration',
    '/what-if',
  ]) {
    const answer = await app.inject({ url });
    expect([answer.statusCode, answer.headers.location]).toEqual([
      303,
      `/login?next=${encodeURIComponent(url)}`,
    ]);
  }
});

test('a token opens a session under a new id; its cookie is out of reach of scripts and other sites', async () => {
  const { app, daemon } = served();
  const one = new Visitor(app);
  await one.get('/login');
  const before = one.cookie;
  const answer = await one.login(SECRET, '/runs');
  expect([answer.statusCode, answer.headers.location]).toEqual([303, '/runs']);
  expect(one.cookie).not.toBe(before);
  expect(answer.headers['set-cookie']).toMatch(/HttpOnly; SameSite=Lax/);
  expect([...daemon.sessions.values()].join()).not.toContain(SECRET);
  expect((await one.get('/runs')).body).toContain('ci</bdi>, approver');
});

test('behind TLS the cookie is for this host and TLS only; a login without TLS is told why it cannot be', async () => {
  const { app } = served({ secureCookies: true });
  const send = (proto: string) =>
    app.inject({ url: '/login', headers: { 'x-forwarded-proto': proto, 'x-forwarded-for': '192.0.2.7' } });
  const page = await send('https');
  expect(page.headers['set-cookie']).toMatch(
    /^__Host-idp-sync=.*; Path=\/; .*HttpOnly; Secure; SameSite=Lax/,
  );
  expect((await send('http')).headers['set-cookie']).toBeUndefined();
  expect((await app.inject({ url: '/login' })).headers['set-cookie']).toBeUndefined();
});

test.each(['wrong', '', TOKEN.hash, `${SECRET}x`])('the token "%s" opens nothing', async (secret) => {
  const { app } = served();
  const one = new Visitor(app);
  const answer = await one.login(secret);
  expect(answer.statusCode).toBe(401);
  expect(answer.body).toContain('This token is not known to this daemon.');
  expect((await one.get('/')).statusCode).toBe(303);
});

test.each(['https://evil.example/', '//evil.example', '/\\evil.example', '/\t/evil.example', '/logout'])(
  'a login that should lead to %s leads to the overview',
  async (next) => {
    const { app } = served();
    expect((await new Visitor(app).login(SECRET, next)).headers.location).toBe('/');
  },
);

test('after ten guesses in a minute an address has to wait', async () => {
  const { app } = served();
  const one = new Visitor(app);
  const csrf = await one.csrf('/login');
  const statuses: number[] = [];
  for (let guess = 0; guess < 12; guess++)
    statuses.push((await one.post('/login', { token: `guess-${guess}` }, csrf)).statusCode);
  expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
});

test('a login ends when its token is gone, when it is as old as a day of work, and when somebody logs out', async () => {
  let tokens: readonly ApiToken[] = [TOKEN];
  const { app, daemon } = served({ tokens: () => tokens });
  const one = await visitor(app);
  expect((await one.get('/')).statusCode).toBe(200);
  tokens = [{ ...TOKEN, hash: hash('sha256', 'the-next-secret') }];
  expect((await one.get('/')).statusCode).toBe(303);
  tokens = [TOKEN];
  const [id, text] = [...daemon.sessions].find(([, session]) => session.includes('"user"')) as [
    string,
    string,
  ];
  daemon.sessions.set(id, text.replace(/"expiresAt":\d+/, '"expiresAt":1000'));
  expect((await one.get('/')).statusCode).toBe(303);
  daemon.sessions.set(id, text);
  const csrf = await one.csrf('/');
  const stolen = one.cookie;
  await one.post('/logout', {}, csrf);
  one.cookie = stolen;
  expect((await one.get('/')).statusCode).toBe(303);
});

test('a session outlives the replica that made it', async () => {
  const { app, daemon } = served();
  const one = await visitor(app);
  const other = new Visitor(serverOf({ tokens: () => [TOKEN] }, daemon).app);
  other.cookie = one.cookie;
  expect((await other.get('/')).statusCode).toBe(200);
});

test('a form without its token, or with that of another session, does nothing', async () => {
  const { app, daemon, some } = served();
  const one = await visitor(app);
  const other = await visitor(app);
  const foreign = await other.csrf('/');
  const forms: [string, Record<string, string>][] = [
    ['/resync', { scope: 'all' }],
    ['/pause', {}],
    [`/plans/${some.id}/decide`, { decision: 'approve', which: 'all', why: 'seen' }],
    ['/logout', {}],
  ];
  for (const [url, fields] of forms) {
    for (const csrf of ['', foreign, 'nonsense']) {
      const answer = await one.post(url, fields, csrf);
      expect(answer.statusCode, `${url} ${csrf}`).toBe(403);
    }
  }
  expect([daemon.triggers, daemon.approved, daemon.paused]).toEqual([[], [], null]);
  expect((await one.get('/')).statusCode).toBe(200);
});

test('a viewer sees no button, and sending the form anyway is 403', async () => {
  const { app, daemon, some } = served();
  const one = await visitor(app, 'secret-of-a-viewer');
  const pages = `${(await one.get('/')).body}${(await one.get(`/plans/${some.id}`)).body}`;
  for (const word of ['Run now', 'Pause writes', 'Approve and run', 'type="checkbox"'])
    expect(pages).not.toContain(word);
  const csrf = await one.csrf('/');
  const fields = { decision: 'approve', which: 'all', why: 'seen' };
  expect((await one.post(`/plans/${some.id}/decide`, fields, csrf)).statusCode).toBe(403);
  expect((await one.post('/resync', { scope: 'all' }, csrf)).statusCode).toBe(403);
  expect((await one.post('/pause', {}, csrf)).statusCode).toBe(403);
  expect([daemon.triggers, daemon.approved, daemon.paused]).toEqual([[], [], null]);
});

test('all that the filter shows is approved, and nothing else; without a filter it is the plan as a whole', async () => {
  const { app, daemon, some } = served();
  const one = await visitor(app);
  const csrf = await one.csrf(`/plans/${some.id}`);
  const fields = { decision: 'approve', which: 'all', why: 'agreed' };
  const url = `/plans/${some.id}/decide`;
  const answer = await one.post(url, { ...fields, filter: 'effect=revoke&place=org:Payments' }, csrf);
  expect(answer.headers.location).toBe('/runs/run-1');
  expect((await one.get('/')).body).toContain('Approved: 2 changes.');
  expect((await one.get('/')).body).not.toContain('Approved: 2 changes.');
  await one.post(url, { ...fields, filter: '' }, csrf);
  const held = some.changes.filter(({ verdict }) => verdict.state === 'held');
  expect(daemon.approved.map(({ items }) => items)).toEqual([
    held.filter(({ kind }) => kind === 'remove-from-org').map(({ key }) => key),
    'held',
  ]);
  expect(daemon.triggers).toMatchObject([{ kind: 'event', by: 'approval' }, { kind: 'event' }]);
});

test('an item that the plan does not hold any more is told, and no run starts', async () => {
  const { app, daemon, some } = served();
  const one = await visitor(app);
  const csrf = await one.csrf(`/plans/${some.id}`);
  const fields = { decision: 'approve', which: 'selected', why: 'agreed' };
  const gone = await one.post(`/plans/${some.id}/decide`, { ...fields, item: 'no-such-item' }, csrf);
  expect([gone.statusCode, gone.body.includes('no item &quot;no-such-item&quot;')]).toEqual([409, true]);
  const none = await one.post(`/plans/${some.id}/decide`, fields, csrf);
  expect([none.statusCode, none.body.includes('No change was selected')]).toEqual([400, true]);
  expect(daemon.triggers).toEqual([]);
});

test('pause and resume carry the name of who asked, and the overview says so', async () => {
  const { app, daemon } = served();
  const one = await visitor(app);
  const csrf = await one.csrf('/');
  await one.post('/pause', { all: 'yes' }, csrf);
  expect(daemon.paused).toMatchObject({ by: 'token:ci' });
  expect((await one.get('/')).body).toContain('token:ci paused writes at');
  await one.post('/resume', {}, csrf);
  expect(daemon.paused).toBeNull();
});

test('a run for one person is asked for by address; nonsense is not', async () => {
  const { app, daemon } = served();
  const one = await visitor(app);
  const csrf = await one.csrf('/');
  await one.post('/resync', { scope: 'user', name: ' ida@corp.example ' }, csrf);
  expect(daemon.triggers).toMatchObject([{ scope: { user: 'ida@corp.example' }, by: 'token:ci' }]);
  for (const name of ['', 'ida', 'a@b\nc'])
    expect((await one.post('/resync', { scope: 'user', name }, csrf)).statusCode).toBe(400);
  expect(daemon.triggers).toHaveLength(1);
});

test('a page of a large plan is small, and so is every page of its requests', async () => {
  const { app, daemon } = served();
  const big = large(20_000);
  daemon.plans.set(big.id, big);
  const one = await visitor(app);
  const page = await one.get(`/plans/${big.id}?effect=revoke&page=7`);
  expect(page.body).toContain('Page 7 of 50');
  expect(page.body.length).toBeLessThan(120_000);
  expect((await one.get(`/plans/${big.id}/requests`)).body.length).toBeLessThan(120_000);
});

test('what failed for good stands on the page of its run, with the reason', async () => {
  const { app, daemon } = served();
  daemon.outcomes.set('op-1', FAILED);
  const { body } = await (await visitor(app)).get('/runs/run-1');
  expect(body).toContain('Failed for good');
  expect(body).toContain('the key lacks the permission ManageMembers');
});

test('what failed for good is tried again or discarded on the page of its run; a viewer sees no button', async () => {
  const { app, daemon } = served();
  daemon.outcomes.set('op-1', FAILED);
  const viewer = await visitor(app, 'secret-of-a-viewer');
  expect((await viewer.get('/runs/run-1')).body).not.toContain('Try all again');
  const one = await visitor(app);
  const { body } = await one.get('/runs/run-1');
  expect([body.includes('Try all again'), body.includes('Discard all')]).toEqual([true, true]);
  const csrf = await one.csrf('/runs/run-1');
  const url = '/runs/run-1/dead-letters';
  expect((await one.post(url, { do: 'discard' }, csrf)).statusCode).toBe(400);
  expect((await one.post(url, { do: 'retry' }, csrf)).headers.location).toBe('/runs/run-1');
  const after = (await one.get('/runs/run-1')).body;
  expect(after).toContain('Open again: 1 write.');
  expect(after).not.toContain('Failed for good');
  daemon.outcomes.set('op-1', FAILED);
  await one.post(url, { do: 'discard', why: 'left' }, csrf);
  expect((await one.get('/runs/run-1')).body).toContain('Taken off the list: 1 write.');
  expect(daemon.letters.map(({ what, by }) => `${what} ${by}`)).toEqual([
    'retry token:ci',
    'discard token:ci',
  ]);
});

test('no page may load, run or send anything elsewhere, and none is kept', async () => {
  const { app } = served();
  const { headers } = await (await visitor(app)).get('/');
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'/,
  );
  expect(headers['content-security-policy']).not.toContain('unsafe');
  expect(headers['cache-control']).toBe('no-store');
});

const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>' onmouseover='alert(1)`;

test('names from outside stay text on every page', async () => {
  const { app, daemon } = served();
  const hostile = plan({
    changes: [
      change('add-to-org', EVIL, {
        org: { id: 'o', name: EVIL },
        reason: EVIL,
        verdict: { state: 'held', by: [EVIL] },
      }),
    ],
    violations: [{ guard: EVIL, message: EVIL, place: EVIL, count: 1, base: 1, limit: '', items: [] }],
    residual: [{ email: EVIL, devinId: '', group: EVIL, org: EVIL, role: EVIL, lever: EVIL }],
  });
  daemon.plans.set(hostile.id, hostile);
  daemon.runs.set(
    'run-2',
    runRecord('run-2', {
      state: 'failed',
      error: EVIL,
      trigger: { kind: 'manual', scope: { group: EVIL }, by: EVIL, at: 1 },
    }),
  );
  const one = await visitor(app);
  const urls = [
    `/plans/${hostile.id}`,
    `/plans/${hostile.id}?search=${encodeURIComponent(EVIL)}&place=${encodeURIComponent(`org:${EVIL}`)}`,
    '/runs',
    '/runs/run-2',
    `/login?next=${encodeURIComponent(`/${EVIL}`)}`,
    `/runs/${encodeURIComponent(EVIL)}`,
    `/people?email=${encodeURIComponent('"><script>@x')}`,
  ];
  for (const url of urls) {
    const { body } = await one.get(url);
    expect(body, url).not.toMatch(/<script>|<img|'? onmouseover='/);
  }
});

test('a side that cannot be read is told on the page of the person, in the words of the reader', async () => {
  const words = 'Okta users, page 2 answered 503 three times';
  const { app } = served({ explain: async () => Promise.reject(new SourceReadError(words)) });
  const answer = await (await visitor(app)).get('/people?email=ida@corp.example&read=now');
  expect([answer.statusCode, answer.body.includes(words)]).toEqual([502, true]);
});

test('what fails inside is a page with an id, and nothing else', async () => {
  const { app } = served({ listPlans: async () => Promise.reject(new Error('redis://:hunter2@10.0.0.7')) });
  const answer = await (await visitor(app)).get('/plans');
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('hunter2');
});

test('the overview stands on the last run about everything, and says when its writes went through or failed', async () => {
  const { app, daemon, some } = served();
  const one = await visitor(app);
  const writes = {
    total: 309,
    done: 309,
    failed: 0,
    skipped: 0,
    inFlight: 0,
    waiting: null,
    etaSeconds: null,
  };
  const summary = { ready: 551, held: 0, waiting: 0, barred: 0, residual: 0 };
  const run = (changes: Partial<RunRecord>) =>
    daemon.runs.set('run-1', runRecord('run-1', { ...DONE, planId: some.id, summary, writes, ...changes }));
  run({});
  const scope = { user: 'ida@corp.example' };
  const trigger = { ...runRecord('run-2').trigger, scope };
  for (let at = 2; at < 20; at++) {
    const found = { ...DONE, trigger, writes: null, summary: { ...summary, ready: 0 } };
    daemon.runs.set(`run-${at}`, runRecord(`run-${at}`, found));
  }
  const written = (await one.get('/')).body;
  expect(written).toContain('<strong>Written.</strong> 309 writes went through');
  expect(written).toMatch(/<b>551<\/b> written since/);
  expect(written.match(/href="\/runs\/run-/g)).toHaveLength(8);
  run({ writes: { ...writes, done: 306, failed: 3 } });
  expect((await one.get('/')).body).toContain('<strong>Not all written.</strong> 3 writes failed for good');
  run({ state: 'applying', writes: { ...writes, done: 2 } });
  expect((await one.get('/')).body).toContain('<strong>At work.</strong> 551 changes may be applied');
  run({ summary: { ...summary, held: 2 } });
  expect((await one.get('/')).body).toContain('<strong>Held.</strong> 2 changes wait');
});
