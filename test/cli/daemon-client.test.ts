import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer as createDoor } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fetchReport, type ResyncRequest, requestResync } from '../../src/cli/daemon-client.ts';
import { DaemonError } from '../../src/cli/daemon-http.ts';
import type { RunEvent, RunRecord } from '../../src/core/model/run.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { DONE, FakeDaemon, PLAN_ID, runRecord, SECRET } from '../server/fake-daemon.ts';
import { listening } from '../server/serving.ts';

/** As a user's, but for the pauses; a busy machine is not a daemon that says nothing. */
const PATIENT = { pollMs: 5, answerMs: 120_000, silenceMs: 120_000 };

function asking(url: string, changes: Partial<ResyncRequest> = {}): ResyncRequest & { seen: RunRecord[] } {
  const seen: RunRecord[] = [];
  return {
    url,
    token: SECRET,
    scope: {},
    signal: new AbortController().signal,
    onProgress: (run) => seen.push(run),
    timing: { ...PATIENT, patience: 3 },
    seen,
    ...changes,
  };
}

/** A server that is not ours: a proxy, another product, or a daemon of another version. */
async function otherServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await vi.waitFor(() => expect(server.listening).toBe(true), { timeout: 30_000 });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** A daemon whose streams tell the state of a run once and nothing of what happens then. */
async function silentAfter(happens: (daemon: FakeDaemon) => void): ReturnType<typeof listening> {
  const daemon = new FakeDaemon();
  async function* once(id: string, signal: AbortSignal): AsyncGenerator<RunEvent> {
    for await (const event of daemon.subscribe(id, signal)) {
      yield event;
      happens(daemon);
    }
  }
  return listening({ subscribeRun: once }, daemon);
}

