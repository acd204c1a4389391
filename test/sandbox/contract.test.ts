import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { DEVIN_ROUTES } from '../../src/sandbox/devin/routes.ts';
import { type Call, devinFor, encoded, type Got } from './helpers.ts';

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
  expect([...seen].sort()).toEqual(
    DEVIN_ROUTES.map((one) => `${one.method.toLowerCase()} ${one.path}`).sort(),
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

test('the fake serves every v3 path of the contract but those left out by name', () => {
  const described = Object.entries(contract.paths)
    .filter(([path]) => path.startsWith('/v3/'))
    .flatMap(([path, item]) =>
      ['get', 'post', 'put', 'patch', 'delete']
        .filter((verb) => verb in item)
        .map((verb) => `${verb} ${path}`),
    );
  const served = DEVIN_ROUTES.map(({ method, path }) => `${method.toLowerCase()} ${path}`);
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
