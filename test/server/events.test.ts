import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { readEvents, type ServerEvent } from '../../src/cli/event-source.ts';
import type { RunEvent } from '../../src/core/model/run.ts';
import { BEARER, DONE, FakeDaemon, runRecord } from './fake-daemon.ts';
import { listening } from './serving.ts';

interface Stream {
  readonly response: Response;
  readonly events: AsyncGenerator<ServerEvent>;
  next(): Promise<{ name: string; state: string } | 'end'>;
}

async function open(url: string, id: string, signal?: AbortSignal): Promise<Stream> {
  const response = await fetch(`${url}/api/v1/runs/${id}/events`, {
    headers: BEARER,
    signal: signal ?? null,
  });
  const events = readEvents(response.body as ReadableStream<Uint8Array>, () => {});
  const next: Stream['next'] = async () => {
    const { value, done } = await events.next();
    return done ? 'end' : { name: value.name, state: JSON.parse(value.data).state };
  };
  return { response, events, next };
}

test('a run is followed from where it is until it is settled, then the stream ends', async () => {
  const { daemon, url } = await listening();
  daemon.move('run-1', { state: 'reading' });
  const stream = await open(url, 'run-1');
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
  // A connection that outlived its stream would hold up a server that closes.
  expect(stream.response.headers.get('connection')).toBe('close');
  expect(await stream.next()).toEqual({ name: 'state', state: 'reading' });
  daemon.move('run-1', { step: { what: 'Okta groups', done: 1, total: 40 } }, 'progress');
  expect(await stream.next()).toEqual({ name: 'progress', state: 'reading' });
  daemon.move('run-1', { state: 'applying' });
  expect(await stream.next()).toEqual({ name: 'state', state: 'applying' });
  daemon.settle('run-1');
  expect(await stream.next()).toEqual({ name: 'settled', state: 'done' });
  expect(await stream.next()).toBe('end');
  await vi.waitFor(() => expect(daemon.listening).toBe(0), { timeout: 30_000 });
});

test('a run that was settled before gives one event', async () => {
  const { daemon, url } = await listening();
  daemon.runs.set('run-1', runRecord('run-1', DONE));
  const stream = await open(url, 'run-1');
  expect(await stream.next()).toEqual({ name: 'settled', state: 'done' });
  expect(await stream.next()).toBe('end');
});

test('nothing after settled goes out, even if the subscription goes on', async () => {
  async function* talkative(): AsyncGenerator<RunEvent> {
    yield { kind: 'settled', run: runRecord('run-1', DONE) };
    yield { kind: 'state', run: runRecord('run-1') };
  }
  const daemon = new FakeDaemon();
  daemon.runs.set('run-1', runRecord('run-1'));
  const { url } = await listening({ subscribeRun: talkative }, daemon);
  const stream = await open(url, 'run-1');
  expect(await stream.next()).toEqual({ name: 'settled', state: 'done' });
  expect(await stream.next()).toBe('end');
});

test('a caller that goes away ends its subscription, and only its own', async () => {
  const { daemon, url } = await listening();
  daemon.move('run-1', { state: 'reading' });
  const leaving = new AbortController();
  const first = await open(url, 'run-1', leaving.signal);
  const second = await open(url, 'run-1');
  await first.next();
  await second.next();
  expect(daemon.listening).toBe(2);
  leaving.abort();
  await vi.waitFor(() => expect(daemon.listening).toBe(1), { timeout: 30_000 });
  daemon.settle('run-1');
  expect(await second.next()).toEqual({ name: 'settled', state: 'done' });
});

test('a caller that goes away while its run is looked up takes no place, and nothing is subscribed for it', async () => {
  const daemon = new FakeDaemon();
  daemon.move('run-1', { state: 'reading' });
  const [asked, found] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const subscribed: string[] = [];
  const { app, url } = await listening(
    {
      getRun: async (id) => {
        asked.resolve();
        await found.promise;
        return daemon.runs.get(id) ?? null;
      },
      subscribeRun: (id, signal) => {
        subscribed.push(id);
        return daemon.subscribe(id, signal);
      },
    },
    daemon,
  );
  const gone = new Promise((resolve) =>
    app.server.once('connection', (socket) => socket.once('close', resolve)),
  );
  const leaving = new AbortController();
  const cut = expect(open(url, 'run-1', leaving.signal)).rejects.toThrow('aborted');
  await asked.promise;
  leaving.abort();
  await Promise.all([cut, gone]);
  found.resolve();
  const other = await open(url, 'run-1');
  expect(await other.next()).toEqual({ name: 'state', state: 'reading' });
  expect(subscribed).toEqual(['run-1']);
});

