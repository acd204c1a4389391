import { expect, test } from 'vitest';
import { applied } from '../helpers/applied.ts';
import { lines, MINUTE, run, type World, world } from '../helpers/world.ts';

function payments(): World {
  return world()
    .staff('ada', 'bob')
    .group('eng', 'ada', 'bob')
    .group('leads')
    .org('Payments', 'Web')
    .rule('eng', 'Member', { org: 'Payments' })
    .rule('leads', 'Lead', { org: 'Payments', priority: 1 });
}

function settled(of: World): World {
  return applied(of, run(of));
}

test('a joiner is invited with the default enterprise role, then gets the org role, in that order', () => {
  const of = settled(payments()).staff('cleo').join('cleo', 'eng');
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'ready: invite cleo - > Member',
    'ready: add-to-org cleo @Payments - > Member',
  ]);
  expect(plan.operations.map(({ kind, user, batch }) => [kind, user, batch])).toEqual([
    ['invite', null, ['cleo@corp.example']],
    ['add-to-org', '{invite:cleo@corp.example}', []],
  ]);
  expect(plan.changes[1]?.reason).toBe('rule "eng gives Member in Payments", member of eng');
  expect(plan.changes[0]?.reason).toBe('an organization role needs an enterprise role');
});

test('a mover gets the new role at once and keeps the account', () => {
  const of = settled(payments()).join('ada', 'leads');
  expect(lines(run(of))).toEqual(['ready: change-org-role ada @Payments Member > Lead']);
});

test('a mover back is downgraded once the group was read again without them', () => {
  const of = settled(settled(payments()).join('ada', 'leads')).leave('ada', 'leads');
  expect(lines(of.decide().plan)).toEqual([
    'waiting: change-org-role ada @Payments Lead > Member (left-group)',
  ]);
  expect(of.decide().questions).toEqual({ people: [], groups: ['g-leads'] });
  const plan = run(of);
  expect(lines(plan)).toEqual(['ready: change-org-role ada @Payments Lead > Member (left-group)']);
  expect(plan.changes[0]?.reason).toBe(
    'no longer in leads, read twice; rule "eng gives Member in Payments", member of eng',
  );
});

test('a downgrade because another rule outranks the old one waits for approval', () => {
  const of = settled(payments().join('ada', 'leads'));
  of.set({
    rules: of.settings.rules.map((rule) => (rule.role === 'Member' ? { ...rule, priority: 9 } : rule)),
  });
  expect(lines(run(of))).toEqual([
    'held by rule-changed: change-org-role ada @Payments Lead > Member (rule-changed)',
  ]);
});

test('who left a group loses the org role after one fresh reading of that group', () => {
  const of = settled(payments().staff('cleo').group('all', 'ada', 'bob').rule('all', 'Member')).leave(
    'ada',
    'eng',
  );
  expect(lines(of.decide().plan)).toEqual(['waiting: remove-from-org ada @Payments Member > - (left-group)']);
  expect(of.decide().questions.groups).toEqual(['g-eng', 'g-leads']);
  expect(lines(run(of))).toEqual(['ready: remove-from-org ada @Payments Member > - (left-group)']);
});

test.each([
  ['still lists them', { people: ['ada'] }, 'a fresh reading of "eng" still lists them'],
  ['is gone by id', 'gone', '"eng" is gone by id'],
  ['has another nested group', { groups: ['new'] }, 'a fresh reading of "eng" shows another nested group'],
] as const)('who left a group waits when the fresh reading %s', (_, evidence, why) => {
  const of = settled(payments().group('all', 'ada', 'bob').rule('all', 'Member')).leave('ada', 'eng');
  of.freshly('eng', evidence);
  const [change] = run(of).changes;
  expect(change?.verdict).toEqual({ state: 'waiting', until: null, why });
});

test('a group whose members may be hidden never proves that somebody left', () => {
  const of = settled(payments().group('all', 'ada', 'bob').rule('all', 'Member')).leave('ada', 'eng');
  const team = of.teams.get('g-eng');
  if (team !== undefined) of.teams.set('g-eng', { ...team, hidden: true });
  const [change] = run(of).changes;
  expect(change?.verdict).toMatchObject({ state: 'waiting', why: expect.stringContaining('may be hidden') });
});

