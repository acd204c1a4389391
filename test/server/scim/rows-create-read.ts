/** Creating, reading and deleting resources, and what the endpoint says of itself. */
import { expect } from 'vitest';
import { ENTERPRISE_URN, GROUP_URN, groupBody, type Json, LIST_URN, USER_URN, userBody } from './client.ts';
import { expectError, type Row, row } from './row.ts';

const CREATE: readonly Row[] = [
  row('7644 3.3', 'POST answers 201 with the resource, Location and ETag', async (client) => {
    const { status, headers, body } = await client.post('/Users', userBody());
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`${client.base}/Users/${body.id}`);
    expect(headers.get('etag')).toBe('W/"1"');
    expect(headers.get('content-type')).toBe('application/scim+json');
    expect((await client.get(`/Users/${body.id}`)).body).toEqual(body);
  }),
  row('7644 3.3', 'what only the server writes is ignored in POST', async (client) => {
    const body = userBody({ id: 'mine', meta: { version: 'mine' }, groups: [{ value: 'x' }] });
    const made = (await client.post('/Users', body)).body;
    expect(made.id).not.toBe('mine');
    expect(made.meta.version).toBe('W/"1"');
    expect(made.groups).toBeUndefined();
  }),
  row('7644 3.3', 'a second userName in another case is 409 uniqueness', async (client) => {
    const { userName } = await client.user();
    const body = userBody({ userName: userName.toUpperCase() });
    expectError(await client.post('/Users', body), 409, 'uniqueness');
  }),
  row('7644 3.3', 'a second displayName of a group is 409 uniqueness', async (client) => {
    const { displayName } = await client.group();
    expectError(await client.post('/Groups', groupBody({ displayName })), 409, 'uniqueness');
  }),
  row('7644 3.3', 'PUT and PATCH to a name that is taken are 409, and change nothing', async (client) => {
    const [one, two] = [await client.user(), await client.user()];
    expectError(
      await client.put(`/Users/${one.id}`, userBody({ userName: two.userName })),
      409,
      'uniqueness',
    );
    const patch = [{ op: 'replace', path: 'userName', value: two.userName }];
    expectError(await client.patch(`/Users/${one.id}`, patch), 409, 'uniqueness');
    expect((await client.get(`/Users/${one.id}`)).body).toEqual(one);
  }),
  row(
    '7643 2.1',
    'names of attributes and URNs are taken in any case and given back as the schema has them',
    async (client) => {
      const { body } = await client.post('/Users', {
        SCHEMAS: [USER_URN.toUpperCase()],
        USERNAME: 'Any.Case@example.com',
        Name: { GIVENNAME: 'Any' },
        [ENTERPRISE_URN.toUpperCase()]: { DEPARTMENT: 'R&D' },
      });
      expect(body).toMatchObject({
        schemas: [USER_URN, ENTERPRISE_URN],
        userName: 'Any.Case@example.com',
        name: { givenName: 'Any' },
        [ENTERPRISE_URN]: { department: 'R&D' },
      });
    },
  ),
  row('7643 2.1', 'a name that is given twice in different cases is invalidSyntax', async (client) => {
    expectError(await client.post('/Users', userBody({ USERNAME: 'b' })), 400, 'invalidSyntax');
  }),
  row('7643 2.3', 'a value of a wrong type is invalidValue', async (client) => {
    const wrong = [
      { userName: 1 },
      { active: 'maybe' },
      { name: 'Jane' },
      { emails: 'a@b' },
      { emails: [{ value: 7 }] },
      { displayName: ['a'] },
      { [ENTERPRISE_URN]: 'x' },
      { x509Certificates: [{ value: '***' }] },
    ];
    for (const more of wrong) expectError(await client.post('/Users', userBody(more)), 400, 'invalidValue');
  }),
  row('7643 2.4', 'two primary values in one list are invalidValue', async (client) => {
    const emails = ['a', 'b'].map((value) => ({ value, primary: true }));
    expectError(await client.post('/Users', userBody({ emails })), 400, 'invalidValue');
  }),
  row('7643 2.4', 'a value that stands in a list twice is kept once', async (client) => {
    const email = { value: 'a@example.com', type: 'work' };
    expect((await client.user({ emails: [email, email] })).emails).toEqual([email]);
  }),
  row('7643 2.5', 'null and the empty list are the same as no attribute', async (client) => {
    const made = await client.user({ nickName: null, emails: [], name: {}, title: 'Dr' });
    expect(Object.keys(made)).toEqual(['schemas', 'id', 'userName', 'title', 'active', 'meta']);
  }),
  row('7643 3', 'a body without its schema, or without schemas, is invalidSyntax', async (client) => {
    for (const schemas of [undefined, [], 'x', [GROUP_URN]])
      expectError(await client.post('/Users', { ...userBody(), schemas }), 400, 'invalidSyntax');
  }),
  row('7643 3', 'attributes that the schema does not have are left out', async (client) => {
    const made = await client.user({ shoeSize: 43, 'urn:none': { a: 1 } });
    expect(made).not.toHaveProperty('shoeSize');
    expect(made).not.toHaveProperty('urn:none');
  }),
  row('7643 3.1', 'meta has resourceType, created, lastModified, location and version', async (client) => {
    const { id, meta } = await client.user();
    expect(meta).toEqual({
      resourceType: 'User',
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      lastModified: meta.created,
      location: `${client.base}/Users/${id}`,
      version: 'W/"1"',
    });
  }),
  row('7643 3.1', 'externalId is kept as it came, and its case counts', async (client) => {
    const made = await client.user({ externalId: 'aBc' });
    expect(made.externalId).toBe('aBc');
    expect((await client.post('/Users', userBody({ externalId: 'abc' }))).status).toBe(201);
    expectError(await client.post('/Users', userBody({ externalId: 'aBc' })), 409, 'uniqueness');
  }),
  row('7643 4.1.1', 'a user without userName, or with an empty one, is invalidValue', async (client) => {
    for (const userName of [undefined, null, '', ' '])
      expectError(await client.post('/Users', userBody({ userName })), 400, 'invalidValue');
  }),
  row('7643 4.1.1', 'password is taken, never kept and never given back', async (client) => {
    const made = await client.user({ password: 'correct horse' });
    expect(made).not.toHaveProperty('password');
    const asked = await client.get(`/Users/${made.id}?attributes=password`);
    expect(asked.body).toEqual({ schemas: [USER_URN], id: made.id });
    expect(JSON.stringify(await client.store.get('User', made.id))).not.toContain('correct horse');
  }),
  row('7643 4.1.1', 'active is true where a new user does not say', async (client) => {
    expect((await client.user({ active: undefined })).active).toBe(true);
    expect((await client.user({ active: false })).active).toBe(false);
  }),
  row('7643 4.1.2', 'every multi-valued attribute of a user comes back as it was given', async (client) => {
    const full = {
      emails: [{ value: 'a@example.com', display: 'A', type: 'work', primary: true }],
      phoneNumbers: [{ value: 'tel:+1-201-555-0123', type: 'work' }],
      ims: [{ value: 'someone', type: 'xmpp' }],
      photos: [{ value: 'https://photos.example.com/1', type: 'photo' }],
      addresses: [{ streetAddress: '1 Main St', locality: 'Springfield', type: 'work', primary: true }],
      entitlements: [{ value: 'e' }],
      roles: [{ value: 'r', primary: false }],
      x509Certificates: [{ value: 'MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw' }],
    };
    expect(await client.user(full)).toMatchObject(full);
  }),
  row('7643 4.1.2', 'groups of a user are read from the groups', async (client) => {
    const user = await client.user();
    const group = await client.group({ members: [{ value: user.id }] });
    expect((await client.get(`/Users/${user.id}`)).body.groups).toEqual([
      { value: group.id, $ref: group.meta.location, display: group.displayName, type: 'direct' },
    ]);
  }),
  row('7643 4.2', 'a group needs a displayName', async (client) => {
    expectError(await client.post('/Groups', { schemas: [GROUP_URN] }), 400, 'invalidValue');
  }),
  row('7643 4.2', 'members have value, type, $ref and display, of users and of groups', async (client) => {
    const [user, inner] = [await client.user({ displayName: 'Jo' }), await client.group()];
    const { members } = await client.group({ members: [{ value: user.id }, { value: inner.id }] });
    expect(members).toHaveLength(2);
    expect(members).toContainEqual({ value: user.id, $ref: user.meta.location, type: 'User', display: 'Jo' });
    expect(members).toContainEqual({
      value: inner.id,
      $ref: inner.meta.location,
      type: 'Group',
      display: inner.displayName,
    });
  }),
  row('7643 4.2', 'a member that names nothing yet is kept as it came', async (client) => {
    const { members } = await client.group({ members: [{ value: 'later', display: 'L' }] });
    expect(members).toEqual([{ value: 'later' }]);
  }),
  row('7643 4.2', 'a member without a value is invalidValue', async (client) => {
    for (const member of [{}, { value: '' }, { value: 7 }, 7, { value: 'x'.repeat(257) }])
      expectError(await client.post('/Groups', groupBody({ members: [member] })), 400, 'invalidValue');
  }),
  row(
    '7643 4.3',
    'the enterprise extension comes back under its URN, which schemas then names',
    async (client) => {
      const extension = {
        employeeNumber: '701984',
        costCenter: '4130',
        organization: 'Studios',
        division: 'Park',
        department: 'Tours',
        manager: { value: '26118915', $ref: 'https://example.com/Users/26118915' },
      };
      const made = await client.user({
        [ENTERPRISE_URN]: { ...extension, manager: { ...extension.manager, displayName: 'x' } },
      });
      expect(made[ENTERPRISE_URN]).toEqual(extension);
      expect(made.schemas).toEqual([USER_URN, ENTERPRISE_URN]);
    },
  ),
];

