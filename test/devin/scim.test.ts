/** Devin's SCIM service, as far as a well-behaved server cannot show it: odd lists, refusals, and what is sent. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { scimBodyOf, scimCode } from '../../src/core/model/scim.ts';
import { describeRequest, makeTarget } from '../../src/devin/make-target.ts';
import { scimTargetOptions } from '../../src/devin/scim/options.ts';
import type { DevinTarget } from '../../src/devin/target.ts';
import { SourceReadError } from '../../src/lib/errors.ts';
import { unpaced } from '../../src/lib/pace.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import {
  answerJson,
  asIs,
  deadline,
  failure,
  operation,
  optionsFor,
  reading,
  type Stub,
  startStub,
  targetError,
} from './helpers.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const LIST = { schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'] };
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

interface Service {
  readonly target: DevinTarget;
  readonly stub: Stub;
  readonly devin: FakeDevin;
}

type Answer = (
  path: string,
  query: URLSearchParams,
  response: ServerResponse,
  request: IncomingMessage,
) => void;

async function service(answer: Answer): Promise<Service> {
  const devin = await startFakeDevin();
  const stub = await startStub((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://stub');
    answer(pathname, searchParams, response, request);
  });
  open.push(devin, stub);
  const scim = scimTargetOptions.parse({ url: `${stub.url}/scim/v2/`, token: 'secret', pageSize: 2 });
  const options = { ...optionsFor(devin.url), key: devin.key, readRetries: 1, scim };
  return { target: makeTarget(options, { pace: unpaced, sleep: async () => {} }), stub, devin };
}

const user = (id: string, over: object = {}) => ({
  id,
  userName: `${id}@corp.example`,
  displayName: id,
  ...over,
});

/** Users and groups in pages, from what stands in the lists at the moment. */
function lists(users: readonly object[], groups: readonly object[] = []): Answer {
  return (path, query, response) => {
    const all = path.endsWith('/Users') ? users : groups;
    const from = Number(query.get('startIndex')) - 1;
    const Resources = all.slice(from, from + Number(query.get('count')));
    answerJson(response, 200, { ...LIST, totalResults: all.length, Resources });
  };
}

test('lists are read to their end, page by page, and members that a list leaves out are asked for by id', async () => {
  const users = [
    user('u1', { externalId: 'd1', displayName: 'Ada', active: 'False' }),
    user('u2', {
      externalId: '',
      displayName: '',
      emails: [{ value: 'x@y.example' }, { value: 'b@y.example', primary: true }],
    }),
    user('u3', { displayName: null, emails: [{ value: 'c@y.example' }] }),
    user('u4', { displayName: undefined, active: null }),
  ];
  const big = { id: 'g2', displayName: 'big' };
  const members = [
    { value: 'u1' },
    { value: 'u1', type: 'User' },
    { value: 'g1', type: 'Group' },
    { value: 'g9', $ref: 'https://scim/Groups/g9' },
  ];
  const groups = [{ id: 'g1', displayName: 'small', externalId: 'dg1', members: [] }, big];
  const { target, stub } = await service((path, query, response, request) => {
    if (path.endsWith('/Groups/g2')) return answerJson(response, 200, { ...big, members });
    lists(users, groups)(path, query, response, request);
  });
  const { head } = await target.read(reading());
  expect(head.scim).toMatchObject({ url: `${stub.url}/scim/v2`, loginGroupSync: true });
  expect(
    head.scim?.users.map(({ externalId, displayName, email, active }) => [
      externalId,
      displayName,
      email,
      active,
    ]),
  ).toEqual([
    ['d1', 'Ada', null, false],
    [null, null, 'b@y.example', true],
    [null, null, 'c@y.example', true],
    [null, null, null, true],
  ]);
  expect(head.scim?.groups.map(({ id, externalId, members: inside }) => [id, externalId, inside])).toEqual([
    ['g1', 'dg1', []],
    ['g2', null, ['u1']],
  ]);
  expect(head.reads.slice(-2)).toEqual([
    { what: 'SCIM users of Devin', pages: 3, items: 4, calls: 3 },
    { what: 'SCIM groups of Devin', pages: 1, items: 2, calls: 2 },
  ]);
  expect(stub.requests[0]?.headers).toMatchObject({
    authorization: 'Bearer secret',
    accept: 'application/scim+json, application/json',
  });
  // Nobody can ask the service about one person.
  expect(target.look).toBeUndefined();
  expect(target.wholeBecause).toMatch(/through devin\.scim/);
});

