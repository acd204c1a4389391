/** Who has what and why: each way in which somebody comes to a role. */
import { expect, test } from 'vitest';
import type { HistoryEntry } from '../../src/core/model/history.ts';
import type { ReviewRow } from '../../src/core/model/review.ts';
import { type LastWrites, type Reviewed, review, writeKey } from '../../src/core/review.ts';
import { NOW, type World, world } from '../helpers/world.ts';

function reviewed(of: World, org: string | null = null, writes: LastWrites = new Map()): Reviewed {
  const evidence = of.ask(of.decide().questions);
  return review(of.input(evidence), of.decide(evidence).plan, writes, org);
}

function short({ email, user, org, role, group, origin, basis, why }: ReviewRow): string {
  const who = email?.replace('@corp.example', '') ?? user;
  return `${who} ${role} @${org ?? ''}${group === null ? '' : ` via ${group}`} [${origin}, ${basis}] ${why}`;
}

const rowsOf = (of: World, org: string | null = null) => reviewed(of, org).rows.map(short);

function company(): World {
  return world()
    .staff('ada', 'bob', 'cid')
    .group('web', 'ada')
    .group('all', '>web', 'bob')
    .org('Web', 'Lab')
    .rule('all', 'Member', { org: 'Web', name: 'members' });
}

test('a rule with the path of groups, and the enterprise role that a role in an organization needs', () => {
  const of = company().managed('ada').role('ada', 'Web', 'Member').link('ada');
  expect(rowsOf(of)).toEqual([
    'ada Member @ [managed, default] a role in an organization needs it',
    'ada Member @Web [managed, rule] rule "members": member of all > web',
  ]);
});

test('what nobody asks for says why, and who gave it', () => {
  const of = company().user('ada', { '': 'Member', Web: 'Lead', Lab: 'Member' }).link('ada', ['', 'Lab']);
  of.user('cid', { '': 'Member' }).user('guest', { '': 'Admin' }).user('bot', { '': 'Member' }, null);
  expect(rowsOf(of)).toEqual([
    'u-bot Member @ [foreign, none] nobody in the directory is this user',
    'ada Member @ [managed, default] a role in an organization needs it',
    'ada Member @Lab [managed, none] no rule and no grant gives a role here',
    'ada Lead @Web [foreign, none] the configuration asks for Member here: rule "members": member of all > web',
    'cid Member @ [foreign, none] no rule and no grant gives a role here',
    'guest Admin @ [foreign, none] nobody in the directory is this user',
  ]);
  expect(reviewed(of).rows.find(({ admin }) => admin)?.email).toBe('guest@corp.example');
});

test('grants and denies in force, and a grant that is over', () => {
  const of = company().grant('cid', 'Lead', { org: 'Lab' }).deny('bob', { org: 'Web' });
  of.grant('cid', 'Member', { org: 'Web', until: NOW - 1 });
  of.user('cid', { '': 'Member', Lab: 'Lead', Web: 'Member' }).link('cid');
  of.user('bob', { '': 'Member', Web: 'Member' }).link('bob');
  const rows = rowsOf(of);
  expect(rows).toContainEqual(expect.stringMatching(/^cid Lead @Lab \[managed, grant\] granted by Lin/));
  expect(rows).toContainEqual(
    expect.stringMatching(/^cid Member @Web \[managed, none\] the grant .* ended on/),
  );
  expect(rows).toContainEqual(expect.stringMatching(/^bob Member @Web \[managed, none\] bob@.* is denied/));
});

test('somebody outside of the directory with a grant, and an address that two people share', () => {
  const of = company().grant('guest', 'Member', { org: 'Lab', notInDirectory: true });
  of.user('guest', { '': 'Member', Lab: 'Member', Web: 'Member' });
  of.person('twin', 'active', 'bob@corp.example').user('bob');
  expect(rowsOf(of)).toEqual([
    'bob Member @ [foreign, none] several people of the directory share this address',
    'guest Member @ [foreign, default] a role in an organization needs it',
    expect.stringMatching(/^guest Member @Lab \[foreign, grant\] granted by Lin/),
    'guest Member @Web [foreign, none] nobody in the directory is this user',
  ]);
});

test('roles through a group: by a rule, by no rule, and what stays after somebody left', () => {
  const of = company().rule('web', 'Member', { via: 'group', name: 'through' });
  of.devinGroup('web', { '': 'Member', Lab: 'Member' }).linkGroup('web');
  of.signedIn('ada', 'web').signedIn('cid', 'web').signedIn('guest', 'web');
  expect(rowsOf(of)).toEqual([
    'ada Member @ via web [group, rule] rule "through": member of web',
    'ada Member @Lab via web [group, none] no rule gives this role to the group',
    expect.stringMatching(/^cid Member @ via web \[group, residual\] left the group in the directory/),
    expect.stringMatching(/^cid Member @Lab via web \[group, residual\] left the group/),
    'guest Member @ via web [group, none] the directory does not have the person in the group',
    'guest Member @Lab via web [group, none] no rule gives this role to the group',
  ]);
});

test('a member of the group by a claim only, although the directory never had them in it', () => {
  const of = company().rule('web', 'Member', { via: 'group', name: 'through' }).status('ada', 'suspended');
  of.managed('ada').devinGroup('web', { '': 'Member' }).signedIn('ada', 'web').signedIn('cid', 'web');
  of.status('cid', 'staged');
  const rows = rowsOf(of);
  expect(rows).toContain('ada Member @ [managed, none] the person is suspended in the directory');
  expect(rows).toContain(
    'cid Member @ via web [group, none] the directory does not have the person in the group',
  );
});

test('one organization only, with the last write of each edge; an unknown organization is refused', () => {
  const of = company().managed('ada').role('ada', 'Web', 'Member').link('ada');
  of.devinGroup('web', { '': 'Member', Web: 'Lead' }).signedIn('ada', 'web');
  const entry = (kind: string) => ({ at: NOW, kind }) as HistoryEntry;
  const writes = new Map([
    [writeKey('person', 'u-ada', 'org-web'), entry('add-to-org')],
    [writeKey('group', 'web', 'org-web'), entry('add-group-to-org')],
    [writeKey('person', 'u-ada', ''), entry('invite')],
  ]);
  const found = reviewed(of, 'org-web', writes);
  expect(found.org).toBe('Web');
  expect(found.rows.map(({ role, lastWrite }) => `${role} ${lastWrite?.kind}`)).toEqual([
    'Member add-to-org',
    'Lead add-group-to-org',
  ]);
  expect(reviewed(of, 'Nowhere')).toMatchObject({ rows: [], problem: expect.stringContaining('"Nowhere"') });
});
