import { expect, test } from 'vitest';
import { applied } from '../helpers/applied.ts';
import { DAY, HOUR, lines, MINUTE, run, type World, world } from '../helpers/world.ts';

function company(): World {
  const of = world()
    .staff('ada', 'bob')
    .group('eng', 'ada', 'bob')
    .org('Web')
    .rule('eng', 'Member', { org: 'Web' });
  return applied(of, run(of));
}

test('a deactivated person is removed at once, in lane 1, org roles with the account', () => {
  const plan = run(company().status('ada', 'deactivated'));
  expect(lines(plan)).toEqual(['ready: remove-user ada Member > - (deactivated)']);
  expect(plan.operations).toMatchObject([{ kind: 'remove-user', lane: 1, phase: 0, user: 'u-ada' }]);
  expect(plan.changes[0]?.reason).toBe('deactivated in the directory, confirmed by id');
  expect(plan.budget).toMatchObject({ writes: 1, proofs: 2, etaSeconds: 1 });
});

test('a deactivated person goes while everything else is held', () => {
  const of = company().status('ada', 'deactivated').leave('bob', 'eng');
  of.configHash = 'config-2';
  of.memory = { ...of.memory, baseline: { people: 100, groups: 100, edges: 100 } };
  of.guards({ shrink: 0.2 });
  expect(lines(run(of))).toEqual([
    'ready: remove-user ada Member > - (deactivated)',
    'waiting: remove-user bob Member > - (out-of-scope)',
    'held by first-plan+shrink: remove-from-org bob @Web Member > - (left-group)',
  ]);
});

test('a deactivated person goes whoever gave the access', () => {
  const of = world().person('ada', 'deactivated').user('ada', { '': 'Power user' });
  expect(lines(run(of))).toEqual(['ready: remove-user ada Power user > - (deactivated)']);
});

test.each([
  ['active', 'waiting: remove-user ada Member > - (deactivated)'],
  ['gone', 'ready: remove-user ada Member > - (deactivated)'],
] as const)('a person who is deactivated in the list and %s by id', (answer, line) => {
  const of = company().status('ada', 'deactivated').answer('ada', answer);
  expect(lines(run(of))).toEqual([line]);
});

test('under policy leavers only the deactivated are removed', () => {
  const of = company()
    .status('ada', 'deactivated')
    .leave('bob', 'eng')
    .policy({ users: 'leavers', memberships: 'leavers' });
  expect(lines(run(of))).toEqual([
    'ready: remove-user ada Member > - (deactivated)',
    'barred: remove-user bob Member > - (out-of-scope)',
    'barred: remove-from-org bob @Web Member > - (left-group)',
  ]);
});

test('a deactivated person without an account is nobody to remove', () => {
  const plan = run(company().person('dan', 'deactivated'));
  expect(plan.changes).toEqual([]);
  expect(plan.buckets.people['no-access-wanted']).toBe(1);
});

test('a deactivated person who is in only through a group is residual, with the lever that ends it', () => {
  const of = company()
    .devinGroup('sso', { '': 'Member', Web: 'Lead' })
    .person('dan', 'deactivated')
    .signedIn('dan', 'sso');
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.residual.map(({ email, group, org, role }) => [email, group, org, role])).toEqual([
    ['dan@corp.example', 'sso', null, 'Member'],
    ['dan@corp.example', 'sso', 'Web', 'Lead'],
  ]);
  expect(plan.residual[0]?.lever).toContain('unassign the Devin app');
});

test('a suspended person loses org roles at once and gets the no-access role, and all comes back', () => {
  const of = company().suspendedRole().status('ada', 'suspended');
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'ready: set-enterprise-role ada Member > No access (suspended)',
    'ready: remove-from-org ada @Web Member > - (suspended)',
  ]);
  expect(lines(run(applied(of, plan)))).toEqual([]);
  expect(lines(run(of.status('ada', 'active')))).toEqual([
    'ready: set-enterprise-role ada No access > Member',
    'ready: add-to-org ada @Web - > Member',
  ]);
});

test('a suspended person without a no-access role loses org roles; what stays is told', () => {
  const plan = run(company().status('ada', 'suspended'));
  expect(lines(plan)).toEqual(['ready: remove-from-org ada @Web Member > - (suspended)']);
  expect(plan.notices.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
    'not-possible: ada@corp.example is suspended and keeps Member in the enterprise: name a role without access under roles.suspended',
  ]);
});

test('a suspended person who is active by id keeps everything', () => {
  const of = company().suspendedRole().status('ada', 'suspended').answer('ada', 'active');
  expect(lines(run(of))).toEqual([
    'waiting: set-enterprise-role ada Member > No access (suspended)',
    'waiting: remove-from-org ada @Web Member > - (suspended)',
  ]);
});

