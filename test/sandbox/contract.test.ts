import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { DEVIN_ROUTES, ORG_ROUTES, V2_ROUTES } from '../../src/sandbox/devin/routes.ts';
import { type Call, caller, devinFor, encoded, type Got } from './helpers.ts';

interface MediaTypes {
  content: Record<string, unknown>;
}
interface Operation {
  responses: Record<string, MediaTypes | { $ref: string }>;
}
interface Contract {
  paths: Record<string, Record<string, Operation>>;
  components: { responses: Record<string, MediaTypes> };
}

const contract: Contract = parse(
  readFileSync(new URL('../../src/devin/contract/devin-api.yaml', import.meta.url), 'utf8'),
);
// The document around the schemas is OpenAPI, whose keywords Ajv does not know; formats stay annotations.
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(contract, 'contract');

/** Paths of the contract that the fake leaves out, each for a reason. */
const NOT_SERVED = [
  // A sync daemon must never call these.
  'delete /v3/enterprise/organizations/{org_id}',
  'delete /v3/enterprise/members/service-users/{service_user_id}',
  // Not about membership.
  'get /v3/enterprise/org-group-limits',
  'put /v3/enterprise/org-group-limits',
  'get /v3/enterprise/members/service-users',
  'get /v3/enterprise/members/service-users/{service_user_id}',
  // Makes keys; no part of a sync.
  'post /v3beta1/enterprise/service-users',
  // Everybody of one role at once: nothing that a plan of single changes would send.
  'patch /v2/enterprise/members/migrate-roles',
];

