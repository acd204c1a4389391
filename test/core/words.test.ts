/** What a reviewer reads: the cause in words, what is still missing, what holds it, and what stays. */
import { expect, test } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import type { PersonStatus } from '../../src/core/model/directory.ts';
import { applied } from '../helpers/applied.ts';
import { DAY, DEFAULT_GUARDS, HOUR, lines, MINUTE, run, type World, world } from '../helpers/world.ts';

/** Ada and Bob in Web through eng, given by us. */
function company(): World {
  const of = world().staff('ada', 'bob').group('eng', 'ada', 'bob').org('Web');
  of.rule('eng', 'Member', { org: 'Web' });
  return applied(of, run(of));
}

function told({ changes, notices, residual, violations }: Plan): string[] {
  return [
    ...changes.map((change) => {
      const { verdict } = change;
      const why = 'why' in verdict ? ` [${verdict.why}]` : '';
      return `${lines({ changes: [change] })[0]}: ${change.reason}${why}`;
    }),
    ...notices.map(({ kind, subject, message }) => `${kind} ${subject}: ${message}`),
    ...residual.map(({ email, group, org, role, lever }) => `${email} ${group} ${org} ${role}: ${lever}`),
    ...violations.map(({ guard, limit, message }) => `${guard} (${limit}): ${message}`),
  ];
}

test('a deactivation: before it is asked, asked, denied, deleted meanwhile', () => {
  const of = company().status('ada', 'deactivated');
  const answered = (answer: PersonStatus | 'gone') => told(run(of.answer('ada', answer)))[0];
  expect(told(of.decide().plan)[0]).toMatchInlineSnapshot(
    `"waiting: remove-user ada Member > - (deactivated): deactivated in the list [the directory has not yet been asked by id]"`,
  );
  expect(answered('deactivated')).toMatchInlineSnapshot(
    `"ready: remove-user ada Member > - (deactivated): deactivated in the directory, confirmed by id"`,
  );
  expect(answered('suspended')).toMatchInlineSnapshot(
    `"waiting: remove-user ada Member > - (deactivated): deactivated in the list, suspended by id [the directory answers "suspended" by id]"`,
  );
  expect(answered('gone')).toMatchInlineSnapshot(
    `"ready: remove-user ada Member > - (deactivated): deactivated, then deleted in the directory"`,
  );
});

test('a suspension, with and without the no-access role, and one that the answer by id denies', () => {
  expect(told(run(company().status('ada', 'suspended')))).toMatchInlineSnapshot(`
    [
      "ready: remove-from-org ada @Web Member > - (suspended): suspended in the directory, confirmed by id",
      "not-possible ada@corp.example: ada@corp.example is suspended and keeps Member in the enterprise: name a role without access under roles.suspended",
    ]
  `);
  expect(told(run(company().status('ada', 'suspended').suspendedRole()))).toMatchInlineSnapshot(`
    [
      "ready: set-enterprise-role ada Member > No access (suspended): suspended in the directory, confirmed by id; the no-access role until they return",
      "ready: remove-from-org ada @Web Member > - (suspended): suspended in the directory, confirmed by id",
    ]
  `);
  expect(told(run(company().status('ada', 'suspended').answer('ada', 'gone')))).toMatchInlineSnapshot(`
    [
      "waiting: remove-from-org ada @Web Member > - (suspended): suspended in the list, gone by id [the directory answers "gone" by id]",
      "not-possible ada@corp.example: ada@corp.example is suspended and keeps Member in the enterprise: name a role without access under roles.suspended",
    ]
  `);
});

