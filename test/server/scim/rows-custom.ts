/** Attributes of a customer's own, in extensions that the endpoint has no schema of. */
import { expect } from 'vitest';
import { ENTERPRISE_URN, groupBody, type Json, type ScimClient, USER_URN, userBody } from './client.ts';
import { expectError, idsOf, q, type Row, row } from './row.ts';

/** As the documents of Entra have it. */
const URN = 'urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User';
/** As Okta writes them: the end does not say for which resource it is. */
const OKTA_URN = 'urn:okta:corp_app:1.0:user:custom';

async function patched(client: ScimClient, extension: Json, operations: unknown): Promise<Json> {
  const { id } = await client.user(extension === null ? {} : { [URN]: extension });
  const { status, body } = await client.patch(`/Users/${id}`, operations);
  expect(status).toBe(200);
  expect((await client.get(`/Users/${id}`)).body).toEqual(body);
  return body[URN];
}

const KEPT: readonly Row[] = [
  row('7643 3.3', 'an extension without a schema here is kept and given back as it came', async (client) => {
    const custom = {
      tag: 'blue',
      level: 7,
      remote: false,
      sites: ['Oslo', 'Lagos'],
      badges: [{ type: 'door', value: 'B-1' }],
    };
    const body = userBody({ schemas: [USER_URN, URN], [URN]: custom, [OKTA_URN]: { shirt: 'M' } });
    const made = (await client.post('/Users', body)).body;
    expect(made).toMatchObject({
      schemas: [USER_URN, URN, OKTA_URN],
      [URN]: custom,
      [OKTA_URN]: { shirt: 'M' },
    });
    expect((await client.get(`/Users/${made.id}`)).body).toEqual(made);
    expect((await client.put(`/Users/${made.id}`, { ...body, [URN]: { tag: 'red' } })).body[URN]).toEqual({
      tag: 'red',
    });
    const group = await client.group({ 'urn:x:corp:2.0:Group': { cost: 1 } });
    expect(group['urn:x:corp:2.0:Group']).toEqual({ cost: 1 });
  }),
  row(
    '7643 3.3',
    'a PUT without such an extension removes it, and schemas does not name it then',
    async (client) => {
      const { id, userName } = await client.user({ [URN]: { tag: 'x' } });
      const { body } = await client.put(`/Users/${id}`, { schemas: [USER_URN, URN], userName });
      expect(body).not.toHaveProperty(URN);
      expect(body.schemas).toEqual([USER_URN]);
    },
  ),
  row('7643 3.3', 'the same extension in another order or case is no change', async (client) => {
    const { id, userName, meta } = await client.user({ [URN]: { a: '1', b: '2' } });
    const again = { schemas: [USER_URN], userName, active: true, [URN]: { b: '2', a: '1', c: null, d: [] } };
    expect((await client.put(`/Users/${id}`, again)).body.meta).toEqual(meta);
  }),
  row('7643 2.1', 'names in an extension that are no names of attributes are left out', async (client) => {
    const text = JSON.stringify(userBody({ [URN]: { ok: 1 } })).replace(
      '"ok":1',
      '"ok":1,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a b":2,"in":{"__proto__":{"polluted":1},"x":1}',
    );
    const { status, body } = await client.post('/Users', undefined, { text });
    expect(status).toBe(201);
    expect(body[URN]).toEqual({ in: { x: 1 }, ok: 1 });
    for (const name of [
      '__proto__',
      'constructor',
      'constructor.prototype',
      'a.__proto__',
      'a.b.c',
      'a b',
      '',
    ])
      expectError(
        await client.patch(`/Users/${body.id}`, [
          { op: 'add', path: `${URN}:${name}`, value: { polluted: 1 } },
        ]),
        400,
        'invalidPath',
      );
    const whole = `[{"op":"add","value":{"${URN}":{"__proto__":{"polluted":1}},"${URN}:__proto__":1,"__proto__":{"polluted":1}}}]`;
    const message = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":${whole}}`;
    expect((await client.send('PATCH', `/Users/${body.id}`, undefined, { text: message })).body[URN]).toEqual(
      body[URN],
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  }),
  row(
    '7643 3.3',
    'extensions beyond their limits in number, values and depth are invalidValue',
    async (client) => {
      const extensions = (many: number) =>
        Object.fromEntries(Array.from({ length: many }, (_, at) => [`urn:x:a${at}:2.0:User`, { a: 1 }]));
      const list = (many: number) => ({ [URN]: { a: Array.from({ length: many }, (_, at) => at) } });
      const deep = (levels: number): Json => (levels === 0 ? 1 : { a: deep(levels - 1) });
      for (const more of [extensions(21), list(501), { [URN]: deep(5) }]) {
        const answer = await client.post('/Users', userBody(more));
        expectError(answer, 400, 'invalidValue');
        expect(answer.body.detail).toMatch(/limit.*\b(?:20|500)\b|\b4 levels/);
      }
      for (const more of [extensions(20), list(500), { [URN]: deep(4) }])
        expect((await client.post('/Users', userBody(more))).status).toBe(201);
      const endless = `{"schemas":["${USER_URN}"],"userName":"endless","${URN}":{"a":1e999}}`;
      expectError(await client.send('POST', '/Users', undefined, { text: endless }), 400, 'invalidValue');
      const { id } = await client.user(list(500));
      const one = [{ op: 'add', path: `${URN}:a`, value: [500] }];
      expectError(await client.patch(`/Users/${id}`, one), 400, 'invalidValue');
    },
  ),
];

const CHANGED: readonly Row[] = [
  row(
    '7644 3.5.2.1',
    'add in an extension without a schema: by path, by name, as a whole, to a list',
    async (client) => {
      const add = (path: string | undefined, value: Json) => [{ op: 'Add', path, value }];
      expect(await patched(client, null, add(`${URN}:tag`, 'x'))).toEqual({ tag: 'x' });
      expect(await patched(client, { a: 1 }, add(undefined, { [`${URN}:tag`]: 'x' }))).toEqual({
        a: 1,
        tag: 'x',
      });
      expect(await patched(client, { a: 1 }, add(undefined, { [URN]: { tag: 'x' } }))).toEqual({
        a: 1,
        tag: 'x',
      });
      expect(await patched(client, { a: 1 }, add(URN, { tag: 'x' }))).toEqual({ a: 1, tag: 'x' });
      expect(await patched(client, { a: ['1'] }, add(`${URN}:a`, ['1', '2']))).toEqual({ a: ['1', '2'] });
      expect(await patched(client, { a: { b: 1 } }, add(`${URN}:a.c`, 2))).toEqual({ a: { b: 1, c: 2 } });
      expect(await patched(client, { Tag: 'x' }, add(`${URN.toUpperCase()}:TAG`, 'y'))).toEqual({ Tag: 'y' });
      const { id } = await client.user({ [OKTA_URN]: { a: 1 } });
      const { body } = await client.patch(`/Users/${id}`, add(`${OKTA_URN}:shirt`, 'L'));
      expect(body[OKTA_URN]).toEqual({ a: 1, shirt: 'L' });
    },
  ),
  row(
    '7644 3.5.2.2',
    'remove in an extension without a schema: a value, values of a list, all of it',
    async (client) => {
      const remove = (path: string, value?: Json) => [{ op: 'remove', path, value }];
      expect(await patched(client, { a: 1, b: 2 }, remove(`${URN}:a`))).toEqual({ b: 2 });
      expect(await patched(client, { a: 1 }, remove(`${URN}:a`))).toBeUndefined();
      expect(await patched(client, { a: 1 }, remove(URN))).toBeUndefined();
      expect(await patched(client, { a: 1 }, remove(`${URN}:none`))).toEqual({ a: 1 });
      expect(await patched(client, { a: ['1', '2'] }, remove(`${URN}:a`, ['1']))).toEqual({ a: ['2'] });
      expect(await patched(client, { a: { b: 1, c: 2 } }, remove(`${URN}:a.b`))).toEqual({ a: { c: 2 } });
    },
  ),
  row('7644 3.5.2.3', 'replace in an extension without a schema, also by null', async (client) => {
    const replace = (path: string | undefined, value: Json) => [{ op: 'Replace', path, value }];
    expect(await patched(client, { tag: 'x' }, replace(`${URN}:tag`, 'y'))).toEqual({ tag: 'y' });
    expect(await patched(client, { tag: 'x' }, replace(`${URN}:tag`, null))).toBeUndefined();
    expect(await patched(client, { a: ['1'] }, replace(`${URN}:a`, ['2']))).toEqual({ a: ['2'] });
    expect(await patched(client, { a: 1, b: 2 }, replace(undefined, { [URN]: { a: null } }))).toEqual({
      b: 2,
    });
    expect(await patched(client, { a: 1 }, replace(URN, null))).toBeUndefined();
  }),
  row('7644 3.5.2', 'an attribute that a known schema does not have stays invalidPath', async (client) => {
    const { id } = await client.user({ [URN]: { a: ['1'] } });
    for (const path of [
      `${ENTERPRISE_URN}:shoeSize`,
      `${USER_URN}:shoeSize`,
      `${URN}:a[value eq "1"]`,
      `${URN}:a.b`,
    ])
      expectError(await client.patch(`/Users/${id}`, [{ op: 'add', path, value: 'x' }]), 400, 'invalidPath');
  }),
];

const SHOWN: readonly Row[] = [
  row(
    '7644 3.4.2.2',
    'filter: an attribute of an extension without a schema, as what it is',
    async (client) => {
      const urn = `urn:x:f${Date.now()}:2.0:User`;
      const { id } = await client.user({
        [urn]: { Tag: 'Blue', n: 7, on: true, l: [{ value: 'v' }], c: { d: 'e' } },
      });
      const found = async (filter: string) => idsOf(await client.get(`/Users?filter=${q(filter)}`));
      for (const is of [
        'tag eq "blue"',
        'tag sw "BL"',
        'n ge 7',
        'on eq true',
        'on eq "True"',
        'l eq "v"',
        'c.d pr',
      ])
        expect(await found(`${urn}:${is}`)).toEqual([id]);
      for (const not of ['tag eq "red"', 'n gt 7', 'on eq false', 'tag gt 3', 'none pr', 'c.x pr'])
        expect(await found(`${urn}:${not}`)).toEqual([]);
      expect(await found(`userName pr and ${urn}:tag ne "red" and ${urn} pr`)).toEqual([id]);
      for (const bad of ['n co 7', 'on gt true', '__proto__ pr', 'l[value eq "v"]'])
        expectError(await client.get(`/Users?filter=${q(`${urn}:${bad}`)}`), 400, 'invalidFilter');
    },
  ),
  row(
    '7644 3.9',
    'attributes and excludedAttributes name an extension without a schema, or a part of it',
    async (client) => {
      const { id } = await client.user({ title: 'x', [URN]: { a: '1', b: { c: '2', d: '3' } } });
      const get = async (query: string) => (await client.get(`/Users/${id}?${query}`)).body;
      expect(await get(`attributes=${URN}`)).toMatchObject({ id, [URN]: { a: '1', b: { c: '2', d: '3' } } });
      const only = await get(`attributes=${URN.toLowerCase()}:A,title,${URN}:b.C`);
      expect(only).toMatchObject({ title: 'x', [URN]: { a: '1', b: { c: '2' } } });
      expect(only[URN].b).not.toHaveProperty('d');
      expect(only).not.toHaveProperty('userName');
      expect(await get('attributes=title')).not.toHaveProperty(URN);
      expect(await get(`excludedAttributes=${URN}`)).not.toHaveProperty(URN);
      expect((await get(`excludedAttributes=${URN}:b`))[URN]).toEqual({ a: '1' });
    },
  ),
  row('7643 3.3', 'a group takes no extension of users, known or in schemas only', async (client) => {
    const schemas = [
      ...groupBody().schemas,
      'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
    ];
    const { body } = await client.post(
      '/Groups',
      groupBody({ schemas, [ENTERPRISE_URN]: { department: 'x' } }),
    );
    expect(body.schemas).toEqual(groupBody().schemas);
    expect(body).not.toHaveProperty(ENTERPRISE_URN);
  }),
];

export const CUSTOM: readonly Row[] = [...KEPT, ...CHANGED, ...SHOWN];
