/** The three-way compare: what was given, what somebody made of it in Devin, and what is wanted. */
import { expect, test } from 'vitest';
import type { LedgerPerson } from '../../src/core/model/memory.ts';
import { applied } from '../helpers/applied.ts';
import { DAY, HOUR, lines, MINUTE, run, type World, world } from '../helpers/world.ts';

/** Ada is in eng, which gives Member in Web; everything was given by this daemon. */
function settled(role = 'Member'): World {
  const of = world().staff('ada', 'bob').group('eng', 'ada').group('all', 'ada', 'bob').org('Web', 'Pay');
  of.rule('all', 'Member').rule('eng', role, { org: 'Web' });
  applied(of, run(of));
  expect(run(of).changes).toEqual([]);
  return of;
}

function kinds(of: World): string[] {
  return run(of).notices.map(({ kind }) => kind);
}

/** The newest approval of everything that is held. */
function approveAll(of: World): World {
  of.memory = { ...of.memory, approvals: [] };
  return of.approve(...run(of).changes.map(({ key }) => key));
}

function takeWeb(of: World): World {
  of.account('ada').roles.delete('org-web');
  return of;
}

test('an org role that somebody took by hand in Devin is held, not given back, and named', () => {
  const of = takeWeb(settled());
  const plan = run(of);
  expect(lines(plan)).toEqual(['held by by-hand: add-to-org ada @Web - > Member']);
  expect(plan.operations).toEqual([]);
  expect(plan.notices).toMatchObject([
    {
      kind: 'changed-by-hand',
      subject: 'ada@corp.example',
      message: expect.stringContaining('took it back in Devin'),
    },
  ]);
  expect(plan.violations).toMatchObject([{ guard: 'by-hand', count: 1 }]);
  expect(lines(run(of.later(30 * DAY)))).toEqual(lines(plan));
});

test('an approval gives it back, once', () => {
  const of = takeWeb(settled());
  run(of);
  of.later(MINUTE);
  approveAll(of);
  applied(of, run(of));
  expect(run(of.later(MINUTE)).changes).toEqual([]);
  expect(lines(run(takeWeb(of).later(MINUTE)))).toEqual(['held by by-hand: add-to-org ada @Web - > Member']);
});

test('a person whom somebody removed by hand in Devin is invited again only when approved, and then ours', () => {
  const of = settled();
  of.users.delete('u-ada');
  expect(lines(run(of))).toEqual([
    'held by by-hand: invite ada - > Member',
    'held by by-hand: add-to-org ada @Web - > Member',
  ]);
  expect(kinds(of)).toEqual(['changed-by-hand']);
  of.memory = {
    ...of.memory,
    people: of.memory.people.map((row) => ({ ...row, devinId: row.devinId.replace('u-ada', 'u-old') })),
  };
  approveAll(of.later(MINUTE));
  applied(of, run(of));
  const row = of.memory.people.find(({ directoryId }) => directoryId === 'p-ada') as LedgerPerson;
  expect(row).toMatchObject({ devinId: 'u-ada', places: { '': 'managed', 'org-web': 'managed' } });
});

test('a role that was lowered by hand is held; one that the directory wants anew is given', () => {
  const of = settled('Lead').role('ada', 'Web', 'Member');
  expect(lines(run(of))).toEqual(['held by by-hand: change-org-role ada @Web Member > Lead']);
  expect(run(of).notices[0]?.message).toContain('made it Member in Devin');
  of.set({ rules: [] }).rule('all', 'Member').rule('eng', 'Admin', { org: 'Web', allowAdmin: true });
  expect(run(of).changes.map(({ verdict }) => verdict)).toEqual([{ state: 'held', by: ['admin-grant'] }]);
});

test('a role that was raised by hand is taken back under the usual proof, and the hand is named', () => {
  const of = settled().role('ada', 'Web', 'Lead');
  expect(lines(run(of))).toEqual([
    'held by rule-changed: change-org-role ada @Web Lead > Member (rule-changed)',
  ]);
  expect(run(of).notices[0]?.message).toBe(
    'ada@corp.example was given Member in Web, and somebody made it Lead in Devin',
  );
});

test('a ledger that does not know the role names no hand', () => {
  const of = settled().role('ada', 'Web', 'Lead');
  of.memory = {
    ...of.memory,
    people: of.memory.people.map(({ applied: _, ...row }) => row),
  };
  expect(kinds(of)).toEqual([]);
  of.role('ada', 'Web', 'Member')
    .set({ rules: [] })
    .rule('all', 'Member')
    .rule('eng', 'Lead', { org: 'Web' });
  expect(lines(run(of))).toEqual(['ready: change-org-role ada @Web Member > Lead']);
});

test('what somebody took by hand and nobody wants any more is forgotten: later it is given like anything new', () => {
  for (const remembered of [true, false]) {
    const of = settled();
    if (!remembered)
      of.memory = { ...of.memory, people: of.memory.people.map(({ applied: _, ...row }) => row) };
    takeWeb(of).leave('ada', 'eng');
    expect(run(of).changes).toEqual([]);
    expect(of.memory.people.find(({ directoryId }) => directoryId === 'p-ada')?.places).toEqual({
      '': 'managed',
    });
    expect(lines(run(of.join('ada', 'eng')))).toEqual(['ready: add-to-org ada @Web - > Member']);
  }
});

test('two places that were taken and left are both forgotten', () => {
  const of = settled().rule('all', 'Member', { org: 'Pay' });
  applied(of, run(of));
  takeWeb(of).account('ada').roles.delete('org-pay');
  of.leave('ada', 'eng').leave('ada', 'all').join('ada', 'all');
  of.set({ rules: of.settings.rules.filter(({ org }) => org === null) });
  run(of);
  expect(of.memory.people.find(({ directoryId }) => directoryId === 'p-ada')?.places).toEqual({
    '': 'managed',
  });
});