const ODD: readonly (readonly [string, Answer, RegExp])[] = [
  [
    'without totalResults',
    (_, __, response) => answerJson(response, 200, { ...LIST, Resources: [] }),
    /totalResults/,
  ],
  [
    'that ends early',
    (_, query, response) => {
      const Resources = query.get('startIndex') === '1' ? [user('u1'), user('u2')] : [user('u2')];
      answerJson(response, 200, { ...LIST, totalResults: 9, Resources });
    },
    /a page without new entries came after 2 of 9/,
  ],
  [
    'with more than it says',
    (_, __, response) =>
      answerJson(response, 200, { ...LIST, totalResults: 1, Resources: [user('u1'), user('u2')] }),
    /2 entries came, but totalResults is 1/,
  ],
  [
    'that moves at each look',
    (_, query, response) => {
      const at = query.get('startIndex') === '1' ? ['u1', 'u2'] : ['u3', 'u4'];
      answerJson(response, 200, { ...LIST, totalResults: 4, Resources: at.map((id) => user(id)) });
    },
    /does not go on where the last one ended, 3 readings in a row/,
  ],
  [
    'that repeats an entry',
    (_, __, response) =>
      answerJson(response, 200, { ...LIST, totalResults: 3, Resources: [user('u1'), user('u1')] }),
    /entry u1 came twice, 3 readings in a row/,
  ],
  [
    'with an entry without an id',
    (_, __, response) =>
      answerJson(response, 200, { ...LIST, totalResults: 1, Resources: [{ userName: 'x' }] }),
    /Resources.0.id/,
  ],
  [
    'that asks to sign in',
    (_, __, response) => answerJson(response, 401, {}),
    /does not accept the token.*devin.scim.tokenFile/,
  ],
  [
    'that is elsewhere',
    (_, __, response) => answerJson(response, 302, {}, { location: 'https://other' }),
    /redirects.*Set devin.scim.url/,
  ],
  ['that is a web page', (_, __, response) => void response.end('<html>'), /not JSON.*devin.scim.url/],
];

test.each(ODD)('a list %s ends the read and is never a smaller company', async (_, answer, words) => {
  const { target } = await service(answer);
  const error = await failure(target.read(reading()));
  expect(error).toBeInstanceOf(SourceReadError);
  expect(error.message).toMatch(words);
});

