/** Parts of the decision on their own, where a whole company would hide a mistake behind another part. */
import { expect, test } from 'vitest';
import { adminFloor } from '../../src/core/admin-floor.ts';
import type { AdminSeat, Census } from '../../src/core/census.ts';
import { COUNTERS, countersOf, peopleOf } from '../../src/core/counters.ts';
import { follow } from '../../src/core/follow.ts';
import type { Change, ChangeKind, Verdict } from '../../src/core/model/change.ts';
import { effectOf, isDeactivation, levelFor } from '../../src/core/policy.ts';
import { world } from '../helpers/world.ts';
import { change } from '../lib/plan-builder.ts';

const ADMIN = { id: 'admin', name: 'Admin' };
const MEMBER = { id: 'member', name: 'Member' };
const WEB = { id: 'org-web', name: 'Web' };

function person(name: string): Change['subject'] {
  return { type: 'person', directoryId: `p-${name}`, devinId: `u-${name}`, label: `${name}@corp.example` };
}

function group(name: string): Change['subject'] {
  return { type: 'group', directoryId: `g-${name}`, devinId: name, label: name };
}

function census(seats: Readonly<Record<string, readonly AdminSeat[]>>): Census {
  const admins = new Map(
    Object.entries(seats).map(([place, list]) => [place, { name: `<${place}>`, seats: list }]),
  );
  const none = {
    everybody: 0,
    users: 0,
    orgPeople: 0,
    scimPeople: 0,
    scimMembers: new Map(),
    peopleByOrg: new Map(),
    groupPeople: () => 0,
  };
  return { ...none, admins, adminRoles: new Set(['admin']) };
}

function seat(name: string, through: string | null = null): AdminSeat {
  return { user: `u-${name}`, group: through };
}

function lower(name: string, org: Change['org'] = null): Change {
  const kind = org === null ? 'set-enterprise-role' : 'change-org-role';
  return change({ key: `lower ${name}`, kind, subject: person(name), org, before: ADMIN, after: MEMBER });
}

function remove(name: string, cause: Change['cause'] = 'vanished'): Change {
  return change({
    key: `remove ${name}`,
    kind: 'remove-user',
    subject: person(name),
    before: MEMBER,
    after: null,
    cause,
  });
}

function floored(seats: Readonly<Record<string, readonly AdminSeat[]>>, ...going: Change[]) {
  return adminFloor(census(seats), () => 2, going).map(({ place, items }) => [place, ...items]);
}

test('the floor of admins looks at who takes an admin seat, in that place, and by that way', () => {
  const two = { '': [seat('ada'), seat('bob')] };
  expect(floored(two, lower('ada'))).toEqual([['<>', 'lower ada']]);
  expect(floored(two, remove('ada'))).toEqual([['<>', 'remove ada']]);
  expect(floored(two, remove('cleo'), lower('cleo'))).toEqual([]);
  expect(floored(two, { ...lower('ada'), before: MEMBER })).toEqual([]);
  expect(floored(two, { ...lower('ada'), before: null })).toEqual([]);
  expect(floored(two, { ...lower('ada'), after: { id: 'admin', name: 'Admin again' } })).toEqual([]);
  expect(floored(two, { ...lower('ada'), before: MEMBER, after: ADMIN })).toEqual([]);
  expect(floored(two, lower('ada', WEB))).toEqual([]);
  expect(floored({ 'org-web': two[''] }, lower('ada'))).toEqual([]);
  expect(floored({ 'org-web': two[''] }, lower('ada', WEB))).toEqual([['<org-web>', 'lower ada']]);
  expect(floored({ '': two[''], 'org-web': two[''] }, remove('bob'))).toEqual([
    ['<>', 'remove bob'],
    ['<org-web>', 'remove bob'],
  ]);
});