test('foreign access of a suspended person is reported', () => {
  const of = world()
    .org('Web')
    .group('eng')
    .person('ada', 'suspended')
    .user('ada', { '': 'Member', Web: 'Lead' })
    .suspendedRole();
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.notices.map(({ kind }) => kind)).toEqual(['foreign', 'foreign', 'blind']);
  expect(lines(run(of.set({ foreign: 'remove' })))).toEqual([
    'ready: set-enterprise-role ada Member > No access (suspended)',
    'ready: remove-from-org ada @Web Lead > - (suspended)',
  ]);
});

test('a suspended person in only through a group, or without an account, is left alone', () => {
  const of = company().devinGroup('sso', { '': 'Member' }).person('dan', 'suspended').signedIn('dan', 'sso');
  const plan = run(of.person('eve', 'suspended').suspendedRole().set({ foreign: 'remove' }));
  expect(plan.changes).toEqual([]);
  expect(plan.residual).toHaveLength(1);
});

test('out of scope: two readings 15 minutes apart, the no-access role for 7 days, then deletion', () => {
  const of = company().suspendedRole().leave('ada', 'eng');
  applied(of, run(of));
  expect(lines(run(of.later(10 * MINUTE)))).toEqual(['waiting: remove-user ada Member > - (out-of-scope)']);
  const faded = run(of.later(5 * MINUTE));
  expect(lines(faded)).toEqual(['ready: set-enterprise-role ada Member > No access (out-of-scope)']);
  applied(of, faded);
  const waits = run(of.later(HOUR)).changes[0]?.verdict;
  expect(waits).toEqual({
    state: 'waiting',
    until: of.now - HOUR + 7 * DAY,
    why: 'the tombstone runs until its due date',
  });
  expect(lines(run(of.later(7 * DAY)))).toEqual(['ready: remove-user ada No access > - (out-of-scope)']);
});

test('out of scope without a no-access role: deletion after 7 days', () => {
  const of = company().leave('ada', 'eng');
  applied(of, run(of));
  expect(lines(run(of.later(DAY)))).toEqual(['waiting: remove-user ada Member > - (out-of-scope)']);
  expect(lines(run(of.later(7 * DAY)))).toEqual(['ready: remove-user ada Member > - (out-of-scope)']);
});

test('vanished by id: org roles after two readings, the account after 7 days', () => {
  const of = company().vanish('ada');
  expect(lines(of.decide().plan)).toEqual(['waiting: remove-user ada Member > - (vanished)']);
  expect(of.decide().questions.people).toEqual(['p-ada']);
  const first = run(of);
  expect(lines(first)).toEqual([
    'waiting: remove-user ada Member > - (vanished)',
    'waiting: remove-from-org ada @Web Member > - (vanished)',
  ]);
  expect(first.buckets.users.waiting).toBe(1);
  const second = run(of.later(15 * MINUTE));
  expect(lines(second)).toEqual([
    'waiting: remove-user ada Member > - (vanished)',
    'ready: remove-from-org ada @Web Member > - (vanished)',
  ]);
  expect(second.buckets.users['to-remove']).toBe(1);
  applied(of, second);
  expect(lines(run(of.later(8 * DAY)))).toEqual(['ready: remove-user ada Member > - (vanished)']);
});

test('vanished with a foreign org role, or in the enterprise through a group only: only what is ours goes', () => {
  const of = world()
    .org('Web', 'Pay')
    .user('ada', { Web: 'Member', Pay: 'Lead' })
    .link('ada', ['Web'])
    .staff('bob')
    .group('eng', 'bob');
  run(of);
  expect(lines(run(of.later(HOUR)))).toEqual(['ready: remove-from-org ada @Web Member > - (vanished)']);
});

test.each(['active', 'suspended', 'staged', 'unknown'] as const)(
  'somebody missing from the list who is %s by id keeps everything',
  (answer) => {
    const of = company().vanish('ada').answer('ada', answer);
    const [change, ...others] = run(of).changes;
    expect(others).toEqual([]);
    expect(change?.verdict).toEqual({
      state: 'waiting',
      until: null,
      why: `the directory answers "${answer}" by id`,
    });
    expect(of.memory.tombstones).toEqual([]);
  },
);

test('somebody missing from the list who is deactivated by id goes at once', () => {
  const of = company()
    .devinGroup('sso', { '': 'Member' })
    .signedIn('ada', 'sso')
    .vanish('ada')
    .answer('ada', 'deactivated');
  const plan = run(of);
  expect(lines(plan)).toEqual(['ready: remove-user ada Member > - (deactivated)']);
  expect(plan.residual.map(({ group }) => group)).toEqual(['sso']);
});

