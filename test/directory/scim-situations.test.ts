import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { type Entry, holdingOf, listen, scimSource, startProvider, TOKEN } from './scim-provider.ts';
import { ALL, context, failureOf, plainSnapshot } from './setup.ts';

const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** Answers with plain lists, for what the third-party provider does not do. */
function lists(answerOf: (url: URL, request: IncomingMessage) => unknown) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const body = answerOf(new URL(request.url ?? '', 'http://localhost'), request);
    const status = body === null ? 404 : 200;
    response.writeHead(status, { 'content-type': 'application/scim+json' }).end(JSON.stringify(body));
  };
}

function whole(items: readonly unknown[]) {
  return { schemas: [LIST], totalResults: items.length, Resources: items };
}

test('members are read of chosen groups, and a group inside that was not chosen gives its people to them', async () => {
  const person = (id: string) => ({ value: id, type: 'User' });
  const group = (id: string) => ({ value: id, type: 'Group' });
  const provider = await startProvider({
    users: holdingOf(4, 0).users,
    groups: [
      { id: 'g0', displayName: 'devin-all', members: [person('user-0'), group('g1'), group('g3')] },
      { id: 'g1', displayName: 'inner', members: [person('user-1'), group('g0'), group('g2')] },
      { id: 'g2', displayName: 'Devin-core', members: [person('user-2')] },
      { id: 'g3', displayName: 'devin-legacy', members: [person('user-3')] },
    ],
  });
  const source = scimSource(provider.url, { groups: { include: ['devin-*'], exclude: ['*legacy'] } });
  expect(plainSnapshot(await source.read(ALL, context())).groups).toEqual({
    g0: { name: 'devin-all', members: ['user-0', 'user-1', 'user-3'], children: ['g2'] },
    g2: { name: 'Devin-core', members: ['user-2'], children: [] },
  });
  const filtered = { groups: { include: ['devin-*'], filter: 'displayName eq "devin-all"' } };
  const { groups } = plainSnapshot(await scimSource(provider.url, filtered).read(ALL, context()));
  expect(groups).toEqual({
    g0: { name: 'devin-all', members: ['user-0', 'user-1', 'user-2', 'user-3'], children: [] },
  });
});

test('proof by id: who is active, inactive, gone; a group with everybody below it, and one that is gone', async () => {
  const provider = await startProvider(holdingOf(20, 6));
  const source = scimSource(provider.url);
  const questions = { people: ['nobody', 'user-0', 'user-3'], groups: ['group-5', 'group-none'] };
  const { people, groups } = await source.confirm(questions, context());
  expect(Object.fromEntries(people)).toEqual({ nobody: 'gone', 'user-0': 'active', 'user-3': 'deactivated' });
  expect(groups.get('group-none')).toBe('gone');
  // Ten of its own, and the ten of group 4 inside it.
  const evidence = groups.get('group-5');
  expect(evidence).toMatchObject({ groups: new Set(['group-4']) });
  expect(evidence === 'gone' ? 0 : evidence?.people.size).toBe(20);
  const suspended = scimSource(provider.url, { inactive: 'suspended' });
  const seen = await suspended.confirm({ people: ['user-3'], groups: [] }, context());
  expect(seen.people.get('user-3')).toBe('suspended');
});

test('a 404 that is not in the form of SCIM proves nobody gone', async () => {
  const provider = await startProvider(holdingOf(2, 1));
  provider.troubles.push({
    path: /\/Users\/user-0/,
    times: 1,
    answer: (_, response) => void response.writeHead(404).end('<html>no such route</html>'),
  });
  const asked = scimSource(provider.url).confirm({ people: ['user-0'], groups: [] }, context());
  expect(await failureOf(asked)).toContain('SCIM users by id (GET /scim/v2/Users/user-0): answered 404');
});

test('members without a type are told apart by the lists, and by the list of groups where proof is asked for', async () => {
  const users = holdingOf(3, 0).users;
  const groups = [
    { id: 'g0', displayName: 'outer', members: [{ value: 'user-0' }, { value: 'g1' }] },
    {
      id: 'g1',
      displayName: 'inner',
      members: [{ value: 'user-1', $ref: 'https://elsewhere.example/Users/user-1' }],
    },
  ];
  const url = await listen(
    lists(({ pathname }) => {
      const [, path, id] = pathname.split('/');
      const all: readonly { id: string }[] = path === 'Users' ? users : path === 'Groups' ? groups : [];
      if (id !== undefined) return all.find((entry) => entry.id === id) ?? null;
      return path === 'ServiceProviderConfig' ? null : whole(all);
    }),
  );
  const source = scimSource(url);
  const snapshot = plainSnapshot(await source.read(ALL, context()));
  expect(snapshot.groups.g0).toEqual({ name: 'outer', members: ['user-0'], children: ['g1'] });
  const { groups: proof } = await source.confirm({ people: [], groups: ['g0'] }, context());
  expect(proof.get('g0')).toEqual({ people: new Set(['user-0', 'user-1']), groups: new Set(['g1']) });
  users.push({ ...(users[0] as (typeof users)[number]), id: 'g1' });
  expect(await failureOf(source.read(ALL, context()))).toContain(
    'the member g1 has no type, and there are both a user and a group of this id',
  );
});

