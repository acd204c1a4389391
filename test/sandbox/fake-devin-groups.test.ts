import { expect, test } from 'vitest';
import { allItems, devinFor, encoded } from './helpers.ts';

const NAMES = '/v3/enterprise/idp-groups';
const GROUPS = '/v3/enterprise/members/idp-groups';
const ORGS = '/v3/enterprise/organizations';
const MEMBER = { role_id: 'account_member' };

test('names are registered once, whatever they contain', async () => {
  const { devin, call } = await devinFor();
  const names = ['Team A/B 100% +#?', 'team a/b 100% +#?'];
  expect((await call('POST', NAMES, { idp_group_names: names })).body).toEqual(
    names.map((name) => ({ idp_group_name: name })),
  );
  expect((await call('POST', NAMES, { idp_group_names: names })).status).toBe(200);
  expect(devin.state.effects).toHaveLength(2);
  expect((await call('POST', `${GROUPS}/${encoded(names[0] as string)}`, MEMBER)).body.idp_group_name).toBe(
    names[0],
  );
  const { items, pages } = await allItems(call, NAMES, 1);
  expect([pages, items.map((item) => item.idp_group_name)]).toEqual([2, names]);
});

test('an empty or an oversized registration is refused', async () => {
  const { call } = await devinFor();
  const many = Array.from({ length: 101 }, (_, index) => `g${index}`);
  expect((await call('POST', NAMES, { idp_group_names: [] })).status).toBe(422);
  expect((await call('POST', NAMES, { idp_group_names: many })).status).toBe(422);
});

test('a group is built and torn down only in order', async () => {
  const { devin, call } = await devinFor({ orgs: ['Payments'] });
  const org = `${ORGS}/${devin.state.org('Payments').id}/members/idp-groups/g`;
  const orgMember = { role_id: 'org_member' };
  const steps: [string, string, unknown, number][] = [
    ['POST', `${GROUPS}/g`, MEMBER, 404],
    ['POST', NAMES, { idp_group_names: ['g'] }, 200],
    ['GET', `${GROUPS}/g`, undefined, 404],
    ['PATCH', `${GROUPS}/g`, MEMBER, 404],
    ['POST', org, orgMember, 422],
    ['POST', `${GROUPS}/g`, orgMember, 422],
    ['POST', `${GROUPS}/g`, MEMBER, 200],
    ['POST', `${GROUPS}/g`, MEMBER, 409],
    ['PATCH', org, orgMember, 404],
    ['POST', org, orgMember, 200],
    ['POST', org, orgMember, 409],
    ['PATCH', org, { role_id: 'org_admin' }, 200],
    ['DELETE', `${NAMES}/g`, undefined, 409],
    ['DELETE', `${GROUPS}/g`, undefined, 409],
    ['DELETE', org, undefined, 200],
    ['DELETE', org, undefined, 404],
    ['DELETE', `${GROUPS}/g`, undefined, 200],
    ['DELETE', `${NAMES}/g`, undefined, 200],
    ['DELETE', `${NAMES}/g`, undefined, 404],
  ];
  for (const [index, [method, path, body, status]] of steps.entries()) {
    expect([index, (await call(method, path, body)).status]).toEqual([index, status]);
  }
  expect(devin.state.effects.map(({ kind }) => kind)).toEqual([
    'register-group',
    'give-group-role',
    'add-group-to-org',
    'change-group-org-role',
    'remove-group-from-org',
    'take-group-role',
    'unregister-group',
  ]);
});

test('a registration that somebody has logged in with cannot be removed', async () => {
  const { devin, call } = await devinFor({ codes: { groupInUse: 400 } });
  devin.state.registerGroup('g');
  devin.state.login('ada@corp.example', ['g']);
  const refused = await call('DELETE', `${NAMES}/g`);
  expect(refused.status).toBe(400);
  expect(refused.body.detail).toContain('1 user members');
});

test('the enterprise sees all roles of a group and an organization only its own', async () => {
  const { devin, call } = await devinFor({ orgs: ['A', 'B'] });
  const { state } = devin;
  const [a, b] = [state.org('A').id, state.org('B').id];
  const group = state.registerGroup('g');
  state.registerGroup('idle');
  for (const [place, role] of [
    ['', 'account_member'],
    [a, 'org_member'],
    [b, 'org_admin'],
  ] as const) {
    state.setGroupRole(group, place, role);
  }
  const all = (await call('GET', GROUPS)).body.items;
  expect(all).toHaveLength(1);
  expect(all[0].role_assignments.map((one: { org_id: string | null }) => one.org_id)).toEqual([null, a, b]);
  const inB = (await call('GET', `${ORGS}/${b}/members/idp-groups`)).body.items;
  expect(inB[0].role_assignments).toMatchObject([{ org_id: b, role: { role_id: 'org_admin' } }]);
  expect((await call('GET', `${ORGS}/${a}/members/idp-groups/g`)).body.role_assignments).toHaveLength(1);
  expect((await call('GET', `${ORGS}/org-none/members/idp-groups/g`)).status).toBe(404);
});

test('deleting an organization by hand takes the roles in it along', async () => {
  const { devin, call } = await devinFor({ orgs: ['A'] });
  const org = devin.state.org('A');
  const group = devin.state.registerGroup('g');
  devin.state.setGroupRole(group, '', 'account_member');
  devin.state.setGroupRole(group, org.id, 'org_member');
  devin.state.addUser({ email: 'ada@corp.example', orgs: { A: 'org_member' } });
  devin.state.deleteOrg(org);
  expect((await call('GET', `${GROUPS}/g`)).body.role_assignments).toHaveLength(1);
  expect((await call('GET', '/v3/enterprise/members/users')).body.items[0].role_assignments).toHaveLength(1);
  expect(devin.state.effects).toEqual([]);
});