test.each([
  ['gone', 'foreign', []],
  ['active', 'foreign', []],
  ['deactivated', 'to-remove', ['ready: remove-user ada Member > - (deactivated)']],
] as const)('a missing person whose access is all foreign, %s by id', (answer, bucket, changes) => {
  const of = world().user('ada').link('ada', []).staff('bob').group('eng', 'bob').answer('ada', answer);
  const before = of.decide();
  expect(before.plan.changes).toEqual([]);
  expect(before.plan.buckets.users.waiting).toBe(1);
  expect(before.questions.people).toEqual(['p-ada']);
  const plan = run(of);
  expect(lines(plan)).toEqual(changes);
  expect(plan.buckets.users[bucket]).toBe(1);
});

test('a missing person who is protected, or in only through a group, is not removed', () => {
  const of = company()
    .vanish('ada')
    .set({ protected: ['ada@corp.example'] });
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.notices.map(({ kind }) => kind)).toEqual(['suppressed']);
  expect(plan.buckets.users['in-sync']).toBe(2);
  of.devinGroup('sso', { '': 'Member' }).signedIn('ada', 'sso').account('ada').roles.clear();
  expect(run(of).buckets.users['group-only']).toBe(1);
  const open = run(of.set({ protected: [] }));
  expect(open.buckets.users['group-only']).toBe(1);
  expect(open.residual.map(({ email }) => email)).toEqual(['ada@corp.example']);
});

test('a stranger is reported; under foreign: remove two readings apart must miss them', () => {
  const of = company().user('eve');
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.notices.map(({ message }) => message)).toEqual([
    'eve@corp.example is in Devin, but nobody in the directory has that address',
  ]);
  expect(plan.buckets.users.foreign).toBe(1);
  of.set({ foreign: 'remove' });
  const first = run(of);
  expect(lines(first)).toEqual(['waiting: remove-user eve Member > - (foreign)']);
  expect(first.buckets.users.waiting).toBe(1);
  const second = run(of.later(15 * MINUTE));
  expect(lines(second)).toEqual(['ready: remove-user eve Member > - (foreign)']);
  expect(second.buckets.users['to-remove']).toBe(1);
});

test('a protected stranger stays whatever the letter case', () => {
  const of = company()
    .user('eve', { '': 'Member' }, 'Eve@Corp.Example')
    .set({ foreign: 'remove', protected: ['EVE@corp.example'] });
  run(of);
  expect(run(of.later(HOUR)).changes).toEqual([]);
});

test('a row without a usable address is never touched', () => {
  const of = company().user('eve', { '': 'Member' }, null).user('fay', { '': 'Member' }, 'not an address');
  const plan = run(of.set({ foreign: 'remove' }));
  expect(plan.changes).toEqual([]);
  expect(plan.buckets.users['not-matchable']).toBe(2);
  expect(plan.notices.map(({ kind, subject }) => [kind, subject])).toEqual([
    ['devin-no-email', 'u-eve'],
    ['devin-no-email', 'u-fay'],
  ]);
});

test('the reading of a part judges only who is in it, and leaves no trace in memory', () => {
  const of = company().status('ada', 'deactivated').leave('bob', 'eng');
  of.scope = { kind: 'part', people: ['p-ada'] };
  const memory = of.memory;
  const plan = run(of);
  expect(lines(plan)).toEqual(['ready: remove-user ada Member > - (deactivated)']);
  expect(of.memory).toBe(memory);
  expect(plan.buckets.people).toMatchObject({ 'to-change': 1 });
  expect(Object.values(plan.buckets.users).reduce((a, b) => a + b)).toBe(1);
});

test('the reading of a part that misses a linked person asks for them by id, and for nobody else', () => {
  const of = company().vanish('ada').vanish('bob').answer('ada', 'deactivated');
  of.scope = { kind: 'part', people: ['p-ada'] };
  expect(of.decide().questions).toEqual({ people: ['p-ada'], groups: [] });
  expect(lines(run(of))).toEqual(['ready: remove-user ada Member > - (deactivated)']);
});

test('a role that a rule still gives fades when people leave its group, another one waits for approval', () => {
  const of = world().staff('ada', 'bob').group('eng', 'ada', 'bob').rule('eng', 'Power user');
  of.user('ada', { '': 'Power user' }).link('ada').user('bob', { '': 'Member' }).link('bob');
  of.set({ defaultEnterpriseRole: 'Power user' });
  run(of.leave('ada', 'eng').leave('bob', 'eng'));
  expect(lines(run(of))).toEqual([
    'waiting: remove-user ada Power user > - (out-of-scope)',
    'held by rule-changed: remove-user bob Member > - (rule-changed)',
  ]);
  const other = world().staff('ada').group('eng').rule('eng', 'Power user');
  other.user('ada', { '': 'Power user' }).link('ada');
  expect(lines(run(other))).toEqual(['waiting: remove-user ada Power user > - (out-of-scope)']);
});

test('a stranger whom nobody wants is remembered as out of scope', () => {
  const of = world().staff('ada').group('eng').rule('eng', 'Member').user('ada').set({ foreign: 'remove' });
  run(of);
  expect(of.memory.tombstones.map(({ cause }) => cause)).toEqual(['out-of-scope']);
});
