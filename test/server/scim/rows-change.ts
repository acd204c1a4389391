/** PUT, PATCH and ETags. */
import { expect } from 'vitest';
import {
  ENTERPRISE_URN,
  groupBody,
  type Json,
  PATCH_URN,
  patchOf,
  type ScimClient,
  userBody,
} from './client.ts';
import { expectError, type Row, row } from './row.ts';

const WORK = { value: 'w@example.com', type: 'work', primary: true };
const HOME = { value: 'h@example.com', type: 'home' };

/** A user with these attributes, after these operations. */
async function patched(client: ScimClient, before: object, operations: readonly object[]): Promise<Json> {
  const user = await client.user(before);
  const { status, body } = await client.patch(`/Users/${user.id}`, operations);
  expect({ status, detail: body?.detail }).toEqual({ status: 200, detail: undefined });
  expect((await client.get(`/Users/${user.id}`)).body).toEqual(body);
  return body;
}

async function refused(
  client: ScimClient,
  operations: unknown,
  scimType: string,
  more: object = {},
): Promise<void> {
  const user = await client.user({ emails: [WORK], ...more });
  expectError(await client.patch(`/Users/${user.id}`, operations), 400, scimType);
  expect((await client.get(`/Users/${user.id}`)).body).toEqual(user);
}

async function membersAfter(
  client: ScimClient,
  before: string[],
  operations: readonly object[],
): Promise<string[]> {
  const group = await client.group({ members: before.map((value) => ({ value })) });
  const { status, body } = await client.patch(`/Groups/${group.id}`, operations);
  expect({ status, detail: body?.detail }).toEqual({ status: 200, detail: undefined });
  return (body.members ?? []).map(({ value }: Json) => value).sort();
}

const PUTS: readonly Row[] = [
  row(
    '7644 3.5.1',
    'PUT replaces the resource: what it leaves out is gone, id and created stay',
    async (client) => {
      const user = await client.user({ title: 'T', nickName: 'N' });
      const body = userBody({ userName: user.userName, nickName: 'M', id: 'other', meta: { created: 'x' } });
      const answer = await client.put(`/Users/${user.id}`, body);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ id: user.id, nickName: 'M', meta: { created: user.meta.created } });
      expect(answer.body).not.toHaveProperty('title');
      expect(answer.headers.get('etag')).toBe('W/"2"');
      expect(answer.headers.get('location')).toBe(user.meta.location);
    },
  ),
  row('7644 3.5.1', 'PUT checks what POST checks', async (client) => {
    const { id } = await client.user();
    expectError(await client.put(`/Users/${id}`, userBody({ userName: '' })), 400, 'invalidValue');
    expectError(await client.put(`/Users/${id}`, { userName: 'x' }), 400, 'invalidSyntax');
  }),
  row('7644 3.5.1', 'a PUT that does not speak of active leaves it as it is', async (client) => {
    const user = await client.user({ active: false });
    const body = userBody({ userName: user.userName, active: undefined });
    expect((await client.put(`/Users/${user.id}`, body)).body.active).toBe(false);
  }),
  row(
    '7644 3.5.1',
    'a PUT of a group replaces its members where it speaks of them, and only there',
    async (client) => {
      const group = await client.group({ members: [{ value: 'a' }, { value: 'b' }] });
      const put = async (more: object) =>
        ((await client.put(`/Groups/${group.id}`, groupBody(more))).body.members ?? []).map(
          ({ value }: Json) => value,
        );
      expect(await put({})).toEqual(['a', 'b']);
      expect(await put({ members: [{ value: 'c' }] })).toEqual(['c']);
      expect(await put({ members: [] })).toEqual([]);
    },
  ),
  row(
    '7644 3.5.1',
    'a PUT of what is there already changes neither version nor lastModified',
    async (client) => {
      const user = await client.user({ emails: [WORK] });
      expect((await client.put(`/Users/${user.id}`, user)).body).toEqual(user);
    },
  ),
];

