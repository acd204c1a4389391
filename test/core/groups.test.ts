import { expect, test } from 'vitest';
import { applied } from '../helpers/applied.ts';
import { lines, run, type World, world } from '../helpers/world.ts';

function viaGroup(): World {
  return world()
    .staff('ada', 'bob')
    .person('cleo', 'deactivated')
    .group('eng', 'ada', '>sub')
    .group('sub', 'ada', 'bob', 'cleo')
    .org('Pay', 'Web')
    .rule('eng', 'Member', { via: 'group', org: 'Pay' });
}

function built(of = viaGroup()): World {
  return applied(of, run(of));
}

test('a group is registered, given an enterprise role, then its org roles', () => {
  const plan = run(viaGroup());
  expect(
    plan.operations.map(({ kind, group, org, role, batch, lane, phase }) => [
      kind,
      group,
      org,
      role,
      batch,
      lane,
      phase,
    ]),
  ).toEqual([
    ['register-groups', null, null, null, ['eng'], 4, 2],
    ['give-group-role', 'eng', null, 'account_member', [], 4, 3],
    ['add-group-to-org', 'eng', 'org-pay', 'org_member', [], 4, 4],
  ]);
  expect(plan.changes.map(({ people }) => people)).toEqual([2, 2, 2]);
  expect(plan.changes[1]?.reason).toBe(
    'an organization role of a group needs an enterprise role; reaches 2 active people when they next sign in',
  );
  expect(run(built()).changes).toEqual([]);
});

test('an enterprise rule of the group decides its enterprise role', () => {
  const of = viaGroup().rule('eng', 'Power user', { via: 'group' });
  expect(lines(run(of))).toEqual([
    'ready: register-group eng',
    'ready: give-group-role eng - > Power user',
    'ready: add-group-to-org eng @Pay - > Member',
  ]);
});

test('several rules for one group in one place: priority, then strength, then order', () => {
  const of = viaGroup().rule('eng', 'Lead', { via: 'group', org: 'Pay', name: 'strong' });
  of.rule('eng', 'Lead', { via: 'group', org: 'Pay', name: 'late' });
  expect(run(of).changes.at(-1)?.reason).toContain('rule "strong"');
  of.rule('eng', 'Member', { via: 'group', org: 'Pay', name: 'first', priority: 1 });
  expect(run(of).changes.at(-1)?.reason).toContain('rule "first"');
});

test('a stronger role is given, a weaker one only with approval', () => {
  const of = built();
  of.set({ rules: of.settings.rules.map((rule) => ({ ...rule, role: 'Lead' })) });
  applied(of, run(of));
  expect([...(of.groups.get('eng')?.roles ?? [])]).toContainEqual(['org-pay', 'role-lead']);
  of.set({ rules: of.settings.rules.map((rule) => ({ ...rule, role: 'Member' })) });
  expect(lines(run(of))).toEqual([
    'held by rule-changed: change-group-org-role eng @Pay Lead > Member (rule-changed)',
  ]);
});

test('a stronger enterprise role of a group is changed in place', () => {
  const of = built().rule('eng', 'Power user', { via: 'group' });
  expect(lines(run(of))).toEqual(['ready: change-group-role eng Member > Power user']);
});

test('a foreign stronger role of a group is reported, or taken back with approval', () => {
  const of = viaGroup().devinGroup('eng', { '': 'Power user', Pay: 'Lead' });
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.notices.map(({ kind, subject }) => [kind, subject])).toEqual([
    ['foreign', 'group eng'],
    ['foreign', 'group eng'],
  ]);
  expect(lines(run(of.set({ foreign: 'remove' })))).toEqual([
    'held by rule-changed: change-group-role eng Power user > Member (rule-changed)',
    'held by rule-changed: change-group-org-role eng @Pay Lead > Member (rule-changed)',
  ]);
});

test('a group that holds a role without being registered is registered', () => {
  const of = viaGroup().devinGroup('eng', { '': 'Member', Pay: 'Member' }, false);
  expect(lines(run(of))).toEqual(['ready: register-group eng']);
});

test('without its rule a group is torn down from the inside out, with approval, weighed by whom it reaches', () => {
  const of = built().signedIn('ada', 'eng').signedIn('bob', 'eng');
  of.set({ rules: [] });
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'held by rule-changed: take-group-role eng Member > - (rule-changed)',
    'held by rule-changed: unregister-group eng (rule-changed)',
    'held by rule-changed: remove-group-from-org eng @Pay Member > - (rule-changed)',
  ]);
  expect(plan.violations).toMatchObject([{ guard: 'rule-changed', count: 6 }]);
  of.approve(...plan.changes.map(({ key }) => key));
  const approved = run(of);
  expect(approved.operations.map(({ kind, lane }) => [kind, lane])).toEqual([
    ['remove-group-from-org', 5],
    ['take-group-role', 5],
    ['unregister-group', 5],
  ]);
  expect(run(applied(of, approved)).changes).toEqual([]);
  expect(of.memory.groups).toEqual([]);
});

test('approving only the registration of a group away does not empty it', () => {
  const of = built();
  of.set({ rules: [] });
  const key = run(of).changes.find(({ kind }) => kind === 'unregister-group')?.key ?? '';
  expect(run(of.approve(key)).operations).toEqual([]);
});

