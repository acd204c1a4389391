import { expect, test } from 'vitest';
import { CompanyDirectory, emptyCompany } from '../../src/sandbox/company.ts';
import type { FakeGraph } from '../../src/sandbox/fake-graph.ts';
import { type Call, type Got, graphFor, tokenRequest } from './helpers.ts';

function small(): CompanyDirectory {
  const company = new CompanyDirectory(emptyCompany());
  company.createGroup('team');
  for (const name of ['Ada', 'Bo', 'Cy'])
    company.hire({ firstName: name, lastName: 'Test', email: `${name}@corp.example`, groups: ['team'] });
  return company;
}

const USERS = '/v1.0/users/delta?$select=id,displayName,mail,accountEnabled';
const GROUPS = '/v1.0/groups/delta?$select=id,displayName,members';

async function latest(graph: FakeGraph, call: Call, path: string): Promise<string> {
  const { status, body } = await call('GET', `${path}&$deltatoken=latest`);
  expect([status, body.value]).toEqual([200, []]);
  return body['@odata.deltaLink'].slice(graph.url.length);
}

/** Every page from this link on, and the link that ends them. */
async function round(graph: FakeGraph, call: Call, link: string) {
  const pages: Got['body'][][] = [];
  for (let next = link; ; ) {
    const { status, body } = await call('GET', next);
    expect(status).toBe(200);
    pages.push(body.value);
    if (body['@odata.deltaLink'] !== undefined)
      return { pages, items: pages.flat(), link: body['@odata.deltaLink'].slice(graph.url.length) };
    next = body['@odata.nextLink'].slice(graph.url.length);
  }
}

test('a link from now on tells only what changed since, and of that only the fields that did', async () => {
  const company = small();
  const { graph, call } = await graphFor({ company });
  const link = await latest(graph, call, USERS);
  expect((await round(graph, call, link)).items).toEqual([]);
  company.suspend('bo@corp.example');
  const bo = company.person('bo@corp.example').id;
  const told = await round(graph, call, link);
  expect(told.items).toEqual([{ id: bo, accountEnabled: false }]);
  expect((await round(graph, call, told.link)).items).toEqual([]);
  // A link may be asked again: its changes are told again.
  expect((await round(graph, call, link)).items).toHaveLength(1);
});

test('a mail that was taken away is null, one that never was is absent', async () => {
  const company = small();
  const overrides = new Map<string, Record<string, unknown>>();
  const { graph, call } = await graphFor({ company, overrides });
  const link = await latest(graph, call, USERS);
  const ada = company.person('ada@corp.example').id;
  overrides.set(ada, { mail: null });
  const di = company.hire({ firstName: 'Di', lastName: 'Test', email: 'di@corp.example' }).id;
  overrides.set(di, { mail: null });
  expect((await round(graph, call, link)).items).toEqual([
    { id: ada, mail: null },
    { id: di, displayName: 'Di Test', accountEnabled: true },
  ]);
});

test('a removal says whether it can be undone, and a restored user comes back as a whole', async () => {
  const company = small();
  const { graph, call } = await graphFor({ company });
  const link = await latest(graph, call, USERS);
  const soft = graph.softDelete('ada@corp.example');
  const bo = company.person('bo@corp.example').id;
  company.deletePerson(bo);
  const told = await round(graph, call, link);
  expect(told.items).toEqual([
    { id: soft, '@removed': { reason: 'changed' } },
    { id: bo, '@removed': { reason: 'deleted' } },
  ]);
  expect((await call('GET', `/v1.0/directory/deletedItems/${soft}?$select=id`)).body).toMatchObject({
    '@odata.type': '#microsoft.graph.user',
    id: soft,
  });
  expect((await call('GET', `/v1.0/directory/deletedItems/${bo}`)).status).toBe(404);
  graph.restore(soft);
  expect((await round(graph, call, told.link)).items).toMatchObject([{ id: soft, displayName: 'Ada Test' }]);
  expect(company.group('team').members.has(soft)).toBe(true);
  expect((await call('GET', `/v1.0/directory/deletedItems/${soft}`)).status).toBe(404);
});

test('groups tell who joined and who left, but nothing of the edges of deleted and restored users', async () => {
  const company = small();
  const { graph, call } = await graphFor({ company });
  const team = company.group('team').id;
  const [ada, bo, cy] = ['ada', 'bo', 'cy'].map((name) => company.person(`${name}@corp.example`).id);
  const link = await latest(graph, call, GROUPS);
  company.leave('team', bo as string);
  const soft = graph.softDelete(ada as string);
  const inner = company.createGroup('inner').id;
  company.nest('team', 'inner');
  const told = await round(graph, call, link);
  const user = '#microsoft.graph.user';
  expect(told.items).toEqual([
    {
      id: team,
      'members@delta': [
        { '@odata.type': '#microsoft.graph.group', id: inner },
        { '@odata.type': user, id: bo, '@removed': { reason: 'deleted' } },
      ],
    },
    { id: inner, displayName: 'inner' },
  ]);
  graph.restore(soft);
  expect((await round(graph, call, told.link)).items).toEqual([]);
  company.deleteGroup('inner');
  expect((await round(graph, call, told.link)).items).toContainEqual({
    id: inner,
    '@removed': { reason: 'deleted' },
  });
  expect(cy).toBeDefined();
});