test('left groups: not asked, asked, still listed, gone, hidden, and through several groups', () => {
  const of = company().leave('ada', 'eng').group('all', 'ada').rule('all', 'Member');
  expect(told(of.decide().plan)[0]).toMatchInlineSnapshot(
    `"waiting: remove-from-org ada @Web Member > - (left-group): no longer in eng [a group has not yet been read once more]"`,
  );
  expect(told(run(of))[0]).toMatchInlineSnapshot(
    `"ready: remove-from-org ada @Web Member > - (left-group): no longer in eng, read twice"`,
  );
  expect(told(run(of.freshly('eng', { people: ['ada'] })))[0]).toMatchInlineSnapshot(
    `"waiting: remove-from-org ada @Web Member > - (left-group): no longer in eng [a fresh reading of "eng" still lists them]"`,
  );
  expect(told(run(of.freshly('eng', { groups: ['all'] })))[0]).toMatchInlineSnapshot(
    `"waiting: remove-from-org ada @Web Member > - (left-group): no longer in eng [a fresh reading of "eng" shows another nested group]"`,
  );
  expect(told(run(of.freshly('eng', 'gone')))[0]).toMatchInlineSnapshot(
    `"waiting: remove-from-org ada @Web Member > - (left-group): no longer in eng ["eng" is gone by id]"`,
  );
  const two = company()
    .group('ops')
    .rule('ops', 'Member', { org: 'Web', name: 'second' })
    .leave('ada', 'eng');
  two.group('all', 'ada').rule('all', 'Member');
  expect(told(run(two))[0]).toMatchInlineSnapshot(
    `"ready: remove-from-org ada @Web Member > - (left-group): no longer in eng, ops, read twice"`,
  );
  expect(told(run(two.freshly('eng', 'gone').freshly('ops', { people: ['ada'] })))[0]).toMatchInlineSnapshot(
    `"waiting: remove-from-org ada @Web Member > - (left-group): no longer in eng, ops ["eng" is gone by id; a fresh reading of "ops" still lists them]"`,
  );
});

test('nobody names a person any more: first seen, proven, waiting for the tombstone, due', () => {
  const of = company().leave('ada', 'eng');
  const gone = () => told(run(of)).filter((line) => line.includes('remove-user'));
  expect(gone()).toMatchInlineSnapshot(`
    [
      "waiting: remove-user ada Member > - (out-of-scope): active, but in no group that a rule names [a second fresh reading must confirm the absence]",
    ]
  `);
  expect(
    told(run(of.later(16 * MINUTE))).filter((line) => line.includes('remove-user')),
  ).toMatchInlineSnapshot(`
    [
      "waiting: remove-user ada Member > - (out-of-scope): active, but in no group that a rule names [the tombstone runs until its due date]",
    ]
  `);
  expect(told(run(of.later(8 * DAY))).filter((line) => line.includes('remove-user'))).toMatchInlineSnapshot(`
    [
      "ready: remove-user ada Member > - (out-of-scope): active, but in no group that a rule names",
    ]
  `);
});

test('missing from the list: not asked, active, deactivated or gone by id', () => {
  const of = company().vanish('ada');
  expect(told(of.decide().plan)).toMatchInlineSnapshot(`
    [
      "waiting: remove-user ada Member > - (vanished): missing from the directory list [the directory has not yet been asked by id]",
    ]
  `);
  expect(told(run(of.answer('ada', 'active')))).toMatchInlineSnapshot(`
    [
      "waiting: remove-user ada Member > - (vanished): missing from the directory list [the directory answers "active" by id]",
    ]
  `);
  expect(told(run(of.answer('ada', 'deactivated')))).toMatchInlineSnapshot(`
    [
      "ready: remove-user ada Member > - (deactivated): missing from the directory list, deactivated by id",
    ]
  `);
  expect(told(run(of.answer('ada', 'gone')))).toMatchInlineSnapshot(`
    [
      "waiting: remove-user ada Member > - (vanished): unknown to the directory, also by id [a second fresh reading must confirm the absence]",
      "waiting: remove-from-org ada @Web Member > - (vanished): unknown to the directory, also by id [a second fresh reading must confirm the absence]",
    ]
  `);
  expect(told(run(of.later(HOUR)))).toMatchInlineSnapshot(`
    [
      "waiting: remove-user ada Member > - (vanished): unknown to the directory, also by id [the tombstone runs until its due date]",
      "ready: remove-from-org ada @Web Member > - (vanished): unknown to the directory, also by id",
    ]
  `);
});