const ADD: readonly Row[] = [
  row('7644 3.5.2.1', 'add without a path adds the attributes of its value', async (client) => {
    const value = { emails: [HOME], nickName: 'Babs', name: { givenName: 'B' } };
    expect(
      await patched(client, { emails: [WORK], name: { familyName: 'J' } }, [{ op: 'add', value }]),
    ).toMatchObject({
      emails: [WORK, HOME],
      nickName: 'Babs',
      name: { familyName: 'J', givenName: 'B' },
    });
  }),
  row('7644 3.5.2.1', 'add to a single value replaces it', async (client) => {
    expect((await patched(client, { title: 'A' }, [{ op: 'add', path: 'title', value: 'B' }])).title).toBe(
      'B',
    );
  }),
  row(
    '7644 3.5.2.1',
    'add to a list appends, and what is there already is not added again',
    async (client) => {
      const operations = [{ op: 'add', path: 'emails', value: [HOME, WORK] }];
      expect((await patched(client, { emails: [WORK] }, operations)).emails).toEqual([WORK, HOME]);
      const user = await client.user({ emails: [WORK] });
      const same = await client.patch(`/Users/${user.id}`, [{ op: 'add', path: 'emails', value: [WORK] }]);
      expect(same.body).toEqual(user);
    },
  ),
  row('7644 3.5.2.1', 'add takes one value for a list without brackets', async (client) => {
    expect((await patched(client, {}, [{ op: 'add', path: 'emails', value: HOME }])).emails).toEqual([HOME]);
  }),
  row('7644 3.5.2.1', 'add to a sub-attribute, also of the extension', async (client) => {
    const operations = [
      { op: 'add', path: 'name.givenName', value: 'G' },
      { op: 'add', path: `${ENTERPRISE_URN}:department`, value: 'D' },
      { op: 'add', path: `${ENTERPRISE_URN}:manager.value`, value: 'm' },
    ];
    expect(await patched(client, {}, operations)).toMatchObject({
      name: { givenName: 'G' },
      [ENTERPRISE_URN]: { department: 'D', manager: { value: 'm' } },
    });
  }),
  row('7644 3.5.2', 'a new primary value takes primary from the others', async (client) => {
    const operations = [{ op: 'add', path: 'emails', value: [{ ...HOME, primary: true }] }];
    const wanted = [
      { ...WORK, primary: false },
      { ...HOME, primary: true },
    ];
    expect((await patched(client, { emails: [WORK] }, operations)).emails).toEqual(wanted);
    const byPath = [{ op: 'replace', path: 'emails[type eq "home"].primary', value: true }];
    expect((await patched(client, { emails: [WORK, HOME] }, byPath)).emails).toEqual(wanted);
  }),
];

const REMOVE: readonly Row[] = [
  row('7644 3.5.2.2', 'remove of an attribute, of a sub-attribute, of the extension', async (client) => {
    const before = {
      title: 'T',
      name: { givenName: 'G', familyName: 'F' },
      [ENTERPRISE_URN]: { division: 'D' },
    };
    const after = await patched(client, before, [
      { op: 'remove', path: 'title' },
      { op: 'remove', path: 'name.givenName' },
      { op: 'remove', path: ENTERPRISE_URN },
    ]);
    expect(after).not.toHaveProperty('title');
    expect(after.name).toEqual({ familyName: 'F' });
    expect(after.schemas).toHaveLength(1);
  }),
  row(
    '7644 3.5.2.2',
    'remove of a list, of the values a filter chooses, of a part of them',
    async (client) => {
      const emails = [WORK, HOME];
      const after = async (path: string) =>
        (await patched(client, { emails }, [{ op: 'remove', path }])).emails;
      expect(await after('emails')).toBeUndefined();
      expect(await after('emails[type eq "work"]')).toEqual([HOME]);
      expect(await after('emails[type eq "work" or type eq "home"]')).toBeUndefined();
      expect(await after('emails[type eq "other"]')).toEqual(emails);
      expect(await after('emails[type eq "home"].type')).toEqual([WORK, { value: HOME.value }]);
    },
  ),
  row('7644 3.5.2.2', 'remove without a path is noTarget', async (client) => {
    await refused(client, [{ op: 'remove' }], 'noTarget');
    await refused(client, [{ op: 'remove', value: { title: 'T' } }], 'noTarget');
  }),
  row('7644 3.5.2.2', 'remove of what is required is mutability', async (client) => {
    await refused(client, [{ op: 'remove', path: 'userName' }], 'mutability');
    const group = await client.group();
    expectError(
      await client.patch(`/Groups/${group.id}`, [{ op: 'remove', path: 'displayName' }]),
      400,
      'mutability',
    );
  }),
  row('7644 3.5.2.2', 'remove of active leaves it as it is', async (client) => {
    expect((await patched(client, { active: false }, [{ op: 'remove', path: 'active' }])).active).toBe(false);
  }),
];