test('closing the server ends open streams and does not wait for their runs', async () => {
  const { app, daemon, url } = await listening();
  daemon.move('run-1', { state: 'applying' });
  const stream = await open(url, 'run-1');
  await stream.next();
  await app.close();
  expect(await stream.next()).toBe('end');
  expect(daemon.listening).toBe(0);
});

test('closing ends a stream whose subscription does not listen to its signal', async () => {
  const daemon = new FakeDaemon();
  daemon.runs.set('run-1', runRecord('run-1'));
  async function* deaf(): AsyncGenerator<RunEvent> {
    await new Promise(() => {});
  }
  const { app, url } = await listening({ subscribeRun: deaf, heartbeatMs: 5 }, daemon);
  const stream = await open(url, 'run-1');
  await app.close();
  expect(await stream.next()).toBe('end');
});

test('closing does not wait for connections that were opened in advance and never used', async () => {
  const { app } = await listening();
  const { port } = app.server.address() as { port: number };
  const arrived = once(app.server, 'connection');
  const socket = connect(port, '127.0.0.1');
  await arrived;
  const closed = once(socket, 'close');
  await app.close();
  await closed;
});

test('closing cuts an answer that does not come in time', async () => {
  let asked = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { app, url } = await listening({
    closeWithinMs: 10,
    getRun: () => {
      asked();
      return new Promise(() => {});
    },
  });
  const cut = expect(fetch(`${url}/api/v1/runs/run-1`, { headers: BEARER })).rejects.toThrow('fetch failed');
  await arrived;
  await app.close();
  await cut;
});

test('a subscription that fails cuts the stream, so that nobody takes its end for the end of the run', async () => {
  async function* broken(): AsyncGenerator<RunEvent> {
    yield { kind: 'state', run: runRecord('run-1') };
    throw new Error('redis is gone');
  }
  const daemon = new FakeDaemon();
  daemon.runs.set('run-1', runRecord('run-1'));
  const { url } = await listening({ subscribeRun: broken }, daemon);
  const stream = await open(url, 'run-1');
  const outcome = (async () => {
    while ((await stream.next()) !== 'end');
  })();
  await expect(outcome).rejects.toThrow('terminated');
});

test('a silent stream says again and again that it is alive', async () => {
  const { daemon, url } = await listening({ heartbeatMs: 5 });
  daemon.move('run-1', { state: 'reading' });
  const response = await fetch(`${url}/api/v1/runs/run-1/events`, { headers: BEARER });
  let text = '';
  for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(
    new TextDecoderStream(),
  )) {
    text += chunk;
    if (text.split(': alive\n\n').length > 3) break;
  }
  expect(text.startsWith('event: state\nretry: 500\ndata: {')).toBe(true);
  await vi.waitFor(() => expect(daemon.listening).toBe(0), { timeout: 30_000 });
});

test('a caller too slow for the progress still gets every state, and the end', async () => {
  const daemon = new FakeDaemon();
  const filler = 'x'.repeat(10_000);
  async function* fast(): AsyncGenerator<RunEvent> {
    for (let done = 0; done < 2_000; done++) {
      yield { kind: 'progress', run: runRecord('run-1', { step: { what: filler, done, total: 2_000 } }) };
      if (done % 100 === 0) yield { kind: 'state', run: runRecord('run-1', { state: 'reading' }) };
    }
    yield { kind: 'settled', run: runRecord('run-1', DONE) };
  }
  daemon.runs.set('run-1', runRecord('run-1'));
  const { url } = await listening({ subscribeRun: fast }, daemon);
  const stream = await open(url, 'run-1');
  const names: string[] = [];
  for (let event = await stream.next(); event !== 'end'; event = await stream.next()) names.push(event.name);
  expect(names.filter((name) => name === 'state')).toHaveLength(20);
  expect(names.at(-1)).toBe('settled');
  expect(names.filter((name) => name === 'progress').length).toBeLessThan(2_000);
});

test('HEAD does not subscribe', async () => {
  const { daemon, url } = await listening();
  daemon.move('run-1', { state: 'reading' });
  const answer = await fetch(`${url}/api/v1/runs/run-1/events`, { method: 'HEAD', headers: BEARER });
  expect(answer.status).toBe(404);
  expect(daemon.listening).toBe(0);
});

test('beyond 200 open streams a caller is told to poll, until one ends', async () => {
  const { daemon, url } = await listening();
  daemon.move('run-1', { state: 'reading' });
  const follow = () => fetch(`${url}/api/v1/runs/run-1/events`, { headers: BEARER });
  const streams = await Promise.all(Array.from({ length: 200 }, follow));
  expect(new Set(streams.map((stream) => stream.status))).toEqual(new Set([200]));
  const refused = await follow();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await refused.text()).toContain('200 streams are open already');
  await streams[0]?.body?.cancel();
  await vi.waitFor(() => expect(daemon.listening).toBe(199), { timeout: 30_000 });
  expect((await follow()).status).toBe(200);
});
