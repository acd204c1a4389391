/** The fault table: each fault ends in the exact whole snapshot or in a SourceReadError, within bounds. */
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { GraphPace, slowDownMs } from '../../src/directory/entra/pace.ts';
import { passesQuickly } from '../../src/directory/entra/quick.ts';
import { graphMember, graphUser } from '../../src/directory/entra/schema.ts';
import { useProxies } from '../../src/lib/proxy.ts';
import type { FakeGraph, FakeGraphOptions } from '../../src/sandbox/fake-graph.ts';
import type { FaultAction } from '../../src/sandbox/faults.ts';
import { runs } from '../helpers/runs.ts';
import { ALL, context, failureOf, graphOf, plainCompany, plainSnapshot, smallCompany } from './setup.ts';

const USERS = /^\/v1\.0\/users\?/;
const BATCH = /^\/v1\.0\/\$batch$/;
const MEMBERS = /\/groups\/[^/]+\/members/;
const ALWAYS = Number.POSITIVE_INFINITY;

const statusOf = (status: string) => (status === 'active' ? 'active' : 'deactivated');

function truth(graph: FakeGraph) {
  return plainCompany(graph.company.company, { nested: true, statusOf });
}

/** The fault passes, and the snapshot is exact. */
async function passes(
  script: readonly { path: RegExp; skip?: number; times?: number; action: FaultAction }[],
  fake: Partial<FakeGraphOptions> = {},
): Promise<FakeGraph> {
  const { graph, source } = await graphOf({ pageSize: 10, ...fake });
  for (const fault of script) graph.faults.add(fault);
  expect(plainSnapshot(await source.read(ALL, context()))).toEqual(truth(graph));
  expect(graph.faults.unfired()).toEqual([]);
  return graph;
}

test('a storm of 429 with Retry-After is waited out', async () => {
  const storm = { kind: 'status', status: 429, headers: { 'retry-after': '0' } } as const;
  await passes([
    { path: USERS, times: 2, action: storm },
    { path: BATCH, times: 2, action: storm },
  ]);
});

test('a storm of 429 without Retry-After is waited out too', async () => {
  const storm = { kind: 'status', status: 429 } as const;
  await passes([
    { path: USERS, times: 2, action: storm },
    { path: MEMBERS, times: 2, action: storm },
  ]);
});

test('a storm of 429 that does not end, ends the read', async () => {
  const { graph, source } = await graphOf();
  graph.faults.add({ path: USERS, times: ALWAYS, action: { kind: 'status', status: 429 } });
  expect(await failureOf(source.read(ALL, context()))).toMatch(
    /^Entra users, page 1 .*answered 429 after 3 attempts.*limits requests/,
  );
});

for (const status of [500, 502, 503])
  test(`a ${status} on page 3 passes, or ends the read and names the page`, async () => {
    await passes([{ path: USERS, skip: 2, times: 2, action: { kind: 'status', status } }]);
    const { graph, source } = await graphOf({ pageSize: 10 });
    graph.faults.add({ path: USERS, skip: 2, times: ALWAYS, action: { kind: 'status', status } });
    expect(await failureOf(source.read(ALL, context()))).toMatch(
      new RegExp(`^Entra users, page 3 .*answered ${status} after 3 attempts`),
    );
  });

test('a connection that is reset passes, or ends the read', async () => {
  await passes([{ path: USERS, skip: 1, times: 2, action: { kind: 'reset' } }]);
  const { graph, source } = await graphOf();
  graph.faults.add({ path: BATCH, times: ALWAYS, action: { kind: 'reset' } });
  expect(await failureOf(source.read(ALL, context()))).toContain('no whole answer: ');
});

test('an empty page with a next link is a page', async () => {
  const { graph, source } = await graphOf();
  const link = `${graph.url}/v1.0/users?$select=${FIELDS}&$top=998`;
  const body = JSON.stringify({ value: [], '@odata.nextLink': link });
  graph.faults.add({ path: USERS, action: { kind: 'replace', body } });
  expect(plainSnapshot(await source.read(ALL, context()))).toEqual(truth(graph));
});

const FIELDS = 'id,displayName,mail,userPrincipalName,accountEnabled,userType';

test('a list of users that was cut off is found out by the members that it lacks', async () => {
  const { graph, source } = await graphOf({ company: smallCompany(80) });
  const [one] = [...graph.company.company.people.values()];
  const user = { id: one?.id, displayName: 'One', mail: one?.email, accountEnabled: true };
  graph.faults.add({ path: USERS, action: { kind: 'replace', body: JSON.stringify({ value: [user] }) } });
  expect(await failureOf(source.read(ALL, context()))).toMatch(
    /^Entra users, page 1 .*the list ended after 1 users, but groups name \d+ others, and at least 20 of them exist/,
  );
});

test('a few users whom the list did not show yet are asked for by id', async () => {
  const { graph, source } = await graphOf();
  const missing = [...graph.company.group('devin-users').members].slice(0, 2);
  const rest = [...graph.company.company.people.values()].filter(({ id }) => !missing.includes(id));
  const value = rest.map(({ id, email, status }) => ({
    id,
    mail: email,
    accountEnabled: status === 'active',
  }));
  graph.faults.add({ path: USERS, action: { kind: 'replace', body: JSON.stringify({ value }) } });
  expect(plainSnapshot(await source.read(ALL, context()))).toEqual(truth(graph));
});

test('a member whom Graph does not know stays a person of unknown state', async () => {
  const { graph, source } = await graphOf();
  const group = graph.company.group('devin-users');
  const value = [{ '@odata.type': '#microsoft.graph.user', id: 'nobody-1' }];
  const path = new RegExp(`/groups/${group.id}/members`);
  graph.faults.add({ path, action: { kind: 'replace', body: JSON.stringify({ value }) } });
  const snapshot = await source.read(ALL, context());
  expect(snapshot.person(snapshot.personIndex('nobody-1'))).toMatchObject({ status: 'unknown', email: null });
});