const REPLACE: readonly Row[] = [
  row('7644 3.5.2.3', 'replace without a path replaces the attributes of its value', async (client) => {
    const value = { emails: [HOME], title: 'B', active: false };
    expect(await patched(client, { emails: [WORK], title: 'A' }, [{ op: 'replace', value }])).toMatchObject(
      value,
    );
  }),
  row('7644 3.5.2.3', 'replace of what is not there adds it', async (client) => {
    expect((await patched(client, {}, [{ op: 'replace', path: 'title', value: 'T' }])).title).toBe('T');
  }),
  row('7644 3.5.2.3', 'replace of a complex attribute replaces the parts that it names', async (client) => {
    const operations = [{ op: 'replace', path: 'name', value: { givenName: 'X', middleName: null } }];
    const name = { givenName: 'G', familyName: 'F', middleName: 'M' };
    expect((await patched(client, { name }, operations)).name).toEqual({ givenName: 'X', familyName: 'F' });
  }),
  row('7644 3.5.2.3', 'replace of a list replaces all of it', async (client) => {
    const operations = [{ op: 'replace', path: 'emails', value: [HOME] }];
    expect((await patched(client, { emails: [WORK] }, operations)).emails).toEqual([HOME]);
  }),
  row('7644 3.5.2.3', 'replace of the values that a filter chooses, whole or in part', async (client) => {
    const emails = [WORK, HOME];
    const after = async (path: string, value: unknown) =>
      (await patched(client, { emails }, [{ op: 'replace', path, value }])).emails;
    expect(await after('emails[type eq "home"].value', 'x@b')).toEqual([
      WORK,
      { value: 'x@b', type: 'home' },
    ]);
    expect(await after('emails[type eq "home"]', { value: 'x@b' })).toEqual([WORK, { value: 'x@b' }]);
    expect(await after('emails[value ew ".com"].display', 'D')).toEqual(
      emails.map(({ value, ...rest }) => ({ value, display: 'D', ...rest })),
    );
  }),
  row('7644 3.5.2.3', 'replace where a filter chooses nothing is noTarget', async (client) => {
    const operations = [{ op: 'replace', path: 'emails[type eq "other"].value', value: 'x' }];
    await refused(client, operations, 'noTarget');
  }),
  row('7644 3.5.2.3', 'replace with null is the same as remove', async (client) => {
    expect(
      await patched(client, { title: 'T' }, [{ op: 'replace', path: 'title', value: null }]),
    ).not.toHaveProperty('title');
  }),
];

const MESSAGES: readonly Row[] = [
  row('7644 3.5.2', 'a message that is no PatchOp is invalidSyntax', async (client) => {
    const { id } = await client.user();
    const add = { op: 'add', path: 'title', value: 'x' };
    const broken = [
      [],
      {},
      { Operations: [add] },
      { schemas: [PATCH_URN] },
      patchOf([]),
      patchOf({}),
      patchOf(['add']),
      patchOf([{ path: 'title', value: 'x' }]),
      patchOf([{ op: 'move', path: 'title', value: 'x' }]),
      patchOf([{ op: 7, path: 'title', value: 'x' }]),
    ];
    for (const body of broken)
      expectError(await client.send('PATCH', `/Users/${id}`, body), 400, 'invalidSyntax');
  }),
  row('7644 3.5.2', 'a path that is none is invalidPath', async (client) => {
    for (const path of [
      'shoeSize',
      'name.shoeSize',
      'emails[type eq "work"',
      'emails]',
      'urn:none:title',
      7,
      'title x',
      'emails[type eq "work"].shoeSize',
      'title[value pr]',
      'emails[type eq "work"].',
    ])
      await refused(client, [{ op: 'replace', path, value: 'x' }], 'invalidPath');
  }),
  row('7644 3.5.2', 'a filter in a path about what is not there is invalidFilter', async (client) => {
    await refused(client, [{ op: 'remove', path: 'emails[shoeSize eq 7]' }], 'invalidFilter');
  }),
  row('7644 3.5.2', 'a value that is missing or of a wrong type is invalidValue', async (client) => {
    const broken = [
      { op: 'add', path: 'title' },
      { op: 'add', path: 'title', value: 7 },
      { op: 'add', value: 'x' },
      { op: 'replace', path: 'active', value: 'perhaps' },
      { op: 'replace', path: 'userName', value: '' },
      { op: 'replace', path: 'userName', value: null },
      { op: 'replace', path: 'name', value: 'x' },
      { op: 'add', path: 'emails', value: [7] },
      { op: 'add', path: ENTERPRISE_URN, value: 7 },
    ];
    for (const each of broken) await refused(client, [each], 'invalidValue');
  }),
  row('7644 3.5.2', 'what only the server writes is mutability', async (client) => {
    for (const path of [
      'id',
      'meta',
      'meta.version',
      'groups',
      'schemas',
      `${ENTERPRISE_URN}:manager.displayName`,
    ])
      await refused(client, [{ op: 'replace', path, value: 'x' }], 'mutability');
    await refused(client, [{ op: 'replace', value: { id: 'other' } }], 'mutability');
  }),
  row('7644 3.5.2', 'operations are done in their order, and all or none', async (client) => {
    const operations = [
      { op: 'add', path: 'title', value: 'A' },
      { op: 'replace', path: 'title', value: 'B' },
    ];
    expect((await patched(client, {}, operations)).title).toBe('B');
    await refused(client, [...operations, { op: 'replace', path: 'shoeSize', value: 7 }], 'invalidPath');
  }),
  row('7644 3.5.2', 'more operations than the limit are tooMany', async (client) => {
    await refused(client, Array(1001).fill({ op: 'add', path: 'title', value: 'x' }), 'tooMany');
  }),
  row('7644 3.5.2', 'PATCH answers 200 with the resource and its new ETag', async (client) => {
    const user = await client.user();
    const answer = await client.patch(`/Users/${user.id}`, [{ op: 'add', path: 'title', value: 'x' }]);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe('W/"2"');
    expect(answer.body.meta.version).toBe('W/"2"');
    expect(answer.body.meta.lastModified >= user.meta.lastModified).toBe(true);
  }),
];

