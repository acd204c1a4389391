import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogger } from '../../src/lib/log.ts';
import { BEARER } from './fake-daemon.ts';
import { serverOf } from './serving.ts';

test('a request that belongs to a trace says so in the log, and anything else that looks like it is not repeated', async () => {
  const lines: { readonly reqId?: string; readonly traceId?: string }[] = [];
  const to = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const { app } = serverOf({ log: createLogger({ level: 'info', to }) });
  const ask = (traceparent: string) =>
    app.inject({ url: '/api/v1/status', headers: { ...BEARER, traceparent } });
  await ask('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  expect(new Set(lines.map(({ traceId }) => traceId))).toEqual(new Set(['4bf92f3577b34da6a3ce929d0e0e4736']));
  expect(new Set(lines.map(({ reqId }) => reqId)).size).toBe(1);
  lines.length = 0;
  for (const odd of ['00-x-y-01', `00-${'4'.repeat(31)}\u0001-00f067aa0ba902b7-01`, '']) await ask(odd);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.every(({ traceId }) => traceId === undefined)).toBe(true);
});