test('strangers in Devin, reported and to be removed', () => {
  const of = company().user('eve', { '': 'Member', Web: 'Member' });
  expect(told(run(of))).toMatchInlineSnapshot(`
    [
      "foreign eve@corp.example: eve@corp.example is in Devin, but nobody in the directory has that address",
    ]
  `);
  expect(told(run(of.set({ foreign: 'remove' })))).toMatchInlineSnapshot(`
    [
      "waiting: remove-user eve Member > - (foreign): nobody in the directory has that address and this daemon neither gave nor adopted the access [a second fresh reading must confirm the absence]",
    ]
  `);
  expect(told(run(of.later(HOUR)))).toMatchInlineSnapshot(`
    [
      "ready: remove-user eve Member > - (foreign): nobody in the directory has that address and this daemon neither gave nor adopted the access",
    ]
  `);
});

test('foreign roles of somebody whom the directory has, reported and to be removed', () => {
  const of = company().org('Pay').role('ada', 'Pay', 'Member');
  expect(told(run(of))).toMatchInlineSnapshot(`
    [
      "foreign ada@corp.example: ada@corp.example holds Member in Pay, which this daemon neither gave nor adopted",
    ]
  `);
  expect(told(run(of.set({ foreign: 'remove' })))).toMatchInlineSnapshot(`
    [
      "ready: remove-from-org ada @Pay Member > - (foreign): no rule gives Member there any more; this daemon neither gave nor adopted it",
    ]
  `);
});

test('a user without an address, a person without one, and a member whom no list knows', () => {
  const of = company().user('nobody', { '': 'Member' }, null).person('cleo', 'active', null);
  of.join('cleo', 'eng').join('ghost', 'eng');
  expect(told(run(of))).toMatchInlineSnapshot(`
    [
      "no-email p-cleo: p-cleo should have access but has no usable e-mail address",
      "unresolved-member p-ghost: a group names the id p-ghost, but the directory lists no such person",
      "devin-no-email u-nobody: Devin user u-nobody has no usable e-mail address and is never touched",
    ]
  `);
});

test('protected people keep what they have, and it is said', () => {
  const of = company()
    .user('fay')
    .set({ protected: ['ada@*', 'gone@*'] });
  expect(told(run(of.status('ada', 'deactivated')))).toMatchInlineSnapshot(`
    [
      "suppressed ada@corp.example: ada@corp.example is protected: access stays whatever the directory says",
      "foreign fay@corp.example: fay@corp.example is in Devin, but nobody in the directory has that address",
    ]
  `);
  const absent = company()
    .set({ protected: ['ada@*'] })
    .vanish('ada');
  expect(told(run(absent))).toMatchInlineSnapshot(`
    [
      "suppressed ada@corp.example: ada@corp.example is protected: access stays although the directory no longer lists them",
    ]
  `);
});

test('what stays through a group names the lever that ends it', () => {
  const through = () => company().devinGroup('sso', { '': 'Member' }).signedIn('ada', 'sso');
  const levers = (of: World) => told(run(of)).filter((line) => line.includes(' sso '));
  expect(levers(through().status('ada', 'deactivated'))).toMatchInlineSnapshot(`
    [
      "ada@corp.example sso null Member: deactivated: unassign the Devin app in the IdP, or let SCIM remove the membership",
    ]
  `);
  expect(levers(through().status('ada', 'suspended'))).toMatchInlineSnapshot(`
    [
      "ada@corp.example sso null Member: suspended: unassign the Devin app in the IdP, or let SCIM remove the membership",
    ]
  `);
  expect(levers(through().vanish('ada'))).toMatchInlineSnapshot(`
    [
      "ada@corp.example sso null Member: vanished: unassign the Devin app in the IdP, or let SCIM remove the membership",
    ]
  `);
  expect(levers(through().vanish('ada').answer('ada', 'deactivated'))).toMatchInlineSnapshot(`
    [
      "ada@corp.example sso null Member: deactivated: unassign the Devin app in the IdP, or let SCIM remove the membership",
    ]
  `);
  expect(levers(through().vanish('ada').answer('ada', 'active'))).toMatchInlineSnapshot(`[]`);
});