test('a 401 in the middle of a read signs in once more; one that lasts ends the read', async () => {
  await passes([{ path: USERS, skip: 2, action: { kind: 'status', status: 401 } }]);
  const { graph, source } = await graphOf({ pageSize: 10 });
  graph.faults.add({ path: USERS, skip: 2, times: ALWAYS, action: { kind: 'status', status: 401 } });
  expect(await failureOf(source.read(ALL, context()))).toMatch(/^Entra users, page 3 .*answered 401/);
  expect(graph.requests.filter(({ path }) => path.includes('/token')).length).toBeLessThanOrEqual(3);
});

test('a token whose time ends in the middle of a read is renewed', async () => {
  let clock = Date.now();
  const { graph, source } = await graphOf({ pageSize: 10, now: () => clock });
  const reading = {
    ...context(),
    onProgress: () => {
      clock += 3_600_000 / 4;
    },
  };
  expect(plainSnapshot(await source.read(ALL, reading))).toEqual(truth(graph));
  expect(graph.requests.filter(({ path }) => path.includes('/token')).length).toBeGreaterThan(1);
});

for (const status of [429, 503])
  test(`one request of a batch that is answered ${status} is sent again alone, or ends the read`, async () => {
    await passes([{ path: MEMBERS, skip: 3, times: 2, action: { kind: 'status', status } }]);
    const { graph, source } = await graphOf();
    graph.faults.add({ path: MEMBERS, skip: 3, times: ALWAYS, action: { kind: 'status', status } });
    expect(await failureOf(source.read(ALL, context()))).toMatch(
      new RegExp(`^members of Entra group .*answered ${status} after 3 attempts`),
    );
  });

test('a redirect, of a list or of a request in a batch, is not followed and ends the read', async () => {
  for (const path of [USERS, BATCH, MEMBERS]) {
    const { graph, source } = await graphOf();
    const headers = { location: `${graph.url}/elsewhere` };
    graph.faults.add({ path, times: ALWAYS, action: { kind: 'status', status: 302, headers } });
    expect(await failureOf(source.read(ALL, context()))).toContain('answered 302');
    expect(graph.requests.filter((request) => request.path === '/elsewhere')).toEqual([]);
  }
});

test('a page of members that Graph has forgotten starts that group again', async () => {
  const body = '{"error":{"code":"Directory_ExpiredPageToken","message":"expired"}}';
  await passes([{ path: /members\?.*skiptoken/, action: { kind: 'status', status: 400, body } }]);
});

test('reads give way to people: every request says that it is of low priority', async () => {
  const seen: (string | null)[] = [];
  const { graph, source } = await graphOf();
  await source.read(ALL, context());
  for (const { body } of graph.requests)
    for (const { headers } of (body as { requests?: { headers?: Record<string, string> }[] })?.requests ?? [])
      seen.push(headers?.['x-ms-throttle-priority'] ?? null);
  expect(seen.length).toBeGreaterThan(0);
  expect(new Set(seen)).toEqual(new Set(['low']));
});

test('the nearer the limit of the tenant, the longer the pause before the next request', async () => {
  expect([null, 'x', '0.5', '0.8', '1', '1.8'].map(slowDownMs)).toEqual([0, 0, 0, 1_000, 3_000, 10_000]);
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  // An aborted signal tells an open gate from a closed one without any waiting.
  const open = (pace: GraphPace) =>
    pace.wait(AbortSignal.abort()).then(
      () => true,
      () => false,
    );
  const pace = new GraphPace(60_000);
  expect(await open(pace)).toBe(true);
  pace.heed('1.5');
  expect(await open(pace)).toBe(false);
  // The longest wait that is configured bounds every pause.
  const bounded = new GraphPace(1);
  bounded.heed('1.5');
  bounded.hold(60_000);
  expect(await open(bounded)).toBe(false);
  vi.setSystemTime(Date.now() + 1);
  expect(await open(bounded)).toBe(true);
});

test('a tenant near its limit is read whole, only more slowly', async () => {
  let told = 0;
  const { graph, source } = await graphOf({ load: () => (++told % 2 === 0 ? 0.9 : 0.1) });
  expect(plainSnapshot(await source.read(ALL, context()))).toEqual(truth(graph));
});

test('sign-in and reads go through the proxy of the surroundings', async () => {
  const tunnels: string[] = [];
  const server = createServer();
  server.on('connect', ({ url = '' }, socket) => {
    tunnels.push(url);
    const [host, port] = url.split(':');
    const far = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    for (const end of [far, socket]) end.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { graph, source } = await graphOf();
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  onTestFinished(useProxies({ http: url, https: url, none: '' }));
  expect(plainSnapshot(await source.read(ALL, context()))).toEqual(truth(graph));
  expect(new Set(tunnels)).toEqual(new Set([graph.url.replace('http://', '')]));
});

test('the quick checks of long lists pass nothing that the schema would not', () => {
  const text = fc.option(fc.constantFrom('', 'a', 'b@corp.example'), { nil: undefined });
  const odd = fc.oneof(text, fc.constant(null), fc.integer(), fc.boolean());
  const user = fc.record(
    {
      id: odd,
      displayName: odd,
      mail: odd,
      userPrincipalName: odd,
      userType: odd,
      accountEnabled: odd,
      '@odata.type': odd,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(user, fc.constant(null), fc.integer(), fc.constant([])), (value) => {
      for (const schema of [graphUser, graphMember])
        expect(passesQuickly(schema, [value])).toBe(schema.safeParse(value).success);
    }),
    runs(2_000),
  );
});