test('a rule that is gone takes nothing without approval', () => {
  const of = settled(payments().group('all', 'ada', 'bob').rule('all', 'Member'));
  of.set({ rules: of.settings.rules.filter(({ org }) => org === null) });
  expect(lines(run(of))).toEqual([
    'held by rule-changed: remove-from-org ada @Payments Member > - (rule-changed)',
    'held by rule-changed: remove-from-org bob @Payments Member > - (rule-changed)',
  ]);
});

test('a group that is gone takes nothing without approval', () => {
  const of = settled(payments().group('all', 'ada', 'bob').rule('all', 'Member')).deleteGroup('eng');
  expect(lines(run(of))).toEqual([
    'held by group-deleted: remove-from-org ada @Payments Member > - (group-deleted)',
    'held by group-deleted: remove-from-org bob @Payments Member > - (group-deleted)',
  ]);
});

test('a group that a rule names by id and that is gone takes nothing without approval', () => {
  const of = payments().group('all', 'ada', 'bob').rule('all', 'Member');
  of.set({
    rules: of.settings.rules.map((rule) => ({
      ...rule,
      match: { by: 'id', id: `g-${rule.name.split(' ')[0]}` },
    })),
  });
  settled(of).deleteGroup('eng');
  const plan = run(of);
  expect(plan.violations.map(({ guard, count }) => [guard, count])).toEqual([['group-deleted', 2]]);
  expect(plan.notices.map(({ kind }) => kind)).toContain('unused-rule');
});

test('an enterprise role that no rule gives any more goes only with approval', () => {
  const of = settled(world().staff('ada').group('power', 'ada').rule('power', 'Power user'));
  of.set({ rules: [] });
  expect(lines(run(of))).toEqual(['held by rule-changed: remove-user ada Power user > - (rule-changed)']);
});

test('everything that depends on a deleted group goes only with approval, the enterprise too', () => {
  const of = settled(payments()).deleteGroup('eng');
  expect(lines(run(of).changes.length > 0 ? of.decide().plan : { changes: [] })).toEqual([
    'held by group-deleted: remove-user ada Member > - (group-deleted)',
    'held by group-deleted: remove-from-org ada @Payments Member > - (group-deleted)',
    'held by group-deleted: remove-user bob Member > - (group-deleted)',
    'held by group-deleted: remove-from-org bob @Payments Member > - (group-deleted)',
  ]);
  const enterprise = settled(world().staff('ada').group('power', 'ada').rule('power', 'Member'));
  expect(lines(run(enterprise.deleteGroup('power')))).toEqual([
    'held by group-deleted: remove-user ada Member > - (group-deleted)',
  ]);
});

test('foreign access of a person is reported and left alone', () => {
  const of = payments().user('ada', { '': 'Power user', Payments: 'Lead', Web: 'Member' });
  const plan = run(of);
  expect(lines(plan).filter((line) => line.includes('ada'))).toEqual([]);
  expect(plan.notices.filter(({ kind }) => kind === 'foreign').map(({ message }) => message)).toEqual([
    'ada@corp.example holds Power user in the enterprise, which this daemon neither gave nor adopted',
    'ada@corp.example holds Lead in Payments, which this daemon neither gave nor adopted',
    'ada@corp.example holds Member in Web, which this daemon neither gave nor adopted',
  ]);
  expect(plan.buckets.users['in-sync']).toBe(1);
});

test('under foreign: remove, what rules are about needs proof and what no rule is about goes', () => {
  const of = payments()
    .user('ada', { '': 'Member', Payments: 'Lead', Web: 'Member' })
    .set({ foreign: 'remove' });
  of.leave('ada', 'eng').group('all', 'ada').rule('all', 'Member');
  expect(lines(of.decide().plan).filter((line) => line.includes('ada'))).toEqual([
    'waiting: remove-from-org ada @Payments Lead > - (foreign)',
    'ready: remove-from-org ada @Web Member > - (foreign)',
  ]);
  expect(lines(run(of))).toContain('ready: remove-from-org ada @Payments Lead > - (foreign)');
});

