/** Each attribute of the schemas, found by reading them, as suites do that know a server by what it says of itself. */
import { expect } from 'vitest';
import { ENTERPRISE_URN, type Json, type ScimClient, USER_URN, userBody } from './client.ts';
import { expectError, type Row, row } from './row.ts';

/** A value of the type that the schema names. */
function sample({ name, type, multiValued, subAttributes }: Json): Json {
  const one = () => {
    if (type === 'boolean') return true;
    if (type === 'binary') return 'MIIB';
    if (type !== 'complex') return name === 'active' ? true : `x-${name}`;
    const parts = subAttributes.filter(({ mutability }: Json) => mutability !== 'readOnly');
    return Object.fromEntries(parts.map((each: Json) => [each.name, sample(each)]));
  };
  return multiValued ? [one()] : one();
}

interface Attribute {
  readonly path: string;
  readonly about: Json;
  readonly read: (user: Json) => Json;
}

async function attributesOfUsers(client: ScimClient): Promise<Attribute[]> {
  const listed = async (urn: string) => (await client.get(`/Schemas/${urn}`)).body.attributes;
  return [
    ...(await listed(USER_URN)).map((about: Json) => ({
      path: about.name,
      about,
      read: (user: Json) => user[about.name],
    })),
    ...(await listed(ENTERPRISE_URN)).map((about: Json) => ({
      path: `${ENTERPRISE_URN}:${about.name}`,
      about,
      read: (user: Json) => user[ENTERPRISE_URN]?.[about.name],
    })),
  ];
}

export const ATTRIBUTES: readonly Row[] = [
  row(
    '7643 7',
    'each attribute of the user schemas is kept, patched and removed as it says',
    async (client) => {
      const { id } = await client.user();
      const patch = async (op: string, path: string, value?: Json) =>
        client.patch(`/Users/${id}`, [value === undefined ? { op, path } : { op, path, value }]);
      const attributes = await attributesOfUsers(client);
      expect(attributes.length).toBeGreaterThan(25);
      for (const { path, about, read } of attributes) {
        const value = sample(about);
        if (about.mutability === 'readOnly') {
          for (const op of ['add', 'replace', 'remove'])
            expectError(await patch(op, path, op === 'remove' ? undefined : value), 400, 'mutability');
          continue;
        }
        for (const op of ['add', 'replace']) {
          const answer = await patch(op, path, value);
          expect(answer.status, `${op} ${path}`).toBe(200);
          expect(read(answer.body), path).toEqual(about.returned === 'never' ? undefined : value);
          expect(read((await client.get(`/Users/${id}`)).body), path).toEqual(read(answer.body));
        }
        const removed = await patch('remove', path);
        if (about.required) expectError(removed, 400, 'mutability');
        else {
          expect(removed.status, path).toBe(200);
          expect(read(removed.body), path).toEqual(path === 'active' ? true : undefined);
        }
      }
    },
  ),
  row(
    '7643 7',
    'a POST and a PUT of every attribute that can be written give all of it back',
    async (client) => {
      const attributes = (await attributesOfUsers(client)).filter(
        ({ about }) => about.mutability === 'readWrite',
      );
      const { userName } = userBody();
      const body: Json = { schemas: [USER_URN, ENTERPRISE_URN], [ENTERPRISE_URN]: {} };
      for (const { path, about } of attributes)
        if (path.startsWith('urn:')) body[ENTERPRISE_URN][about.name] = sample(about);
        else body[path] = sample(about);
      const all = { ...body, userName };
      const made = (await client.post('/Users', all)).body;
      expect(made).toMatchObject(all);
      const put = await client.put(`/Users/${made.id}`, all);
      expect(put.body).toEqual(made);
      for (const { path, read } of attributes) {
        const shown = (await client.get(`/Users/${made.id}?attributes=${encodeURIComponent(path)}`)).body;
        expect(read(shown), path).toEqual(read(made));
        const hidden = (await client.get(`/Users/${made.id}?excludedAttributes=${encodeURIComponent(path)}`))
          .body;
        expect(read(hidden), path).toBeUndefined();
      }
    },
  ),
  row(
    '7644 3.5.2',
    'the paths that Entra writes for attributes of work and of the primary role',
    async (client) => {
      const { id } = await client.user();
      const add = (path: string, value: Json) => ({ op: 'Add', path, value });
      const { body } = await client.patch(`/Users/${id}`, [
        add('addresses[type eq "work"].formatted', 'Road 1'),
        add('addresses[type eq "work"].country', 'NO'),
        add('phoneNumbers[type eq "mobile"].value', '+47 1'),
        add('phoneNumbers[type eq "fax"].value', '+47 2'),
        add('roles[primary eq "True"].value', 'r'),
        add('roles[primary eq "True"].display', 'R'),
        add(`${ENTERPRISE_URN}:manager`, 'boss'),
      ]);
      expect(body).toMatchObject({
        addresses: [{ type: 'work', formatted: 'Road 1', country: 'NO' }],
        phoneNumbers: [
          { type: 'mobile', value: '+47 1' },
          { type: 'fax', value: '+47 2' },
        ],
        roles: [{ primary: true, value: 'r', display: 'R' }],
        [ENTERPRISE_URN]: { manager: { value: 'boss' } },
      });
      const without = await client.patch(`/Users/${id}`, [
        { op: 'Replace', path: `${ENTERPRISE_URN}:manager`, value: '' },
        { op: 'Replace', path: 'phoneNumbers[type eq "fax"]', value: [{ type: 'fax', value: '+47 3' }] },
      ]);
      expect(without.body).not.toHaveProperty(ENTERPRISE_URN);
      expect(without.body.phoneNumbers).toContainEqual({ type: 'fax', value: '+47 3' });
    },
  ),
  row(
    '7643 2.4',
    'more than 1,000 values in one list are invalidValue, however they came there',
    async (client) => {
      const many = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, at) => ({ value: `v${from + at}` }));
      const { id } = await client.user({ entitlements: many(0, 600) });
      const add = (values: Json) =>
        client.patch(`/Users/${id}`, [{ op: 'add', path: 'entitlements', value: values }]);
      expect((await add(many(500, 1000))).body.entitlements).toHaveLength(1000);
      for (const answer of [
        await add(many(1000, 1001)),
        await add(many(0, 1001)),
        await client.patch(`/Users/${id}`, [
          { op: 'add', path: 'entitlements[type eq "x"].value', value: 'y' },
        ]),
        await client.post('/Users', userBody({ entitlements: many(0, 1001) })),
      ]) {
        expectError(answer, 400, 'invalidValue');
        expect(answer.body.detail).toMatch(/1001 values of entitlements .*limit is 1000/);
      }
      expect((await add(many(0, 1000))).body.meta.version).toBe('W/"2"');
    },
  ),
  row('9865 3', 'a count that is no integer is invalidCount in pages by cursor', async (client) => {
    expectError(await client.get('/Users?cursor=&count=many'), 400, 'invalidCount');
  }),
];