const MEMBERS: readonly Row[] = [
  row('7644 3.5.2.1', 'add of members appends those that are not members yet', async (client) => {
    const value = [{ value: 'b' }, { value: 'c' }];
    expect(await membersAfter(client, ['a', 'b'], [{ op: 'add', path: 'members', value }])).toEqual([
      'a',
      'b',
      'c',
    ]);
  }),
  row(
    '7644 3.5.2.2',
    'remove of one member by its value, of several, of those of a type, of all',
    async (client) => {
      const after = (path: string) => membersAfter(client, ['a', 'b', 'c'], [{ op: 'remove', path }]);
      expect(await after('members[value eq "a"]')).toEqual(['b', 'c']);
      expect(await after('members[value eq "a" or value eq "c"]')).toEqual(['b']);
      expect(await after('members[value ne "a"]')).toEqual(['a']);
      expect(await after('members[value eq "nobody"]')).toEqual(['a', 'b', 'c']);
      expect(await after('members')).toEqual([]);
      const user = await client.user();
      expect(
        await membersAfter(client, [user.id, 'x'], [{ op: 'remove', path: 'members[type eq "User"]' }]),
      ).toEqual(['x']);
    },
  ),
  row('7644 3.5.2.3', 'replace of members replaces all of them', async (client) => {
    const operations = [{ op: 'replace', path: 'members', value: [{ value: 'z' }] }];
    expect(await membersAfter(client, ['a', 'b'], operations)).toEqual(['z']);
  }),
  row('7644 3.5.2', 'operations on members in one request follow one another', async (client) => {
    const operations = [
      { op: 'add', path: 'members', value: [{ value: 'c' }] },
      { op: 'remove', path: 'members[value eq "c"]' },
      { op: 'remove', path: 'members[value eq "a"]' },
      { op: 'add', path: 'members', value: [{ value: 'a' }, { value: 'd' }] },
    ];
    expect(await membersAfter(client, ['a', 'b'], operations)).toEqual(['a', 'b', 'd']);
    const afresh = [{ op: 'replace', path: 'members', value: [{ value: 'q' }] }, ...operations];
    expect(await membersAfter(client, ['a', 'b'], afresh)).toEqual(['a', 'd', 'q']);
  }),
  row('7643 4.2', 'a part of a member cannot be changed: mutability', async (client) => {
    const group = await client.group({ members: [{ value: 'a' }] });
    for (const operation of [
      { op: 'replace', path: 'members[value eq "a"].display', value: 'x' },
      { op: 'replace', path: 'members[value eq "a"]', value: { value: 'b' } },
      { op: 'replace', path: 'members.value', value: 'b' },
    ])
      expectError(await client.patch(`/Groups/${group.id}`, [operation]), 400, 'mutability');
  }),
  row(
    '7644 3.5.2',
    'a PATCH of the members of a large group is answered 204, or 200 where attributes are asked for',
    async (client) => {
      const members = Array.from({ length: 1100 }, (_, at) => ({ value: `m${at}` }));
      const { id } = await client.group({ members });
      const operations = [{ op: 'add', path: 'members', value: [{ value: 'one more' }] }];
      const quiet = await client.patch(`/Groups/${id}`, operations);
      expect(quiet).toMatchObject({ status: 204, body: null });
      expect(quiet.headers.get('etag')).toBe('W/"2"');
      const asked = await client.patch(`/Groups/${id}?excludedAttributes=members`, operations);
      expect(asked).toMatchObject({ status: 200, body: { id } });
      expect((await client.get(`/Groups/${id}`)).body.members).toHaveLength(1101);
    },
  ),
];