test('a deactivation takes seats and is not held; who is admin in two ways loses both only with the account', () => {
  const three = { '': [seat('ada'), seat('bob'), seat('cleo')] };
  expect(floored(three, lower('ada'))).toEqual([]);
  expect(floored(three, lower('ada'), remove('bob', 'deactivated'))).toEqual([['<>', 'lower ada']]);
  expect(floored(three, remove('ada', 'deactivated'), remove('bob', 'deactivated'))).toEqual([]);
  const both = { '': [seat('ada'), seat('ada', 'sso'), seat('bob')] };
  expect(floored(both, lower('ada'))).toEqual([]);
  expect(floored(both, remove('ada'))).toEqual([['<>', 'remove ada']]);
});

test('a group that loses an admin role takes the seats of its people', () => {
  const through = { '': [seat('ada', 'sso'), seat('bob', 'sso'), seat('cleo')] };
  const takes = (name: string) =>
    change({ key: name, kind: 'take-group-role', subject: group(name), before: ADMIN, after: null });
  expect(floored(through, takes('sso'))).toEqual([['<>', 'sso']]);
  expect(floored(through, takes('other'))).toEqual([]);
  const strange = { '': [...through[''], { user: 'sso', group: null }] };
  expect(floored(strange, takes('sso'))).toEqual([]);
});

test.each<[ChangeKind, Change['cause'], Change['org'], readonly string[]]>([
  ['remove-user', 'deactivated', null, ['deactivations']],
  ['remove-user', 'vanished', null, ['enterpriseRemovals']],
  ['set-enterprise-role', 'out-of-scope', null, ['enterpriseRemovals']],
  ['set-enterprise-role', 'vanished', null, ['enterpriseRemovals']],
  ['set-enterprise-role', 'foreign', null, ['enterpriseRemovals']],
  ['set-enterprise-role', 'suspended', null, ['roleChanges']],
  ['set-enterprise-role', 'rule', null, ['roleChanges']],
  ['change-org-role', 'foreign', WEB, ['roleChanges']],
  ['remove-from-org', 'vanished', WEB, ['orgRoles', 'perGroup org-web']],
  ['remove-group-from-org', 'rule-changed', WEB, ['orgRoles', 'perGroup org-web']],
  ['invite', 'rule', null, ['grants']],
  ['give-group-role', 'rule', null, ['grants']],
  ['add-to-org', 'rule', WEB, []],
  ['register-group', 'rule', null, []],
  ['unregister-group', 'group-deleted', null, []],
])('%s because of %s counts', (kind, cause, org, expected) => {
  const counted = countersOf(change({ key: 'k', kind, cause, org }));
  expect(counted.map(({ guard, place }) => (place === null ? guard : `${guard} ${place}`))).toEqual(expected);
});

test('somebody who left one group is counted against it, apart from an organization of that id', () => {
  const left = change({
    key: 'k',
    kind: 'change-org-role',
    cause: 'left-group',
    org: WEB,
    left: [{ id: 'g1', name: 'eng' }],
  });
  expect(countersOf(left)).toContainEqual({ guard: 'perGroup', place: 'group:g1' });
  expect(
    COUNTERS.map(({ name, per, shape, leaves, withoutRemoved }) => [
      name,
      per,
      shape,
      leaves,
      withoutRemoved,
    ]),
  ).toEqual([
    ['deactivations', 'everything', 'larger', true, false],
    ['enterpriseRemovals', 'everything', 'either', true, false],
    ['orgRoles', 'everything', 'either', true, true],
    ['orgRoles', 'everything', 'either', true, true],
    ['perGroup', 'org', 'either', true, false],
    ['perGroup', 'group', 'either', true, false],
    ['perGroup', 'members', 'either', true, false],
    ['grants', 'everything', 'larger', false, false],
    ['roleChanges', 'everything', 'either', false, false],
  ]);
});

test('people are counted once, and groups by whom they reach', () => {
  const both = [remove('ada'), lower('ada'), remove('bob')];
  expect(peopleOf(both)).toBe(2);
  const reach = change({ key: 'g', kind: 'take-group-role', subject: group('sso'), people: 7 });
  expect(peopleOf([...both, reach, reach])).toBe(16);
});

const HELD: Verdict = { state: 'held', by: ['grants'] };

