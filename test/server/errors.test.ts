import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { BEARER, PLAN_ID } from './fake-daemon.ts';
import { listening, serverOf } from './serving.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

test.each([
  ['GET', '/healthz?x=1', undefined, 'Unrecognized key: "x"'],
  ['GET', '/api/v1/status?verbose=1', undefined, 'Unrecognized key: "verbose"'],
  ['GET', '/api/v1/runs?limit=0', undefined, 'a number from 1 to 200'],
  ['GET', '/api/v1/runs?limit=201', undefined, 'a number from 1 to 200'],
  ['GET', '/api/v1/runs?limit=1e2', undefined, 'a number from 1 to 200'],
  ['GET', '/api/v1/runs?limit=5&limit=6', undefined, '/limit'],
  ['GET', '/api/v1/runs?limt=5', undefined, 'Unrecognized key: "limt"'],
  ['GET', '/api/v1/runs/a%2Fb', undefined, 'a run id is'],
  ['GET', `/api/v1/runs/${'r'.repeat(201)}`, undefined, 'a run id is'],
  ['GET', '/api/v1/runs/r1?x=1', undefined, 'Unrecognized key: "x"'],
  ['GET', '/api/v1/runs/r1/events?since=1', undefined, 'Unrecognized key: "since"'],
  ['GET', '/api/v1/plans/latest', undefined, 'hexadecimal'],
  ['GET', '/api/v1/plans/a1b2c3d', undefined, 'hexadecimal'],
  ['GET', `/api/v1/plans/${PLAN_ID}?format=pdf`, undefined, '/format'],
  ['GET', `/api/v1/plans/${PLAN_ID}?fromat=html`, undefined, 'Unrecognized key: "fromat"'],
  ['POST', '/api/v1/resync?user=a@b.example', '{}', 'Unrecognized key: "user"'],
  ['POST', '/api/v1/resync', '{"usr":"a@b.example"}', 'Unrecognized key: "usr"'],
  ['POST', '/api/v1/resync', '{"user":"a@b.example","force":true}', 'Unrecognized key: "force"'],
  ['POST', '/api/v1/resync', '{"user":"ada"}', 'an e-mail address is expected'],
  ['POST', '/api/v1/resync', '{"user":""}', '/user'],
  ['POST', '/api/v1/resync', '{"user":null}', '/user'],
  ['POST', '/api/v1/resync', '{"user":["a@b.example"]}', '/user'],
  ['POST', '/api/v1/resync', `{"user":"${'a'.repeat(320)}@b.example"}`, '/user'],
  ['POST', '/api/v1/resync', '{"group":"devs\\n"}', 'control characters'],
  ['POST', '/api/v1/resync', '{"org":7}', '/org'],
  ['POST', '/api/v1/resync', '[]', 'send a JSON object'],
  ['POST', '/api/v1/resync', 'null', 'send a JSON object'],
  ['POST', '/api/v1/resync', '', 'Body cannot be empty'],
  ['POST', '/api/v1/resync', '{', 'not valid JSON'],
  ['POST', '/api/v1/resync', '{"__proto__":{"user":"a@b.example"}}', 'not valid JSON'],
] as const)('%s %s with %s is 400 and asks nothing of the daemon', async (method, url, payload, words) => {
  const { app, daemon } = serverOf();
  const body = payload === undefined ? {} : { payload };
  const headers = payload === undefined ? BEARER : { ...BEARER, ...JSON_TYPE };
  const answer = await app.inject({ method, url, headers, ...body });
  expect(answer.statusCode, answer.body).toBe(400);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({ title: 'Bad Request', status: 400 });
  expect(answer.json().detail).toContain(words);
  expect(daemon.triggers).toEqual([]);
});

test('each wrong part is listed with its place and pointer', async () => {
  const { app } = serverOf();
  const payload = { user: 'ada', org: '', colour: 'red' };
  const answer = await app.inject({ method: 'POST', url: '/api/v1/resync', headers: BEARER, payload });
  expect(answer.json().errors).toEqual([
    { in: 'body', pointer: '/user', detail: 'an e-mail address is expected' },
    { in: 'body', pointer: '/org', detail: expect.stringContaining('Too small') },
    { in: 'body', pointer: '', detail: 'Unrecognized key: "colour"' },
  ]);
});

test.each([
  ['no body and no type', undefined, {}, 400],
  ['a form', 'user=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['text', '{}', { 'content-type': 'text/plain' }, 400],
  ['over 16 KiB', JSON.stringify({ user: 'x'.repeat(17_000) }), JSON_TYPE, 413],
] as const)('a resync with %s is refused', async (_what, payload, headers, status) => {
  const { app, daemon } = serverOf();
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/resync',
    headers: { ...BEARER, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  expect(answer.statusCode, answer.body).toBe(status);
  expect(answer.json()).toMatchObject({ status, type: 'about:blank' });
  expect(daemon.triggers).toEqual([]);
});

test('what fails inside is 500, with an id to find it in the log and nothing else', async () => {
  const { app } = serverOf({
    getRun: async () => Promise.reject(new Error('connect redis://:hunter2@10.0.0.7 refused')),
  });
  const answer = await app.inject({ url: '/api/v1/runs/run-1', headers: BEARER });
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toEqual({
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    detail: 'The daemon failed to answer; its log has the reason under this instance.',
    instance: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test('a status on an error from further inside is not taken for an answer', async () => {
  const inner = Object.assign(new Error('GET https://corp.example/api/v1/users: 404'), { statusCode: 404 });
  const { app } = serverOf({ getRun: async () => Promise.reject(inner) });
  const answer = await app.inject({ url: '/api/v1/runs/run-1', headers: BEARER });
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('corp.example');
});

test('an action whose answer is not what the API promises is 500, not a wrong answer', async () => {
  const { app, daemon } = serverOf();
  daemon.move('run-1', { startedAt: 'yesterday' as never });
  const answer = await app.inject({ url: '/api/v1/runs/run-1', headers: BEARER });
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('yesterday');
});

test('a path that cannot be decoded is a problem document too', async () => {
  const { app } = serverOf();
  const answer = await app.inject({ url: '/api/v1/runs/%zz', headers: BEARER });
  expect(answer.statusCode).toBe(400);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
});

test.each([
  ['bytes that are not HTTP', 'EHLO corp.example\r\n\r\n', 400],
  ['headers without end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`, 431],
])('%s get a problem document and the connection is closed', async (_what, bytes, status) => {
  const { app } = await listening();
  const { port } = app.server.address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'close');
  expect(text).toContain(`HTTP/1.1 ${status} `);
  const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
  expect(body).toMatchObject({ type: 'about:blank', status });
});
