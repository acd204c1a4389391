/** HTTP around it: tokens, media types, methods, limits, versions. */
import { expect } from 'vitest';
import { PATCH_URN, USER_URN, userBody } from './client.ts';
import { expectError, q, type Row, row } from './row.ts';

export const HTTP: readonly Row[] = [
  row(
    '7644 2',
    'without a good token every address is 401 with a challenge and a SCIM error',
    async (client) => {
      for (const token of [null, 'wrong'])
        for (const path of ['/Users', '/Users/x', '/ServiceProviderConfig', '/Nothing', '']) {
          const answer = await client.get(path, { token });
          expectError(answer, 401);
          expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
        }
      expectError(await client.post('/Users', userBody(), { token: null }), 401);
    },
  ),
  row('7644 2', 'a source that does not exist is answered like a wrong token', async (client) => {
    expectError(await client.get(`${client.origin}/scim/v2/nobody/Users`), 401);
  }),
  row(
    '7644 3.1',
    'application/scim+json and application/json are taken, with a charset or without',
    async (client) => {
      for (const type of [
        'application/json',
        'application/scim+json; charset=utf-8',
        'application/json;charset=UTF-8',
      ]) {
        const call = { headers: { 'content-type': type } };
        expect((await client.post('/Users', userBody(), call)).status).toBe(201);
      }
    },
  ),
  row('7644 3.1', 'another media type is 415', async (client) => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
      const call = { headers: { 'content-type': type } };
      expectError(await client.post('/Users', userBody(), call), 415);
    }
  }),
  row('7644 3.12', 'a body that is no JSON, no object or nothing is invalidSyntax', async (client) => {
    for (const text of ['{', '[]', '"x"', 'null', '7', '', ' '])
      expectError(await client.send('POST', '/Users', undefined, { text }), 400, 'invalidSyntax');
    expectError(await client.post('/Users'), 400, 'invalidSyntax');
  }),
  row(
    '7644 3.12',
    'a body that is nested deeper than 32 levels is invalidSyntax, wherever it is',
    async (client) => {
      const { id } = await client.user();
      const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
      for (const levels of [32, 400_000]) {
        const user = `{"schemas":["${USER_URN}"],"userName":"deep","title":${deep(levels)}}`;
        expectError(await client.send('POST', '/Users', undefined, { text: user }), 400, 'invalidSyntax');
        const patch = `{"schemas":["${PATCH_URN}"],"Operations":[{"op":${deep(levels)},"path":"title"}]}`;
        expectError(
          await client.send('PATCH', `/Users/${id}`, undefined, { text: patch }),
          400,
          'invalidSyntax',
        );
      }
      expectError(
        await client.post('/Users', userBody({ title: JSON.parse(deep(31)) })),
        400,
        'invalidValue',
      );
      const quoted = userBody({ title: '\\"[{'.repeat(100), shoes: JSON.parse(deep(31)) });
      expect((await client.post('/Users', quoted)).body.title).toBe(quoted.title);
    },
  ),
  row('7644 3.12', 'a body above 2 MiB is 413', async (client) => {
    expectError(await client.post('/Users', userBody({ title: 'x'.repeat(2_200_000) })), 413);
  }),
  row('7644 3.12', 'methods that an address does not take are 405 with Allow', async (client) => {
    for (const [method, path, allow] of [
      ['PUT', '/Users', 'GET, POST'],
      ['DELETE', '/Groups', 'GET, POST'],
      ['POST', '/Users/x', 'GET, PUT, PATCH, DELETE'],
      ['POST', '/Schemas', 'GET'],
      ['GET', '/Users/.search', 'POST'],
      ['DELETE', '/ServiceProviderConfig', 'GET'],
    ] as const) {
      const answer = await client.send(method, path, undefined);
      expectError(answer, 405);
      expect(answer.headers.get('allow')).toBe(allow);
    }
  }),
  row(
    '7644 3.12',
    'OPTIONS says what an address takes, and HEAD answers as GET without a body',
    async (client) => {
      const { id } = await client.user();
      for (const [path, allow] of [
        ['/Users', 'GET, POST'],
        [`/Users/${id}`, 'GET, PUT, PATCH, DELETE'],
        ['/Schemas', 'GET'],
      ] as const) {
        const options = await client.send('OPTIONS', path, undefined);
        expect([options.status, options.headers.get('allow')]).toEqual([204, allow]);
        const head = await client.send('HEAD', path, undefined);
        expect([head.status, head.body, head.headers.get('content-type')]).toEqual([
          200,
          null,
          'application/scim+json',
        ]);
      }
      expectError(await client.send('OPTIONS', '/Devices', undefined), 404);
      expectError(await client.send('OPTIONS', '/Users', undefined, { token: null }), 401);
      expectError(await client.send('POST', '', {}), 405);
    },
  ),
  row('7644 3.12', 'slashes at the end of an address, or two of them, are no matter', async (client) => {
    const { id, userName } = await client.user();
    expect((await client.get(`/Users/${id}/`)).body.id).toBe(id);
    expect((await client.get(`//Users//?filter=${q(`userName eq "${userName}"`)}`)).body.totalResults).toBe(
      1,
    );
    expect((await client.post('/Users/', userBody())).status).toBe(201);
    expect((await client.get('/ServiceProviderConfig/')).status).toBe(200);
    expect((await client.get('/')).status).toBe(200);
    // An id that a client forgot is no id.
    expectError(await client.delete('/Users/'), 405);
  }),
  row(
    '7644 3.12',
    'an address that cannot be decoded is invalidSyntax, and a slash in an id is part of it',
    async (client) => {
      expectError(await client.get('/Users/%zz'), 400, 'invalidSyntax');
      for (const id of ['a%2fb', 'a%252fb', '%00', '%F0%9F%98%80'])
        expectError(await client.get(`/Users/${id}`), 404);
    },
  ),
  row('7644 3.7', 'Bulk is not supported, as ServiceProviderConfig says: 501', async (client) => {
    expectError(await client.post('/Bulk', { schemas: [], Operations: [] }), 501);
  }),
  row('7644 3.11', 'Me is not supported: 501', async (client) => {
    expectError(await client.get('/Me'), 501);
  }),
  row('7644 3.12', 'an address that is none is 404 with a SCIM error', async (client) => {
    for (const path of ['/Devices', '/Users/a/b', `/Users/${'x'.repeat(400)}`])
      expectError(await client.get(path), 404);
  }),
  row('7644 3.13', 'another version of the protocol is invalidVers', async (client) => {
    expectError(await client.get(`${client.origin}/scim/v1/okta/Users`), 400, 'invalidVers');
    expectError(await client.post(`${client.origin}/scim/v3/okta/Users`, {}), 400, 'invalidVers');
  }),
  row('7644 7.5.2', 'answers are not stored by caches', async (client) => {
    expect((await client.get('/Users')).headers.get('cache-control')).toBe('no-store');
  }),
];
