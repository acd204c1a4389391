import { expect, test } from 'vitest';
import { ifAllowed } from '../../src/core/plan.ts';
import { lines, run, world } from '../helpers/world.ts';

const LIMITS = { cannot: {}, onlyRoles: {}, groupsNeedNoEnterpriseRole: false };

test('what the key cannot do is barred with its reason, whatever the policy and approvals say, and costs nothing', () => {
  const of = world()
    .staff('ada', 'bob')
    .group('eng', 'ada', 'bob')
    .org('Pay')
    .rule('eng', 'Member', { org: 'Pay' });
  of.managed('bob');
  of.head = { keyLimits: { ...LIMITS, cannot: { invite: 'it has no call for it' } } };
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'barred: invite ada - > Member',
    'barred: add-to-org ada @Pay - > Member',
    'ready: add-to-org bob @Pay - > Member',
  ]);
  expect(plan.changes.slice(0, 2).map(({ verdict }) => 'why' in verdict && verdict.why)).toEqual([
    'not possible with this key: it has no call for it',
    'it builds on a change that is barred: not possible with this key: it has no call for it',
  ]);
  expect(ifAllowed(plan).operations.map(({ kind }) => kind)).toEqual(['add-to-org']);
  of.policy({ users: 'observe' });
  expect(ifAllowed(run(of)).operations.map(({ kind }) => kind)).toEqual(['add-to-org']);
});

test('a key that gives some roles only leaves the others to people', () => {
  const of = world().staff('ada').managed('ada').group('eng', 'ada').org('Pay', 'Web');
  of.rule('eng', 'Lead', { org: 'Pay' }).rule('eng', 'Member', { org: 'Web' });
  of.head = {
    keyLimits: { ...LIMITS, onlyRoles: { 'add-to-org': ['org_member', 'org_admin'], 'remove-user': [] } },
  };
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'barred: add-to-org ada @Pay - > Lead',
    'ready: add-to-org ada @Web - > Member',
  ]);
  expect(plan.changes[0]?.verdict).toMatchObject({
    why: 'not possible with this key: it can give no other role here than org_member or org_admin',
  });
  const leaver = world()
    .managed('ada')
    .person('ada', 'deactivated')
    .group('eng', 'ada')
    .rule('eng', 'Member');
  leaver.head = of.head;
  expect(lines(run(leaver))).toEqual(['ready: remove-user ada Member > - (deactivated)']);
});

test('nobody is asked about by id for a removal that the key cannot make', () => {
  const of = world().managed('ada').person('ada', 'deactivated').group('eng', 'ada').rule('eng', 'Member');
  of.head = { keyLimits: { ...LIMITS, cannot: { 'remove-user': 'no' } } };
  expect(of.decide().questions.people).toEqual([]);
  expect(run(of).changes.map(({ verdict }) => verdict.state)).toEqual(['barred']);
});

test('where groups need no enterprise role, none is given for the sake of an organization', () => {
  const of = world()
    .staff('ada')
    .group('eng', 'ada')
    .org('Pay')
    .rule('eng', 'Member', { org: 'Pay', via: 'group' });
  of.head = { keyLimits: { ...LIMITS, groupsNeedNoEnterpriseRole: true } };
  expect(lines(run(of))).toEqual([
    'ready: register-group eng',
    'ready: add-group-to-org eng @Pay - > Member',
  ]);
});
