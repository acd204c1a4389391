import { expect, test } from 'vitest';
import { addressMatcher, normaliseEmail } from '../../src/core/identity.ts';
import { applied } from '../helpers/applied.ts';
import { DAY, lines, run, type World, world } from '../helpers/world.ts';

const ALIASES = { 'corp.example.com': 'corp.example' };

test.each([
  ['plain', 'ada@corp.example', 'ada@corp.example'],
  ['letter case and blanks', '  Ada@Corp.Example ', 'ada@corp.example'],
  ['an alias domain', 'ada@CORP.example.com', 'ada@corp.example'],
  ['a domain called like a member of every object', 'ada@constructor', 'ada@constructor'],
  ['no address', null, null],
  ['no domain', 'ada@', null],
  ['no name', '@corp.example', null],
  ['no at sign', 'ada', null],
] as const)('normalises %s', (_, email, normal) => {
  expect(normaliseEmail(email, ALIASES)).toBe(normal);
});

test.each([
  ['an address', 'Ada@corp.example', true],
  ['an alias of it', 'ada@corp.example.com', true],
  ['a pattern', 'svc-ci@corp.example', true],
  ['a whole domain', 'who@ops.example', true],
  ['a dot that is only a dot', 'who@opsXexample', false],
  ['somebody else', 'bob@corp.example', false],
  ['no address', null, false],
] as const)('protection of %s', (_, email, expected) => {
  const protects = addressMatcher(['ADA@corp.example.com', 'svc-*@corp.example', '*@ops.example'], ALIASES);
  expect(protects(email)).toBe(expected);
});

function eng(...names: string[]): World {
  return world()
    .staff(...names)
    .group('eng', ...names)
    .rule('eng', 'Member');
}

test('letter case and alias domains do not invite anybody twice', () => {
  const of = eng('ada', 'bob').set({ domainAliases: ALIASES });
  of.email('ada', 'ADA@corp.example').user('ada', { '': 'Member' }, 'ada@corp.example');
  of.user('bob', { '': 'Member' }, 'Bob@Corp.Example.com');
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.buckets.people['in-sync']).toBe(2);
});

test('a linked person keeps the account when the address changes, and it is told', () => {
  const of = eng('ada').managed('ada').email('ada', 'lovelace@corp.example');
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.notices).toEqual([
    {
      kind: 'email-changed',
      subject: 'lovelace@corp.example',
      message:
        'ada@corp.example is now lovelace@corp.example; they keep Devin user u-ada, linked by the directory id',
    },
  ]);
});

test('a linked person who has no address any more keeps the account', () => {
  const plan = run(eng('ada').managed('ada').email('ada', null));
  expect(plan.changes).toEqual([]);
  expect(plan.notices).toEqual([]);
});

test('a recycled address is blocked until the old account is gone', () => {
  const of = eng('ada').managed('ada').email('ada', 'lovelace@corp.example');
  of.person('new', 'active', 'ada@corp.example').join('new', 'eng');
  const plan = run(of);
  expect(lines(plan)).toEqual(['held by collision: invite ada - > Member']);
  expect(plan.notices.find(({ kind }) => kind === 'collision')?.message).toBe(
    'ada@corp.example belongs to Devin user u-ada, which is linked to the directory id p-ada: grants wait until that is cleared',
  );
  of.approve(plan.changes[0]?.key ?? '');
  expect(lines(run(of))).toEqual(['held by collision: invite ada - > Member']);
  applied(of, run(of.status('ada', 'deactivated')));
  expect(lines(run(of))).toEqual(['ready: invite ada - > Member']);
});

test('two people on one address get nothing until it is clear who is who', () => {
  const of = eng('ada').person('twin', 'active', 'ada@corp.example').join('twin', 'eng').user('ada');
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'held by collision: invite ada - > Member',
    'held by collision: invite ada - > Member',
  ]);
  expect(plan.buckets.users['not-matchable']).toBe(1);
  expect(plan.violations).toMatchObject([{ guard: 'collision', count: 2 }]);
  expect(plan.notices[0]?.message).toBe(
    '2 people of the directory share ada@corp.example: p-ada, p-twin: grants wait until that is cleared',
  );
});

test('one of two people on one address is deactivated: the account may be the other one’s and stays', () => {
  const of = eng('ada')
    .person('twin', 'deactivated', 'ada@corp.example')
    .user('ada')
    .set({ foreign: 'remove' });
  expect(lines(run(of))).toEqual(['held by collision: invite ada - > Member']);
});

test('both people on one address are deactivated: the account goes once both are confirmed', () => {
  const of = eng('ada')
    .person('twin', 'deactivated', 'ada@corp.example')
    .user('ada')
    .status('ada', 'deactivated');
  const before = of.decide();
  expect(before.plan.buckets.users.waiting).toBe(1);
  expect(before.questions.people).toEqual(['p-ada', 'p-twin']);
  const plan = run(of);
  expect(lines(plan)).toEqual(['ready: remove-user ada Member > - (deactivated)']);
  expect(plan.operations[0]?.lane).toBe(1);
  expect(plan.buckets.users['to-remove']).toBe(1);
  expect(lines(run(of.answer('twin', 'active')))).toEqual([
    'waiting: remove-user ada Member > - (deactivated)',
  ]);
});