test('a leaver whom somebody removed by hand first is forgotten; a re-hire is a joiner', () => {
  const of = settled().status('ada', 'deactivated');
  of.users.delete('u-ada');
  expect(run(of).changes).toEqual([]);
  expect(lines(run(of.status('ada', 'active')))).toEqual([
    'ready: invite ada - > Member',
    'ready: add-to-org ada @Web - > Member',
  ]);
});

test('an account that was made anew by hand is foreign', () => {
  const of = settled();
  of.users.delete('u-ada');
  of.user('other', { '': 'Member', Web: 'Lead' }, 'ada@corp.example');
  expect(kinds(of)).toEqual(['foreign']);
  expect(of.memory.people.map(({ directoryId }) => directoryId)).toEqual(['p-bob']);
});

test('a link without a role tells nothing about what was given', () => {
  const of = settled();
  of.users.delete('u-ada');
  of.memory = { ...of.memory, people: of.memory.people.map((row) => ({ ...row, places: {} })) };
  expect(lines(run(of))[0]).toBe('ready: invite ada - > Member');
});

test('a role or a registration of a group that was taken by hand is held', () => {
  const of = world().staff('ada').group('sso', 'ada').org('Web');
  of.rule('sso', 'Lead', { via: 'group', org: 'Web' });
  applied(of, run(of));
  expect(run(of).changes).toEqual([]);
  of.groups.get('sso')?.roles.set('org-web', 'org_member');
  expect(lines(run(of))).toEqual(['held by by-hand: change-group-org-role sso @Web Member > Lead']);
  of.groups.get('sso')?.roles.delete('org-web');
  expect(lines(run(of))).toEqual(['held by by-hand: add-group-to-org sso @Web - > Lead']);
  of.groups.delete('sso');
  expect(lines(run(of))).toEqual([
    'held by by-hand: register-group sso',
    'held by by-hand: give-group-role sso - > Member',
    'held by by-hand: add-group-to-org sso @Web - > Lead',
  ]);
  expect(run(of).notices.map(({ kind }) => kind)).toContain('changed-by-hand');
});

test('an admin who keeps undoing a grant: after the third time it is not given again, approved or not', () => {
  const of = settled();
  for (const time of [1, 2, 3]) {
    expect(run(takeWeb(of).later(HOUR)).operations).toEqual([]);
    expect(of.memory.flips).toMatchObject([{ count: time, undone: true }]);
    run(of.later(HOUR));
    expect(of.memory.flips).toMatchObject([{ count: time }]);
    approveAll(of.later(MINUTE));
    if (time < 3) applied(of, run(of));
    run(of.later(MINUTE));
  }
  expect(lines(run(of))).toEqual(['held by by-hand+flapping: add-to-org ada @Web - > Member']);
  expect(run(of).violations.map(({ guard }) => guard)).toEqual(['by-hand', 'flapping']);
  of.status('ada', 'deactivated');
  expect(lines(run(of))).toEqual(['ready: remove-user ada Member > - (deactivated)']);
});

test('after a quiet week a person may decide about it again', () => {
  const of = takeWeb(settled()).guards({ flips: 1 });
  expect(lines(run(of))).toEqual(['held by by-hand+flapping: add-to-org ada @Web - > Member']);
  of.guards({ flips: 2 }).later(8 * DAY);
  approveAll(of);
  applied(of, run(of));
  run(of.later(MINUTE));
  expect(of.memory.flips).toEqual([]);
});

test('an approval from before it was taken back again counts no more', () => {
  const of = takeWeb(settled());
  run(of);
  approveAll(of.later(HOUR));
  applied(of, run(of));
  run(of.later(HOUR));
  expect(lines(run(takeWeb(of).later(HOUR)))).toEqual(['held by by-hand: add-to-org ada @Web - > Member']);
});

test('who is in through groups almost alone is a sign of another writer', () => {
  const names = Array.from({ length: 12 }, (_, at) => `s${at}`);
  const of = settled().devinGroup('idp', { '': 'Member' });
  for (const name of names) of.signedIn(name, 'idp');
  expect(run(of).notices).toMatchObject([
    {
      kind: 'other-writer',
      message: expect.stringContaining('12 people are in Devin through IdP groups alone and 2 directly'),
    },
  ]);
  for (const name of names.slice(0, 2)) of.user(`m-${name}`);
  expect(kinds(of)).not.toContain('other-writer');
  of.set({ rules: [] });
  expect(kinds(of)).not.toContain('other-writer');
});

test('an empty ledger beside a full Devin is said: removals are blind', () => {
  const of = world().staff('ada').group('all', 'ada').rule('all', 'Member').user('ada');
  expect(run(of).notices).toMatchObject([
    { kind: 'blind', message: expect.stringContaining('the ledger is empty, and Devin has 1 people') },
  ]);
  expect(kinds(of.link('ada'))).toEqual([]);
});

test('a row of somebody whom neither side has any more harms nobody', () => {
  const of = settled().vanish('ada');
  of.users.delete('u-ada');
  expect(run(of).changes).toEqual([]);
  expect(of.memory.people).toHaveLength(2);
});

test('a grant that flapped and is given after all is judged by the guards alone', () => {
  const of = settled().guards({ flips: 1 });
  run(takeWeb(of));
  of.memory = { ...of.memory, people: of.memory.people.map((row) => ({ ...row, places: {} })) };
  expect(lines(run(of.later(MINUTE)))).toEqual(['ready: add-to-org ada @Web - > Member']);
});
