/** Each fault by name over HTTP: the exact company, or an error in words; and what a provider may get wrong by itself. */
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { unlisted } from './elsewhere.ts';
import {
  type Entry,
  holdingOf,
  listen,
  scimSource,
  startProvider,
  TOKEN,
  type Trouble,
} from './scim-provider.ts';
import { ALL, context, failureOf, plainSnapshot } from './setup.ts';

const ALWAYS = Number.POSITIVE_INFINITY;
const EXACT = 'exact';
const SCIM = 'application/scim+json';

type Body = Record<string, unknown> & { Resources: Entry[] };

function status(code: number, headers: Record<string, string> = {}, body = '{}') {
  return (_: unknown, response: ServerResponse) => void response.writeHead(code, headers).end(body);
}

function change(work: (body: Body) => unknown) {
  return { change: work as unknown as NonNullable<Trouble['change']> };
}

function cut(_: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': SCIM, 'content-length': '1000' });
  response.write('{"schemas":[', () => response.destroy());
}

type Case = Pick<Trouble, 'answer' | 'change'> & {
  readonly name: string;
  readonly times: number;
  readonly says: string;
  readonly timeoutMs?: number;
};

const CASES: readonly Case[] = [
  { name: '503 then fine', answer: status(503), times: 2, says: EXACT },
  { name: '503 that lasts', answer: status(503), times: ALWAYS, says: 'answered 503 after 3 attempts' },
  { name: '429 with Retry-After', answer: status(429, { 'retry-after': '0' }), times: 2, says: EXACT },
  { name: '429 that lasts', answer: status(429), times: ALWAYS, says: 'answered 429 after 3 attempts' },
  { name: 'a body cut once', answer: cut, times: 1, says: EXACT },
  { name: 'a body always cut', answer: cut, times: ALWAYS, says: 'no whole answer' },
  {
    name: 'never answering',
    answer: () => {},
    times: ALWAYS,
    says: 'no whole answer within 0.3 s',
    timeoutMs: 300,
  },
  {
    name: 'HTML with 200',
    answer: status(200, { 'content-type': 'text/html' }, '<html>Sign in</html>'),
    times: ALWAYS,
    says: 'not JSON (text/html',
  },
  { name: 'JSON that is no list', answer: status(200), times: ALWAYS, says: 'not as documented (schemas' },
  {
    name: '401 in mid-read',
    answer: status(401),
    times: ALWAYS,
    says: 'The bearer token is wrong or expired',
  },
  { name: '403', answer: status(403), times: ALWAYS, says: 'Allow this client to read users and groups' },
  {
    name: 'an empty page in the middle',
    ...change((body) => ({ ...body, Resources: [] })),
    times: 1,
    says: EXACT,
  },
  {
    name: 'empty pages that last',
    ...change((body) => ({ ...body, Resources: [] })),
    times: ALWAYS,
    says: 'an empty page came where entries were read before, 3 readings in a row',
  },
  {
    name: 'entries without ids',
    ...change((body) => ({ ...body, Resources: [{ userName: 'x' }] })),
    times: ALWAYS,
    says: 'entry 1 is not as documented',
  },
  {
    name: 'totalResults that is gone',
    ...change(({ totalResults: _, ...rest }) => rest),
    times: ALWAYS,
    says: 'the page has no totalResults',
  },
  {
    name: 'a totalResults less than what came',
    ...change((body) => ({ ...body, totalResults: 5 })),
    times: ALWAYS,
    says: 'entries came, but totalResults is 5',
  },
  {
    name: 'a totalResults cut to what came so far',
    ...change((body) => ({ ...body, totalResults: 15 })),
    times: ALWAYS,
    says: 'the list goes on after the 15 entries that totalResults gives',
  },
  {
    name: 'an entry that comes twice',
    ...change((body) => ({ ...body, Resources: [...body.Resources.slice(0, -1), body.Resources[0]] })),
    times: ALWAYS,
    says: 'came twice, 3 readings in a row',
  },
];

const LISTS = [
  ['Users', /\/Users\?.*startIndex=(8|15)&/],
  ['Groups', /\/Groups\?.*startIndex=(8|15)&/],
] as const;

test('each fault on page 2 of each list gives the exact company or an error in words, never a smaller one', async () => {
  const provider = await startProvider(holdingOf(30, 20));
  const exact = plainSnapshot(await scimSource(provider.url).read(ALL, context()));
  for (const [list, path] of LISTS) {
    for (const { name, says, timeoutMs = 5_000, ...trouble } of CASES) {
      provider.troubles.splice(0, ALWAYS, { path, ...trouble });
      // Silence costs the whole limit each time.
      const tries = timeoutMs < 1_000 ? { maxRetries: 0 } : {};
      const reading = scimSource(provider.url, { pageSize: 8, timeoutMs, ...tries }).read(ALL, context());
      const where = `${name}, ${list}`;
      if (says === EXACT) expect(plainSnapshot(await reading), where).toEqual(exact);
      else expect(await failureOf(reading), where).toContain(says);
      if (trouble.times !== ALWAYS) expect(provider.troubles[0]?.times, where).toBe(0);
    }
  }
});

