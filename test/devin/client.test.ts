import { afterEach, expect, test } from 'vitest';
import { type ClientDeps, DevinClient } from '../../src/devin/client.ts';
import type { DevinOptions } from '../../src/devin/options.ts';
import type { ApiRequest } from '../../src/devin/target.ts';
import { unpaced } from '../../src/lib/pace.ts';
import { freePort } from '../lib/redis-server.ts';
import { answerJson, deadline, failure, optionsFor, type Stub, startStub, targetError } from './helpers.ts';

const stubs: Stub[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.close();
});

async function stub(answer: Parameters<typeof startStub>[0]): Promise<Stub> {
  const started = await startStub(answer);
  stubs.push(started);
  return started;
}

function clientFor(
  url: string,
  more: Partial<DevinOptions> = {},
  deps: Partial<ClientDeps> = {},
): DevinClient {
  return new DevinClient(optionsFor(url, more), { pace: unpaced, sleep: async () => {}, ...deps });
}

const LIST = '/v3/enterprise/members/users?first=200';
const ORGS = '/v3/enterprise/organizations?first=200';
const patch: ApiRequest = { method: 'PATCH', path: '/v3/enterprise/members/users/1', body: { role_id: 'r' } };
const invite: ApiRequest = { method: 'POST', path: '/v3/enterprise/members/users', body: { emails: [] } };

const problem = { title: 'No', status: 0, detail: 'because' };

test.each<[number, string, string[]]>([
  [
    401,
    LIST,
    [
      'does not accept the key',
      '401 at GET /v3/enterprise/members/users: because',
      'make a new key',
      'devin.keyFile',
    ],
  ],
  [403, LIST, ['permission ViewAccountMembership', 'ManageAccountMembership', 'IP access list']],
  [403, ORGS, ['permission ManageOrganizations', 'devin.organizations']],
  [404, LIST, ['knows no such thing', 'devin.url and devin.prefix']],
  [422, LIST, ['refuses this', 'because']],
  [503, LIST, ['Devin failed', 'Gave up: tried once']],
  [429, LIST, ['asks to slow down without saying for how long', 'limits.devin.maxPerSecond']],
])('a read that is answered with %i at %s says what an administrator can do', async (status, path, words) => {
  const server = await stub((_, response) => answerJson(response, status, problem));
  const error = await targetError(clientFor(server.url, { readRetries: 0 }).get(path, deadline()));
  for (const word of words) expect(error.message).toContain(word);
  expect(error.status).toBe(status);
  expect(error.message).not.toContain('first=200');
  expect(error.message).not.toContain('cog_sandbox_key');
});

test('a write that lacks a permission names the one for writing', async () => {
  const server = await stub((_, response) => answerJson(response, 403, problem));
  const error = await targetError(clientFor(server.url).send(patch, deadline()));
  expect(error.message).toContain('permission ManageAccountMembership');
  expect(error.outcome).toBe('refused');
});

test.each([
  ['apk_user_123', 'key of the older API'],
  ['something', 'starts with cog_'],
])('a refused key of the wrong kind is called that: %s', async (key, words) => {
  const server = await stub((_, response) => answerJson(response, 401, problem));
  const error = await targetError(clientFor(server.url, { key }).get(LIST, deadline()));
  expect(error.message).toContain(words);
  expect(error.message).not.toContain(key);
});

test.each([
  [400, 'refused'],
  [401, 'refused'],
  [403, 'refused'],
  [404, 'refused'],
  [405, 'refused'],
  [408, 'unknown'],
  [409, 'refused'],
  [422, 'refused'],
  [429, 'refused'],
  [302, 'unknown'],
  [500, 'unknown'],
  [502, 'unknown'],
  [503, 'unknown'],
  [504, 'unknown'],
])('a write that is answered with %i is sent once and is %s', async (status, outcome) => {
  const server = await stub((_, response) => answerJson(response, status, problem));
  const error = await targetError(clientFor(server.url).send(invite, deadline()));
  expect(error).toMatchObject({ status, outcome });
  expect(server.requests).toHaveLength(1);
});

test('a 404 in the words of a proxy is not a "there is no such thing" of Devin', async () => {
  const server = await stub((_, response) => response.writeHead(404).end('<html>no such host</html>'));
  expect(await targetError(clientFor(server.url).send(patch, deadline()))).toMatchObject({
    outcome: 'unknown',
  });
});

test('a write without an answer in time is unknown', async () => {
  const server = await stub(() => {});
  const error = await targetError(clientFor(server.url, { timeoutMs: 100 }).send(invite, deadline()));
  expect(error).toMatchObject({ status: null, outcome: 'unknown' });
  expect(error.message).toContain('no complete answer came within 100 ms');
});

test('a write whose connection is reset is unknown and is not sent again', async () => {
  const server = await stub((request) => request.socket.resetAndDestroy());
  const error = await targetError(clientFor(server.url).send(invite, deadline()));
  expect(error).toMatchObject({ status: null, outcome: 'unknown' });
  expect(error.message).toContain('the connection failed');
  expect(server.requests).toHaveLength(1);
});

test('a write whose answer is cut off is unknown', async () => {
  const server = await stub((request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('[{"user', () => request.socket.destroy());
  });
  expect(await targetError(clientFor(server.url).send(invite, deadline()))).toMatchObject({
    outcome: 'unknown',
  });
});

test('a write to a port where nobody listens was never sent', async () => {
  const error = await targetError(clientFor(`http://127.0.0.1:${await freePort()}`).send(invite, deadline()));
  expect(error).toMatchObject({ status: null, outcome: 'refused' });
  expect(error.message).toContain('ECONNREFUSED');
});

