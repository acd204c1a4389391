/** The older API: what its answers mean, in both of their forms, and every refusal of every write. */
import { expect, onTestFinished, test } from 'vitest';
import type { Operation, OperationKind } from '../../src/core/model/operation.ts';
import type { TargetOptions } from '../../src/devin/options.ts';
import { v2Request } from '../../src/devin/v2/requests.ts';
import { makeV2Target } from '../../src/devin/v2/target.ts';
import { TargetError } from '../../src/lib/errors.ts';
import { unpaced } from '../../src/lib/pace.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import {
  answerJson,
  asIs,
  deadline,
  failure,
  operation,
  optionsFor,
  reading,
  startStub,
  targetError,
} from './helpers.ts';

const OWNER = 'root@corp.example';
const V2: Partial<TargetOptions> = { api: 'v2', key: 'apk_user_sandbox_key', keyOwner: OWNER };

function v2Target(url: string, more: Partial<TargetOptions> = {}) {
  return makeV2Target(optionsFor(url, { ...V2, ...more }), { pace: unpaced, sleep: async () => {} });
}

async function enterprise(): Promise<FakeDevin> {
  const devin = await startFakeDevin({ orgs: ['Pay'], keyOwner: OWNER });
  onTestFinished(() => devin.close());
  return devin;
}

/** One write of each kind that this API has, ready to be made. */
function writes({ state }: FakeDevin): Operation[] {
  const org = state.org('Pay').id;
  const person = (name: string, roles = {}) =>
    state.addUser({ email: `${name}@corp.example`, orgs: roles }).id;
  const group = state.registerGroup('eng').name;
  const bound = state.registerGroup('ops');
  state.setGroupRole(bound, org, 'org_member');
  const create = { name: 'Lab', maxSessionAcuLimit: 1, maxCycleAcuLimit: 20 };
  const kinds: [OperationKind, Partial<Operation>][] = [
    ['create-org', { create }],
    ['invite', { batch: ['new@corp.example'], role: 'account_member' }],
    ['set-enterprise-role', { user: person('a'), role: 'account_admin' }],
    ['remove-user', { user: person('b') }],
    ['add-to-org', { user: person('c'), org, role: 'org_member' }],
    ['change-org-role', { user: person('d', { Pay: 'org_member' }), org, role: 'org_admin' }],
    ['remove-from-org', { user: person('e', { Pay: 'org_member' }), org }],
    ['register-groups', { batch: ['devs'] }],
    ['add-group-to-org', { group, org, role: 'org_member' }],
    ['remove-group-from-org', { group: bound.name, org }],
  ];
  return kinds.map(([kind, fields]) => operation(kind, fields));
}

test('each write takes effect, and reads back as not done before and done after', async () => {
  const devin = await enterprise();
  const target = v2Target(devin.url);
  for (const one of writes(devin)) {
    expect([one.kind, (await target.readBack(one, asIs, deadline())).state]).toEqual([one.kind, 'not-done']);
    const before = devin.state.effects.length;
    const result = await target.apply(one, asIs, deadline());
    expect([one.kind, devin.state.effects.length - before]).toEqual([one.kind, 1]);
    if (one.kind === 'create-org') expect(result.orgId).toBe(devin.state.org('Lab').id);
    if (one.kind === 'invite') expect(Object.keys(result.users)).toEqual(['new@corp.example']);
    expect([one.kind, (await target.readBack(one, asIs, deadline())).state]).toEqual([one.kind, 'done']);
  }
  // The key's owner was not made a member of the new organization.
  expect(devin.state.org('Lab').maxCycleAcuLimit).toBe(20);
  expect(devin.state.user(OWNER).direct.has(devin.state.org('Lab').id)).toBe(false);
});