test('the address is the primary one, else the one at work, else the first, else a user name that is one', async () => {
  const provider = await startProvider({
    users: [
      {
        id: 'u0',
        userName: 'a',
        emails: [
          { value: 'x@corp.example', type: 'work' },
          { value: 'p@corp.example', primary: true },
        ],
      },
      {
        id: 'u1',
        userName: 'b',
        emails: [
          { value: 'h@home.example', type: 'home' },
          { value: 'w@corp.example', type: 'work' },
        ],
      },
      { id: 'u2', userName: 'c@corp.example', emails: [{ value: 'first@corp.example', type: 'other' }] },
      { id: 'u3', userName: 'd@corp.example' },
      { id: 'u4', userName: 'corp\\e' },
    ],
    groups: [],
  });
  const { people } = plainSnapshot(await scimSource(provider.url).read(ALL, context()));
  expect(Object.values(people).map(({ email }) => email)).toEqual([
    'p@corp.example',
    'w@corp.example',
    'first@corp.example',
    'd@corp.example',
    null,
  ]);
  expect(people.u0?.status).toBe('active');
});

/** A provider that gives lists by cursor (RFC 9865), in pages of two, with client credentials. */
async function byCursor(users: readonly Entry[], nextOf: (at: number) => string | undefined, total?: number) {
  let tokens = 0;
  const asked: string[] = [];
  const url = await listen((request, response) => {
    if (request.method === 'POST') {
      const basic = Buffer.from(request.headers.authorization?.slice('Basic '.length) ?? '', 'base64');
      // Both halves come form-encoded (RFC 6749, section 2.3.1).
      const known = decodeURIComponent(basic.toString()) === 'sync:client-secret-0815';
      const body = { access_token: `bought-token-${++tokens}`, token_type: 'Bearer', expires_in: 3600 };
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify(known ? body : { error: 'invalid_client' }));
    }
    asked.push(request.url ?? '');
    // The first token is ended early.
    if (request.headers.authorization !== 'Bearer bought-token-2')
      return void response.writeHead(401).end('{}');
    lists(({ pathname, searchParams }) => {
      if (pathname === '/ServiceProviderConfig')
        return { pagination: { cursor: true, index: false, maxPageSize: 2 } };
      if (pathname !== '/Users') return whole([]);
      const at = Number((searchParams.get('cursor') ?? '').slice(1));
      const next = nextOf(at);
      const Resources = users.slice(at, at + 2);
      const totalResults = total === undefined ? {} : { totalResults: total };
      return {
        schemas: [LIST],
        Resources,
        ...totalResults,
        ...(next === undefined ? {} : { nextCursor: next }),
      };
    })(request, response);
  });
  const oauth = { tokenUrl: `${url}/token`, clientId: 'sync', clientSecret: 'client-secret-0815' };
  return { source: scimSource(url, { oauth }), asked, tokens: () => tokens };
}

test('a provider with cursors and client credentials is read to its end, with a new token for one that ended', async () => {
  const { users } = holdingOf(5, 0);
  const { source, asked, tokens } = await byCursor(users, (at) => (at + 2 < 5 ? `c${at + 2}` : undefined));
  const snapshot = await source.read(ALL, context());
  expect(snapshot.listedCount).toBe(5);
  expect(tokens()).toBe(2);
  expect(snapshot.reads).toContainEqual({ what: 'SCIM sign-in', pages: 0, items: 0, calls: 2 });
  expect(
    asked.filter((path) => path.startsWith('/Users')).map((path) => /cursor=([^&]*)&count=2/.exec(path)?.[1]),
  ).toEqual(['', 'c2', 'c4']);
});

test('a list by cursor that ends before the number of its entries ends the reading, one without a number does not', async () => {
  const { users } = holdingOf(5, 0);
  const { source } = await byCursor(users, (at) => (at === 0 ? 'c2' : undefined), 5);
  expect(await failureOf(source.read(ALL, context()))).toContain('4 entries came, but totalResults is 5');
});

test('a cursor that comes back ends the reading', async () => {
  const { source } = await byCursor(holdingOf(5, 0).users, () => 'c2');
  expect(await failureOf(source.read(ALL, context()))).toContain('the pages never end');
});

test('a filter that the provider says it would pass over ends the reading; who is left out by one stays unknown', async () => {
  const holding = holdingOf(20, 2);
  const provider = await startProvider(holding);
  const filter = 'displayName eq "Person 0"';
  const source = scimSource(provider.url, { users: { filter } });
  const { people, groups } = plainSnapshot(await source.read(ALL, context()));
  expect([people['user-0']?.status, people['user-1']?.status]).toEqual(['active', 'unknown']);
  expect(groups['group-0']?.members).toHaveLength(10);
  provider.troubles.push({
    path: /ServiceProviderConfig/,
    times: 1,
    change: (body) => ({ ...body, filter: { supported: false } }),
  });
  expect(await failureOf(source.read(ALL, context()))).toContain(
    'the provider says that it supports no filters',
  );
});

test('doctor is told of a sign-in that works, of a refused one, and of groups that show no members', async () => {
  const provider = await startProvider(holdingOf(2, 1));
  const { signal } = new AbortController();
  const levels = async (url: string, options = {}) =>
    (await scimSource(url, options).check(signal)).map(({ level, what }) => `${level} ${what}`);
  expect(await levels(provider.url)).toEqual([
    'ok SCIM service provider',
    'ok SCIM users',
    'ok SCIM groups',
    'ok SCIM changes',
    'ok clock',
  ]);
  provider.holding.groups = [{ id: 'g', displayName: 'bare' }];
  expect(await levels(provider.url)).toContain('warn SCIM members');
  const refused = await scimSource(provider.url, { token: 'another-token' }).check(signal);
  expect(refused).toHaveLength(1);
  expect(refused[0]?.detail).toContain('The bearer token is wrong or expired');
  expect(JSON.stringify(refused)).not.toContain(TOKEN);
});