test('the edges are told where the tenant is one that tells them', async () => {
  const company = small();
  const { graph, call } = await graphFor({ company, delta: { tellsEdges: true } });
  const link = await latest(graph, call, GROUPS);
  const soft = graph.softDelete('ada@corp.example');
  const told = await round(graph, call, link);
  expect(told.items[0]['members@delta']).toMatchObject([{ id: soft, '@removed': {} }]);
  graph.restore(soft);
  expect((await round(graph, call, told.link)).items[0]['members@delta']).toMatchObject([{ id: soft }]);
});

test('a large group comes in slices over several pages', async () => {
  const company = small();
  const { graph, call } = await graphFor({ company, delta: { pageSize: 2, slice: 1 } });
  const { pages, items } = await round(graph, call, GROUPS);
  expect(pages.map((page) => page.length)).toEqual([2, 2]);
  expect(items.filter(({ id }) => id === company.group('team').id)).toHaveLength(4);
});

test('changes come again in the next round where the tenant replays', async () => {
  const company = small();
  const { graph, call } = await graphFor({ company, delta: { replays: true } });
  const link = await latest(graph, call, USERS);
  company.suspend('bo@corp.example');
  const told = await round(graph, call, link);
  company.restore('bo@corp.example');
  const { id } = company.person('bo@corp.example');
  expect((await round(graph, call, told.link)).items).toEqual([
    { id, accountEnabled: false },
    { id, accountEnabled: true },
  ]);
});

test('a link that is not known any more is gone, and says where to start', async () => {
  const company = small();
  const { graph, call } = await graphFor({ company });
  const link = await latest(graph, call, USERS);
  graph.expireDeltaLinks();
  const gone = await call('GET', link);
  expect(gone).toMatchObject({ status: 410, body: { error: { code: 'syncStateNotFound' } } });
  expect(gone.headers.get('location')).toBe(`${graph.url}/v1.0/users/delta?$deltatoken=`);
  expect((await call('GET', '/v1.0/groups/delta?$deltatoken=d1')).status).toBe(410);
  expect((await call('GET', '/v1.0/users/delta?$filter=x')).status).toBe(400);
});

test('assignments of an application are users and groups; another application is not found', async () => {
  const company = small();
  const [person, group] = [company.person('ada@corp.example').id, company.group('team').id];
  const assignments = new Map([['app-1', new Set([person, group, 'deleted'])]]);
  const permissions = ['Application.Read.All'];
  const { call } = await graphFor({ company, assignments, permissions });
  const { body } = await call('GET', "/v1.0/servicePrincipals(appId='app-1')/appRoleAssignedTo?$top=999");
  expect(body.value).toMatchObject([
    { principalId: group, principalType: 'Group', principalDisplayName: 'team' },
    { principalId: person, principalType: 'User' },
  ]);
  const other = await call('GET', "/v1.0/servicePrincipals(appId='app-2')/appRoleAssignedTo");
  expect(other.status).toBe(404);
  const denied = await graphFor({ company, assignments });
  const refused = await denied.call('GET', "/v1.0/servicePrincipals(appId='app-1')/appRoleAssignedTo");
  expect(refused.status).toBe(403);
});

test('only security groups are listed where they are asked for, and other filters are refused', async () => {
  const company = small();
  const list = company.createGroup('list').id;
  const overrides = new Map([[list, { securityEnabled: false }]]);
  const { call } = await graphFor({ company, overrides });
  const { body } = await call('GET', '/v1.0/groups?$select=id&$filter=securityEnabled%20eq%20true');
  expect(body.value).toEqual([{ id: company.group('team').id }]);
  expect((await call('GET', '/v1.0/groups?$filter=displayName%20eq%20x')).status).toBe(400);
});

test('a hidden membership looks empty without its permission', async () => {
  const company = small();
  const { id } = company.group('team');
  const overrides = new Map([[id, { visibility: 'HiddenMembership' }]]);
  const members = async (permissions: readonly string[]) => {
    const { call } = await graphFor({ company, overrides, permissions });
    return (await call('GET', `/v1.0/groups/${id}/members?$select=id`)).body.value.length;
  };
  expect(await members(['GroupMember.Read.All'])).toBe(0);
  expect(await members(['GroupMember.Read.All', 'Member.Read.Hidden'])).toBe(3);
});

test('the use of the throttling limit is told when it comes near', async () => {
  let load = 0.5;
  const { call } = await graphFor({ company: small(), load: () => load });
  const header = async () => (await call('GET', '/v1.0/users')).headers.get('x-ms-throttle-limit-percentage');
  expect(await header()).toBeNull();
  load = 1.2;
  expect(await header()).toBe('1.2');
});

test('a client assertion that nobody registered signs in to nothing', async () => {
  const { graph } = await graphFor({ company: small(), federatedToken: () => 'right' });
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const ask = (assertion: string, client_assertion_type = type) =>
    tokenRequest(graph, { client_assertion: assertion, client_assertion_type });
  expect((await ask('right')).status).toBe(200);
  expect((await ask('wrong')).body.error_codes).toEqual([700024]);
  expect((await ask('right', 'other')).body.error_codes).toEqual([50027]);
  const plain = await graphFor({ company: small() });
  const refused = await tokenRequest(plain.graph, { client_assertion: 'a.b.c', client_assertion_type: type });
  expect(refused.body.error_codes).toEqual([700027]);
});