function escaped(key: string): string {
  return encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function templateOf(path: string): string {
  const [pathname = ''] = path.split('?');
  const fits = (template: string) =>
    new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+').replaceAll('.', '\\.')}$`).test(pathname);
  // A fixed segment beats a parameter, e.g. `/idp-groups` beats `/{something}`.
  const [template] = Object.keys(contract.paths)
    .filter(fits)
    .sort((a, b) => a.split('{').length - b.split('{').length);
  if (template === undefined) throw new Error(`the contract has no path ${pathname}`);
  return template;
}

/** What the contract says against this answer; empty: nothing. */
function complaints(method: string, path: string, got: Got): string[] {
  const template = templateOf(path);
  // Of its refusals the older API documents the statuses, and one field that they all have.
  if (template.startsWith('/v2/') && got.status >= 400)
    return got.type === 'application/json' && Object.keys(got.body).join() === 'detail'
      ? []
      : ['no {detail}'];
  const operation = contract.paths[template]?.[method.toLowerCase()];
  const response = operation?.responses[String(got.status)];
  let pointer = '/components/schemas/ProblemDetail';
  if (response !== undefined) {
    const reference = '$ref' in response ? response.$ref.slice(1) : null;
    const place = reference ?? `/paths/${escaped(template)}/${method.toLowerCase()}/responses/${got.status}`;
    const { content } = reference === null ? (response as MediaTypes) : named(reference);
    const type = got.type ?? '';
    if (content[type] === undefined) return [`${got.status} has the content type ${type}`];
    pointer = `${place}/content/${escaped(type)}/schema`;
  } else if (got.status < 400 || got.type !== 'application/problem+json') {
    return [`${got.status} ${got.type} is not in the contract`];
  }
  const validate = ajv.compile({ $ref: `contract#${pointer}` });
  return validate(got.body)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

function named(reference: string): MediaTypes {
  const name = reference.split('/').at(-1) ?? '';
  return contract.components.responses[name] as MediaTypes;
}

/** Calls, and fails on any answer that the contract does not describe. */
function checked(call: Call, seen: Set<string>): Call {
  return async (method, path, body) => {
    const got = await call(method, path, body);
    expect([method, path, got.status, complaints(method, path, got)]).toEqual([method, path, got.status, []]);
    if (got.status === 200) seen.add(`${method.toLowerCase()} ${templateOf(path)}`);
    return got;
  };
}

const V3 = '/v3/enterprise';
const V2 = '/v2/enterprise';

test('every answer of the fake fits the vendored contract, on every path that it serves', async () => {
  const { devin, call } = await devinFor({
    orgs: ['Payments'],
    customRoles: [{ name: 'Lead', scope: 'org' }],
  });
  const seen = new Set<string>();
  const ask = checked(call, seen);
  const org = devin.state.org('Payments').id;
  devin.state.addUser({ email: null, id: 'email|nobody' });
  await ask('GET', '/v3/self');
  const invited = await ask('POST', `${V3}/members/users`, {
    emails: ['ada@corp.example', 'bo@corp.example'],
    enterprise_role_id: 'account_member',
  });
  const user = encoded(invited.body[0].user_id);
  const inOrg = `${V3}/organizations/${org}/members`;
  await ask('PATCH', `${V3}/members/users/${user}`, { role_id: 'account_admin' });
  await ask('POST', `${inOrg}/users/${user}`, { role_id: 'org_member' });
  await ask('PATCH', `${inOrg}/users/${user}`, { role_id: 'org_admin' });
  await ask('GET', `${inOrg}/users`);
  await ask('POST', `${V3}/idp-groups`, { idp_group_names: ['team a/b', 'other'] });
  for (const place of [`${V3}/members`, inOrg]) {
    const [first, second] =
      place === inOrg ? ['org_member', 'org_admin'] : ['account_member', 'account_admin'];
    const group = `${place}/idp-groups/${encoded('team a/b')}`;
    await ask('POST', group, { role_id: first });
    await ask('PATCH', group, { role_id: second });
    await ask('GET', group);
    await ask('GET', `${place}/idp-groups`);
  }
  devin.state.login('eve@corp.example', ['team a/b']);
  const derived = (await ask('GET', `${V3}/members/idp-users`)).body.items[0].user_id;
  await ask('GET', `${V3}/members/users/${encoded(derived)}`);
  await ask('GET', `${inOrg}/idp-users`);
  await ask('GET', `${V3}/members/users?first=1`);
  await ask('GET', `${V3}/idp-groups?first=1`);
  await ask('GET', `${V3}/roles`);
  const { org_id } = (await ask('POST', `${V3}/organizations`, { name: 'New', max_cycle_acu_limit: 10 }))
    .body;
  await ask('GET', `${V3}/organizations`);
  await ask('GET', `${V3}/organizations/${org_id}`);
  await ask('PATCH', `${V3}/organizations/${org_id}`, { name: 'Newer' });
  devin.state.login('eve@corp.example', []);
  await ask('DELETE', `${inOrg}/idp-groups/${encoded('team a/b')}`);
  await ask('DELETE', `${V3}/members/idp-groups/${encoded('team a/b')}`);
  await ask('DELETE', `${V3}/idp-groups/${encoded('team a/b')}`);
  await ask('DELETE', `${inOrg}/users/${user}`);
  await ask('DELETE', `${V3}/members/users/${user}`);
  await ask('GET', `${V3}/audit-logs`);
  await ask('GET', `${V3}/organizations/${org}/audit-logs`);
  const connection = devin.state.addConnection('GitHub').id;
  await ask('GET', `${V3}/git-providers/connections`);
  const repositories = `${V3}/organizations/${org}/git-providers/permissions`;
  const permissions = [{ git_connection_id: connection, prefix_path: 'corp/' }];
  const [given] = (await ask('POST', repositories, { permissions })).body;
  await ask('GET', repositories);
  await ask('DELETE', `${repositories}/${given.git_permission_id}`);
  devin.state.cycles.push({ after: 0, before: 100 });
  const worker = devin.state.addUser({ email: 'fay@corp.example' }).id;
  devin.state.sessions.push({ id: 'devin-1', user: worker, createdAt: 10, updatedAt: 20, acus: 1.5 });
  await ask('GET', `${V3}/consumption/cycles`);
  const used = `${V3}/consumption/daily/users/${encoded(worker)}?time_after=0&time_before=100`;
  expect((await ask('GET', used)).body.total_acus).toBe(1.5);
  const sessions = await ask('GET', `${V3}/sessions?user_ids=${encoded(worker)}&user_ids=other`);
  expect(sessions.body.items).toHaveLength(1);
  expect([...seen].sort()).toEqual(
    DEVIN_ROUTES.map((one) => `${one.method.toLowerCase()} ${one.path}`).sort(),
  );
});

test('every answer of the older API fits the contract as well, and so do those to the key of one organization', async () => {
  const { devin } = await devinFor({ orgs: ['Payments'], keyOwner: 'root@corp.example', keyOrg: 'Payments' });
  const seen = new Set<string>();
  const ask = checked(caller(devin.url, `Bearer ${devin.personalKey}`), seen);
  const org = devin.state.org('Payments').id;
  const emails = ['ada@corp.example', 'root@corp.example'];
  const invited = await ask('POST', `${V2}/members/invite`, { emails });
  expect(invited.body.invited_count).toBe(1);
  const [id = ''] = Object.keys(invited.body.invitee_user_id_to_email);
  const user = encoded(id);
  await ask('PATCH', `${V2}/members/roles`, { role_id: 'account_admin', user_ids: [id] });
  const inOrg = `${V2}/organizations/${org}`;
  await ask('POST', `${inOrg}/members`, { org_ids: [org], user_ids: [id], org_role: 'org_member' });
  await ask('PATCH', `${inOrg}/members/roles`, { role_id: 'org_admin', user_ids: [id] });
  for (const list of ['members', 'roles', 'groups', 'organizations', 'audit-logs'])
    await ask('GET', `${V2}/${list}`);
  expect((await ask('GET', `${V2}/members?skip=1&limit=1`)).body).toMatchObject({
    total: 2,
    has_more: false,
  });
  expect((await ask('GET', `${V2}/members?limit=1`)).body).toMatchObject({ has_more: true, next_cursor: 1 });
  await ask('GET', `${V2}/members/${user}`);
  await ask('GET', `${V2}/members/${user}/organizations`);
  await ask('PUT', `${V2}/groups`, { group_names: ['a/b'] });
  await ask('GET', `${V2}/groups/${encoded('a/b')}`);
  await ask('POST', `${inOrg}/groups`, { group_name: 'a/b', role: 'org_member' });
  await ask('GET', `${inOrg}/groups`);
  await ask('GET', inOrg);
  await ask('GET', `${inOrg}/members`);
  await ask('POST', `${V2}/organizations`, { display_name: 'New', acu_limit: 5 });
  await ask('DELETE', `${inOrg}/groups/${encoded('a/b')}`);
  await ask('DELETE', `${inOrg}/members/${user}`);
  await ask('DELETE', `${V2}/members/${user}`);
  expect((await ask('DELETE', `${V2}/members/${user}`)).status).toBe(404);
  expect((await ask('POST', `${V2}/members/invite`, { emails: [] })).status).toBe(400);
  expect((await ask('POST', `${V2}/members/invite`, { emails, role: 'member' })).status).toBe(422);
  expect((await ask('GET', `${V2}/members?limit=201`)).status).toBe(422);

  const own = checked(caller(devin.url, `Bearer ${devin.orgKey}`), seen);
  const root = encoded(devin.state.user('root@corp.example').id);
  const members = `/v3beta1/organizations/${org}/members`;
  expect((await own('GET', '/v3/self')).body.org_id).toBe(org);
  for (const list of ['users', 'idp-users', `users/${root}`]) await own('GET', `${members}/${list}`);
  expect((await own('GET', `${V3}/members/users`)).status).toBe(403);
  expect((await own('GET', '/v3beta1/organizations/org-other/members/users')).status).toBe(403);
  expect((await own('GET', `${V2}/members`)).status).toBe(403);
  expect([...seen].sort()).toEqual(
    [...V2_ROUTES, ...ORG_ROUTES].map((one) => `${one.method.toLowerCase()} ${one.path}`).sort(),
  );
});

test('every refusal of the fake is a problem document of the contract', async () => {
  const refusing = { perSecond: 9 };
  const { devin, call } = await devinFor({
    orgs: ['Payments'],
    permissions: ['ManageAccountMembership'],
    rate: refusing,
    now: () => 0,
  });
  const ask = checked(call, new Set());
  const { id } = devin.state.addUser({ email: 'ada@corp.example', orgs: { Payments: 'org_member' } });
  const org = devin.state.org('Payments').id;
  const item = `${V3}/organizations/${org}/members/users/${encoded(id)}`;
  const statuses = [
    await ask('GET', `${V3}/members/users?first=0`),
    await ask('GET', `${V3}/members/users/nobody`),
    await ask('GET', `${V3}/organizations`),
    await ask('POST', item, { role_id: 'org_member' }),
    await ask('POST', item, { role: 'org_member' }),
    await ask('POST', `${V3}/organizations/${org}/members/users`, { role_id: 'org_member' }),
    await ask('GET', `${V3}/organizations/org-none/members/users`),
    await ask('DELETE', `${V3}/idp-groups/none`),
    await ask('GET', '/v3/self'),
    await ask('GET', `${V3}/roles`),
  ].map(({ status }) => status);
  expect(statuses).toEqual([422, 404, 403, 409, 422, 405, 404, 404, 200, 429]);
});

test('the fake serves every path of the contract but those left out by name', () => {
  const described = Object.entries(contract.paths).flatMap(([path, item]) =>
    ['get', 'post', 'put', 'patch', 'delete'].filter((verb) => verb in item).map((verb) => `${verb} ${path}`),
  );
  const served = new Set(
    [...DEVIN_ROUTES, ...V2_ROUTES, ...ORG_ROUTES].map(
      ({ method, path }) => `${method.toLowerCase()} ${path}`,
    ),
  );
  expect([...served, ...NOT_SERVED].sort()).toEqual(described.sort());
});

test('the check itself complains about a wrong body, a wrong type and an unknown success', () => {
  const path = `${V3}/members/users`;
  const headers = new Headers();
  const json = 'application/json';
  const item = { user_id: 'u', email: null, name: null, role_assignments: [{ role: { role_id: 'r' } }] };
  const wrong = { status: 200, headers, type: json, body: { items: [item], has_next_page: 'no' } };
  expect(complaints('GET', path, wrong).join('\n')).toMatch(/has_next_page must be boolean[\s\S]*role_name/);
  expect(complaints('GET', path, { ...wrong, type: 'text/html' })).toEqual([
    '200 has the content type text/html',
  ]);
  expect(complaints('GET', path, { ...wrong, status: 206 })).toEqual([
    '206 application/json is not in the contract',
  ]);
});