test('under foreign: remove, a stronger role than rules give is taken back once its group was read again', () => {
  const of = payments().user('ada', { '': 'Member', Payments: 'Lead' }).set({ foreign: 'remove' });
  expect(lines(run(of))).toContain('ready: change-org-role ada @Payments Lead > Member (left-group)');
});

test('somebody who is active and wanted nowhere fades: the org role goes, the enterprise waits', () => {
  const of = settled(payments()).leave('ada', 'eng');
  expect(lines(run(of))).toEqual([
    'waiting: remove-user ada Member > - (out-of-scope)',
    'ready: remove-from-org ada @Payments Member > - (left-group)',
  ]);
});

test('somebody with a foreign account and no group is reported, or fades under foreign: remove', () => {
  const of = payments().staff('cleo').user('cleo');
  expect(run(of).notices).toContainEqual({
    kind: 'foreign',
    edge: { holder: 'u-cleo', org: null },
    subject: 'cleo@corp.example',
    message: 'cleo@corp.example holds Member in the enterprise, which this daemon neither gave nor adopted',
  });
  of.set({ foreign: 'remove' });
  expect(lines(run(of))).toContain('waiting: remove-user cleo Member > - (foreign)');
});

test('who is in only through a group is told apart and never touched', () => {
  const of = payments()
    .devinGroup('sso', { '': 'Member' })
    .signedIn('ada', 'sso')
    .staff('cleo')
    .signedIn('cleo', 'sso');
  const plan = run(of);
  expect(lines(plan).filter((line) => !line.includes('bob'))).toEqual([]);
  expect(plan.notices.filter(({ kind }) => kind === 'not-possible').map(({ message }) => message)).toEqual([
    'ada@corp.example is in only through an IdP group; direct roles in the enterprise, Payments cannot be given',
  ]);
  expect(plan.buckets.users['group-only']).toBe(2);
  expect(plan.buckets.people).toMatchObject({ 'not-matchable': 1, 'no-access-wanted': 1 });
});

test('who is in the enterprise through a group and holds org roles directly gets no enterprise role by PATCH', () => {
  const of = payments()
    .devinGroup('sso', { '': 'Member' })
    .user('ada', { Web: 'Member' })
    .signedIn('ada', 'sso');
  of.link('ada').set({ rules: of.settings.rules.slice(0, 1) });
  expect(lines(run(of)).filter((line) => line.includes('ada'))).toEqual([
    'ready: add-to-org ada @Payments - > Member',
    'held by rule-changed: remove-from-org ada @Web Member > - (rule-changed)',
  ]);
  of.rule('eng', 'Power user');
  expect(run(of).notices.map(({ message }) => message)).toContain(
    'ada@corp.example is in the enterprise only through an IdP group; a direct enterprise role cannot be given',
  );
});

test('who is in the enterprise through a group and leaves every rule loses only the org roles', () => {
  const of = payments()
    .devinGroup('sso', { '': 'Member' })
    .user('ada', { Payments: 'Member' })
    .signedIn('ada', 'sso');
  of.link('ada').leave('ada', 'eng');
  expect(lines(run(of)).filter((line) => line.includes('ada'))).toEqual([
    'ready: remove-from-org ada @Payments Member > - (left-group)',
  ]);
});

test('staged people wait', () => {
  const plan = run(payments().status('ada', 'staged').person('dan', 'staged'));
  expect(lines(plan).filter((line) => !line.includes('bob'))).toEqual([]);
  expect(plan.notices).toContainEqual({
    kind: 'staged',
    subject: 'ada@corp.example',
    message: 'ada@corp.example is not activated in the directory yet',
  });
  expect(plan.buckets.people).toMatchObject({ waiting: 1, 'no-access-wanted': 1, 'to-invite': 1 });
});

test('a member whose record was not read is unknown: nothing is given and nothing taken', () => {
  const of = settled(payments());
  of.people.delete('p-ada');
  const plan = run(of.join('ghost', 'eng'));
  expect(lines(plan)).toEqual([]);
  expect(
    plan.notices.filter(({ kind }) => kind === 'unresolved-member').map(({ subject }) => subject),
  ).toEqual(['p-ada', 'p-ghost']);
});

