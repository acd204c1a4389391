/** An enterprise written down as configuration: the first plan with it has nothing to do. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import { type Dump, dump, dumpedSettings } from '../../src/core/dump.ts';
import { EMPTY_MEMORY } from '../../src/core/model/memory.ts';
import { anyWorld } from '../helpers/arbitrary-world.ts';
import { runs } from '../helpers/runs.ts';
import { lines, type World, world } from '../helpers/world.ts';

function dumped(of: World): Dump {
  return dump(of.input(), 'Lin');
}

/** The first plan with what was dumped, on an empty ledger. */
function firstPlan(of: World, { rules, grants }: Dump) {
  const settings = dumpedSettings(of.settings, { rules, grants });
  const decision = decide({ ...of.input(), settings, memory: EMPTY_MEMORY });
  expect(decision.problems).toEqual([]);
  return decision.plan;
}

function ruleLines({ rules }: Dump): string[] {
  return rules.map(({ match, via, org, role, allowAdmin }) => {
    const group = match.by === 'name' ? match.name : match.by === 'id' ? `#${match.id}` : '';
    return `${group} ${via} ${role} @${org ?? ''}${allowAdmin ? ' admin' : ''}`;
  });
}

function grantLines({ grants }: Dump): string[] {
  return grants.map(
    ({ email, org, role, allowAdmin }) =>
      `${email.replace('@corp.example', '')} ${role} @${org ?? ''}${allowAdmin ? ' admin' : ''}`,
  );
}

test('rules for what groups explain, grants for the rest, and nothing to do', () => {
  const of = world()
    .org('Payments', 'Search')
    .staff('ada', 'bob', 'cyd', 'dan')
    .group('users', 'ada', 'bob', 'cyd', 'dan')
    .group('payments', 'ada', 'bob')
    .group('some', 'ada', 'cyd')
    .user('ada', { '': 'Member', Payments: 'Member', Search: 'Admin' })
    .user('bob', { '': 'Member', Payments: 'Member' })
    .user('cyd', { '': 'Member' })
    .user('dan', { '': 'Member', Search: 'Lead' });
  const made = dumped(of);
  expect(ruleLines(made)).toEqual(['users direct Member @', 'payments direct Member @Payments']);
  expect(grantLines(made)).toEqual(['ada Admin @Search admin', 'dan Lead @Search']);
  expect(made.grants[0]).toMatchObject({
    owner: 'Lin',
    until: null,
    reason: 'held before this configuration',
  });
  expect(firstPlan(of, made).changes).toEqual([]);
});

test('a group that would invite somebody explains nothing', () => {
  const of = world()
    .staff('cyd', 'ada', 'bob', 'new')
    .group('users', 'ada', 'bob', 'cyd', 'new')
    .user('cyd')
    .user('ada')
    .user('bob');
  const made = dumped(of);
  expect(ruleLines(made)).toEqual([]);
  expect(grantLines(made)).toEqual(['ada Member @', 'bob Member @', 'cyd Member @']);
  expect(firstPlan(of, made).changes).toEqual([]);
});

test('a group of one, and one whose members may be hidden, explain nothing', () => {
  const of = world()
    .staff('ada', 'bob')
    .group('one', 'ada')
    .group('two', 'ada', 'bob')
    .user('ada')
    .user('bob');
  (of.teams.get('g-two') as { hidden: boolean }).hidden = true;
  expect(ruleLines(dumped(of))).toEqual([]);
  const read = world().staff('ada', 'bob').group('two', 'ada', 'bob').user('ada').user('bob');
  (read.teams.get('g-two') as { unread: boolean }).unread = true;
  expect(ruleLines(dumped(read))).toEqual([]);
});

test('the default enterprise role of somebody with an org role needs no line', () => {
  const of = world().org('Payments').staff('ada').group('g').user('ada', { '': 'Member', Payments: 'Lead' });
  const made = dumped(of);
  expect(grantLines(made)).toEqual(['ada Lead @Payments']);
  expect(firstPlan(of, made).changes).toEqual([]);
});

test('registered groups become rules through the group', () => {
  const of = world()
    .org('Payments')
    .staff('ada')
    .group('eng', 'ada')
    .group('bare', 'ada')
    .group('odd', 'ada')
    .devinGroup('eng', { '': 'Member', Payments: 'Admin' })
    .devinGroup('bare')
    .devinGroup('odd', { Payments: 'Member' })
    .devinGroup('elsewhere', { '': 'Member' })
    .signedIn('ada', 'eng');
  const made = dumped(of);
  expect(ruleLines(made)).toEqual(['eng group Member @', 'eng group Admin @Payments admin']);
  expect(new Set(made.rules.map(({ name }) => name)).size).toBe(2);
  expect(firstPlan(of, made).changes).toEqual([]);
});

test('what cannot be named in words is named by id', () => {
  const of = world().org('Twin', '{x}').staff('ada', 'bob', 'cyd', 'dan');
  of.orgs.push({ id: 'org-twin2', name: 'Twin' });
  of.roles.push({ id: 'role-1', name: 'Same', scope: 'org' }, { id: 'role-2', name: 'same', scope: 'org' });
  of.groupWithId('g-1', 'double', 'ada', 'bob').groupWithId('g-2', 'double', 'cyd', 'dan');
  of.groupWithId('g-3', ' blank', 'ada', 'bob');
  for (const name of ['ada', 'bob']) of.user(name, { '': 'Member', Twin: 'Lead' });
  for (const name of ['cyd', 'dan']) of.user(name, { '': 'Member', '{x}': 'Same' });
  const made = dumped(of);
  expect(ruleLines(made)).toEqual([
    '#g-1 direct Member @',
    '#g-2 direct Member @',
    '#g-1 direct Lead @org-twin',
    '#g-2 direct role-1 @org-{x} admin',
  ]);
  expect(firstPlan(of, made).changes).toEqual([]);
});

test('a group whose name can only be written by id', () => {
  const of = world().staff('ada', 'bob').groupWithId('g-3', ' blank', 'ada', 'bob').user('ada').user('bob');
  expect(ruleLines(dumped(of))).toEqual(['#g-3 direct Member @']);
});

test('who is left out is named by why', () => {
  const of = world()
    .staff('ada', 'bob', 'eve')
    .person('off', 'deactivated')
    .person('twin', 'active', 'bob@corp.example')
    .person('mute', 'active', null)
    .group('users', 'ada', 'bob', 'mute', 'eve')
    .set({ protected: ['eve@*'] })
    .user('ada')
    .user('ada2', { '': 'Member' }, 'ada@corp.example')
    .user('bob')
    .user('off')
    .user('eve')
    .user('stranger')
    .user('nameless', { '': 'Member' }, null);
  const { left, rules, grants } = dumped(of);
  expect(left).toEqual({
    unknown: ['stranger@corp.example', 'u-nameless'],
    inactive: ['off@corp.example'],
    ambiguous: ['ada@corp.example', 'ada@corp.example', 'bob@corp.example'],
    untouchable: ['eve@corp.example'],
  });
  expect([rules, grants]).toEqual([[], []]);
  expect(lines(firstPlan(of, dumped(of)))).toEqual(['barred: remove-user off Member > - (deactivated)']);
});

test('whatever the company is, the first plan is only about people who are not active', () => {
  fc.assert(
    fc.property(anyWorld, (of) => {
      const made = dumped(of);
      const inactive = new Set([...made.left.inactive, ...made.left.ambiguous]);
      const changes = firstPlan(of, made).changes.filter(({ subject }) => !inactive.has(subject.label));
      expect(lines({ changes })).toEqual([]);
    }),
    runs(400),
  );
});