test('taken back, raised and removed by hand', () => {
  const of = company();
  of.account('ada').roles.delete('org-web');
  of.role('bob', 'Web', 'Lead');
  expect(told(run(of))).toMatchInlineSnapshot(`
    [
      "held by by-hand: add-to-org ada @Web - > Member: rule "eng gives Member in Web", member of eng",
      "held by rule-changed: change-org-role bob @Web Lead > Member (rule-changed): no rule gives Lead there any more; rule "eng gives Member in Web", member of eng",
      "changed-by-hand ada@corp.example: ada@corp.example was given a role in Web, and somebody took it back in Devin: it is given again only when approved",
      "changed-by-hand bob@corp.example: bob@corp.example was given Member in Web, and somebody made it Lead in Devin",
      "rule-changed (approval): no rule gives this access any more: always approved",
      "by-hand (approval): this daemon gave it and somebody took it back in Devin: given again only when approved",
    ]
  `);
  const gone = company();
  gone.users.delete('u-ada');
  expect(told(run(gone))).toMatchInlineSnapshot(`
    [
      "held by by-hand: invite ada - > Member: an organization role needs an enterprise role",
      "held by by-hand: add-to-org ada @Web - > Member: rule "eng gives Member in Web", member of eng",
      "changed-by-hand ada@corp.example: ada@corp.example had Devin user u-ada, and somebody removed it in Devin: they are invited again only when approved",
      "by-hand (approval): this daemon gave it and somebody took it back in Devin: given again only when approved",
    ]
  `);
});

test('a changed rule, a rule that another one outranks, and a group that is gone', () => {
  const without = company().set({ rules: [] });
  expect(told(run(without))).toMatchInlineSnapshot(`
    [
      "held by rule-changed: remove-user ada Member > - (rule-changed): no rule gives Member there any more",
      "held by rule-changed: remove-from-org ada @Web Member > - (rule-changed): no rule gives Member there any more",
      "held by rule-changed: remove-user bob Member > - (rule-changed): no rule gives Member there any more",
      "held by rule-changed: remove-from-org bob @Web Member > - (rule-changed): no rule gives Member there any more",
      "rule-changed (approval): no rule gives this access any more: always approved",
    ]
  `);
  const lowered = applied(company(), run(company()));
  lowered.role('ada', 'Web', 'Lead').rule('eng', 'Lead', { org: 'Web', priority: -1 });
  expect(told(run(lowered))).toMatchInlineSnapshot(`
    [
      "held by rule-changed: change-org-role ada @Web Lead > Member (rule-changed): still in eng, but another rule decides there; rule "eng gives Member in Web", member of eng",
      "changed-by-hand ada@corp.example: ada@corp.example was given Member in Web, and somebody made it Lead in Devin",
      "rule-changed (approval): no rule gives this access any more: always approved",
    ]
  `);
  expect(told(run(company().deleteGroup('eng')))).toMatchInlineSnapshot(`
    [
      "held by group-deleted: remove-user ada Member > - (group-deleted): group "eng" of rule "eng gives Member in Web" is gone from the directory",
      "held by group-deleted: remove-from-org ada @Web Member > - (group-deleted): group "eng" of rule "eng gives Member in Web" is gone from the directory",
      "held by group-deleted: remove-user bob Member > - (group-deleted): group "eng" of rule "eng gives Member in Web" is gone from the directory",
      "held by group-deleted: remove-from-org bob @Web Member > - (group-deleted): group "eng" of rule "eng gives Member in Web" is gone from the directory",
      "group-deleted (approval): a group that a rule is bound to is gone from the directory: always approved",
    ]
  `);
});