test('a redirect of the next page to another host is not followed, and the token stays here', async () => {
  const provider = await startProvider(holdingOf(30, 2));
  const elsewhere = await unlisted();
  const answer = status(307, { location: `${elsewhere.url}/Users` });
  provider.troubles.push({ path: /startIndex=8&/, times: ALWAYS, answer });
  const words = await failureOf(scimSource(provider.url, { pageSize: 8 }).read(ALL, context()));
  expect(words).toContain('Redirects are not followed');
  expect(elsewhere.hits).toBe(0);
});

test('a page that the provider repeats is noticed', async () => {
  const provider = await startProvider(holdingOf(30, 2));
  const first = provider.holding.users.slice(0, 8);
  provider.troubles.push({
    path: /\/Users\?.*startIndex=8&/,
    times: ALWAYS,
    ...change((body) => ({ ...body, Resources: first })),
  });
  const words = await failureOf(scimSource(provider.url, { pageSize: 8 }).read(ALL, context()));
  expect(words).toContain('the pages do not fit together, 3 readings in a row');
});

test('somebody who is deleted on an earlier page while the list is read lets nobody be passed over', async () => {
  const provider = await startProvider(holdingOf(30, 2));
  provider.troubles.push({
    path: /\/Users\?.*startIndex=15&/,
    times: 1,
    answer: (request, response) => {
      provider.holding.users.splice(2, 1);
      status(503)(request, response);
    },
  });
  const snapshot = await scimSource(provider.url, { pageSize: 8 }).read(ALL, context());
  expect(snapshot.listedCount).toBe(29);
});

test('a list of users that was cut short is noticed by the members that it lacks', async () => {
  const provider = await startProvider(holdingOf(40, 4));
  provider.troubles.push({
    path: /\/Users\?/,
    times: ALWAYS,
    ...change((body) => ({ ...body, totalResults: 5, Resources: provider.holding.users.slice(0, 5) })),
  });
  expect(await failureOf(scimSource(provider.url).read(ALL, context()))).toContain(
    'the list ended after 5 people, yet groups have 35 more members',
  );
});

test('an empty list of users beside groups that have members is no empty company', async () => {
  const provider = await startProvider(holdingOf(40, 4));
  const empty = change((body) => ({ ...body, totalResults: 0, Resources: [] }));
  provider.troubles.push({ path: /\/Users\?/, times: ALWAYS, ...empty });
  expect(await failureOf(scimSource(provider.url).read(ALL, context()))).toContain('the list was cut short');
});

test('a group without members is asked for by id, and one that users are in is not believed to be empty', async () => {
  const holding = holdingOf(20, 2);
  const provider = await startProvider(holding);
  const bare = change((body) => ({
    ...body,
    Resources: body.Resources.map(({ members: _, ...rest }) => rest),
  }));
  provider.troubles.push({ path: /\/Groups\?/, times: ALWAYS, ...bare });
  const { groups } = plainSnapshot(await scimSource(provider.url).read(ALL, context()));
  expect(Object.values(groups).map(({ members }) => members.length)).toEqual([10, 10]);
  holding.groups = holding.groups.map(({ members: _, ...rest }) => rest as Entry);
  expect(
    plainSnapshot(await scimSource(provider.url).read(ALL, context())).groups['group-0']?.members,
  ).toEqual([]);
  holding.users = holding.users.map((user) => ({ ...user, groups: [{ value: 'group-0', type: 'direct' }] }));
  expect(await failureOf(scimSource(provider.url).read(ALL, context()))).toContain(
    'the group has no members, yet user user-0 says to be in it',
  );
});

test('what a provider repeats of a secret never stands in an error', async () => {
  const secret = 'client-secret-0815';
  const url = await listen((request, response) => {
    const body = JSON.stringify({
      error: 'invalid_client',
      error_description: `no ${secret} ${request.headers.authorization}`,
    });
    response.writeHead(400, { 'content-type': 'application/json' }).end(body);
  });
  const oauth = { tokenUrl: `${url}/token`, clientId: 'sync', clientSecret: secret };
  const signIn = await failureOf(scimSource(url, { oauth }).read(ALL, context()));
  expect(signIn).toContain('SCIM sign-in (POST /token): answered 400: invalid_client');
  expect(signIn).not.toContain(secret);
  const provider = await startProvider(holdingOf(1, 1));
  const detail = JSON.stringify({ schemas: [], detail: `Bearer ${TOKEN} is not known, ${TOKEN}` });
  provider.troubles.push({ path: /Users/, times: ALWAYS, answer: status(400, {}, detail) });
  const words = await failureOf(scimSource(provider.url).read(ALL, context()));
  expect(words).toContain('is not known');
  expect(words).not.toContain(TOKEN);
});