/** An address that stays while the daemon behind it goes and comes back: a port that is let go may be somebody else's. */
async function doorTo(first: string): Promise<{ url: string; leadsTo: string; inVain: number }> {
  const door = { url: '', leadsTo: first, inVain: 0 };
  const server = createDoor((socket) => {
    const far = connect(Number(new URL(door.leadsTo).port), '127.0.0.1');
    far.on('error', () => {
      door.inVain++;
    });
    socket.on('error', () => {});
    far.on('close', () => socket.destroy());
    socket.on('close', () => far.destroy());
    socket.pipe(far).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  door.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return door;
}

test('a resync is asked for, followed and given back when it is settled', async () => {
  const { daemon, url } = await listening();
  const request = asking(url, { scope: { user: 'ada@corp.example' } });
  const ended = requestResync(request);
  await vi.waitFor(() => expect(daemon.listening).toBe(1), { timeout: 30_000 });
  daemon.move('run-1', { state: 'reading', step: { what: 'Okta users', done: 1, total: 1 } });
  daemon.move('run-1', { state: 'applying' });
  daemon.settle('run-1');
  expect(await ended).toEqual(daemon.runs.get('run-1'));
  expect(daemon.triggers[0]).toMatchObject({
    kind: 'manual',
    scope: { user: 'ada@corp.example' },
    by: 'token:ci',
  });
  expect(request.seen.map((run) => run.state)).toEqual(['queued', 'reading', 'applying', 'done']);
});

test('a run that fails is given back with its error', async () => {
  const { daemon, url } = await listening();
  const ended = requestResync(asking(url));
  await vi.waitFor(() => expect(daemon.listening).toBe(1), { timeout: 30_000 });
  const failure = { state: 'failed', endedAt: 1, error: 'Okta groups, page 2: 503' } as const;
  daemon.move('run-1', failure, 'settled');
  expect(await ended).toMatchObject(failure);
});

test('where event streams are broken the run is asked for until it is settled', async () => {
  async function* broken(): AsyncGenerator<never> {
    yield await Promise.reject(new Error('redis is gone'));
  }
  const { daemon, url } = await listening({ subscribeRun: broken });
  const request = asking(url);
  const ended = requestResync(request);
  await vi.waitFor(() => expect(request.seen.length).toBeGreaterThan(2), { timeout: 30_000 });
  daemon.settle('run-1');
  expect((await ended).state).toBe('done');
});

test('a stream that goes silent is given up, and the run is found settled', async () => {
  // Settled behind the back of the stream: no event says so.
  const { url } = await silentAfter((daemon) => daemon.runs.set('run-1', runRecord('run-1', DONE)));
  const request = asking(url, { timing: { ...PATIENT, silenceMs: 30 } });
  expect((await requestResync(request)).state).toBe('done');
});

test('a daemon that restarts in between is waited for', async () => {
  const daemon = new FakeDaemon();
  const first = await listening({}, daemon);
  const door = await doorTo(first.url);
  const request = asking(door.url, { timing: { ...PATIENT, patience: Number.POSITIVE_INFINITY } });
  const ended = requestResync(request);
  await vi.waitFor(() => expect(daemon.listening).toBe(1), { timeout: 30_000 });
  await first.app.close();
  await vi.waitFor(() => expect(door.inVain).toBeGreaterThan(2), { timeout: 30_000 });
  door.leadsTo = (await listening({}, daemon)).url;
  await vi.waitFor(() => expect(daemon.listening).toBe(1), { timeout: 30_000 });
  daemon.settle('run-1');
  expect((await ended).state).toBe('done');
});

test('a daemon that does not come back is named, with the run that may go on', async () => {
  const { app, daemon, url } = await listening();
  const ended = requestResync(asking(url));
  const refused = expect(ended).rejects.toThrow(/lost the daemon at .* run run-1 .*`devin-idp-sync runs`/s);
  await vi.waitFor(() => expect(daemon.listening).toBe(1), { timeout: 30_000 });
  await app.close();
  await refused;
});

test('no daemon there: the message names the URL and both ways out', async () => {
  const { app, url } = await listening();
  await app.close();
  await expect(requestResync(asking(url))).rejects.toThrow(
    `no daemon at ${url}: start one with \`devin-idp-sync serve\` or give --url`,
  );
});

test('a wrong token is said to be one, without showing it', async () => {
  const { url } = await listening();
  const error = await requestResync(asking(url, { token: 'wrong-secret' })).catch(
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(DaemonError);
  expect(String(error)).toContain('refused the token');
  expect(String(error)).not.toContain('wrong-secret');
});

test('what the daemon finds wrong with the scope is passed on in its words', async () => {
  const { url } = await listening();
  await expect(requestResync(asking(url, { scope: { user: 'ada' } }))).rejects.toThrow(
    'answered 400: The body is not valid: /user: an e-mail address is expected.',
  );
});

test.each(['', 'not a url', 'ftp://127.0.0.1', 'http://me:pw@127.0.0.1', '127.0.0.1:8080'])(
  'the URL "%s" is refused before anything is sent',
  async (url) => {
    await expect(requestResync(asking(url))).rejects.toThrow(ConfigError);
  },
);

test.each(['', 'two words', 'line\nend', 'umläut'])(
  'the token "%s" is refused before anything is sent',
  async (token) => {
    const { daemon, url } = await listening();
    await expect(requestResync(asking(url, { token }))).rejects.toThrow(ConfigError);
    expect(daemon.triggers).toEqual([]);
  },
);

test.each([
  ['a page instead of a run', 200, 'text/html', '<h1>It works!</h1>'],
  ['JSON of somebody else', 200, 'application/json', '{"ok":true}'],
  ['a 404 page', 404, 'text/html', '<h1>Not found</h1>'],
])('%s: the URL is not that of a daemon', async (_what, status, type, body) => {
  const url = await otherServer((_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  await expect(requestResync(asking(url))).rejects.toThrow('check --url');
});

test('a redirect is not followed, so the token goes nowhere else', async () => {
  let asked = 0;
  const target = await otherServer((_request, response) => {
    asked++;
    response.end();
  });
  const url = await otherServer((_request, response) => {
    response.writeHead(307, { location: target }).end();
  });
  await expect(requestResync(asking(url))).rejects.toThrow(`the daemon at ${url} cannot be reached`);
  expect(asked).toBe(0);
});

test('a daemon that takes the request and says nothing is given up', async () => {
  const url = await otherServer(() => {});
  await expect(requestResync(asking(url, { timing: { ...PATIENT, answerMs: 30 } }))).rejects.toThrow(
    'did not answer in time',
  );
});

test('a run that is forgotten while it is followed is an error, not an endless wait', async () => {
  const { url } = await silentAfter((daemon) => daemon.runs.delete('run-1'));
  const request = asking(url, { timing: { ...PATIENT, silenceMs: 30 } });
  await expect(requestResync(request)).rejects.toThrow('answered 404: There is no run run-1');
});

test('whoever stops waiting gets their own reason back, and the daemon loses a listener', async () => {
  const { daemon, url } = await listening();
  const stop = new AbortController();
  const ended = requestResync(asking(url, { signal: stop.signal }));
  const refused = expect(ended).rejects.toThrow('Ctrl-C');
  await vi.waitFor(() => expect(daemon.listening).toBe(1), { timeout: 30_000 });
  stop.abort(new Error('Ctrl-C'));
  await refused;
  await vi.waitFor(() => expect(daemon.listening).toBe(0), { timeout: 30_000 });
  expect(daemon.runs.get('run-1')?.state).toBe('queued');
});

test('a daemon below a path of a proxy is found', async () => {
  const paths: (string | undefined)[] = [];
  const url = await otherServer((request, response) => {
    paths.push(request.url);
    const body = request.method === 'POST' ? { id: 'run-1' } : runRecord('run-1', DONE);
    const status = request.url?.endsWith('/events') ? 404 : 200;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  expect((await requestResync(asking(`${url}/devin-sync`))).state).toBe('done');
  expect(paths).toEqual([
    '/devin-sync/api/v1/resync',
    '/devin-sync/api/v1/runs/run-1/events',
    '/devin-sync/api/v1/runs/run-1',
  ]);
});

test('the report of a plan is fetched as text', async () => {
  const { url } = await listening();
  const { signal } = new AbortController();
  const address = { url, token: SECRET };
  expect(await fetchReport(address, PLAN_ID, 'terminal', signal)).toBe(`terminal of ${PLAN_ID}`);
  await expect(fetchReport(address, '00000000', 'terminal', signal)).rejects.toThrow(
    'There is no plan 00000000',
  );
});
