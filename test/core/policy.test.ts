import { expect, test } from 'vitest';
import { type Cause, CHANGE_KINDS, type ChangeKind, type Effect } from '../../src/core/model/change.ts';
import type { PolicyLevel } from '../../src/core/model/settings.ts';
import { allows, applyPolicy, effectOf, isDeactivation, levelFor } from '../../src/core/policy.ts';
import { lines, run, type World, world } from '../helpers/world.ts';

test.each<[PolicyLevel, Effect, Cause, boolean]>([
  ['observe', 'grant', 'rule', false],
  ['observe', 'revoke', 'deactivated', false],
  ['create-only', 'grant', 'rule', true],
  ['create-only', 'change', 'rule', false],
  ['create-only', 'revoke', 'deactivated', false],
  ['no-remove', 'grant', 'rule', true],
  ['no-remove', 'change', 'rule', true],
  ['no-remove', 'revoke', 'deactivated', false],
  ['leavers', 'change', 'rule', true],
  ['leavers', 'revoke', 'deactivated', true],
  ['leavers', 'revoke', 'left-group', false],
  ['leavers', 'revoke', 'suspended', false],
  ['full', 'revoke', 'vanished', true],
])('%s, %s because of %s', (level, effect, cause, expected) => {
  expect(allows(level, effect, cause)).toBe(expected);
});

test.each<[ChangeKind, Cause, Effect]>([
  ['invite', 'rule', 'grant'],
  ['set-enterprise-role', 'rule', 'change'],
  ['set-enterprise-role', 'suspended', 'revoke'],
  ['change-org-role', 'left-group', 'revoke'],
  ['remove-user', 'deactivated', 'revoke'],
])('%s because of %s is a %s', (kind, cause, effect) => {
  expect(effectOf({ kind, cause })).toBe(effect);
});

test('every kind of change obeys the level of its resource, and memberships that of their org first', () => {
  const { settings } = world().policy({
    users: 'leavers',
    groups: 'no-remove',
    memberships: 'full',
    organizations: 'observe',
  });
  const own = { ...settings, orgPolicy: { 'org-web': 'observe', New: 'create-only' } as const };
  for (const kind of Object.keys(CHANGE_KINDS) as ChangeKind[]) {
    expect(levelFor(own, { kind, org: null })).toBe(settings.policy[CHANGE_KINDS[kind].resource]);
  }
  expect(levelFor(own, { kind: 'add-to-org', org: { id: 'org-web', name: 'Web' } })).toBe('observe');
  expect(levelFor(own, { kind: 'add-to-org', org: { id: 'org-new', name: 'New' } })).toBe('create-only');
  expect(levelFor(own, { kind: 'add-to-org', org: { id: null, name: 'New' } })).toBe('create-only');
  expect(levelFor(own, { kind: 'add-to-org', org: { id: null, name: 'Other' } })).toBe('full');
});

function joiner(): World {
  return world().staff('ada').group('eng', 'ada').org('Web').rule('eng', 'Member', { org: 'Web' });
}

test('what policy bars says so, and what builds on it is barred with it', () => {
  const plan = run(joiner().policy({ users: 'observe' }));
  expect(plan.changes.map(({ verdict }) => verdict)).toEqual([
    { state: 'barred', why: 'policy of users is "observe"' },
    { state: 'barred', why: 'it builds on a change that is barred: policy of users is "observe"' },
  ]);
  expect(plan.operations).toEqual([]);
});

test('an org with a level of its own is judged by it', () => {
  expect(lines(run(joiner().set({ orgPolicy: { Web: 'observe' } })))).toEqual([
    'ready: invite ada - > Member',
    'barred: add-to-org ada @Web - > Member',
  ]);
});

test('an org that may not be created bars what is in it', () => {
  const of = joiner().policy({ organizations: 'observe' });
  of.set({
    organizations: [{ name: 'Lab', create: true, maxSessionAcuLimit: null, maxCycleAcuLimit: null }],
  });
  expect(lines(run(of.rule('eng', 'Member', { org: 'Lab' })))).toEqual([
    'barred: create-org Lab',
    'ready: invite ada - > Member',
    'barred: add-to-org ada @Lab - > Member',
    'ready: add-to-org ada @Web - > Member',
  ]);
});

test('a group that may not be registered gets no roles', () => {
  const of = joiner().rule('eng', 'Member', { via: 'group', org: 'Web' }).policy({ groups: 'observe' });
  expect(lines(run(of)).filter((line) => line.includes('eng'))).toEqual([
    'barred: register-group eng',
    'barred: give-group-role eng - > Member',
    'barred: add-group-to-org eng @Web - > Member',
  ]);
});

test('a policy leaves alone what it allows', () => {
  const { plan } = joiner().decide();
  for (const change of plan.changes) expect(applyPolicy(joiner().settings, change)).toBe(change);
  expect(plan.changes.some(isDeactivation)).toBe(false);
});
