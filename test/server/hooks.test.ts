import type { InjectOptions } from 'fastify';
import { expect, test } from 'vitest';
import { SECRET } from './fake-daemon.ts';
import { serverOf } from './serving.ts';

test('a check is answered as Okta wants it, a trial of the address as Graph wants it, and a delivery without a body', async () => {
  const { app } = serverOf();
  const check = await app.inject({ url: '/hooks/okta', headers: { 'x-okta-verification-challenge': 'a"b' } });
  expect([check.statusCode, check.json()]).toEqual([200, { verification: 'a"b' }]);
  const trial = await app.inject({
    method: 'POST',
    url: '/hooks/graph?validationToken=Validation%3A%20x',
    headers: { 'content-type': 'text/plain' },
  });
  expect([trial.statusCode, trial.headers['content-type'], trial.body]).toEqual([
    200,
    'text/plain; charset=utf-8',
    'Validation: x',
  ]);
  const taken = await app.inject({
    method: 'POST',
    url: '/hooks/okta',
    headers: { authorization: SECRET },
    payload: { data: {} },
  });
  expect([taken.statusCode, taken.body]).toEqual([204, '']);
  const noted = await app.inject({ method: 'POST', url: '/hooks/graph', payload: { value: [] } });
  expect([noted.statusCode, noted.body]).toEqual([202, '']);
});

test('a stranger, a check without a challenge, and a huge delivery are problems', async () => {
  const { app } = serverOf();
  const statusOf = async (request: InjectOptions) => (await app.inject(request)).statusCode;
  expect(await statusOf({ method: 'POST', url: '/hooks/okta', payload: {} })).toBe(401);
  expect(await statusOf({ url: '/hooks/okta' })).toBe(400);
  expect(
    await statusOf({ method: 'POST', url: '/hooks/graph', payload: { value: 'x'.repeat(3_000_000) } }),
  ).toBe(413);
});

test('where no secret is configured there is no receiver', async () => {
  const none = { oktaCheck: () => null, okta: async () => null, graph: async () => null };
  const { app } = serverOf({ hooks: none });
  for (const url of ['/hooks/okta', '/hooks/graph'])
    expect((await app.inject({ method: 'POST', url, payload: {} })).statusCode).toBe(404);
});