const READ: readonly Row[] = [
  row('7644 3.4.1', 'an id that names nothing is 404 with a SCIM error, for every method', async (client) => {
    const path = `/Users/${crypto.randomUUID()}`;
    expectError(await client.get(path), 404);
    expectError(await client.put(path, userBody()), 404);
    expectError(await client.patch(path, [{ op: 'add', path: 'title', value: 'x' }]), 404);
    expectError(await client.delete(path), 404);
  }),
  row('7644 3.4.1', 'a user is not found among the groups, nor a group among the users', async (client) => {
    expectError(await client.get(`/Groups/${(await client.user()).id}`), 404);
    expectError(await client.get(`/Users/${(await client.group()).id}`), 404);
  }),
  row(
    '7644 3.6',
    'DELETE answers 204 without a body; then the resource is gone from everywhere',
    async (client) => {
      const user = await client.user();
      const group = await client.group({ members: [{ value: user.id }] });
      const answer = await client.delete(`/Users/${user.id}`);
      expect(answer).toMatchObject({ status: 204, body: null });
      expectError(await client.get(`/Users/${user.id}`), 404);
      expectError(await client.delete(`/Users/${user.id}`), 404);
      expect((await client.get(`/Groups/${group.id}`)).body.members).toBeUndefined();
      expect((await client.post('/Users', userBody({ userName: user.userName }))).status).toBe(201);
    },
  ),
  row('7644 3.9', 'attributes shows those, and always schemas and id', async (client) => {
    const user = await client.user({ displayName: 'D', name: { givenName: 'G', familyName: 'F' } });
    const { body } = await client.get(`/Users/${user.id}?attributes=displayName,NAME.givenname`);
    expect(body).toEqual({
      schemas: [USER_URN],
      id: user.id,
      displayName: 'D',
      name: { givenName: 'G' },
    });
  }),
  row('7644 3.9', 'excludedAttributes leaves those out, and never id', async (client) => {
    const user = await client.user({ displayName: 'D', emails: [{ value: 'a@b', type: 'work' }] });
    const { body } = await client.get(`/Users/${user.id}?excludedAttributes=id,displayName,emails.type,meta`);
    expect(body).toEqual({
      schemas: [USER_URN],
      id: user.id,
      userName: user.userName,
      active: true,
      emails: [{ value: 'a@b' }],
    });
  }),
  row(
    '7644 3.9',
    'attributes and excludedAttributes take URNs, and hold for POST, PUT, PATCH and lists',
    async (client) => {
      const one = `?attributes=${ENTERPRISE_URN}:department`;
      const body = userBody({ [ENTERPRISE_URN]: { department: 'X', division: 'Y' } });
      const made = await client.post(`/Users${one}`, body);
      const wanted = {
        schemas: [USER_URN, ENTERPRISE_URN],
        id: made.body.id,
        [ENTERPRISE_URN]: { department: 'X' },
      };
      expect(made.body).toEqual(wanted);
      expect(made.headers.get('location')).toBe(`${client.base}/Users/${made.body.id}`);
      expect((await client.put(`/Users/${made.body.id}${one}`, body)).body).toEqual(wanted);
      const patch = [{ op: 'add', path: 'title', value: 'T' }];
      expect((await client.patch(`/Users/${made.body.id}${one}`, patch)).body).toEqual(wanted);
      const list = await client.get(`/Users${one}&filter=id%20eq%20"${made.body.id}"`);
      expect(list.body.Resources).toEqual([wanted]);
      const less = await client.get(`/Users/${made.body.id}?excludedAttributes=${ENTERPRISE_URN}`);
      expect(less.body).not.toHaveProperty([ENTERPRISE_URN]);
    },
  ),
  row('7644 3.9', 'excludedAttributes=members leaves the members of a group out', async (client) => {
    const group = await client.group({ members: [{ value: 'x' }] });
    const { body } = await client.get(`/Groups/${group.id}?excludedAttributes=members`);
    expect(Object.keys(body)).toEqual(['schemas', 'id', 'displayName', 'meta']);
  }),
];

