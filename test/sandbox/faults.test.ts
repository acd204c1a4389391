import { expect, test, vi } from 'vitest';
import { devinFor } from './helpers.ts';

const USERS = '/v3/enterprise/members/users';

function invite(email: string) {
  return { emails: [email], enterprise_role_id: 'account_member' };
}

test('a scripted status answers instead of the server, in the words of the API', async () => {
  const { devin, call } = await devinFor();
  devin.faults.add({
    method: 'POST',
    action: { kind: 'status', status: 503, headers: { 'retry-after': '7' } },
  });
  const answer = await call('POST', USERS, invite('a@corp.example'));
  expect(answer).toMatchObject({ status: 503, type: 'application/problem+json', body: { status: 503 } });
  expect(answer.headers.get('retry-after')).toBe('7');
  expect(devin.state.effects).toEqual([]);
  expect((await call('POST', USERS, invite('a@corp.example'))).status).toBe(200);
});

test('a reset keeps the request from being processed', async () => {
  const { devin, call } = await devinFor();
  devin.faults.add({ action: { kind: 'reset' } });
  await expect(call('POST', USERS, invite('a@corp.example'))).rejects.toThrow('fetch failed');
  expect(devin.state.effects).toEqual([]);
  expect(devin.requests.map(({ status, fault }) => [status, fault])).toEqual([[0, 'reset']]);
});

test('a lost answer leaves the effect behind', async () => {
  const { devin, call } = await devinFor();
  devin.faults.add({ action: { kind: 'lose-answer' } });
  await expect(call('POST', USERS, invite('a@corp.example'))).rejects.toThrow('fetch failed');
  expect(devin.state.effects.map(({ kind, label }) => [kind, label])).toEqual([['invite', 'a@corp.example']]);
  expect(devin.requests.map(({ status, fault }) => [status, fault])).toEqual([[200, 'lose-answer']]);
});

test('a cut answer breaks in the middle of its body', async () => {
  const { devin } = await devinFor();
  devin.faults.add({ action: { kind: 'cut' } });
  const response = await fetch(`${devin.url}/v3/self`, { headers: { authorization: `Bearer ${devin.key}` } });
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow('terminated');
});

test('a hanging request ends when its client gives up, and nothing was done', async () => {
  const { devin } = await devinFor();
  devin.faults.add({ action: { kind: 'hang' } });
  const client = new AbortController();
  const ended = expect(fetch(`${devin.url}/v3/self`, { signal: client.signal })).rejects.toThrow('given up');
  await vi.waitFor(() => expect(devin.requests).toHaveLength(1), { timeout: 60_000 });
  client.abort(new Error('given up'));
  await ended;
  expect(devin.requests[0]).toMatchObject({ status: 0, fault: 'hang' });
});

test('a hanging request does not keep the server from closing', async () => {
  const { devin } = await devinFor();
  devin.faults.add({ action: { kind: 'hang' } });
  const hanging = fetch(`${devin.url}/v3/self`);
  const ended = expect(hanging).rejects.toThrow('fetch failed');
  while (devin.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await devin.close();
  await ended;
});

test('a delayed request is processed after all', async () => {
  const { devin, call } = await devinFor();
  devin.faults.add({ action: { kind: 'delay', ms: 5 } });
  expect((await call('GET', '/v3/self')).body.principal_type).toBe('service_user');
  expect(devin.requests[0]).toMatchObject({ status: 200, fault: 'delay' });
});

test('a replaced body keeps the status unless another one is given', async () => {
  const { devin, call } = await devinFor();
  const html = { kind: 'replace', body: '<html>', contentType: 'text/html' } as const;
  devin.faults.add({ action: html });
  devin.faults.add({ action: { ...html, status: 206 } });
  expect(await call('GET', '/v3/self')).toMatchObject({ status: 200, type: 'text/html', body: '<html>' });
  expect(await call('GET', '/v3/self')).toMatchObject({ status: 206, body: '<html>' });
});

test('a fault waits for its method and path, lets some pass, and fires as often as planned', async () => {
  const { devin, call } = await devinFor();
  const action = { kind: 'status', status: 500 } as const;
  devin.faults.add({ method: 'GET', path: /members\/users\?first=1$/g, skip: 1, times: 2, action });
  const statuses = [];
  for (const path of [
    '/v3/self',
    `${USERS}?first=1`,
    `${USERS}?first=1`,
    USERS,
    `${USERS}?first=1`,
    `${USERS}?first=1`,
  ]) {
    statuses.push((await call('GET', path)).status);
  }
  expect(statuses).toEqual([200, 200, 500, 200, 500, 200]);
  expect(devin.faults.fired.map(({ request }) => request.path)).toEqual([
    `${USERS}?first=1`,
    `${USERS}?first=1`,
  ]);
});

test('a fault that fired less often than planned is reported', async () => {
  const { devin, call } = await devinFor();
  const never = { path: /nowhere/, times: Number.POSITIVE_INFINITY, action: { kind: 'reset' } } as const;
  const twice = { times: 2, action: { kind: 'status', status: 500 } } as const;
  devin.faults.add(never);
  devin.faults.add(twice);
  await call('GET', '/v3/self');
  expect(devin.faults.unfired()).toEqual([never, twice]);
  await call('GET', '/v3/self');
  expect(devin.faults.unfired()).toEqual([never]);
  devin.faults.clear();
  expect(devin.faults.unfired()).toEqual([]);
  expect(devin.faults.fired).toHaveLength(2);
});

test('the log keeps every request as it was sent', async () => {
  const { devin, call } = await devinFor({ now: () => 1234 });
  await call('POST', USERS, invite('a@corp.example'));
  expect(devin.requests).toEqual([
    {
      at: 1234,
      method: 'POST',
      path: USERS,
      status: 200,
      body: invite('a@corp.example'),
      authorization: `Bearer ${devin.key}`,
      fault: null,
    },
  ]);
});
