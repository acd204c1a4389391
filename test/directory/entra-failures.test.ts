import { expect, onTestFinished, test, vi } from 'vitest';
import { entraOptions } from '../../src/directory/entra/options.ts';
import { createEntraSource } from '../../src/directory/entra/source.ts';
import { unlisted } from './elsewhere.ts';
import {
  ALL,
  context,
  failureOf,
  graphOf,
  plainCompany,
  plainSnapshot,
  silenceIsLate,
  smallCompany,
} from './setup.ts';

const USERS = /^\/v1\.0\/users\?/;
const GROUPS = /^\/v1\.0\/groups\?/;
const BATCH = /^\/v1\.0\/\$batch$/;
const MEMBERS = /\/groups\/[^/]+\/members/;
const TOKEN = /\/oauth2\/v2\.0\/token(\?|$)/;
const ALWAYS = Number.POSITIVE_INFINITY;

const statusOf = (status: string) => (status === 'active' ? 'active' : 'deactivated');

test('a 503 on page 2 that lasts ends the read and names the page', async () => {
  const { graph, source } = await graphOf({ pageSize: 10 });
  graph.faults.add({ path: USERS, skip: 1, times: ALWAYS, action: { kind: 'status', status: 503 } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toMatch(/^Entra users, page 2 \(GET \/v1\.0\/users\): answered 503 after 3 attempts/);
  expect(words).not.toContain(graph.clientSecret);
});

test('failures that pass cost calls and nothing else', async () => {
  const company = smallCompany();
  const { graph, source } = await graphOf({ company, pageSize: 10 });
  graph.faults.add({ path: USERS, action: { kind: 'status', status: 429, headers: { 'retry-after': '0' } } });
  graph.faults.add({ path: USERS, skip: 1, action: { kind: 'cut' } });
  graph.faults.add({ path: GROUPS, action: { kind: 'reset' } });
  graph.faults.add({ path: BATCH, action: { kind: 'status', status: 502 } });
  graph.faults.add({ path: MEMBERS, skip: 1, action: { kind: 'status', status: 429 } });
  graph.faults.add({ path: MEMBERS, skip: 2, action: { kind: 'status', status: 503 } });
  const snapshot = await source.read(ALL, context());
  expect(plainSnapshot(snapshot)).toEqual(plainCompany(company.company, { nested: true, statusOf }));
  expect(graph.faults.unfired()).toEqual([]);
});

test('only the throttled requests of a batch are sent again', async () => {
  const company = smallCompany();
  const { graph, source } = await graphOf({ company });
  const group = company.group('devin-users');
  graph.faults.add({
    path: new RegExp(`/groups/${group.id}/members`),
    action: { kind: 'status', status: 429 },
  });
  await source.read(ALL, context());
  const asked = graph.batched.map(({ path }) => path).filter((path) => MEMBERS.test(path));
  expect(asked).toHaveLength(company.company.groups.size + 1);
  expect(asked.filter((path) => path.includes(group.id))).toHaveLength(2);
});

test('one member list that stays unreadable ends the read and is named', async () => {
  const company = smallCompany();
  const { graph, source } = await graphOf({ company });
  const group = company.group('devin-users');
  const path = new RegExp(`/groups/${group.id}/members`);
  graph.faults.add({ path, times: ALWAYS, action: { kind: 'status', status: 429 } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain(`members of Entra group "devin-users" (${group.id}), page 1`);
  expect(words).toContain('answered 429 after 3 attempts');
});

test('a further page of members that fails ends the read and names the page', async () => {
  const { graph, source } = await graphOf({ pageSize: 5 });
  graph.faults.add({
    path: /\/members\?.*skiptoken/,
    times: ALWAYS,
    action: { kind: 'status', status: 500 },
  });
  expect(await failureOf(source.read(ALL, context()))).toMatch(
    /^members of Entra group .*, page 2 .*answered 500/,
  );
});

test('a batch that leaves a request unanswered ends the read', async () => {
  const { graph, source } = await graphOf();
  graph.faults.add({ path: BATCH, action: { kind: 'replace', body: '{"responses":[]}' } });
  expect(await failureOf(source.read(ALL, context()))).toContain('the batch has no answer to this request');
});

test('a body that is always cut ends the read', async () => {
  const { graph, source } = await graphOf();
  graph.faults.add({ path: USERS, times: ALWAYS, action: { kind: 'cut' } });
  expect(await failureOf(source.read(ALL, context()))).toMatch(
    /page 1 .*no whole answer: .+ after 3 attempts/,
  );
});

test('somebody whom Graph refuses to tell of by id is not gone', async () => {
  const { graph, source } = await graphOf();
  const error = { code: 'Authorization_RequestDenied', message: 'Insufficient privileges' };
  const refused = ['0', '1'].map((id) => ({ id, status: 403, headers: {}, body: { error } }));
  graph.faults.add({
    path: BATCH,
    times: ALWAYS,
    action: { kind: 'replace', body: JSON.stringify({ responses: refused }) },
  });
  const words = await failureOf(source.confirm({ people: ['u1'], groups: [] }, context()));
  expect(words).toMatch(/^Entra user u1 .*403/);
});

test('a server that never answers ends the read at the time limit', async () => {
  const { graph, source } = await graphOf({}, { maxRetries: 1 });
  graph.faults.add({ path: BATCH, times: ALWAYS, action: { kind: 'hang' } });
  silenceIsLate(graph);
  const words = await failureOf(source.confirm({ people: ['u1'], groups: [] }, context()));
  expect(words).toMatch(/^Entra user u1 and others \(POST .*no whole answer within 60 s after 2 attempts/);
});

test('a login page, or JSON without a list, with status 200 is not an empty company', async () => {
  const { graph, source } = await graphOf();
  graph.faults.add({ path: USERS, action: { kind: 'replace', body: '<html>', contentType: 'text/html' } });
  expect(await failureOf(source.read(ALL, context()))).toContain('something that is not JSON (text/html');
  graph.faults.add({ path: USERS, action: { kind: 'replace', body: '{"value":{}}' } });
  expect(await failureOf(source.read(ALL, context()))).toMatch(
    /Entra users, page 1 .*not as documented \(value: /,
  );
});

test('a next link to another host is not followed, and no token goes there', async () => {
  const other = await unlisted();
  const { graph, source } = await graphOf();
  for (const link of [
    `${other.url}/v1.0/users?$skiptoken=x`,
    `${graph.url.replace('://', '://a:b@')}/v1.0/users`,
  ]) {
    const body = JSON.stringify({ value: [], '@odata.nextLink': link });
    graph.faults.add({ path: USERS, action: { kind: 'replace', body } });
    expect(await failureOf(source.read(ALL, context()))).toMatch(
      /page 1 .*the next link leads to .*not followed/,
    );
  }
  expect(other.hits).toBe(0);
});

test('a next link below another version of Graph is not followed', async () => {
  const { graph, source } = await graphOf();
  const body = JSON.stringify({ value: [], '@odata.nextLink': `${graph.url}/beta/users?$skiptoken=x` });
  graph.faults.add({ path: USERS, action: { kind: 'replace', body } });
  expect(await failureOf(source.read(ALL, context()))).toContain(
    `page 2 (GET /beta/users): the link does not lead to`,
  );
});

test('a redirect is not followed', async () => {
  const other = await unlisted();
  const { graph, source } = await graphOf();
  graph.faults.add({
    path: USERS,
    action: { kind: 'status', status: 307, headers: { location: other.url } },
  });
  expect(await failureOf(source.read(ALL, context()))).toContain('answered 307');
  expect(other.hits).toBe(0);
});

test('a cursor that comes back ends the read', async () => {
  const { graph, source } = await graphOf();
  const body = JSON.stringify({ value: [], '@odata.nextLink': `${graph.url}/v1.0/users?$skiptoken=same` });
  graph.faults.add({ path: USERS, times: ALWAYS, action: { kind: 'replace', body, status: 200 } });
  expect(await failureOf(source.read(ALL, context()))).toContain(
    'page 2 (GET /v1.0/users): the next link is one',
  );
});

test('a page link that Graph has forgotten starts the list again, once', async () => {
  const company = smallCompany();
  const { graph, source } = await graphOf({ company, pageSize: 10 });
  const body = '{"error":{"code":"Directory_ExpiredPageToken","message":"The page token has expired."}}';
  const action = { kind: 'status', status: 400, body } as const;
  graph.faults.add({ path: USERS, skip: 2, action });
  const snapshot = await source.read(ALL, context());
  expect(plainSnapshot(snapshot)).toEqual(plainCompany(company.company, { nested: true, statusOf }));
  graph.faults.add({ path: /skiptoken/, times: ALWAYS, action });
  expect(await failureOf(source.read(ALL, context()))).toContain('Directory_ExpiredPageToken');
});

test('an account state that the permission hides ends the read and names the permission', async () => {
  const company = smallCompany();
  const [id = ''] = company.company.people.keys();
  const { source } = await graphOf({ company, overrides: new Map([[id, { accountEnabled: null }]]) });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain(`(id ${id}) is not as documented (accountEnabled: is hidden`);
  expect(words).toContain('User.Read.All');
});

test('missing rights are told apart from a token that is not taken', async () => {
  const rights = await graphOf({ permissions: ['User.Read.All'] });
  const words = await failureOf(rights.source.read(ALL, context()));
  expect(words).toMatch(/^changes of Entra groups, page 1 \(GET \/v1\.0\/groups\/delta\): answered 403/);
  expect(words).toContain('Grant the application permission GroupMember.Read.All');
  const { graph, source } = await graphOf();
  graph.faults.add({ path: USERS, times: ALWAYS, action: { kind: 'status', status: 401 } });
  expect(await failureOf(source.read(ALL, context()))).toMatch(
    /answered 401: .*Graph did not take the token/,
  );
});

test('a wrong secret is refused in words that do not print it', async () => {
  const { source } = await graphOf({}, { clientSecret: 'wrong~secret~value' });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toMatch(/^Entra sign-in \(POST .*\/oauth2\/v2\.0\/token\): answered 401/);
  expect(words).toContain('AADSTS7000215');
  expect(words).toContain('Configure the value of the client secret, not its ID');
  expect(words).not.toContain('wrong~secret~value');
});

test('an unknown application and an unknown tenant are told apart', async () => {
  const other = '11111111-2222-4333-8444-555555555555';
  const app = await graphOf({}, { clientId: other });
  expect(await failureOf(app.source.read(ALL, context()))).toContain('No application with this clientId');
  const tenant = await graphOf({}, { tenantId: other });
  expect(await failureOf(tenant.source.read(ALL, context()))).toContain('Entra sign-in');
});

test('parallel readers share one sign-in, and the next read needs none', async () => {
  const { graph, source } = await graphOf();
  await source.read(ALL, context());
  await source.read(ALL, context());
  expect(graph.requests.filter(({ path }) => TOKEN.test(path))).toHaveLength(1);
});

test('a token that ends in the middle of a read is renewed without losing a page', async () => {
  const company = smallCompany();
  const { graph, source } = await graphOf({ company, pageSize: 10 });
  let revoked = false;
  const snapshot = await source.read(ALL, {
    signal: new AbortController().signal,
    onProgress: () => {
      if (!revoked) graph.revokeTokens();
      revoked = true;
    },
  });
  expect(plainSnapshot(snapshot)).toEqual(plainCompany(company.company, { nested: true, statusOf }));
  expect(graph.requests.filter(({ path }) => TOKEN.test(path))).toHaveLength(2);
});

test('after missing rights the next read signs in anew, because rights are written into a token', async () => {
  const { graph, source } = await graphOf();
  graph.faults.add({ path: USERS, action: { kind: 'status', status: 403 } });
  await failureOf(source.read(ALL, context()));
  await source.read(ALL, context());
  expect(graph.requests.filter(({ path }) => TOKEN.test(path))).toHaveLength(2);
});

test('a sign-in that fails for a moment is tried again, one that hangs ends the read', async () => {
  const first = await graphOf();
  first.graph.faults.add({ path: TOKEN, action: { kind: 'status', status: 503 } });
  first.graph.faults.add({ path: TOKEN, action: { kind: 'cut' } });
  const snapshot = await first.source.read(ALL, context());
  expect(snapshot.personCount).toBe(first.graph.company.company.people.size);
  const { graph, source } = await graphOf({}, { maxRetries: 0 });
  graph.faults.add({ path: TOKEN, times: ALWAYS, action: { kind: 'hang' } });
  silenceIsLate(graph);
  expect(await failureOf(source.read(ALL, context()))).toMatch(
    /^Entra sign-in \(POST .*no whole answer within 60 s/,
  );
});

test('in the public cloud the sign-in is one call, to the configured authority', async () => {
  const asked: string[] = [];
  const fetching = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    asked.push(String(input).split('?')[0] ?? '');
    if (!String(input).includes('/token?')) return new Response('{"error":{"code":"stop"}}', { status: 400 });
    return Response.json({ token_type: 'Bearer', expires_in: 3599, access_token: 'a.b.c' });
  });
  onTestFinished(() => fetching.mockRestore());
  const ids = {
    tenantId: '11111111-2222-4333-8444-555555555555',
    clientId: '21111111-2222-4333-8444-555555555555',
  };
  const source = createEntraSource(entraOptions.parse({ ...ids, clientSecret: 's' }));
  await failureOf(source.look?.({ people: ['x'], emails: [], groups: [] }, context()) ?? Promise.resolve());
  expect(asked).toEqual([
    `https://login.microsoftonline.com/${ids.tenantId}/oauth2/v2.0/token`,
    'https://graph.microsoft.com/v1.0/$batch',
  ]);
});

test('a reading that is stopped ends as an incomplete one', async () => {
  const { graph, source } = await graphOf();
  graph.faults.add({ path: BATCH, times: ALWAYS, action: { kind: 'hang' } });
  const stop = new AbortController();
  const reading = source.read(ALL, {
    signal: stop.signal,
    onProgress: ({ what }) => {
      if (what === 'Entra users') setTimeout(() => stop.abort(), 20);
    },
  });
  expect(await failureOf(reading)).toBe('reading Entra was stopped before it was complete');
});

test('doctor finds everything in order and says which rights are enough', async () => {
  const { graph, source } = await graphOf();
  const findings = await source.check(new AbortController().signal);
  expect(findings.map(({ level, what }) => `${level} ${what}`)).toEqual([
    'ok Entra sign-in',
    'ok Entra users',
    'ok Entra groups',
    'ok Entra group members',
    'ok Entra changes',
    'advice Entra rights',
  ]);
  expect(JSON.stringify(findings)).not.toContain(graph.clientSecret);
});

test('doctor names the missing permission', async () => {
  const { source } = await graphOf({ permissions: ['GroupMember.Read.All'] });
  const findings = await source.check(new AbortController().signal);
  const failed = findings.filter(({ level }) => level === 'fail');
  expect(failed.map(({ what }) => what)).toEqual(['Entra users']);
  expect(failed[0]?.detail).toContain('Grant the application permission User.Read.All');
});

test('doctor names rights that go too far when the token shows them', async () => {
  const { graph, source } = await graphOf();
  const payload = Buffer.from(
    JSON.stringify({ roles: ['User.Read.All', 'Directory.ReadWrite.All'] }),
  ).toString('base64url');
  const body = JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: `h.${payload}.s` });
  graph.faults.add({ path: TOKEN, action: { kind: 'replace', body } });
  const findings = await source.check(new AbortController().signal);
  expect(findings.at(-1)?.detail).toContain('These may be taken away: Directory.ReadWrite.All.');
});
