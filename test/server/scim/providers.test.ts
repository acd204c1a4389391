/** The sequences of requests that Okta and Microsoft Entra document for their SCIM clients, as they send them. */
import { expect, test } from 'vitest';
import {
  ENTERPRISE_URN,
  GROUP_URN,
  type Json,
  patchOf,
  type ScimClient,
  scimServer,
  USER_URN,
} from './client.ts';
import { expectError, idsOf, q } from './row.ts';

const OKTA = {
  headers: { accept: 'application/scim+json', 'content-type': 'application/scim+json; charset=utf-8' },
};

function oktaUser(userName: string): Json {
  return {
    schemas: [USER_URN],
    userName,
    name: { givenName: 'Test', familyName: 'User' },
    emails: [{ primary: true, value: userName, type: 'work' }],
    displayName: 'Test User',
    locale: 'en-US',
    externalId: '00ujl29u0le5T6Aj10h7',
    groups: [],
    password: '1mz050nq',
    active: true,
  };
}

test('Okta: the test of a connection, and the life of a user', async () => {
  const okta = await scimServer();
  expect((await okta.get('/Users?startIndex=1&count=2', OKTA)).body).toMatchObject({
    totalResults: 0,
    Resources: [],
  });
  expect((await okta.get('/Groups?startIndex=1&count=100', OKTA)).status).toBe(200);
  const filter = `/Users?filter=${q('userName eq "test.user@okta.local"')}&startIndex=1&count=100`;
  expect(idsOf(await okta.get(filter, OKTA))).toEqual([]);
  const made = await okta.post('/Users', oktaUser('test.user@okta.local'), OKTA);
  expect(made.status).toBe(201);
  const { id } = made.body;
  expect(made.body).toMatchObject({ active: true, externalId: '00ujl29u0le5T6Aj10h7', locale: 'en-US' });
  expectError(await okta.post('/Users', oktaUser('test.user@okta.local'), OKTA), 409, 'uniqueness');
  expect(idsOf(await okta.get(filter, OKTA))).toEqual([id]);

  // A change of the profile: read, then PUT of all that was read with the change in it.
  const read = (await okta.get(`/Users/${id}`, OKTA)).body;
  const put = await okta.put(`/Users/${id}`, { ...read, name: { ...read.name, givenName: 'Another' } }, OKTA);
  expect(put.body).toMatchObject({
    id,
    name: { givenName: 'Another', familyName: 'User' },
    emails: read.emails,
  });

  // Deactivated, reactivated, and deactivated by PUT as integrations of the wizard do.
  const active = async (value: boolean) =>
    (await okta.patch(`/Users/${id}`, [{ op: 'replace', value: { active: value } }], OKTA)).body.active;
  expect(await active(false)).toBe(false);
  expect((await okta.get(`/Users/${id}`, OKTA)).body.active).toBe(false);
  expect(await active(true)).toBe(true);
  expect((await okta.put(`/Users/${id}`, { ...read, active: false }, OKTA)).body.active).toBe(false);
  expectError(await okta.get('/Users/00000000-0000-0000-0000-000000000000', OKTA), 404);
  expect((await okta.delete(`/Users/${id}`, OKTA)).status).toBe(204);
});

test('Okta: a group is pushed, renamed, filled, emptied and removed', async () => {
  const okta = await scimServer();
  const [one, two] = [await okta.user({ displayName: 'One' }), await okta.user()];
  const body = { schemas: [GROUP_URN], displayName: 'Test SCIMv2', members: [] };
  const made = await okta.post('/Groups', body, OKTA);
  expect(made.status).toBe(201);
  const { id } = made.body;
  expect(idsOf(await okta.get(`/Groups?filter=${q('displayName eq "Test SCIMv2"')}`, OKTA))).toEqual([id]);
  const members = async (operations: unknown) => {
    expect((await okta.patch(`/Groups/${id}`, operations, OKTA)).status).toBe(200);
    return ((await okta.get(`/Groups/${id}`, OKTA)).body.members ?? []).map(({ value }: Json) => value);
  };
  const named = (user: Json) => ({ value: user.id, display: user.userName });
  const add = [{ op: 'add', path: 'members', value: [named(one), named(two)] }];
  expect((await members(add)).sort()).toEqual([one.id, two.id].sort());
  expect(await members([{ op: 'remove', path: `members[value eq "${one.id}"]` }])).toEqual([two.id]);
  expect(await members([{ op: 'replace', path: 'members', value: [named(one)] }])).toEqual([one.id]);
  const both = [
    { op: 'remove', path: 'members', value: [named(one)] },
    { op: 'add', path: 'members', value: [named(two)] },
  ];
  expect(await members(both)).toEqual([two.id]);
  await members([{ op: 'replace', value: { id, displayName: 'Renamed' } }]);
  expect((await okta.get(`/Groups/${id}`, OKTA)).body).toMatchObject({
    displayName: 'Renamed',
    members: [{ value: two.id }],
  });
  const put = await okta.put(
    `/Groups/${id}`,
    { ...body, id, displayName: 'Put', members: [named(one)] },
    OKTA,
  );
  expect(put.body).toMatchObject({ displayName: 'Put', members: [{ value: one.id, display: 'One' }] });
  expect((await okta.delete(`/Groups/${id}`, OKTA)).status).toBe(204);
});