const DISCOVERY: readonly Row[] = [
  row(
    '7644 4',
    'ServiceProviderConfig says what is built: patch, filter, etag, both ways of paging',
    async (client) => {
      const { status, body } = await client.get('/ServiceProviderConfig');
      expect(status).toBe(200);
      expect(body).toMatchObject({
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
        patch: { supported: true },
        bulk: { supported: false },
        filter: { supported: true, maxResults: 200 },
        changePassword: { supported: false },
        sort: { supported: false },
        etag: { supported: true },
        pagination: { cursor: true, index: true },
        meta: { resourceType: 'ServiceProviderConfig' },
      });
      expect(body.authenticationSchemes[0]).toMatchObject({
        type: 'oauthbearertoken',
        name: expect.any(String),
      });
    },
  ),
  row(
    '7644 4',
    'ResourceTypes lists User with its extension and Group; each is found by its id',
    async (client) => {
      const { body } = await client.get('/ResourceTypes');
      expect(body).toMatchObject({ schemas: [LIST_URN], totalResults: 2, itemsPerPage: 2, startIndex: 1 });
      expect(body.Resources.map(({ endpoint }: Json) => endpoint)).toEqual(['/Users', '/Groups']);
      expect(body.Resources[0].schemaExtensions).toEqual([{ schema: ENTERPRISE_URN, required: false }]);
      for (const each of body.Resources) {
        expect((await client.get(each.meta.location)).body).toEqual(each);
        expect((await client.get(each.endpoint)).status).toBe(200);
      }
    },
  ),
  row('7644 4', 'Schemas lists all schemas; each is found by its URN', async (client) => {
    const { body } = await client.get('/Schemas');
    expect(body.Resources.map(({ id }: Json) => id)).toEqual([USER_URN, ENTERPRISE_URN, GROUP_URN]);
    for (const each of body.Resources) expect((await client.get(each.meta.location)).body).toEqual(each);
    expectError(await client.get('/Schemas/urn:none'), 404);
    expectError(await client.get('/ResourceTypes/None'), 404);
  }),
  row('7643 7', 'every attribute in a schema has all its characteristics', async (client) => {
    const walk = (attributes: Json[]): void => {
      for (const each of attributes) {
        expect(each).toMatchObject({
          name: expect.stringMatching(/^[$A-Za-z][\w-]*$/),
          description: expect.any(String),
          multiValued: expect.any(Boolean),
          required: expect.any(Boolean),
          caseExact: expect.any(Boolean),
        });
        expect(['string', 'boolean', 'reference', 'binary', 'complex']).toContain(each.type);
        expect(['readOnly', 'readWrite', 'immutable', 'writeOnly']).toContain(each.mutability);
        expect(['always', 'never', 'default', 'request']).toContain(each.returned);
        expect(['none', 'server', 'global']).toContain(each.uniqueness);
        if (each.type === 'complex') walk(each.subAttributes);
        if (each.type === 'reference') expect(each.referenceTypes.length).toBeGreaterThan(0);
      }
    };
    for (const { attributes } of (await client.get('/Schemas')).body.Resources) walk(attributes);
  }),
  row('7644 4', 'a filter on the discovery addresses is 403', async (client) => {
    for (const path of ['/Schemas', '/ResourceTypes'])
      expectError(await client.get(`${path}?filter=id%20pr`), 403);
  }),
];

export const CREATE_READ: readonly Row[] = [...CREATE, ...READ, ...DISCOVERY];
