import { expect, test } from 'vitest';
import { applied } from '../helpers/applied.ts';
import { lines, run, type World, world } from '../helpers/world.ts';

function eng(): World {
  return world().staff('ada', 'bob').group('eng', 'ada').org('Web').rule('eng', 'Member', { org: 'Web' });
}

function settled(of: World): World {
  return applied(of, run(of));
}

test('a rule is bound to the id of its group at first match, and keeps it through a rename', () => {
  const of = settled(eng());
  expect(of.memory.bindings).toEqual({ 'eng gives Member in Web': { 'g-eng': 'eng' } });
  const plan = run(of.rename('eng', 'engineering'));
  expect(plan.changes).toEqual([]);
  expect(plan.notices.map(({ kind, subject }) => [kind, subject])).toEqual([
    ['group-renamed', 'engineering'],
  ]);
});

test('a newcomer to the old name of a renamed group gets nothing, and nobody loses anything', () => {
  const of = settled(eng())
    .rename('eng', 'engineering')
    .groupWithId('g-evil', 'eng', 'bob')
    .leave('ada', 'eng');
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.notices.map(({ message }) => message)).toEqual([
    'another group took the name "eng" of rule "eng gives Member in Web", which is bound to the id g-eng: ' +
      'the rule gives nothing and nothing is taken in its place until that is cleared',
  ]);
  expect(of.memory.bindings).toEqual({ 'eng gives Member in Web': { 'g-eng': 'eng' } });
});

test('a second group of the name freezes the rule: nothing given, nothing taken, the enterprise role stays', () => {
  const of = settled(eng()).groupWithId('g-evil', 'eng', 'bob');
  expect(run(of).changes).toEqual([]);
});

test('two groups of one name bind no rule', () => {
  const of = eng().groupWithId('g-other', 'eng', 'bob');
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.notices).toMatchObject([{ kind: 'collision', subject: 'eng' }]);
  expect(of.memory.bindings).toEqual({});
});

test('another rule of a frozen place goes on giving, and its downgrades wait', () => {
  const of = eng().group('ops', 'bob').rule('ops', 'Lead', { org: 'Web' });
  settled(of).groupWithId('g-evil', 'eng', 'cleo').staff('cleo').join('cleo', 'ops').group('all', 'bob');
  of.rule('all', 'Member', { org: 'Web' }).leave('bob', 'ops').join('ada', 'ops');
  expect(lines(run(of))).toEqual([
    'ready: change-org-role ada @Web Member > Lead',
    'ready: invite cleo - > Member',
    'ready: add-to-org cleo @Web - > Lead',
  ]);
});

test('a frozen enterprise rule takes no enterprise role', () => {
  const of = settled(world().staff('ada').group('power', 'ada').rule('power', 'Power user').org('Web'));
  of.group('eng', 'ada').rule('eng', 'Member', { org: 'Web' }).groupWithId('g-evil', 'power');
  expect(lines(run(of))).toEqual(['ready: add-to-org ada @Web - > Member']);
});

test('a rule whose name in the configuration changed is bound anew', () => {
  const of = settled(eng()).group('web', 'bob');
  of.set({ rules: of.settings.rules.map((rule) => ({ ...rule, match: { by: 'name', name: 'web' } })) });
  expect(lines(run(of)).filter((line) => line.includes('bob'))).toEqual([
    'ready: invite bob - > Member',
    'ready: add-to-org bob @Web - > Member',
  ]);
  expect(of.memory.bindings).toEqual({ 'eng gives Member in Web': { 'g-web': 'web' } });
});

test('a rule without a group is told', () => {
  const plan = run(world().staff('ada').group('x', 'ada').rule('ghost', 'Member', { name: 'r' }));
  expect(plan.notices).toEqual([
    {
      kind: 'unused-rule',
      subject: 'r',
      message: 'rule "r": no group of the directory has the name "ghost"',
    },
  ]);
});

function pattern(text: string, rest: Parameters<World['rule']>[2] = {}): World {
  const of = world().staff('ada', 'bob').org('Web', 'Pay');
  return of.rule('', '{role}', { name: 'p', match: { by: 'pattern', pattern: text }, org: '{org}', ...rest });
}

test('captures of a pattern name the org and the role', () => {
  const of = pattern('devin-(?<org>\\w+)-(?<role>\\w+)')
    .group('devin-Web-Lead', 'ada')
    .group('devin-Pay-Member', 'ada');
  expect(lines(run(of.group('xdevin-Web-Leadx', 'bob')))).toEqual([
    'ready: invite ada - > Member',
    'ready: add-to-org ada @Pay - > Member',
    'ready: add-to-org ada @Web - > Lead',
  ]);
});

test('a pattern whose captures name nothing, or that has none, is told and harms nobody else', () => {
  const of = pattern('devin-(?<org>\\w+)(?<missing>-x)?')
    .group('devin-Nowhere', 'ada')
    .group('devin-Web', 'bob');
  expect(run(of).notices.map(({ subject, message }) => `${subject}: ${message}`)).toEqual([
    'devin-Nowhere: rule "p": no organization "Nowhere" exists in Devin',
    'devin-Web: rule "p": no organization role "{role}" exists; Devin lists "Admin", "Member", "Lead", "Custom"',
  ]);
});

test('a pattern that matches no group is told', () => {
  expect(run(pattern('nothing-.*').group('x', 'ada')).notices.map(({ message }) => message)).toEqual([
    'rule "p": no group of the directory matches nothing-.*',
  ]);
});

