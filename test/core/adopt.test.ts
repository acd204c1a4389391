/** Taking over what somebody else gave, and giving it back: no access changes, and the next plan says what follows. */
import { expect, test } from 'vitest';
import { adopt, type LedgerScope, release, type Transfer } from '../../src/core/adopt.ts';
import { applied } from '../helpers/applied.ts';
import { lines, run, type World, world } from '../helpers/world.ts';

/** Ada and Bob were given everything by hand; eng gives Member in Web. */
function foreign(): World {
  const of = world().staff('ada', 'bob').org('Web', 'Pay').group('eng', 'ada').group('all', 'ada', 'bob');
  of.user('ada', { '': 'Member', Web: 'Member', Pay: 'Lead' }).user('bob', { '': 'Member', Web: 'Lead' });
  return of.rule('all', 'Member').rule('eng', 'Member', { org: 'Web' });
}

function edges({ edges }: Transfer): string[] {
  return edges.map(
    ({ label, placeName, role }) => `${label.split('@')[0]} ${placeName} ${role?.name ?? '-'}`,
  );
}

function take(of: World, scope: LedgerScope): string[] {
  const transfer = adopt(of.input(), scope);
  expect(transfer.problem).toBeNull();
  of.memory = transfer.memory;
  return edges(transfer);
}

test('what is foreign stays; what was adopted is managed like all else', () => {
  const of = foreign();
  expect(run(of).changes).toEqual([]);
  expect(take(of, { all: true })).toEqual([
    'ada the enterprise Member',
    'ada Web Member',
    'ada Pay Lead',
    'bob the enterprise Member',
    'bob Web Lead',
  ]);
  expect(lines(run(of))).toEqual([
    'held by rule-changed: remove-from-org ada @Pay Lead > - (rule-changed)',
    'ready: remove-from-org bob @Web Lead > - (left-group)',
  ]);
  expect(of.memory.people.map(({ applied: roles }) => roles)).toEqual([
    { '': 'account_member', 'org-web': 'org_member', 'org-pay': 'role-lead' },
    { '': 'account_member', 'org-web': 'role-lead' },
  ]);
  expect(take(of, { all: true })).toEqual([]);
});

test('one person, or one organization, is adopted alone; letter case does not matter', () => {
  expect(take(foreign(), { person: 'BOB@corp.example' })).toEqual([
    'bob the enterprise Member',
    'bob Web Lead',
  ]);
  const of = foreign();
  expect(take(of, { org: 'Pay' })).toEqual(['ada Pay Lead']);
  expect(take(of, { org: 'org-web' })).toEqual(['ada Web Member', 'bob Web Lead']);
  expect(of.memory.people[0]?.places).toEqual({ 'org-pay': 'adopted', 'org-web': 'adopted' });
});

test('released roles are foreign again: reported, and left alone', () => {
  const of = foreign();
  take(of, { all: true });
  const given = release(of.input(), { org: 'Web' });
  expect(edges(given)).toEqual(['ada Web -', 'bob Web -']);
  of.memory = given.memory;
  expect(lines(run(of))).toEqual(['held by rule-changed: remove-from-org ada @Pay Lead > - (rule-changed)']);
  of.memory = release(of.input(), { all: true }).memory;
  expect(run(of).changes).toEqual([]);
  expect(of.memory.people.map(({ places }) => places)).toEqual([{}, {}]);
});

test('a place in the ledger that Devin no longer has is released by its id', () => {
  const of = foreign();
  take(of, { all: true });
  of.orgs.splice(1, 1);
  of.account('ada').roles.delete('org-pay');
  expect(edges(release(of.input(), { person: 'ada@corp.example' }))).toContain('ada org-pay -');
});