const REFUSALS: readonly [number, 'refused' | 'unknown', RegExp][] = [
  [400, 'refused', /^Devin refuses this \(400 at /],
  [401, 'refused', /make a new personal key as an administrator of the enterprise/],
  [403, 'refused', /personal key of an administrator of the enterprise/],
  [404, 'refused', /^Devin knows no such thing \(404 at /],
  [409, 'refused', /^Devin refuses this \(409 at /],
  [422, 'refused', /^Devin refuses this \(422 at /],
  [429, 'refused', /asks to slow down/],
  [500, 'unknown', /^Devin failed \(500 at /],
  [503, 'unknown', /^Devin failed \(503 at /],
];

test.each(REFUSALS)('a %i to any write of v2 is %s, and changes nothing', async (status, outcome, words) => {
  const devin = await enterprise();
  const target = v2Target(devin.url);
  const operations = writes(devin);
  const method = /POST|PATCH|PUT|DELETE/;
  for (const verb of ['POST', 'PATCH', 'PUT', 'DELETE'])
    devin.faults.add({ method: verb, times: Number.POSITIVE_INFINITY, action: { kind: 'status', status } });
  for (const one of operations) {
    const { method: verb } = v2Request(one, asIs);
    expect(verb).toMatch(method);
    if (status === 404 && verb === 'DELETE') {
      await target.apply(one, asIs, deadline());
      continue;
    }
    const error = await targetError(target.apply(one, asIs, deadline()));
    expect([one.kind, error.status, error.outcome]).toEqual([one.kind, status, outcome]);
    expect(error.message, one.kind).toMatch(words);
  }
  expect(devin.state.effects).toEqual([]);
  expect(devin.requests.filter(({ method: verb }) => verb !== 'GET')).toHaveLength(operations.length);
});

test('a lost answer to any write of v2 is unknown, and the read back tells', async () => {
  const devin = await enterprise();
  const target = v2Target(devin.url);
  for (const one of writes(devin)) {
    const { method } = v2Request(one, asIs);
    devin.faults.add({ method, action: { kind: 'lose-answer' } });
    const error = await targetError(target.apply(one, asIs, deadline()));
    expect([one.kind, error.outcome]).toEqual([one.kind, 'unknown']);
    expect([one.kind, (await target.readBack(one, asIs, deadline())).state]).toEqual([one.kind, 'done']);
  }
});

test('what this API has no call for is an error before anything is sent', () => {
  for (const kind of ['update-org', 'give-group-role', 'unregister-group', 'allow-repository'] as const)
    expect(() => v2Request(operation(kind, { group: 'g', org: 'o', role: 'r' }), null)).toThrow(
      /no request in the v2 API/,
    );
});

test('an invite of somebody who is a member already is not told, so it is read back', async () => {
  const devin = await enterprise();
  const target = v2Target(devin.url);
  const one = operation('invite', { batch: [OWNER, 'new@corp.example'], role: 'account_member' });
  const error = await targetError(target.apply(one, asIs, deadline()));
  expect(error).toMatchObject({ outcome: 'unknown', message: expect.stringContaining('lacks 1 of 2') });
  const seen = await target.readBack(one, asIs, deadline());
  expect(seen.state === 'done' && Object.keys(seen.result.users)).toEqual([OWNER, 'new@corp.example']);
});

test('the older names of lists and fields are read as well', async () => {
  const page = (rows: object) => ({ ...rows, has_more: false, limit: 200, skip: 0, total: 1 });
  const stub = await startStub((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    const member = { user_id: 'u1', email: OWNER, name: 'Root', role: 'account_admin' };
    if (path === '/v2/enterprise/members') answerJson(response, 200, page({ members: [member] }));
    else if (path === '/v2/enterprise/roles') answerJson(response, 200, []);
    else if (path === '/v2/enterprise/groups')
      answerJson(
        response,
        200,
        page({ groups: [{ group_name: 'g', role_by_org_id: { o1: 'org_member', gone: 'org_member' } }] }),
      );
    else if (path === '/v2/enterprise/organizations')
      answerJson(response, 200, page({ organizations: [{ id: 'o1', name: 'Pay' }] }));
    else
      answerJson(
        response,
        200,
        page({ members: [{ user_id: 'u1', email: OWNER, name: null, org_id: 'o1', org_role: 'role-x' }] }),
      );
  });
  onTestFinished(() => stub.close());
  const state = await v2Target(stub.url).read(reading());
  expect(state.head.principal).toEqual({ id: 'u1', name: OWNER });
  expect(state.head.roles.map(({ id, scope }) => `${scope} ${id}`)).toEqual([
    'enterprise account_admin',
    'org role-x',
    'org org_member',
  ]);
  expect(state.directRoles(0)).toHaveLength(2);
  expect(state.groupRoles(state.groupIndex('g'))).toHaveLength(1);
});

test.each([
  ['is shorter than it says', { items: [], has_more: false, total: 3 }, /has 3 rows, and 0 were read/],
  [
    'is empty and goes on',
    { items: [], has_more: true, total: 3 },
    /it is empty, but announces another page/,
  ],
  ['has a row without an id', { items: [{ email: 'a@b.c' }], has_more: false, total: 1 }, /items\.0\.\w+_id/],
])('a list that %s ends the reading', async (_, body, words) => {
  const stub = await startStub((_request, response) => answerJson(response, 200, body));
  onTestFinished(() => stub.close());
  const error = await failure(v2Target(stub.url).read(reading()));
  expect(error).not.toBeInstanceOf(TargetError);
  expect(error.message).toMatch(/Page 1 of /);
  expect(error.message).toMatch(words);
});

test('doctor says whose key it is, what that means, and what it can read', async () => {
  const devin = await enterprise();
  const findings = await v2Target(devin.url).check(deadline());
  expect(findings[0]).toMatchObject({
    level: 'warn',
    detail: expect.stringContaining(`the personal key of ${OWNER}`),
  });
  expect(findings.filter(({ level }) => level === 'ok')).toHaveLength(4);
  devin.state.setUserRole(devin.state.user(OWNER), '', 'account_member');
  const lesser = await v2Target(devin.url, { key: 'cog_sandbox_key' }).check(deadline());
  expect(lesser.filter(({ level }) => level === 'fail')).toHaveLength(4);
  expect(lesser[1]?.detail).toContain('does not start with apk_user_');
});