test('groups: registered, given roles, unregistered by hand, taken down', () => {
  const of = world().staff('ada').group('eng', 'ada').org('Web');
  of.rule('eng', 'Member', { via: 'group', org: 'Web' }).rule('eng', 'Power user', { via: 'group' });
  expect(told(run(of))).toMatchInlineSnapshot(`
    [
      "ready: register-group eng: rule "eng gives Power user", rule "eng gives Member in Web"",
      "ready: give-group-role eng - > Power user: rule "eng gives Power user"; reaches 1 active people when they next sign in",
      "ready: add-group-to-org eng @Web - > Member: rule "eng gives Member in Web"; reaches 1 active people when they next sign in",
    ]
  `);
  applied(of, run(of));
  (of.groups.get('eng') as { registered: boolean }).registered = false;
  expect(told(run(of))).toMatchInlineSnapshot(`
    [
      "held by by-hand: register-group eng: rule "eng gives Power user", rule "eng gives Member in Web"",
      "changed-by-hand group eng: group eng was registered by this daemon, and somebody unregistered it in Devin: it comes back only when approved",
      "by-hand (approval): this daemon gave it and somebody took it back in Devin: given again only when approved",
    ]
  `);
  (of.groups.get('eng') as { registered: boolean }).registered = true;
  of.groups.get('eng')?.roles.delete('org-web');
  expect(told(run(of))).toMatchInlineSnapshot(`
    [
      "held by by-hand: add-group-to-org eng @Web - > Member: rule "eng gives Member in Web"; reaches 1 active people when they next sign in",
      "changed-by-hand group eng: group eng was given a role in Web, and somebody took it back in Devin: it is given again only when approved",
      "by-hand (approval): this daemon gave it and somebody took it back in Devin: given again only when approved",
    ]
  `);
  expect(told(run(of.set({ rules: [] })))).toMatchInlineSnapshot(`
    [
      "held by rule-changed: take-group-role eng Power user > - (rule-changed): no rule gives group eng a role there any more",
      "held by rule-changed: unregister-group eng (rule-changed): no rule names group eng any more",
      "rule-changed (approval): no rule gives this access any more: always approved",
    ]
  `);
});

test('each guard in words', () => {
  const staff = Array.from({ length: 30 }, (_, at) => `n${at}`);
  const of = world()
    .org('Web')
    .staff(...staff)
    .group('eng', ...staff)
    .group('all', ...staff);
  for (const name of staff) of.user(name, { '': 'Member', Web: 'Member' }).link(name);
  of.rule('eng', 'Member', { org: 'Web' }).rule('all', 'Member').guards(DEFAULT_GUARDS);
  const strict = { atLeast: 0, share: 0, count: 0 };
  const guards = (limits: Parameters<World['guards']>[0]) =>
    told(run(of.guards(limits))).filter(
      (line) => / \(.*\): \d/.test(line) || /^[a-z-]+ \(approval\)/.test(line),
    );
  for (const name of staff.slice(0, 8)) of.leave(name, 'eng');
  of.status('n20', 'deactivated').staff('new').join('new', 'all').group('boss', 'n21', 'n22');
  of.rule('boss', 'Admin', { allowAdmin: true, priority: 3 });
  expect(
    guards({ deactivations: { ...strict }, grants: strict, roleChanges: strict }),
  ).toMatchInlineSnapshot(`
    [
      "deactivations (the larger of 0 and 0 %): 1 of 30 deactivated people would be removed; the limit is the larger of 0 and 0 %",
      "orgRoles (10 % from 4 on, or 25): 8 of 30 people would lose an organization role; the limit is 10 % from 4 on, or 25",
      "perGroup (25 % from 3 on): 8 of 30 people would lose the organization Web; the limit is 25 % from 3 on",
      "perGroup (25 % from 3 on): 8 of 30 people would lose what group eng gives; the limit is 25 % from 3 on",
      "grants (the larger of 0 and 0 %): 1 people would be let in beside 30 who have access; the limit is the larger of 0 and 0 %",
      "roleChanges (0 % from 0 on, or 0): 2 of 30 people would change role; the limit is 0 % from 0 on, or 0",
      "admin-grant (approval): each role that counts as admin is given only when approved",
    ]
  `);
  of.memory = { ...of.memory, approvedConfig: null };
  expect(guards({})).toMatchInlineSnapshot(`
    [
      "deactivations (the larger of 0 and 0 %): 1 of 30 deactivated people would be removed; the limit is the larger of 0 and 0 %",
      "orgRoles (10 % from 4 on, or 25): 8 of 30 people would lose an organization role; the limit is 10 % from 4 on, or 25",
      "perGroup (25 % from 3 on): 8 of 30 people would lose the organization Web; the limit is 25 % from 3 on",
      "perGroup (25 % from 3 on): 8 of 30 people would lose what group eng gives; the limit is 25 % from 3 on",
      "grants (the larger of 0 and 0 %): 1 people would be let in beside 30 who have access; the limit is the larger of 0 and 0 %",
      "roleChanges (0 % from 0 on, or 0): 2 of 30 people would change role; the limit is 0 % from 0 on, or 0",
      "first-plan (approval): the first plan of this configuration and source waits for approval",
      "admin-grant (approval): each role that counts as admin is given only when approved",
    ]
  `);
});
