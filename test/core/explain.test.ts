import { expect, test } from 'vitest';
import { explain } from '../../src/core/explain.ts';
import type { Explanation } from '../../src/core/model/explanation.ts';
import { ScimWorld } from '../helpers/scim-world.ts';
import { type World, world } from '../helpers/world.ts';

function about(of: World, email: string): Explanation {
  const evidence = of.ask(of.decide().questions);
  return explain(of.input(evidence), of.decide(evidence).plan, email);
}

const outcomes = (explanation: Explanation) => explanation.rules.map(({ outcome }) => outcome);

function eng(): World {
  return world()
    .staff('ada', 'bob')
    .group('eng', 'ada')
    .group('leads', 'ada')
    .org('Web', 'Lab')
    .rule('eng', 'Member', { org: 'Web', name: 'members' })
    .rule('leads', 'Lead', { org: 'Web', name: 'leads', priority: 5 })
    .rule('nobody', 'Member', { org: 'Lab', name: 'nobody' });
}

test('a newcomer: the groups, the rule that won, the one it outranked, and what is pending', () => {
  const one = about(eng(), 'ADA@corp.example ');
  expect(one.email).toBe('ada@corp.example');
  expect(one.person?.id).toBe('p-ada');
  expect(one.users).toEqual([]);
  expect(one.groups.map(({ path }) => path)).toEqual([['eng'], ['leads']]);
  expect(outcomes(one)).toEqual(['outranked', 'won', 'no-match']);
  expect(one.rules[0]?.why).toContain('rule "leads" wins there');
  expect(one.rules[2]?.why).toContain('no group of the directory');
  expect(one.places).toEqual([
    { org: null, wanted: { role: 'Member', rule: 'defaultEnterpriseRole' }, held: [] },
    { org: expect.objectContaining({ name: 'Web' }), wanted: { role: 'Lead', rule: 'leads' }, held: [] },
  ]);
  expect(one.changes.map(({ kind }) => kind)).toEqual(['invite', 'add-to-org']);
});

test('somebody in no group of a rule: every rule says so, nothing is wanted', () => {
  const one = about(eng(), 'bob@corp.example');
  expect(outcomes(one)).toEqual(['no-match', 'no-match', 'no-match']);
  expect(one.places).toEqual([]);
});

test('an address that nobody has: no person, no user, no reason to guess', () => {
  const one = about(eng(), 'not-an-address');
  expect(one).toMatchObject({
    email: 'not-an-address',
    person: null,
    users: [],
    groups: [],
    places: [],
    changes: [],
  });
  expect(outcomes(one)).toEqual(['no-match', 'no-match', 'no-match']);
});

test('access that is held, with who gave it, in the order of places', () => {
  const of = eng().managed('ada').role('ada', 'Web', 'Lead').role('ada', 'Lab', 'Member');
  of.link('ada', ['', 'Web']);
  of.devinGroup('everyone', { '': 'Member' }).signedIn('ada', 'everyone');
  const one = about(of, 'ada@corp.example');
  expect(one.users.map(({ id }) => id)).toEqual(['u-ada']);
  expect(one.places.map(({ org, held }) => [org?.name ?? '', held])).toEqual([
    [
      '',
      [
        { role: 'Member', group: null, ownership: 'managed' },
        { role: 'Member', group: 'everyone', ownership: 'foreign' },
      ],
    ],
    ['Lab', [{ role: 'Member', group: null, ownership: 'foreign' }]],
    ['Web', [{ role: 'Lead', group: null, ownership: 'managed' }]],
  ]);
  expect(one.notices.map(({ kind }) => kind)).toEqual(['foreign']);
});

test('a nested group is shown with its path', () => {
  const of = eng().group('all', '>eng').rule('all', 'Member', { name: 'everyone' });
  const one = about(of, 'ada@corp.example');
  expect(one.groups.map(({ path }) => path.join(' > '))).toContain('all > eng');
});

const REFUSED: readonly [string, (of: World) => World, RegExp][] = [
  ['a person who is suspended', (of) => of.status('ada', 'suspended'), /is suspended in the directory/],
  [
    'an address that two people share',
    (of) => of.person('twin', 'active', 'ada@corp.example'),
    /share|people/,
  ],
  [
    'a group whose name is taken twice',
    (of) => of.groupWithId('g-evil', 'eng', 'bob'),
    /named "eng"|another group/,
  ],
];

test.each(REFUSED)('%s: the rule matches, and says why it gives nothing', (_, change, why) => {
  const one = about(change(eng()), 'ada@corp.example');
  expect(one.rules[0]).toMatchObject({ outcome: 'refused', why: expect.stringMatching(why) });
});

test('a rule via the group gives through the group', () => {
  const of = eng().rule('eng', 'Member', { via: 'group', name: 'through' });
  const trial = about(of, 'ada@corp.example').rules.at(-1);
  expect(trial).toMatchObject({
    rule: 'through',
    outcome: 'won',
    why: expect.stringContaining('the group holds the role'),
  });
});

test('a rule through SCIM gives through the group as well, and says who writes its members', () => {
  const of = eng().rule('eng', 'Member', { via: 'scim', name: 'through' });
  expect(about(of, 'ada@corp.example').rules.at(-1)).toMatchObject({
    outcome: 'won',
    why: expect.stringContaining('the membership is written through SCIM'),
  });
});

test('access that stays through a group is shown with the lever that ends it', () => {
  const of = eng()
    .devinGroup('eng', { '': 'Member' })
    .rule('eng', 'Member', { via: 'group' })
    .signedIn('bob', 'eng');
  expect(about(of, 'bob@corp.example').residual.map(({ group }) => group)).toEqual(['eng']);
  expect(about(of, 'ada@corp.example').residual).toEqual([]);
});

test('a user that is linked under another address is found by the person', () => {
  const of = eng().managed('ada').link('ada', ['']).email('ada', 'ada.lovelace@corp.example');
  expect(about(of, 'ada.lovelace@corp.example').users.map(({ id }) => id)).toEqual(['u-ada']);
  expect(about(of, 'ada@corp.example').users.map(({ id }) => id)).toEqual(['u-ada']);
});

test('somebody who was pushed as inactive without trust is said to be that, everywhere', () => {
  const of = world().staff('ada', 'bob', 'cleo').group('eng', 'bob').rule('eng', 'Member', { via: 'scim' });
  of.rule('eng', 'Member');
  of.user('ada', { '': 'Member' }).managed('ada');
  new ScimWorld(of).user('ada').user('bob').group('eng', ['bob']).ours('ada');
  for (const name of ['ada', 'cleo']) Object.assign(of.people.get(`p-${name}`) ?? {}, { abstains: true });
  const { plan } = of.decide();
  const told = explain(of.input(), plan, 'ada@corp.example');
  expect(told.changes.map(({ kind, reason }) => `${kind}: ${reason}`)).toEqual([
    'remove-user: pushed as inactive, which without trustDeactivation is no proof of a deactivation',
    'scim-deactivate-user: pushed as inactive, which without trustDeactivation is no proof of a deactivation',
  ]);
  expect(told.rules.map(({ why }) => why)).toEqual([
    expect.stringMatching(/^the person was pushed as inactive: without trustDeactivation/),
    expect.stringMatching(/^the person was pushed as inactive: without trustDeactivation/),
  ]);
  // Who has nothing in Devin is nobody's news.
  expect(plan.notices.filter(({ kind }) => kind === 'unassigned')).toEqual([
    expect.objectContaining({
      subject: 'ada@corp.example',
      message: expect.stringMatching(/count as out of scope/),
    }),
  ]);
});