test('two groups of one name freeze only that name of a pattern', () => {
  const of = pattern('devin-(?<org>\\w+)', { role: 'Member' })
    .group('devin-Web', 'ada')
    .group('devin-Pay', 'bob');
  expect(lines(run(of.groupWithId('g-evil', 'devin-Web', 'bob')))).toEqual([
    'ready: invite bob - > Member',
    'ready: add-to-org bob @Pay - > Member',
  ]);
});

test.each([
  ['an unknown role', (of: World) => of.rule('eng', 'Owner'), 'no enterprise role "Owner" exists'],
  [
    'an unknown org',
    (of: World) => of.rule('eng', 'Member', { org: 'Nowhere' }),
    'no organization "Nowhere" exists',
  ],
  [
    'a role of the other scope',
    (of: World) => of.rule('eng', 'org_member'),
    'role "org_member" is not an enterprise role',
  ],
  [
    'an enterprise role in an org',
    (of: World) => of.rule('eng', 'account_member', { org: 'Web' }),
    'role "account_member" is not an organization role',
  ],
  [
    'an admin role without allowAdmin',
    (of: World) => of.rule('eng', 'Admin'),
    'counts as admin; say allowAdmin: true',
  ],
  [
    'an unranked custom role',
    (of: World) => of.rule('eng', 'Custom', { org: 'Web' }),
    'the role "Custom" counts as admin',
  ],
  [
    'an ambiguous role',
    (of: World) => {
      of.roles.push({ id: 'role-lead-2', name: 'lead', scope: 'org' });
      return of.rule('eng', 'Lead', { org: 'Web' });
    },
    '2 organization roles are named "Lead": use an id (role-lead, role-lead-2)',
  ],
  [
    'an ambiguous org',
    (of: World) => {
      of.orgs.push({ id: 'org-web-2', name: 'Web' });
      return of;
    },
    '2 organizations are named "Web": use an id (org-web, org-web-2)',
  ],
  [
    'a missing org that may not be created',
    (of: World) =>
      of.set({ organizations: [{ name: 'Lab', create: false, maxSessionAcuLimit: 1, maxCycleAcuLimit: 1 }] }),
    'organizations: "Lab" does not exist in Devin and "create" is not set',
  ],
  [
    'an unknown default role',
    (of: World) => of.set({ defaultEnterpriseRole: 'Nobody' }),
    'defaultEnterpriseRole: no enterprise role',
  ],
  [
    'an unknown no-access role',
    (of: World) => of.suspendedRole('Nothing'),
    'roles.suspended: no enterprise role "Nothing"',
  ],
  [
    'an admin role for suspended people',
    (of: World) => of.suspendedRole('Admin'),
    'roles.suspended: the role "Admin" is an admin role',
  ],
  [
    'a policy for an unknown org',
    (of: World) => of.set({ orgPolicy: { Wbe: 'observe' } }),
    'orgPolicy: no organization "Wbe"',
  ],
] as const)('%s is a problem in words', (_, change, problem) => {
  const { problems } = change(eng()).decide();
  expect(problems.join('\n')).toContain(problem);
});

test('a role list that is empty is said to be so', () => {
  const of = world().set({ defaultEnterpriseRole: 'Member' });
  of.roles = [];
  expect(of.decide().problems).toEqual([
    'defaultEnterpriseRole: no enterprise role "Member" exists; Devin lists none',
  ]);
});

test('a rule that cannot be resolved for a while keeps its binding', () => {
  const of = settled(eng());
  const { roles } = of;
  of.roles = roles.filter(({ id }) => id !== 'org_member');
  of.users.clear();
  expect(of.decide().problems).toHaveLength(1);
  expect(of.decide().memory.bindings).toEqual({ 'eng gives Member in Web': { 'g-eng': 'eng' } });
});

test('orgs and roles may be named by id, and a declared org that exists is not created', () => {
  const of = world().staff('ada').group('eng', 'ada').org('Web');
  of.set({
    organizations: [{ name: 'org-web', create: true, maxSessionAcuLimit: null, maxCycleAcuLimit: null }],
  });
  expect(lines(run(of.rule('eng', 'role-lead', { org: 'org-web' })))).toEqual([
    'ready: invite ada - > Member',
    'ready: add-to-org ada @Web - > Lead',
  ]);
});

test('roles with generated ids are known by their well-known names', () => {
  const of = world().staff('ada').group('eng', 'ada');
  of.roles = [
    { id: 'role-1', name: 'member', scope: 'enterprise' },
    { id: 'role-2', name: 'ADMIN', scope: 'enterprise' },
  ];
  expect(lines(run(of.rule('eng', 'Member')))).toEqual(['ready: invite ada - > member']);
  of.rule('eng', 'admin');
  expect(of.decide().problems[0]).toContain('counts as admin');
});

test('the no-access role is below every other, however it is written, and never counts as admin', () => {
  const of = world().staff('ada').group('eng', 'ada').user('ada', { '': 'No access' }).rule('eng', 'Member');
  of.suspendedRole('no ACCESS');
  const plan = run(of);
  expect(lines(plan)).toEqual(['ready: set-enterprise-role ada No access > Member']);
  expect(plan.changes[0]?.privileged).toBe(false);
});

test('a pattern without captures gives every group that matches the same', () => {
  const of = pattern('team-.*', { org: 'Web', role: 'Member' }).group('team-a', 'ada').group('team-b', 'bob');
  expect(lines(run(of)).filter((line) => line.includes('@Web'))).toEqual([
    'ready: add-to-org ada @Web - > Member',
    'ready: add-to-org bob @Web - > Member',
  ]);
});