test('one place less: only that role goes', () => {
  const of = built(viaGroup().rule('eng', 'Member', { via: 'group', org: 'Web' }));
  of.set({ rules: of.settings.rules.slice(0, 1) });
  expect(lines(run(of))).toEqual([
    'held by rule-changed: remove-group-from-org eng @Web Member > - (rule-changed)',
  ]);
});

test('what is not ours in a group of ours stays, and keeps what it stands on', () => {
  const of = built();
  of.groups.get('eng')?.roles.set('org-web', 'org_member');
  of.set({ rules: [] });
  expect(lines(run(of))).toEqual([
    'held by rule-changed: remove-group-from-org eng @Pay Member > - (rule-changed)',
  ]);
});

test('a group that is gone from the directory is torn down with approval; one gone from Devin is no matter', () => {
  const of = built().deleteGroup('eng');
  expect(run(of).changes.map(({ cause }) => cause)).toEqual([
    'group-deleted',
    'group-deleted',
    'group-deleted',
  ]);
  of.groups.clear();
  expect(run(of).changes).toEqual([]);
  of.devinGroup('eng', {}, false).groups.get('eng')?.roles.set('', 'account_member');
  expect(lines(run(of))).toEqual(['held by group-deleted: take-group-role eng Member > - (group-deleted)']);
});

test('a renamed group is built up under the new name; the old one stays until that is done, and then goes with approval', () => {
  const of = built().rename('eng', 'engineering').signedIn('ada', 'eng').signedIn('bob', 'eng');
  const first = run(of);
  expect(lines(first)).toEqual([
    'waiting: take-group-role eng Member > - (rule-changed)',
    'waiting: unregister-group eng (rule-changed)',
    'waiting: remove-group-from-org eng @Pay Member > - (rule-changed)',
    'ready: register-group engineering',
    'ready: give-group-role engineering - > Member',
    'ready: add-group-to-org engineering @Pay - > Member',
  ]);
  expect(first.notices.map(({ message }) => message)).toEqual([
    'group "eng" is now "engineering"; rule "eng gives Member in Pay" keeps it by its id',
  ]);
  // One approval of everything cannot take the old name in the plan that makes the new one.
  applied(of.approve(...first.changes.map(({ key }) => key)), run(of));
  expect([...of.groups.keys()]).toEqual(['eng', 'engineering']);
  of.memory = { ...of.memory, approvals: [] };

  const rest = [
    'held by rule-changed: take-group-role eng Member > - (rule-changed)',
    'held by rule-changed: unregister-group eng (rule-changed)',
    'held by rule-changed: remove-group-from-org eng @Pay Member > - (rule-changed)',
  ];
  const reasonNow = () => run(of).changes.at(-1)?.reason;
  expect(lines(run(of.signedIn('ada', 'engineering')))).toEqual(rest);
  expect(reasonNow()).toBe(
    'no rule gives group eng a role there any more; the group is now named engineering, and 1 of its people would have no role of it until they sign in again',
  );
  expect(lines(run(of.signedIn('bob', 'engineering')))).toEqual(rest);
  expect(reasonNow()).toContain('and nobody has only the old name');
});

test('the old name stays also while the new one lacks a role', () => {
  const of = built().rename('eng', 'engineering');
  of.devinGroup('engineering', { '': 'Member' });
  expect(lines(run(of))).toContain('waiting: remove-group-from-org eng @Pay Member > - (rule-changed)');
});

test('a second group of the name freezes a rule via group, also one that names the id', () => {
  const of = built();
  of.set({ rules: of.settings.rules.map((rule) => ({ ...rule, match: { by: 'id', id: 'g-eng' } })) });
  of.groupWithId('g-evil', 'eng', 'bob');
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.notices.map(({ kind, subject }) => [kind, subject])).toEqual([['collision', 'eng']]);
});

test('in a frozen place a group is not downgraded', () => {
  const of = built(viaGroup().group('ops', 'bob').rule('ops', 'Lead', { via: 'group', org: 'Pay' }));
  of.set({ rules: of.settings.rules.map((rule) => ({ ...rule, role: 'Member' })) });
  expect(lines(run(of))).toEqual([
    'held by rule-changed: change-group-org-role ops @Pay Lead > Member (rule-changed)',
  ]);
  expect(run(of.groupWithId('g-evil', 'eng')).changes).toEqual([]);
});

test('in a frozen place a group that no rule names any more keeps its role', () => {
  const of = built(viaGroup().group('ops', 'bob').rule('ops', 'Lead', { via: 'group', org: 'Pay' }));
  of.set({ rules: of.settings.rules.slice(0, 1) }).groupWithId('g-evil', 'eng');
  expect(run(of).changes).toEqual([]);
});

test('who left a group keeps its role in Devin until they sign in: residual', () => {
  const of = built().signedIn('ada', 'eng').signedIn('bob', 'eng').leave('bob', 'sub');
  of.devinGroup('other', { '': 'Member' })
    .staff('dan')
    .signedIn('dan', 'other')
    .user('eve', {})
    .signedIn('eve', 'eng');
  expect(
    run(of).residual.map(({ email, org, role, lever }) => [email, org, role, lever.split(':')[0]]),
  ).toEqual([
    ['bob@corp.example', null, 'Member', 'left the group in the directory'],
    ['bob@corp.example', 'Pay', 'Member', 'left the group in the directory'],
  ]);
});