test('a link decides between two people on one address', () => {
  const of = eng('ada')
    .person('twin', 'active', 'ada@corp.example')
    .managed('ada')
    .status('ada', 'deactivated');
  expect(lines(run(of))).toEqual(['ready: remove-user ada Member > - (deactivated)']);
});

function twoAccounts(): World {
  return eng('ada')
    .org('Web')
    .user('ada', { '': 'Member' })
    .user('sso', { '': 'Member', Web: 'Lead' }, 'ADA@corp.example');
}

test('two accounts on one address hold grants', () => {
  const of = twoAccounts().rule('eng', 'Member', { org: 'Web' });
  const plan = run(of);
  expect(lines(plan)).toEqual(['held by collision: add-to-org ada @Web - > Member']);
  expect(plan.notices.find(({ kind }) => kind === 'collision')?.message).toBe(
    'several Devin users stand for ada@corp.example: u-ada, u-sso: grants wait until that is cleared',
  );
  expect(plan.buckets.users).toMatchObject({ 'to-change': 2 });
});

test('a deactivation removes every account of the address, each as an item of its own', () => {
  const plan = run(twoAccounts().status('ada', 'deactivated'));
  expect(plan.operations.map(({ user, lane }) => [user, lane])).toEqual([
    ['u-ada', 1],
    ['u-sso', 1],
  ]);
  expect(new Set(plan.changes.map(({ key }) => key)).size).toBe(2);
  expect(plan.buckets.users['to-remove']).toBe(2);
});

test('a deactivation spares the account that is protected', () => {
  const of = twoAccounts().status('ada', 'deactivated');
  const sso = of.account('sso');
  of.users.delete('u-sso');
  of.users.set('svc-sync', { ...sso, id: 'svc-sync' });
  const plan = run(of);
  // The daemon's own identity comes first by id, so it is the one that stands for the person.
  expect(plan.changes).toEqual([]);
  const other = twoAccounts().status('ada', 'deactivated').link('ada', [''], 'ada');
  other.users.set('svc-sync', { ...other.account('sso'), id: 'svc-sync', email: 'ada@corp.example' });
  const spared = run(other);
  expect(spared.operations.map(({ user }) => user)).toEqual(['u-ada', 'u-sso']);
  expect(spared.notices).toContainEqual(
    expect.objectContaining({ kind: 'suppressed', subject: 'ada@corp.example' }),
  );
});

test('the linked account stands for the person, whichever is listed first', () => {
  const of = twoAccounts()
    .link('ada', ['', 'Web'], 'sso')
    .leave('ada', 'eng')
    .group('all', 'ada')
    .rule('all', 'Member');
  expect(of.decide().plan.changes.map(({ subject, kind }) => [subject.devinId, kind])).toEqual([
    ['u-sso', 'remove-from-org'],
  ]);
});

test('a suspension takes from every account of the address', () => {
  const of = twoAccounts().set({ foreign: 'remove' }).suspendedRole().status('ada', 'suspended');
  expect(run(of).changes.map(({ subject, kind }) => [subject.devinId, kind])).toEqual([
    ['u-ada', 'set-enterprise-role'],
    ['u-sso', 'set-enterprise-role'],
    ['u-sso', 'remove-from-org'],
  ]);
});

test('a link to an account that somebody removed in Devin invites again only when approved', () => {
  const of = eng('ada').managed('ada');
  of.users.clear();
  expect(lines(run(of))).toEqual(['held by by-hand: invite ada - > Member']);
});

test('a re-hire under another id waits until the old account has faded', () => {
  const of = eng('ada').managed('ada').vanish('ada');
  of.person('back', 'active', 'ada@corp.example').join('back', 'eng');
  expect(lines(run(of))).toEqual([
    'waiting: remove-user ada Member > - (vanished)',
    'held by collision: invite ada - > Member',
  ]);
  applied(of, run(of.later(8 * DAY)));
  expect(lines(run(of))).toEqual(['ready: invite ada - > Member']);
});

test('a lone star protects everybody who has an address', () => {
  const protects = addressMatcher(['*'], {});
  expect([protects('ada@corp.example'), protects(null)]).toEqual([true, false]);
});

test('a linked account without an address is removed with its person, and told by its id where it stays', () => {
  const of = eng('ada').user('ada', { '': 'Member' }, null).link('ada').status('ada', 'deactivated');
  const plan = run(of.devinGroup('sso', { '': 'Member' }).signedIn('ada', 'sso'));
  expect(lines(plan)).toEqual(['ready: remove-user ada Member > - (deactivated)']);
  expect(plan.residual.map(({ email }) => email)).toEqual(['u-ada']);
});

test('two strangers on one address are two subjects, by id', () => {
  const of = eng('bob')
    .user('b', { '': 'Member' }, 'eve@corp.example')
    .user('a', { '': 'Member' }, 'eve@corp.example');
  const plan = run(of.set({ foreign: 'remove' }));
  expect(plan.changes.slice(1).map(({ subject }) => subject.devinId)).toEqual(['u-a', 'u-b']);
});
