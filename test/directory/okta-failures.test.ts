import { expect, onTestFinished, test, vi } from 'vitest';
import { unlisted } from './elsewhere.ts';
import { ALL, context, failureOf, oktaOf, plainCompany, plainSnapshot, smallCompany } from './setup.ts';

const USERS = /^\/api\/v1\/users\?/;
const MEMBERS = /\/groups\/[^/]+\/users/;
const ALWAYS = Number.POSITIVE_INFINITY;

test('a 503 on page 2 that lasts ends the read and names the page', async () => {
  const { okta, source } = await oktaOf({ pageSize: 10 });
  okta.faults.add({ path: USERS, skip: 1, times: ALWAYS, action: { kind: 'status', status: 503 } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain('Okta users, page 2 (GET /api/v1/users): answered 503 after 3 attempts');
  expect(words).not.toContain(okta.token);
});

test('a 503 on page 2 that passes costs one more call and no person', async () => {
  const company = smallCompany();
  const { okta, source } = await oktaOf({ company, pageSize: 10 });
  okta.faults.add({ path: USERS, skip: 1, action: { kind: 'status', status: 503 } });
  expect(plainSnapshot(await source.read(ALL, context()))).toEqual(
    plainCompany(company.company, { nested: false }),
  );
  expect(okta.faults.unfired()).toEqual([]);
});

test('one failing member list among many ends the read', async () => {
  const { okta, source } = await oktaOf();
  okta.faults.add({ path: MEMBERS, skip: 3, times: ALWAYS, action: { kind: 'status', status: 500 } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toMatch(
    /members of Okta group ".+" \(.+\), page 1 \(GET .+\/users\): answered 500 after 3 attempts/,
  );
});

test('429 waits for the reset that Okta names and goes on', async () => {
  const company = smallCompany();
  const { okta, source } = await oktaOf({ company });
  const headers = {
    'x-rate-limit-reset': String(Math.floor(Date.now() / 1000)),
    'x-rate-limit-limit': '600',
  };
  okta.faults.add({ path: USERS, action: { kind: 'status', status: 429, headers } });
  const snapshot = await source.read(ALL, context());
  expect(snapshot.personCount).toBe(company.company.people.size);
  expect(okta.faults.unfired()).toEqual([]);
});

test('a connection that is reset once is tried again', async () => {
  const company = smallCompany();
  const { okta, source } = await oktaOf({ company });
  okta.faults.add({ path: USERS, action: { kind: 'reset' } });
  okta.faults.add({ path: MEMBERS, action: { kind: 'cut' } });
  expect(plainSnapshot(await source.read(ALL, context()))).toEqual(
    plainCompany(company.company, { nested: false }),
  );
  expect(okta.faults.unfired()).toEqual([]);
});

test('a body that is always cut ends the read', async () => {
  const { okta, source } = await oktaOf();
  okta.faults.add({ path: USERS, times: ALWAYS, action: { kind: 'cut' } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toMatch(/^Okta users, page 1 \(GET \/api\/v1\/users\): no whole answer: .+ after 3 attempts/);
});

test('a server that never answers ends the read at the time limit', async () => {
  const { okta, source } = await oktaOf({}, { timeoutMs: 500, maxRetries: 1 });
  okta.faults.add({ path: /./, times: ALWAYS, action: { kind: 'hang' } });
  const words = await failureOf(source.confirm({ people: ['00u1'], groups: [] }, context()));
  expect(words).toContain('(GET /api/v1/users/00u1): no whole answer within 0.5 s after 2 attempts');
});

test('a login page with status 200 is not an empty company', async () => {
  const { okta, source } = await oktaOf();
  const body = '<html>Sign in</html>';
  okta.faults.add({ path: USERS, action: { kind: 'replace', body, contentType: 'text/html' } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain(
    'page 1 (GET /api/v1/users): answered 200 with something that is not JSON (text/html',
  );
});

test('a page that is not a list is not an empty company', async () => {
  const { okta, source } = await oktaOf();
  okta.faults.add({ path: USERS, action: { kind: 'replace', body: '{"users":[]}' } });
  expect(await failureOf(source.read(ALL, context()))).toContain('the page is an object instead of a list');
});

test('a user without an id is named by its place on the page', async () => {
  const { okta, source } = await oktaOf();
  const body = JSON.stringify([{ status: 'ACTIVE', profile: { login: 'a' } }]);
  okta.faults.add({ path: USERS, action: { kind: 'replace', body } });
  expect(await failureOf(source.read(ALL, context()))).toMatch(
    /page 1 .*entry 1 is not as documented \(id: /,
  );
});

test('a status that Okta does not document ends the read and names the user', async () => {
  const company = smallCompany();
  const [id = ''] = company.company.people.keys();
  const { source } = await oktaOf({ company, overrides: new Map([[id, { status: 'VANISHED' }]]) });
  const words = await failureOf(
    source.look?.({ people: [id], emails: [], groups: [] }, context()) ?? Promise.resolve(),
  );
  expect(words).toMatch(new RegExp(`\\(id ${id}\\) is not as documented \\(status: `));
});

test('a next link to another host is not followed, and no token goes there', async () => {
  const other = await unlisted();
  const link = `<${other.url}/api/v1/users?after=x>; rel="next"`;
  const { okta, source } = await oktaOf();
  okta.faults.add({ path: USERS, action: { kind: 'status', status: 200, headers: { link }, body: '[]' } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain(
    `page 1 (GET /api/v1/users): the next link leads to ${other.url} instead of ${okta.url}`,
  );
  expect(other.hits).toBe(0);
});

test('a redirect is not followed, and no token goes there', async () => {
  const other = await unlisted();
  const { okta, source } = await oktaOf();
  const headers = { location: `${other.url}/api/v1/users` };
  okta.faults.add({ path: USERS, action: { kind: 'status', status: 302, headers, body: '' } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain('answered 302');
  expect(words).toContain('Redirects are not followed');
  expect(other.hits).toBe(0);
});

test('a cursor that comes back ends the read', async () => {
  const { okta, source } = await oktaOf();
  const link = `<${okta.url}/api/v1/users?after=same>; rel="next"`;
  const action = { kind: 'status', status: 200, headers: { link }, body: '[]' } as const;
  okta.faults.add({ path: USERS, times: ALWAYS, action });
  expect(await failureOf(source.read(ALL, context()))).toContain(
    'page 2 (GET /api/v1/users): the next link is one',
  );
});

test('empty pages without end end the read', async () => {
  const { okta, source } = await oktaOf();
  for (let page = 0; page < 150; page++) {
    const link = `<${okta.url}/api/v1/users?after=${page}>; rel="next"`;
    okta.faults.add({ path: USERS, action: { kind: 'status', status: 200, headers: { link }, body: '[]' } });
  }
  expect(await failureOf(source.read(ALL, context()))).toContain('empty pages in a row');
});

test('an empty page in the middle does not end the list', async () => {
  const company = smallCompany();
  const { okta, source } = await oktaOf({ company });
  const link = `<${okta.url}/api/v1/users?limit=200>; rel="next"`;
  okta.faults.add({ path: USERS, action: { kind: 'status', status: 200, headers: { link }, body: '[]' } });
  const snapshot = await source.read(ALL, context());
  expect(snapshot.personCount).toBeGreaterThan(0);
});

test('a 404 that Okta did not write proves nothing', async () => {
  const { okta, source } = await oktaOf();
  okta.faults.add({
    path: /\/api\/v1\/users\/00u/,
    action: { kind: 'status', status: 404, body: '<html>no such page</html>', contentType: 'text/html' },
  });
  const words = await failureOf(source.confirm({ people: ['00uabsent'], groups: [] }, context()));
  expect(words).toContain('Okta user 00uabsent (GET /api/v1/users/00uabsent): answered 404');
});

test('an answer about another user is no proof', async () => {
  const company = smallCompany();
  const [id = ''] = company.company.people.keys();
  const { okta, source } = await oktaOf({ company });
  const body = JSON.stringify({ id: '00uother', status: 'DEPROVISIONED', profile: {} });
  okta.faults.add({ path: new RegExp(`/users/${id}$`), action: { kind: 'replace', body } });
  const words = await failureOf(source.confirm({ people: [id], groups: [] }, context()));
  expect(words).toContain('about another object than the one asked for');
});

test('a group whose members are said to be missing while it exists ends the read', async () => {
  const company = smallCompany();
  const { okta, source } = await oktaOf({ company });
  const body = JSON.stringify({ errorCode: 'E0000007' });
  okta.faults.add({ path: MEMBERS, times: ALWAYS, action: { kind: 'status', status: 404, body } });
  expect(await failureOf(source.read(ALL, context()))).toContain('Okta knows the group but not its members');
});

test('a wrong token is told apart from missing rights, and is not printed', async () => {
  const { okta, source } = await oktaOf();
  okta.faults.add({ path: USERS, action: { kind: 'status', status: 401 } });
  const wrong = await failureOf(source.read(ALL, context()));
  expect(wrong).toContain('answered 401');
  expect(wrong).toContain('The API token is wrong, expired (30 days unused) or its owner was deactivated');
  okta.faults.add({ path: USERS, action: { kind: 'status', status: 403 } });
  const rights = await failureOf(source.read(ALL, context()));
  expect(rights).toContain('answered 403');
  expect(rights).toContain('Give the owner of the API token the Read-only Administrator role');
  expect(wrong + rights).not.toContain(okta.token);
});

test('a secret that a server echoes is not printed', async () => {
  const { okta, source } = await oktaOf();
  const body = JSON.stringify({
    errorCode: 'E1',
    errorSummary: `bad header\nSSWS ${okta.token} or ${okta.token}`,
  });
  okta.faults.add({ path: USERS, action: { kind: 'status', status: 400, body } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain('E1 bad header SSWS [redacted] or [redacted]');
});

test('a reading that is stopped ends at once as an incomplete one', async () => {
  const { okta, source } = await oktaOf();
  okta.faults.add({ path: MEMBERS, times: ALWAYS, action: { kind: 'hang' } });
  const stop = new AbortController();
  const reading = source.read(ALL, {
    signal: stop.signal,
    onProgress: ({ what }) => {
      if (what === 'Okta groups') setTimeout(() => stop.abort(new Error('shutdown')), 20);
    },
  });
  expect(await failureOf(reading)).toBe('reading Okta was stopped before it was complete');
});

test('nothing is asked any more once the read has failed', async () => {
  const { okta, source } = await oktaOf({}, { concurrency: 2 });
  okta.faults.add({ path: MEMBERS, times: ALWAYS, action: { kind: 'status', status: 403 } });
  // Counted where it is asked: the server may learn of a call that was given up only later.
  const asking = vi.spyOn(globalThis, 'fetch');
  onTestFinished(() => asking.mockRestore());
  await failureOf(source.read(ALL, context()));
  const asked = asking.mock.calls.length;
  const members = asking.mock.calls.filter(([url]) => MEMBERS.test(String(url)));
  expect([1, 2]).toContain(members.length);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(asking.mock.calls).toHaveLength(asked);
});
