/** Each fault by name over HTTP: the exact company, or an error in words; and what a provider may get wrong by itself. */
import { expect, test } from 'vitest';
import { unlisted } from './elsewhere.ts';
import { ALWAYS, CASES, change, EXACT, status } from './scim-cases.ts';
import { type Entry, holdingOf, listen, scimSource, startProvider, TOKEN } from './scim-provider.ts';
import { ALL, context, failureOf, plainSnapshot } from './setup.ts';

const LISTS = [
  ['Users', /\/Users\?.*startIndex=(8|15)&/],
  ['Groups', /\/Groups\?.*startIndex=(8|15)&/],
] as const;

test('each fault on page 2 of each list gives the exact company or an error in words, never a smaller one', async () => {
  const provider = await startProvider(holdingOf(30, 20));
  const exact = plainSnapshot(await scimSource(provider.url).read(ALL, context()));
  for (const [list, path] of LISTS) {
    for (const { name, says, timeoutMs, ...trouble } of CASES) {
      provider.troubles.splice(0, ALWAYS, { path, ...trouble });
      // Silence costs the whole limit each time.
      const tries = timeoutMs === undefined ? {} : { timeoutMs, maxRetries: 0 };
      const reading = scimSource(provider.url, { pageSize: 8, ...tries }).read(ALL, context());
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