test('a group whose members cannot be read ends the read', async () => {
  const { target } = await service((path, query, response, request) => {
    if (path.endsWith('/Groups/g1')) return answerJson(response, 200, { id: 'g1' });
    lists([], [{ id: 'g1', displayName: 'eng' }])(path, query, response, request);
  });
  expect((await failure(target.read(reading()))).message).toMatch(/A group of Devin's SCIM service/);
});

const BODY = { externalId: 'd1', userName: 'ada@corp.example', displayName: 'Ada', active: true };
const CREATE = operation('scim-create-user', { role: scimCode(BODY) });

const REFUSALS: readonly (readonly [number, object, string, RegExp])[] = [
  [403, {}, 'refused', /may not do this through SCIM/],
  [404, { schemas: [ERROR], detail: 'no group g' }, 'refused', /knows no such thing.*no group g/],
  [404, { detail: 'a gateway' }, 'unknown', /knows no such thing/],
  [408, {}, 'unknown', /refuses this/],
  [
    409,
    { schemas: [ERROR], scimType: 'uniqueness', detail: 'taken' },
    'refused',
    /409 uniqueness at POST .*taken/,
  ],
  [429, {}, 'refused', /devin.scim.maxPerSecond/],
  [503, {}, 'unknown', /service failed/],
];

test.each(REFUSALS)('a write that is answered %i says what to do', async (status, body, outcome, words) => {
  const { target } = await service((_, __, response) =>
    answerJson(response, status, body, { 'retry-after': '3' }),
  );
  const error = await targetError(target.apply(CREATE, asIs, deadline()));
  expect(error).toMatchObject({ status, outcome, retryAfterMs: 3000 });
  expect(error.message).toMatch(words);
});

test('a success that names no id, or is no object, is unknown and is read back', async () => {
  let external = 400;
  const { target } = await service((path, query, response, request) => {
    if (request.method !== 'GET') return answerJson(response, 200, request.method === 'POST' ? {} : 'done');
    const filter = query.get('filter') ?? '';
    if (filter.startsWith('externalId') && external !== 200)
      return answerJson(response, external, { schemas: [ERROR] });
    const rows = [user('u1', { externalId: 'd1' }), user('u2', { externalId: 'of another' })];
    answerJson(response, 200, { ...LIST, totalResults: 2, Resources: path.endsWith('/Users') ? rows : [] });
  });
  expect(await targetError(target.apply(CREATE, asIs, deadline()))).toMatchObject({ outcome: 'unknown' });
  const patch = operation('scim-deactivate-user', { user: 'u1' });
  expect(await targetError(target.apply(patch, asIs, deadline()))).toMatchObject({ outcome: 'unknown' });
  // A service without a filter on the external id is asked by name, and only our own id counts.
  expect(await target.readBack(CREATE, asIs, deadline())).toEqual({
    state: 'done',
    result: { users: { '{scim-user:d1}': 'u1' }, orgId: null },
  });
  const group = operation('scim-create-group', { role: scimCode({ externalId: 'g1', displayName: 'eng' }) });
  expect(await target.readBack(group, asIs, deadline())).toEqual({ state: 'not-done' });
  external = 403;
  expect(await targetError(target.readBack(CREATE, asIs, deadline()))).toMatchObject({ outcome: 'unknown' });
});

test('two users with one external id are not for us to choose from', async () => {
  const twins = [user('u1', { externalId: 'd1' }), user('u2', { externalId: 'd1' })];
  const { target } = await service(lists(twins));
  const rows: Answer = (_, __, response) =>
    answerJson(response, 200, { ...LIST, totalResults: 2, Resources: twins });
  const { target: other } = await service(rows);
  await target.read(reading());
  expect((await targetError(other.readBack(CREATE, asIs, deadline()))).message).toMatch(
    /there are 2: delete one/,
  );
});

test('what is wanted of a user or a group is compared when it is read back', async () => {
  const { target } = await service((path, _, response) => {
    if (path.endsWith('/Users/gone') || path.endsWith('/Groups/gone'))
      return answerJson(response, 404, { schemas: [ERROR], status: '404' });
    if (path.endsWith('/Users/odd')) return answerJson(response, 200, {});
    if (path.endsWith('/Users/u1'))
      return answerJson(response, 200, { id: 'u1', ...BODY, userName: 'ADA@corp.example' });
    answerJson(response, 200, { id: 'g1', externalId: 'd', displayName: 'eng', members: [{ value: 'u1' }] });
  });
  const back = async (kind: Parameters<typeof operation>[0], over: Parameters<typeof operation>[1]) =>
    (await target.readBack(operation(kind, over), asIs, deadline())).state;
  const role = scimCode(BODY);
  expect(await back('scim-update-user', { user: 'u1', role })).toBe('done');
  for (const over of [{ externalId: 'x' }, { userName: 'x' }, { displayName: 'x' }, { active: false }])
    expect(await back('scim-update-user', { user: 'u1', role: scimCode(over) })).toBe('not-done');
  expect(await back('scim-activate-user', { user: 'gone', role })).toBe('not-done');
  expect(await back('scim-deactivate-user', { user: 'gone' })).toBe('done');
  expect(await back('scim-deactivate-user', { user: 'u1' })).toBe('not-done');
  const group = scimCode({ externalId: 'd', displayName: 'eng' });
  expect(await back('scim-update-group', { group: 'g1', role: group })).toBe('done');
  expect(await back('scim-update-group', { group: 'gone', role: group })).toBe('not-done');
  expect(
    await back('scim-update-group', { group: 'g1', role: scimCode({ externalId: 'd', displayName: 'x' }) }),
  ).toBe('not-done');
  expect(await back('scim-add-members', { group: 'g1', batch: ['u1'] })).toBe('done');
  expect(await back('scim-add-members', { group: 'g1', batch: ['u1', 'u2'] })).toBe('not-done');
  expect(await back('scim-remove-members', { group: 'g1', batch: ['u2'] })).toBe('done');
  expect(await back('scim-remove-members', { group: 'g1', batch: ['u1', 'u2'] })).toBe('not-done');
  expect(await back('scim-remove-members', { group: 'gone', batch: ['u1'] })).toBe('done');
  const odd = operation('scim-update-user', { user: 'odd', role });
  expect((await targetError(target.readBack(odd, asIs, deadline()))).message).toMatch(/not as SCIM promises/);
});

test('requests hold only what differs, and names are one segment or one quoted string', () => {
  const scim = scimTargetOptions.parse({ url: 'https://scim.example/v2', token: 'x' });
  const options = { api: 'v3', prefix: '/v3', scim } as const;
  const before = scimCode(BODY);
  const role = scimCode({ ...BODY, userName: 'king@corp.example' });
  expect(
    describeRequest(options, operation('scim-update-user', { user: 'a/b', before, role }), null),
  ).toEqual({
    method: 'PATCH',
    path: '/v2/Users/a%2Fb',
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [
        { op: 'replace', path: 'userName', value: 'king@corp.example' },
        {
          op: 'replace',
          path: 'emails',
          value: [{ value: 'king@corp.example', type: 'work', primary: true }],
        },
      ],
    },
  });
  const remove = operation('scim-remove-members', { group: '{scim-group:g}', batch: ['a"] or id pr'] });
  expect(describeRequest(options, remove, null)).toMatchObject({
    path: '/v2/Groups/%7Bscim-group%3Ag%7D',
    body: { Operations: [{ op: 'remove', path: 'members[value eq "a\\"] or id pr"]' }] },
  });
  const nameless = operation('scim-create-user', {
    role: scimCode({ externalId: 'd', userName: 'a@b.example' }),
  });
  expect(describeRequest(options, nameless, null).body).not.toHaveProperty('name');
  expect(scimBodyOf(before)).toEqual(BODY);
  expect(describeRequest(options, operation('remove-user', { user: 'u' }), null).path).toBe(
    '/v3/enterprise/members/users/u',
  );
  expect(() => describeRequest({ api: 'v3', prefix: '/v3' }, CREATE, null)).toThrow(
    /not written through REST/,
  );
});

