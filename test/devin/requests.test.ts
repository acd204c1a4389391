import { expect, test } from 'vitest';
import { invitePlaceholder, type Operation, orgPlaceholder } from '../../src/core/model/operation.ts';
import { requestOf } from '../../src/devin/requests.ts';
import type { Resolver } from '../../src/devin/target.ts';
import { asIs, operation } from './helpers.ts';

const person = { user: 'email|66a', org: 'org-7', role: 'role-1' };
const group = { group: 'Pay & Bill/EU', org: 'org-7', role: 'role-1' };
const USER = '/v3/enterprise/members/users/email%7C66a';
const ORG_USER = '/v3/enterprise/organizations/org-7/members/users/email%7C66a';
const GROUP_ROLE = '/v3/enterprise/members/idp-groups/Pay%20%26%20Bill%2FEU';
const ORG_GROUP = '/v3/enterprise/organizations/org-7/members/idp-groups/Pay%20%26%20Bill%2FEU';
const limits = { name: 'Payments', maxSessionAcuLimit: 5, maxCycleAcuLimit: 100 };

const table: [Operation, string, unknown][] = [
  [
    operation('create-org', { create: limits }),
    'POST /v3/enterprise/organizations',
    { name: 'Payments', max_session_acu_limit: 5, max_cycle_acu_limit: 100 },
  ],
  [
    operation('invite', { batch: ['a@corp.example', 'b@corp.example'], role: 'account_member' }),
    'POST /v3/enterprise/members/users',
    { emails: ['a@corp.example', 'b@corp.example'], enterprise_role_id: 'account_member' },
  ],
  [operation('set-enterprise-role', person), `PATCH ${USER}`, { role_id: 'role-1' }],
  [operation('remove-user', { user: 'email|66a' }), `DELETE ${USER}`, null],
  [operation('add-to-org', person), `POST ${ORG_USER}`, { role_id: 'role-1' }],
  [operation('change-org-role', person), `PATCH ${ORG_USER}`, { role_id: 'role-1' }],
  [operation('remove-from-org', { ...person, role: null }), `DELETE ${ORG_USER}`, null],
  [
    operation('register-groups', { batch: ['payments', 'Data Team'] }),
    'POST /v3/enterprise/idp-groups',
    { idp_group_names: ['payments', 'Data Team'] },
  ],
  [operation('give-group-role', group), `POST ${GROUP_ROLE}`, { role_id: 'role-1' }],
  [operation('change-group-role', group), `PATCH ${GROUP_ROLE}`, { role_id: 'role-1' }],
  [operation('take-group-role', { ...group, role: null }), `DELETE ${GROUP_ROLE}`, null],
  [operation('add-group-to-org', group), `POST ${ORG_GROUP}`, { role_id: 'role-1' }],
  [operation('change-group-org-role', group), `PATCH ${ORG_GROUP}`, { role_id: 'role-1' }],
  [operation('remove-group-from-org', { ...group, role: null }), `DELETE ${ORG_GROUP}`, null],
  [
    operation('unregister-group', { group: 'Pay & Bill/EU' }),
    'DELETE /v3/enterprise/idp-groups/Pay%20%26%20Bill%2FEU',
    null,
  ],
];

test.each(table)('$kind is one request of the contract', (wanted, line, body) => {
  const request = requestOf('/v3', wanted, asIs);
  expect(`${request.method} ${request.path}`).toBe(line);
  expect(request.body).toEqual(body);
});

test('the older version of the API differs by its prefix only', () => {
  const request = requestOf('/v3beta1', operation('remove-user', { user: 'email|66a' }), asIs);
  expect(request.path).toBe('/v3beta1/enterprise/members/users/email%7C66a');
});

test('limits of a new organization that nobody set are left to Devin', () => {
  const create = { name: 'Payments', maxSessionAcuLimit: null, maxCycleAcuLimit: null };
  expect(requestOf('/v3', operation('create-org', { create }), null).body).toEqual({ name: 'Payments' });
});

test('placeholders stay readable in a plan and are ids once they are known', () => {
  const add = operation('add-to-org', {
    user: invitePlaceholder('ann@corp.example'),
    org: orgPlaceholder('Data Science'),
    role: 'org_member',
  });
  expect(requestOf('/v3', add, null).path).toBe(
    '/v3/enterprise/organizations/{org:Data Science}/members/users/{invite:ann@corp.example}',
  );
  const known: Resolver = { user: () => 'email|1', org: () => 'org-2' };
  expect(requestOf('/v3', add, known).path).toBe(
    '/v3/enterprise/organizations/org-2/members/users/email%7C1',
  );
});

test('a group that is named like a placeholder is a name all the same', () => {
  const { path } = requestOf('/v3', operation('unregister-group', { group: '{org:/../../self}' }), null);
  expect(path).toBe('/v3/enterprise/idp-groups/%7Borg%3A%2F..%2F..%2Fself%7D');
});

test('an operation that lacks what its kind needs is refused by name', () => {
  expect(() => requestOf('/v3', operation('add-to-org', { user: 'u', role: 'r' }), null)).toThrow(
    'operation add-to-org-1 (add-to-org) names no org',
  );
  expect(() => requestOf('/v3', operation('create-org'), null)).toThrow('names no organization');
});

test('a batch of none or of more than a hundred is never sent', () => {
  const names = Array.from({ length: 101 }, (_, index) => `group-${index}`);
  expect(() => requestOf('/v3', operation('register-groups'), null)).toThrow('has 0 entries; 1 to 100');
  expect(() => requestOf('/v3', operation('register-groups', { batch: names }), null)).toThrow(
    'has 101 entries',
  );
});