/** The states in order, after the first change was held. */
function followed(...changes: readonly Change[]): string[] {
  const [first, ...rest] = changes as readonly [Change, ...Change[]];
  return follow([{ ...first, verdict: HELD }, ...rest]).map(({ verdict }) => verdict.state);
}

test('what builds on a held change is held, and what does not goes on', () => {
  const eng = { subject: group('eng'), org: WEB };
  const register = change({ ...eng, key: 'r', kind: 'register-group' });
  const kinds: ChangeKind[] = [
    'give-group-role',
    'change-group-role',
    'add-group-to-org',
    'change-group-org-role',
  ];
  for (const kind of kinds) {
    expect(followed(register, change({ ...eng, key: kind, kind })), kind).toEqual(['held', 'held']);
    const other = change({ ...eng, key: kind, kind, subject: group('ops') });
    expect(followed(register, other), kind).toEqual(['held', 'ready']);
  }
  const give = change({ ...eng, key: 'g', kind: 'give-group-role' });
  expect(followed(give, change({ ...eng, key: 'a', kind: 'add-group-to-org' }))).toEqual(['held', 'held']);
  const empty = change({ ...eng, key: 'e', kind: 'remove-group-from-org' });
  for (const kind of ['take-group-role', 'unregister-group'] as const)
    expect(followed(empty, change({ ...eng, key: kind, kind })), kind).toEqual(['held', 'held']);
  expect(followed(empty, give)).toEqual(['held', 'ready']);
  const take = change({ ...eng, key: 't', kind: 'take-group-role' });
  expect(followed(take, change({ ...eng, key: 'u', kind: 'unregister-group' }))).toEqual(['held', 'held']);
});

test('an invite holds the org roles of that newcomer only', () => {
  const newcomer = { ...person('new'), devinId: null };
  const invite = change({ key: 'i', kind: 'invite', subject: newcomer });
  const add = change({ key: 'a', kind: 'add-to-org', subject: newcomer, org: WEB });
  const known = change({ key: 'k', kind: 'add-to-org', subject: person('new'), org: WEB });
  expect(followed(invite, add, known, remove('new'), lower('new'))).toEqual([
    'held',
    'held',
    'ready',
    'ready',
    'ready',
  ]);
  expect(follow([add]).map(({ verdict }) => verdict)).toEqual([
    { state: 'waiting', until: null, why: 'what it builds on is not in this plan' },
  ]);
  expect(
    follow([remove('x'), { ...lower('new'), subject: newcomer }]).map(({ verdict }) => verdict.state),
  ).toEqual(['ready', 'ready']);
});

test('an organization that is not made yet holds what is in it', () => {
  const lab = { id: null, name: 'Lab' };
  const subject = { type: 'org', directoryId: null, devinId: null, label: 'Lab' } as const;
  const make = change({ key: 'c', kind: 'create-org', subject });
  const into = change({ key: 'a', kind: 'add-to-org', subject: person('ada'), org: lab });
  const web = change({ key: 'w', kind: 'add-to-org', subject: person('ada'), org: WEB });
  expect(followed(make, into, web)).toEqual(['held', 'held', 'ready']);
  expect(follow([into]).map(({ verdict }) => verdict.state)).toEqual(['waiting']);
});

test('only the removal of an account is a deactivation, and only an asked-for change is none', () => {
  expect(isDeactivation(remove('ada', 'deactivated'))).toBe(true);
  expect(isDeactivation({ ...lower('ada'), cause: 'deactivated' })).toBe(false);
  expect(effectOf({ kind: 'invite', cause: 'vanished' })).toBe('grant');
  expect(effectOf({ kind: 'change-group-role', cause: 'rule-changed' })).toBe('revoke');
});

test('a level of an organization is its memberships’, and one that has no id yet is known by name', () => {
  const { settings } = world().policy({ users: 'leavers' });
  const own = { ...settings, orgPolicy: { 'org-web': 'observe', null: 'create-only' } as const };
  expect(levelFor(own, { kind: 'invite', org: WEB })).toBe('leavers');
  expect(levelFor(own, { kind: 'add-to-org', org: { id: null, name: 'Other' } })).toBe('full');
});