function entraUser(name: string): Json {
  return {
    schemas: [USER_URN, ENTERPRISE_URN],
    externalId: `ext-${name}`,
    userName: `${name}@testuser.example`,
    active: true,
    displayName: 'lennay',
    emails: [{ type: 'work', value: `${name}@example.com`, primary: true }],
    meta: { resourceType: 'User' },
    name: { formatted: 'Adrian Davis', familyName: 'Davis', givenName: 'Adrian' },
    roles: [],
    [ENTERPRISE_URN]: { employeeNumber: '12345', department: 'bob' },
  };
}

async function entraPatch(entra: ScimClient, path: string, operations: unknown): Promise<Json> {
  const answer = await entra.send('PATCH', path, patchOf(operations));
  expect({ status: answer.status, detail: answer.body?.detail }).toEqual({ status: 200, detail: undefined });
  return answer.body;
}

test('Entra: the test of a connection, and the life of a user', async () => {
  const entra = await scimServer();
  // A random user is asked for; 200 with no results means that the credentials are good.
  const probe = await entra.get(`/Users?filter=${q(`userName eq "${crypto.randomUUID()}"`)}`);
  expect(probe).toMatchObject({ status: 200, body: { totalResults: 0, Resources: [] } });
  const made = await entra.post('/Users', entraUser('newuser'));
  expect(made.status).toBe(201);
  const { id } = made.body;
  expect(idsOf(await entra.get(`/Users?filter=${q('externalId eq "ext-newuser"')}`))).toEqual([id]);
  const byMail = q('emails[type eq "work"].value eq "newuser@example.com"');
  expect(idsOf(await entra.get(`/Users?aadOptscim062020&filter=${byMail}`))).toEqual([id]);
  expectError(await entra.post('/Users', entraUser('newuser')), 409, 'uniqueness');

  const changed = await entraPatch(entra, `/Users/${id}`, [
    { op: 'Replace', path: 'emails[type eq "work"].value', value: 'updated@example.com' },
    { op: 'Replace', path: 'name.familyName', value: 'updatedFamilyName' },
    { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+1 555' },
    { op: 'Add', path: 'addresses[type eq "work"].country', value: 'US' },
    { op: 'Add', path: 'roles[primary eq "True"].value', value: 'Admin' },
    { op: 'Replace', path: `${ENTERPRISE_URN}:department`, value: 'Sales' },
    { op: 'Add', path: `${ENTERPRISE_URN}:manager`, value: '26118915' },
    { op: 'Remove', path: `${ENTERPRISE_URN}:employeeNumber` },
  ]);
  expect(changed).toMatchObject({
    emails: [{ value: 'updated@example.com', type: 'work', primary: true }],
    name: { familyName: 'updatedFamilyName', givenName: 'Adrian' },
    phoneNumbers: [{ value: '+1 555', type: 'mobile' }],
    addresses: [{ country: 'US', type: 'work' }],
    roles: [{ value: 'Admin', primary: true }],
    [ENTERPRISE_URN]: { department: 'Sales', manager: { value: '26118915' } },
  });
  expect(changed[ENTERPRISE_URN]).not.toHaveProperty('employeeNumber');

  // Without a path, with dots, URNs and filters in the names.
  const whole = await entraPatch(entra, `/Users/${id}`, [
    {
      op: 'replace',
      value: {
        displayName: 'D',
        'name.givenName': 'Dotted',
        'emails[type eq "work"].value': 'dotted@example.com',
        [`${ENTERPRISE_URN}:costCenter`]: '4130',
        [`${ENTERPRISE_URN}:manager`]: [{ $ref: 'http://x/Users/1', value: 'boss' }],
      },
    },
  ]);
  expect(whole).toMatchObject({
    displayName: 'D',
    name: { givenName: 'Dotted', familyName: 'updatedFamilyName' },
    emails: [{ value: 'dotted@example.com' }],
    [ENTERPRISE_URN]: { costCenter: '4130', manager: { value: 'boss' } },
  });

  // Unassigned, assigned again, and removed for good.
  expect(
    (await entraPatch(entra, `/Users/${id}`, [{ op: 'Replace', path: 'active', value: 'False' }])).active,
  ).toBe(false);
  expect(idsOf(await entra.get(`/Users?filter=${q('active eq false')}`))).toEqual([id]);
  expect(
    (await entraPatch(entra, `/Users/${id}`, [{ op: 'Replace', value: { active: 'True' } }])).active,
  ).toBe(true);
  expect((await entra.delete(`/Users/${id}`)).status).toBe(204);
  expectError(await entra.get(`/Users/${id}`), 404);
});

test('Entra: the life of a group', async () => {
  const entra = await scimServer();
  const user = await entra.user();
  const made = await entra.post('/Groups', {
    schemas: [GROUP_URN, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
    externalId: '8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159',
    displayName: 'displayName',
    meta: { resourceType: 'Group' },
  });
  expect(made.status).toBe(201);
  const { id } = made.body;
  const found = await entra.get(
    `/Groups?excludedAttributes=members&filter=${q('displayName eq "displayName"')}`,
  );
  expect(idsOf(found)).toEqual([id]);
  expect((await entra.get(`/Groups/${id}?excludedAttributes=members`)).status).toBe(200);
  const renamed = [{ op: 'Replace', path: 'displayName', value: '1879db59' }];
  expect((await entraPatch(entra, `/Groups/${id}`, renamed)).displayName).toBe('1879db59');
  const add = [{ op: 'Add', path: 'members', value: [{ $ref: null, value: user.id }] }];
  expect((await entraPatch(entra, `/Groups/${id}`, add)).members).toMatchObject([
    { value: user.id, type: 'User' },
  ]);
  const member = q(`id eq "${id}" and members eq "${user.id}"`);
  expect(idsOf(await entra.get(`/Groups?filter=${member}&attributes=id`))).toEqual([id]);
  const remove = [{ op: 'Remove', path: 'members', value: [{ $ref: null, value: user.id }] }];
  expect((await entraPatch(entra, `/Groups/${id}`, remove)).members).toBeUndefined();
  expect(idsOf(await entra.get(`/Groups?filter=${member}&attributes=id`))).toEqual([]);
  expect((await entra.delete(`/Groups/${id}`)).status).toBe(204);
});

test('a source that is too busy is 429, one that is full 507, a store that fails 503, and each answer is told', async () => {
  let wait: number | null = 7;
  const told: unknown[] = [];
  const client = await scimServer({ busy: () => wait, answered: (...what) => told.push(what) });
  const busy = await client.get('/Users');
  expectError(busy, 429);
  expect(busy.headers.get('retry-after')).toBe('7');
  wait = null;
  client.store.create = async () => ({ outcome: 'full', what: 'resources', limit: 5 });
  expectError(await client.post('/Users', { schemas: [USER_URN], userName: 'x' }), 507);
  client.store.create = async () => ({ outcome: 'full', what: 'bytes', limit: 5 });
  expectError(await client.post('/Users', { schemas: [USER_URN], userName: 'x' }), 413);
  client.store.get = async () => {
    throw new Error('redis is away, and its password is hunter2');
  };
  const down = await client.get('/Groups/x');
  expectError(down, 503);
  expect(JSON.stringify(down.body)).not.toContain('hunter2');
  expect(down.headers.get('retry-after')).toBe('10');
  await expect.poll(() => told.length, { timeout: 60_000 }).toBe(4);
  expect(told).toEqual([
    ['okta', 'User', 'GET', 429],
    ['okta', 'User', 'POST', 507],
    ['okta', 'User', 'POST', 413],
    ['okta', 'Group', 'GET', 503],
  ]);
});