const ETAGS: readonly Row[] = [
  row('7644 3.14', 'If-None-Match with the current version is 304 without a body', async (client) => {
    const { id } = await client.user();
    for (const tag of ['W/"1"', '"1"', 'W/"7", W/"1"', '*']) {
      const answer = await client.get(`/Users/${id}`, { headers: { 'if-none-match': tag } });
      expect(answer).toMatchObject({ status: 304, body: null });
      expect(answer.headers.get('etag')).toBe('W/"1"');
    }
    expect((await client.get(`/Users/${id}`, { headers: { 'if-none-match': 'W/"2"' } })).status).toBe(200);
  }),
  row(
    '7644 3.14',
    'If-Match with another version is 412 for PUT, PATCH and DELETE, and changes nothing',
    async (client) => {
      const user = await client.user();
      const call = { headers: { 'if-match': 'W/"9"' } };
      expectError(await client.put(`/Users/${user.id}`, user, call), 412);
      expectError(
        await client.patch(`/Users/${user.id}`, [{ op: 'add', path: 'title', value: 'x' }], call),
        412,
      );
      expectError(await client.delete(`/Users/${user.id}`, call), 412);
      expect((await client.get(`/Users/${user.id}`)).body).toEqual(user);
    },
  ),
  row('7644 3.14', 'If-Match with the current version, or *, goes on', async (client) => {
    const { id } = await client.user();
    const patch = [{ op: 'add', path: 'title', value: 'x' }];
    expect((await client.patch(`/Users/${id}`, patch, { headers: { 'if-match': 'W/"1"' } })).status).toBe(
      200,
    );
    expect((await client.patch(`/Users/${id}`, patch, { headers: { 'if-match': '*' } })).status).toBe(200);
    expect((await client.delete(`/Users/${id}`, { headers: { 'if-match': '"2"' } })).status).toBe(204);
  }),
  row(
    '7644 3.14',
    'a change by another between reading and writing is 412 with If-Match, and kept without',
    async (client) => {
      const { id } = await client.user();
      const other = () =>
        client.patch(`/Users/${id}`, [{ op: 'add', path: 'nickName', value: crypto.randomUUID() }]);
      const mine = [{ op: 'add', path: 'title', value: 'mine' }];
      client.store.meanwhile = other;
      expectError(await client.patch(`/Users/${id}`, mine, { headers: { 'if-match': 'W/"1"' } }), 412);
      client.store.meanwhile = other;
      const { body } = await client.patch(`/Users/${id}`, mine);
      expect(body).toMatchObject({ title: 'mine', nickName: expect.any(String), meta: { version: 'W/"4"' } });
    },
  ),
];

const LIMITS: readonly Row[] = [
  row('7644 3.5.2', 'filters about members that look at too many of them are tooMany', async (client) => {
    const members = Array.from({ length: 401 }, (_, at) => ({ value: `m${at}` }));
    const { id } = await client.group({ members });
    const operations = Array(1000).fill({ op: 'remove', path: 'members[display eq "none"]' });
    const refused = await client.patch(`/Groups/${id}`, operations);
    expectError(refused, 400, 'tooMany');
    expect(refused.body.detail).toContain('400000');
    expect((await client.patch(`/Groups/${id}`, operations.slice(0, 9))).status).toBe(200);
  }),
];

export const CHANGE: readonly Row[] = [
  ...PUTS,
  ...ADD,
  ...REMOVE,
  ...REPLACE,
  ...MESSAGES,
  ...MEMBERS,
  ...ETAGS,
  ...LIMITS,
];