test('somebody without an address is not invited', () => {
  const plan = run(payments().email('ada', null));
  expect(lines(plan).filter((line) => !line.includes('bob'))).toEqual([]);
  expect(plan.notices).toContainEqual(expect.objectContaining({ kind: 'no-email', subject: 'p-ada' }));
  expect(plan.buckets.people['not-matchable']).toBe(1);
});

test('a protected person keeps what they hold and is given nothing', () => {
  const of = settled(payments())
    .set({ protected: ['*@corp.example'] })
    .status('ada', 'deactivated');
  const plan = run(of.staff('dan').join('dan', 'eng'));
  expect(plan.changes).toEqual([]);
  expect(plan.notices.filter(({ kind }) => kind === 'suppressed').map(({ message }) => message)).toEqual([
    'ada@corp.example is protected: access stays whatever the directory says',
    'dan@corp.example is protected: nothing is given whatever the directory says',
  ]);
  expect(plan.buckets.people).toMatchObject({ 'in-sync': 2, 'no-access-wanted': 1 });
});

test('the identity that the daemon acts with is never touched', () => {
  const of = settled(payments());
  const me = of.account('ada');
  of.users.delete(me.id);
  of.users.set('svc-sync', { ...me, id: 'svc-sync' });
  of.memory = { ...of.memory, people: [] };
  expect(lines(run(of.status('ada', 'deactivated')))).toEqual([]);
});

test('precedence: priority, then the stronger role, then the earlier rule', () => {
  const of = world()
    .staff('ada')
    .group('a', 'ada')
    .group('b', 'ada')
    .org('Web')
    .rule('a', 'Member', { org: 'Web', name: 'weak' })
    .rule('b', 'Lead', { org: 'Web', name: 'strong' })
    .rule('a', 'Lead', { org: 'Web', name: 'late' });
  expect(run(of).changes[1]?.reason).toBe('rule "strong", member of b');
  of.rule('a', 'Member', { org: 'Web', name: 'first', priority: 5 });
  expect(run(of).changes[1]?.reason).toBe('rule "first", member of a');
});

test('nested groups reach everybody once, a cycle included', () => {
  const of = world()
    .staff('ada', 'bob')
    .group('top', '>mid')
    .group('mid', '>low', 'ada')
    .group('low', '>top', 'ada', 'bob');
  const plan = run(of.rule('top', 'Member'));
  expect(lines(plan)).toEqual(['ready: invite ada - > Member', 'ready: invite bob - > Member']);
  expect(plan.changes[1]?.reason).toBe('rule "top gives Member", member of top > mid > low');
});

test('an org role that is new in an org to be created waits for the org', () => {
  const of = world()
    .staff('ada')
    .group('eng', 'ada')
    .set({ organizations: [{ name: 'Lab', create: true, maxSessionAcuLimit: 5, maxCycleAcuLimit: null }] })
    .rule('eng', 'Member', { org: 'Lab' });
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'ready: create-org Lab',
    'ready: invite ada - > Member',
    'ready: add-to-org ada @Lab - > Member',
  ]);
  expect(plan.operations.map(({ kind, org, create }) => [kind, org, create?.maxSessionAcuLimit])).toEqual([
    ['create-org', null, 5],
    ['invite', null, undefined],
    ['add-to-org', '{org:Lab}', undefined],
  ]);
  expect(lines(run(applied(of, plan)))).toEqual([]);
});

test('an org that may be created and that no rule needs is not created', () => {
  const of = world().set({
    organizations: [{ name: 'Lab', create: true, maxSessionAcuLimit: null, maxCycleAcuLimit: null }],
  });
  expect(run(of).changes).toEqual([]);
});

test('a tombstone is cleared when the person comes back', () => {
  const of = settled(payments()).leave('ada', 'eng');
  run(of);
  expect(of.memory.tombstones).toHaveLength(1);
  run(of.join('ada', 'eng').later(20 * MINUTE));
  expect(of.memory.tombstones).toEqual([]);
});