test('nobody adopts what is protected, ambiguous, without an account or through a group', () => {
  const of = foreign().staff('cleo', 'dan').user('dan').user('ghost').devinGroup('sso', { '': 'Member' });
  of.user('twin', {}, 'bob@corp.example').role('twin', '', 'Member');
  of.user('svc')
    .person('svc', 'active', 'svc@corp.example')
    .set({ protected: ['ada@*'] });
  of.users.set('svc-sync', { ...of.account('svc'), id: 'svc-sync' });
  of.users.delete('u-svc');
  expect(take(of.signedIn('cleo', 'sso'), { all: true })).toEqual(['dan the enterprise Member']);
});

test('roles of a registered group that a rule names are adopted; other groups are left', () => {
  const of = foreign().group('sso', 'ada').group('off', 'bob').group('new', 'bob');
  of.rule('sso', 'Member', { via: 'group', org: 'Web' }).rule('sso', 'Member', { via: 'group' });
  of.rule('off', 'Member', { via: 'group' }).rule('new', 'Member', { via: 'group' });
  of.devinGroup('sso', { '': 'Member', Web: 'Lead' })
    .devinGroup('off', { '': 'Member' }, false)
    .devinGroup('other', {});
  expect(take(of, { org: 'Web' })).toContain('sso Web Lead');
  expect(take(of, { all: true })).toContain('sso the enterprise Member');
  expect(of.memory.groups).toEqual([
    {
      directoryId: 'g-sso',
      name: 'sso',
      places: { '': 'adopted', 'org-web': 'adopted' },
      applied: { '': 'account_member', 'org-web': 'role-lead' },
    },
  ]);
  expect(edges(release(of.input(), { all: true }))).toContain('sso Web -');
});

test('a link to an account that is gone, or to another name of the group, does not mix with what is adopted', () => {
  const of = foreign()
    .group('sso', 'ada')
    .rule('sso', 'Member', { via: 'group' })
    .devinGroup('sso', { '': 'Member' });
  of.memory = {
    ...of.memory,
    people: [
      { directoryId: 'p-ada', devinId: 'u-old', email: 'ada@corp.example', places: { 'org-x': 'managed' } },
    ],
    groups: [{ directoryId: 'g-sso', name: 'old-sso', places: { 'org-x': 'managed' } }],
  };
  take(of, { all: true });
  expect(of.memory.people[0]).toMatchObject({ devinId: 'u-ada', places: { '': 'adopted' } });
  expect(of.memory.people[0]?.places).not.toHaveProperty('org-x');
  expect(of.memory.groups).toMatchObject([{ name: 'sso', places: { '': 'adopted' } }]);
});

test('a scope that names nobody or nothing is a problem in words, and nothing moves', () => {
  const of = foreign();
  for (const move of [adopt, release]) {
    expect(move(of.input(), { person: 'eve@corp.example' })).toEqual({
      memory: of.memory,
      edges: [],
      problem: 'nobody in the directory or the ledger has the address "eve@corp.example"',
    });
    expect(move(of.input(), { person: 'eve' }).problem).toContain('"eve"');
    expect(move(of.input(), { org: 'Wob' }).problem).toBe('no organization "Wob" exists in Devin');
  }
});

test('a leaver who is only in the ledger can be released', () => {
  const of = foreign();
  take(of, { all: true });
  of.vanish('bob');
  expect(edges(release(of.input(), { person: 'bob@corp.example' }))).toEqual([
    'bob the enterprise -',
    'bob Web -',
  ]);
});

test('an adopted role that was taken by hand is held like one of our own', () => {
  const of = foreign();
  take(of, { person: 'ada@corp.example' });
  of.account('ada').roles.delete('org-web');
  expect(lines(run(of))[1]).toBe('held by by-hand: add-to-org ada @Web - > Member');
  expect(applied(of, run(of)).account('ada').roles.has('org-web')).toBe(false);
});

test('a linked person without an address is known by the Devin id', () => {
  const of = foreign().link('ada', ['']).email('ada', null);
  expect(take(of, { org: 'Pay' })).toEqual(['u-ada Pay Lead']);
});