test('operations of REST go to REST, and doctor looks at both sides', async () => {
  const config = { patch: { supported: false }, filter: { supported: false } };
  const { target, devin } = await service((path, query, response, request) => {
    if (path.endsWith('/ServiceProviderConfig')) return answerJson(response, 200, config);
    lists([user('u1')])(path, query, response, request);
  });
  await target.apply(operation('register-groups', { batch: ['eng'] }), asIs, deadline());
  expect(devin.state.groups.has('eng')).toBe(true);
  const names = operation('register-groups', { batch: ['eng'] });
  expect((await target.readBack(names, asIs, deadline())).state).toBe('done');
  expect(target.describe(names, null).path).toBe('/v3/enterprise/idp-groups');
  const found = (await target.check(deadline())).filter(({ what }) => what === "Devin's SCIM service");
  expect(found.map(({ level, detail }) => `${level} ${detail.slice(0, 30)}`)).toEqual([
    expect.stringMatching(/^ok 1 users at http/),
    'fail it takes no PATCH, so nothing ',
    'warn it has no filters, so a lost a',
    'warn as long as Devin syncs groups ',
  ]);
  const bare = await service((path, _, response) => {
    if (path.endsWith('/ServiceProviderConfig')) return answerJson(response, 404, {});
    answerJson(response, 200, { ...LIST, totalResults: 0 });
  });
  expect(
    (await bare.target.check(deadline()))
      .filter(({ level }) => level === 'advice')
      .map(({ detail }) => detail)
      .join(),
  ).toMatch(/what it can do is not readable/);
  const wrong = await service((_, __, response) => answerJson(response, 200, {}));
  expect((await wrong.target.check(deadline())).at(-1)?.detail).toMatch(/is no list of SCIM users/);
  const shut = await service((_, __, response) => answerJson(response, 401, {}));
  expect((await shut.target.check(deadline())).at(-1)?.level).toBe('fail');
});
