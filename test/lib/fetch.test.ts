import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fetchWhole, NoAnswerError } from '../../src/lib/fetch.ts';

async function serverOf(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function get(url: string, limits: { origin: string; timeoutMs?: number; signal?: AbortSignal }, token = 't') {
  const headers = { authorization: `Bearer ${token}` };
  return fetchWhole({ method: 'GET', url, headers }, { timeoutMs: 120_000, ...limits });
}

async function silenceOf(call: Promise<unknown>): Promise<NoAnswerError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NoAnswerError);
  return error as NoAnswerError;
}

test('an answer of any status is an answer, a redirect too', async () => {
  const origin = await serverOf((request, response) => {
    response
      .writeHead(request.url === '/moved' ? 301 : 500, { location: 'http://127.0.0.1:1/' })
      .end('words');
  });
  expect(await get(`${origin}/moved`, { origin })).toMatchObject({ status: 301, text: 'words' });
  expect(await get(`${origin}/bad`, { origin })).toMatchObject({ status: 500, text: 'words' });
});

test('no other origin is asked, whatever its URL looks like', async () => {
  let asked = 0;
  const origin = await serverOf((_, response) => {
    asked++;
    response.end();
  });
  const elsewhere = [
    origin.replace('127.0.0.1', 'localhost'),
    origin.replace('http://', 'http://user:pass@'),
    'https://corp.example',
    '/relative',
  ];
  for (const url of elsewhere) {
    const error = await silenceOf(get(`${url}/a?secret=1`, { origin }));
    expect(error.passing).toBe(false);
    expect(error.message).not.toMatch(/secret|pass@/);
  }
  expect(asked).toBe(0);
});

test('a server that sends headers and then nothing is given up at the time limit', async () => {
  const origin = await serverOf((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half');
  });
  const error = await silenceOf(get(origin, { origin, timeoutMs: 50 }));
  expect(error).toMatchObject({ passing: true, message: 'no whole answer within 0.05 s' });
});

test('a body that is cut is no answer', async () => {
  const origin = await serverOf((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  expect((await silenceOf(get(origin, { origin }))).message).toMatch(
    /^no whole answer: .*(SOCKET|terminated|closed)/i,
  );
});

test('nobody listening is told by the code of the system', async () => {
  const error = await silenceOf(get('http://127.0.0.1:1/', { origin: 'http://127.0.0.1:1' }));
  expect(error.message).toMatch(/^no whole answer: .*(ECONNREFUSED|bad port)/);
});

test('a header that HTTP forbids is refused without printing it', async () => {
  const origin = await serverOf((_, response) => response.end());
  const error = await silenceOf(get(origin, { origin }, 'secret\nvalue'));
  expect(`${error.message} ${String(error.cause)}`).not.toContain('secret');
});

test('an abort of the caller is its own reason, not a missing answer', async () => {
  const origin = await serverOf(() => {});
  const stop = new AbortController();
  const call = get(origin, { origin, signal: stop.signal });
  setTimeout(() => stop.abort(new Error('shutdown')), 20);
  await expect(call).rejects.toThrow('shutdown');
});