test('a write that is stopped half-way is unknown, and one that was stopped before is not sent', async () => {
  const stop = new AbortController();
  const server = await stub(() => stop.abort(new Error('shutdown')));
  const client = clientFor(server.url);
  expect(await targetError(client.send(invite, stop.signal))).toMatchObject({ outcome: 'unknown' });
  expect((await failure(client.send(invite, stop.signal))).message).toBe('shutdown');
  expect(server.requests).toHaveLength(1);
});

test('a login page with status 200 is not a success', async () => {
  const server = await stub((_, response) => response.end('<html>Sign in</html>'));
  const error = await targetError(clientFor(server.url).send(patch, deadline()));
  expect(error).toMatchObject({ status: 200, outcome: 'unknown' });
  expect(error.message).toContain('not JSON');
});

test('a redirect is not followed, so that the key stays with the host of the configuration', async () => {
  const other = await stub((_, response) => answerJson(response, 200, {}));
  const server = await stub((_, response) =>
    answerJson(response, 307, {}, { location: `${other.url}/v3/self` }),
  );
  const error = await targetError(clientFor(server.url).get('/v3/self', deadline()));
  expect(error.message).toContain(`redirects GET /v3/self to ${new URL(other.url).host}`);
  expect(other.requests).toHaveLength(0);
});

test('a read survives a busy server, a broken one and a lost connection', async () => {
  const waits: number[] = [];
  const server = await stub((request, response) => {
    const call = server.requests.length;
    if (call === 1) answerJson(response, 429, problem, { 'retry-after': '7' });
    else if (call === 2) answerJson(response, 502, problem);
    else if (call === 3) request.socket.resetAndDestroy();
    else answerJson(response, 200, { fine: true });
  });
  const sleep = async (ms: number) => void waits.push(ms);
  const result = await clientFor(server.url, {}, { sleep, random: () => 0 }).get(LIST, deadline());
  expect(result).toEqual({ json: { fine: true }, calls: 4 });
  expect(waits).toEqual([7_000, 500, 1_000]);
});

test('every read asks the gate first and tells it when it has ended; a 429 closes it for everybody', async () => {
  const asked: string[] = [];
  const pace = {
    acquire: async () => {
      asked.push('acquire');
      return { used: (ms: number) => void asked.push(ms > 0 ? 'used' : 'no time'), unused: () => {} };
    },
    closedFor: async (ms: number, why: string) => void asked.push(`closed ${ms} ${why.slice(0, 24)}`),
  };
  const server = await stub((_, response) => {
    if (server.requests.length > 1) answerJson(response, 200, {});
    else answerJson(response, 429, problem, { 'retry-after': 'Sun, 22 Nov 2026 12:00:32 GMT' });
  });
  const now = () => Date.UTC(2026, 10, 22, 12);
  await clientFor(server.url, {}, { pace, now }).get(LIST, deadline());
  expect(asked).toEqual(['acquire', 'used', 'closed 32000 Devin asks to wait 32 s ', 'acquire', 'used']);
});

test('a write never asks the gate: the worker that sends it has done so', async () => {
  const server = await stub((_, response) => answerJson(response, 200, {}));
  const pace = {
    acquire: async () => {
      throw new Error('asked');
    },
    closedFor: async () => {},
  };
  expect(await clientFor(server.url, {}, { pace }).send(patch, deadline())).toEqual({});
});

test('a read that is asked to wait longer than allowed gives up, and still tells the others', async () => {
  const closed: number[] = [];
  const pace = { ...unpaced, closedFor: async (ms: number) => void closed.push(ms) };
  const server = await stub((_, response) => answerJson(response, 503, problem, { 'retry-after': '3600' }));
  const error = await targetError(
    clientFor(server.url, { maxWaitMs: 5_000 }, { pace }).get(LIST, deadline()),
  );
  expect(error.message).toContain('devin.maxWaitMs allows 5000 ms');
  expect(error.retryAfterMs).toBe(3_600_000);
  expect(closed).toEqual([3_600_000]);
  expect(server.requests).toHaveLength(1);
});

test('a read is not repeated for what will not pass', async () => {
  const server = await stub((_, response) => answerJson(response, 403, problem));
  await targetError(clientFor(server.url).get(LIST, deadline()));
  expect(server.requests).toHaveLength(1);
});

test('a read that is stopped ends with the reason of the stop', async () => {
  const stop = new AbortController();
  const server = await stub(() => stop.abort(new Error('shutdown')));
  expect((await failure(clientFor(server.url).get(LIST, stop.signal))).message).toBe('shutdown');
});

test.each([
  '/v3/enterprise/idp-groups/..',
  '/v3/enterprise/idp-groups/.',
  '/v3/enterprise/idp-groups/',
  '/v3//self',
])('a name that would change the address is never sent: %s', async (path) => {
  const server = await stub((_, response) => answerJson(response, 200, {}));
  const error = await targetError(
    clientFor(server.url).send({ method: 'DELETE', path, body: null }, deadline()),
  );
  expect(error).toMatchObject({ status: null, outcome: 'refused' });
  expect(server.requests).toHaveLength(0);
});

test('a base URL with a path is kept, and the key goes as a bearer', async () => {
  const server = await stub((_, response) => answerJson(response, 200, {}));
  await clientFor(`${server.url}/api`).get('/v3/self', deadline());
  expect(server.requests[0]).toMatchObject({
    url: '/api/v3/self',
    headers: { authorization: 'Bearer cog_sandbox_key' },
  });
});
