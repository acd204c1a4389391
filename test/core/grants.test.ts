/** Grants and denies of single people: who is stronger, how a grant ends, and who may have one. */
import { expect, test } from 'vitest';
import { explain } from '../../src/core/explain.ts';
import { applied } from '../helpers/applied.ts';
import { DAY, HOUR, lines, NOW, run, type World, world } from '../helpers/world.ts';

/** Ada is in payments by a rule; Bob is in no group. */
function company(): World {
  return world()
    .org('Payments', 'Search')
    .staff('ada', 'bob', 'cyd')
    .person('nomail', 'active', null)
    .group('users', 'ada')
    .group('payments', 'ada')
    .rule('users', 'Member')
    .rule('payments', 'Member', { org: 'Payments' });
}

/** Bob got what the grant says, written and in the ledger. */
function granted(until: number | null = NOW + 30 * DAY): World {
  const here = company().grant('bob', 'Lead', { org: 'Payments', until });
  return applied(here, run(here));
}

function notices(here: World, kind: string): string[] {
  return here
    .decide()
    .plan.notices.filter((notice) => notice.kind === kind)
    .map(({ message }) => message);
}

test('a grant gives a person in no group a role, with the default enterprise role and its reason', () => {
  const here = company().grant('bob', 'Lead', { org: 'Payments', ticket: 'OPS-1', until: NOW + 30 * DAY });
  const plan = run(here);
  expect(lines(plan).filter((line) => line.includes('bob'))).toEqual([
    'ready: invite bob - > Member',
    'ready: add-to-org bob @Payments - > Lead',
  ]);
  expect(plan.changes.find(({ org }) => org !== null && org.name === 'Payments')?.reason).toBe(
    'rule "payments gives Member in Payments", member of payments',
  );
  expect(plan.changes.find(({ after }) => after?.name === 'Lead')?.reason).toBe(
    'granted by Lin (OPS-1): on call, until 2026-12-22T09:00Z',
  );
});

test('a grant is stronger than any rule, also where the rule gives more', () => {
  const here = company()
    .grant('ada', 'Custom', { org: 'Payments' })
    .set({
      roles: { rank: ['Custom', 'org_member'], suspended: null },
    });
  expect(lines(run(here))).toContain('ready: add-to-org ada @Payments - > Custom');
  const { rules, places } = explain(here.input(), here.decide().plan, 'ada@corp.example');
  expect(rules[1]).toMatchObject({
    outcome: 'outranked',
    why: 'member of payments; granted by Lin: on call',
  });
  expect(places[1]?.wanted).toEqual({ role: 'Custom', rule: 'granted by Lin: on call', granted: true });
});

test('a deny is stronger than a grant and than every rule', () => {
  const here = company()
    .grant('ada', 'Lead', { org: 'Payments' })
    .deny('ada', { until: NOW + DAY, ticket: 'X-1' });
  expect(lines(run(here))).toEqual([]);
  expect(notices(here, 'denied')).toEqual([
    'ada@corp.example is denied anything by Lin (X-1): conflict of interest, until 2026-11-23T09:00Z',
  ]);
  expect(explain(here.input(), here.decide().plan, 'ada@corp.example').rules[1]).toMatchObject({
    outcome: 'refused',
    why: expect.stringContaining('is denied anything by Lin'),
  });
  here.later(2 * DAY);
  expect(lines(run(here))).toContain('ready: add-to-org ada @Payments - > Lead');
});

test('a deny in one organization leaves the others', () => {
  const here = company().rule('users', 'Member', { org: 'Search' }).deny('ada', { org: 'Payments' });
  expect(lines(run(here))).toEqual([
    'ready: invite ada - > Member',
    'ready: add-to-org ada @Search - > Member',
  ]);
  expect(notices(here, 'denied')).toEqual([
    'ada@corp.example is denied a role in Payments by Lin: conflict of interest',
  ]);
});

test('a default enterprise role goes with the only organization that is denied', () => {
  const here = world().org('Payments').staff('ada').group('payments', 'ada');
  here.rule('payments', 'Member', { org: 'Payments' }).deny('ada', { org: 'Payments' });
  expect(lines(run(here))).toEqual([]);
});

test('what somebody holds when they are denied goes with an approval', () => {
  const here = company();
  applied(here, run(here));
  here.deny('ada');
  expect(lines(run(here))).toEqual([
    'held by rule-changed: remove-user ada Member > - (rule-changed)',
    'held by rule-changed: remove-from-org ada @Payments Member > - (rule-changed)',
  ]);
});

test('a denied enterprise role alone is taken with an approval', () => {
  const here = world().staff('ada').managed('ada').group('users', 'ada').rule('users', 'Member').deny('ada');
  expect(lines(run(here))).toEqual(['held by rule-changed: remove-user ada Member > - (rule-changed)']);
});

test('a grant that ended is taken in the same run, after the groups of the place were read once more', () => {
  const here = granted();
  expect(lines(run(here))).toEqual([]);
  here.later(31 * DAY);
  expect(lines(run(here))).toEqual([
    'waiting: remove-user bob Member > - (out-of-scope)',
    'ready: remove-from-org bob @Payments Lead > - (grant-expired)',
  ]);
  const [, taken] = here.decide(here.ask({ people: [], groups: ['g-payments'] })).plan.changes;
  expect(taken).toMatchObject({
    reason:
      'the grant of Lead in Payments to bob@corp.example ended on 2026-12-22T09:00Z; no longer in payments, read twice',
  });
  expect(taken?.left).toBeUndefined();
});

test('an old line of a grant makes no broken reading of a group believable', () => {
  const here = granted()
    .join('bob', 'payments')
    .later(31 * DAY);
  applied(here, run(here));
  here.leave('bob', 'payments').rule('payments', 'Lead', { org: 'Payments', name: 'leads' });
  here.freshly('payments', { people: ['ada', 'bob'] });
  expect(lines(run(here)).filter((line) => line.includes('remove'))).not.toContainEqual(
    expect.stringContaining('ready'),
  );
});

test('where no rule gives the role, the clock is proof enough', () => {
  const here = world()
    .org('Payments')
    .staff('bob')
    .group('users')
    .grant('bob', 'Lead', { org: 'Payments', until: NOW + DAY });
  applied(here, run(here));
  here.later(2 * DAY);
  expect(lines(run(here))).toEqual([
    'waiting: remove-user bob Member > - (out-of-scope)',
    'ready: remove-from-org bob @Payments Lead > - (grant-expired)',
  ]);
});

test('an enterprise role that was granted ends the membership on the day, once they are in no group', () => {
  const here = company().grant('bob', 'Power user', { until: NOW + DAY });
  applied(here, run(here));
  here.later(2 * DAY);
  expect(lines(run(here))).toEqual(['ready: remove-user bob Power user > - (grant-expired)']);
  here.freshly('users', { people: ['ada', 'bob'] });
  expect(lines(run(here))).toEqual(['waiting: remove-user bob Power user > - (out-of-scope)']);
});

test('a granted admin role falls back to what the rules give', () => {
  const here = company().grant('ada', 'Admin', { org: 'Payments', allowAdmin: true, until: NOW + DAY });
  const first = run(here);
  expect(lines(first)).toContain('held by admin-grant: add-to-org ada @Payments - > Admin');
  here.approve(...first.changes.map(({ key }) => key));
  applied(here, run(here));
  here.later(2 * DAY);
  expect(lines(run(here))).toEqual(['ready: change-org-role ada @Payments Admin > Member (grant-expired)']);
});

test('access that was there before a grant named it stays foreign when the grant ends', () => {
  const here = company().user('bob', { '': 'Member', Payments: 'Lead' });
  here.grant('bob', 'Lead', { org: 'Payments', until: NOW + DAY });
  expect(lines(run(here)).filter((line) => line.includes('bob'))).toEqual([]);
  here.later(2 * DAY);
  expect(lines(run(here)).filter((line) => line.includes('bob'))).toEqual([]);
});

test('a grant that nobody renews is listed two weeks before it ends', () => {
  expect(
    notices(company().grant('bob', 'Lead', { org: 'Payments', until: NOW + 15 * DAY }), 'grant-ending'),
  ).toEqual([]);
  const here = company()
    .grant('bob', 'Lead', { org: 'Payments', until: Date.UTC(2026, 10, 23) })
    .grant('ada', 'Power user', { until: NOW + 2 * DAY });
  expect(notices(here, 'grant-ending')).toEqual([
    'the grant of Lead in Payments to bob@corp.example ends on 2026-11-22, in 1 day; Lin answers for it',
    'the grant of Power user in the enterprise to ada@corp.example ends on 2026-11-24T09:00Z, in 2 days; Lin answers for it',
  ]);
});

test('a deactivated or suspended person gets nothing by a grant', () => {
  const here = granted().status('bob', 'deactivated');
  expect(lines(run(here))).toContain('ready: remove-user bob Member > - (deactivated)');
});

test('a new address keeps the grant, which names the old one', () => {
  const here = granted().email('bob', 'robert@corp.example').later(HOUR);
  expect(lines(run(here))).toEqual([]);
});

test('whoever has the address now is meant, not whoever had it', () => {
  const here = granted().email('bob', 'robert@corp.example').person('new', 'active', 'bob@corp.example');
  const plan = run(here);
  expect(lines(plan)).toContain('held by collision: invite bob - > Member');
});

test.each<[string, (here: World) => World, string]>([
  [
    'an organization that does not exist',
    (here) => here.grant('bob', 'Lead', { org: 'Nowhere' }),
    'grant of Lead in Nowhere to bob@corp.example: no organization "Nowhere" exists in Devin',
  ],
  [
    'a role that does not exist',
    (here) => here.grant('bob', 'Boss'),
    'grant of Boss in the enterprise to bob@corp.example: no enterprise role "Boss" exists; Devin lists "Admin", "Member", "Power user", "No access"',
  ],
  [
    'an admin role without allowAdmin',
    (here) => here.grant('bob', 'Custom', { org: 'Payments' }),
    'grant of Custom in Payments to bob@corp.example: the role "Custom" counts as admin; say allowAdmin: true to give it, or rank it in roles.rank',
  ],
  [
    'two grants for one place',
    (here) => here.grant('bob', 'Lead', { org: 'Payments' }).grant('bob', 'Member', { org: 'org-payments' }),
    'grant of Member in org-payments to bob@corp.example: another grant in force gives a role in the same place',
  ],
  [
    'a deny in an organization that does not exist',
    (here) => here.deny('bob', { org: 'Nowhere' }),
    'deny of bob@corp.example: no organization "Nowhere" exists in Devin',
  ],
])('%s is a problem that names the line', (_what, set, problem) => {
  expect(set(company()).decide().problems).toEqual([problem]);
});

test('a name that is gone is no problem once the grant has ended', () => {
  expect(
    company()
      .grant('bob', 'Lead', { org: 'Nowhere', until: NOW - 1 })
      .decide().problems,
  ).toEqual([]);
});

// Outsiders.

function contractor(here = company()): World {
  return here.grant('zoe', 'Lead', { org: 'Payments', notInDirectory: true, until: NOW + 30 * DAY });
}

function zoes(here: World): string[] {
  return lines(run(here)).filter((line) => line.includes('zoe'));
}

/** Zoe was approved and is in. */
function inside(): World {
  const here = contractor();
  here.approve(...run(here).changes.map(({ key }) => key));
  return applied(here, run(here));
}

test('somebody whom the directory does not have is let in only with an approval', () => {
  const here = contractor();
  const plan = run(here);
  expect(zoes(here)).toEqual([
    'held by outsider: invite zoe - > Member',
    'held by outsider: add-to-org zoe @Payments - > Lead',
  ]);
  expect(plan.violations.map(({ guard }) => guard)).toEqual(['outsider']);
  expect(zoes(inside())).toEqual([]);
});

test('a typing error in an address invites nobody', () => {
  const here = company().grant('boob', 'Lead', { org: 'Payments' });
  expect(lines(run(here)).filter((line) => line.includes('boob'))).toEqual([]);
  expect(notices(here, 'grant-unmatched')).toEqual([
    'the grant of Lead in Payments to boob@corp.example gives nothing: nobody in the directory has that address; say notInDirectory: true if that is meant',
  ]);
});

test('an outsider loses the account on the day the grant ends', () => {
  const here = inside().later(31 * DAY);
  expect(zoes(here)).toEqual(['ready: remove-user zoe Member > - (grant-expired)']);
});

test('an outsider whose line was deleted, or who is denied, goes with an approval', () => {
  const forgotten = inside().set({ grants: [] });
  expect(zoes(forgotten)).toEqual(['held by rule-changed: remove-user zoe Member > - (rule-changed)']);
  expect(zoes(inside().deny('zoe'))).toEqual([
    'held by rule-changed: remove-user zoe Member > - (rule-changed)',
  ]);
});

test('an outsider gets and loses single organizations as the grants say', () => {
  const here = inside().grant('zoe', 'Member', { org: 'Search', notInDirectory: true, until: NOW + DAY });
  const asked = run(here);
  expect(lines(asked).filter((line) => line.includes('zoe'))).toEqual([
    'held by outsider: add-to-org zoe @Search - > Member',
  ]);
  here.approve(...asked.changes.map(({ key }) => key));
  applied(here, run(here));
  here.later(2 * DAY);
  expect(zoes(here)).toEqual(['ready: remove-from-org zoe @Search Member > - (grant-expired)']);
  const [first] = here.settings.grants;
  here.set({ grants: [first as never] });
  expect(zoes(here)).toEqual(['held by rule-changed: remove-from-org zoe @Search Member > - (rule-changed)']);
});

test('another role in the grant of an outsider is approved, up or down', () => {
  const up = inside();
  up.set({ grants: up.settings.grants.map((one) => ({ ...one, role: 'Admin', allowAdmin: true })) });
  expect(zoes(up)).toEqual(['held by outsider: change-org-role zoe @Payments Lead > Admin']);
  const down = inside();
  down.set({ grants: down.settings.grants.map((one) => ({ ...one, role: 'Member' })) });
  expect(zoes(down)).toEqual([
    'held by rule-changed: change-org-role zoe @Payments Lead > Member (rule-changed)',
  ]);
  const enterprise = inside().grant('zoe', 'Power user', { notInDirectory: true, until: NOW + DAY });
  expect(zoes(enterprise)).toEqual(['held by outsider: set-enterprise-role zoe Member > Power user']);
});

test('what an outsider has from elsewhere is drift and stays', () => {
  const here = contractor().user('zoe', { '': 'Admin', Payments: 'Admin', Search: 'Member' });
  expect(zoes(here)).toEqual([]);
  expect(notices(here, 'foreign').filter((line) => line.includes('zoe'))).toEqual([
    'zoe@corp.example holds Admin in the enterprise, which this daemon neither gave nor adopted',
    'zoe@corp.example holds Admin in Payments, which this daemon neither gave nor adopted',
    'zoe@corp.example holds Member in Search, which this daemon neither gave nor adopted',
  ]);
  const over = here.later(31 * DAY);
  expect(zoes(over)).toEqual([]);
});

test('an outsider who is in through a group only gets nothing', () => {
  const here = contractor()
    .devinGroup('guests', { '': 'Member', Payments: 'Member' })
    .signedIn('zoe', 'guests');
  expect(zoes(here)).toEqual([]);
  expect(notices(here, 'not-possible')).toEqual([
    'zoe@corp.example is in only through an IdP group; direct roles cannot be given',
  ]);
  expect(zoes(here.later(31 * DAY))).toEqual([]);
  const mixed = contractor()
    .devinGroup('guests', { '': 'Member' })
    .user('zoe', { Search: 'Member' })
    .signedIn('zoe', 'guests');
  expect(zoes(mixed)).toEqual(['held by outsider: add-to-org zoe @Payments - > Lead']);
});

test('whoever the directory once had is no outsider', () => {
  const here = contractor().person('zoe').user('zoe').link('zoe').vanish('zoe');
  expect(zoes(here)).toEqual(['waiting: remove-user zoe Member > - (vanished)']);
  expect(notices(here, 'grant-unmatched')).toEqual([
    'the grant of Lead in Payments to zoe@corp.example gives nothing: the directory had them under the id p-zoe, so they are no outsider',
  ]);
});

test('two users on the address, a protected address and a protected user are left alone', () => {
  const twins = contractor().user('zoe').user('zoe2', { '': 'Member' }, 'zoe@corp.example');
  expect(zoes(twins)).toEqual([]);
  expect(notices(twins, 'grant-unmatched')).toEqual([
    expect.stringContaining('2 Devin users have that address'),
  ]);
  const guarded = contractor().set({ protected: ['zoe@corp.example'] });
  expect(zoes(guarded)).toEqual([]);
  expect(notices(guarded, 'grant-unmatched')).toEqual([expect.stringContaining('the address is protected')]);
  const own = contractor();
  own.users.set('svc-sync', {
    id: 'svc-sync',
    email: 'zoe@corp.example',
    roles: new Map([['', 'account_member']]),
    groups: new Set(),
  });
  expect(zoes(own)).toEqual([]);
  expect(notices(own, 'grant-unmatched')).toEqual([expect.stringContaining('the Devin user is protected')]);
});

test('an outsider who is hired keeps what was given, under the id of the directory', () => {
  const here = inside().person('zoe');
  expect(zoes(here)).toEqual([]);
  expect(here.memory.people.map(({ directoryId }) => directoryId).sort()).toEqual(['p-ada', 'p-zoe']);
  expect(zoes(here.status('zoe', 'deactivated'))).toEqual([
    'ready: remove-user zoe Member > - (deactivated)',
  ]);
});

test('an outsider whose address a linked person takes is a collision', () => {
  const here = inside();
  here.managed('cyd').email('cyd', 'zoe@corp.example');
  expect(here.decide().plan.notices.map(({ kind }) => kind)).toContain('collision');
  expect(here.decide().memory.people.map(({ directoryId }) => directoryId)).toContain(
    'grant:zoe@corp.example',
  );
});

test('the reading of a part judges no outsider', () => {
  const here = inside();
  here.scope = { kind: 'part', people: ['p-ada'] };
  here.later(31 * DAY);
  expect(here.decide().plan.changes).toEqual([]);
});

// Emergency accounts.

const GLASS = { breakGlass: true, allowAdmin: true } as const;

test('an emergency account is only watched, and its loss is told at once and again', () => {
  const here = company().grant('fire', 'Admin', GLASS);
  const lost = here.decide();
  expect(lines(lost.plan).filter((line) => line.includes('fire'))).toEqual([]);
  expect(lost.plan.notices).toContainEqual({
    kind: 'break-glass',
    subject: 'fire@corp.example',
    message:
      'fire@corp.example is an emergency account, but Devin has nobody with that address; Lin answers for it',
  });
  expect(lost.alerts).toContainEqual({
    kind: 'new',
    guards: ['break-glass'],
    items: ['break-glass:fire@corp.example'],
    age: 0,
  });
  here.memory = lost.memory;
  expect(here.later(HOUR).decide().alerts).toEqual([]);
  expect(here.later(DAY).decide().alerts).toContainEqual(
    expect.objectContaining({ kind: 'reminder', age: DAY }),
  );
  here.user('fire', { '': 'Admin' });
  expect(here.decide().memory.holds).toEqual([]);
});

test.each<[string, (here: World) => World, string]>([
  [
    'has another role',
    (here) => here.user('fire', { '': 'Member' }),
    'it holds Member in the enterprise instead of Admin',
  ],
  [
    'has no role there',
    (here) => here.user('fire', { Payments: 'Member' }),
    'it holds no role in the enterprise instead of Admin',
  ],
  [
    'is deactivated',
    (here) => here.user('fire', { '': 'Admin' }).person('fire', 'deactivated'),
    'the directory says that it is deactivated',
  ],
  [
    'is suspended',
    (here) => here.user('fire', { '': 'Admin' }).person('fire', 'suspended'),
    'the directory says that it is suspended',
  ],
])('an emergency account that %s is told, and not touched', (_what, set, why) => {
  const here = set(company().user('twin', {}, 'FIRE@corp.example').grant('fire', 'Admin', GLASS));
  const { plan, alerts } = here.decide();
  expect(lines(plan).filter((line) => line.includes('fire'))).toEqual([]);
  expect(plan.notices.filter(({ kind }) => kind === 'break-glass').map(({ message }) => message)).toEqual([
    `fire@corp.example is an emergency account, but ${why}; Lin answers for it`,
  ]);
  expect(alerts.map(({ guards }) => guards)).toContainEqual(['break-glass']);
});

test('an emergency account that is in the directory and as it should be is silent', () => {
  const here = company()
    .user('fire', { '': 'Admin' })
    .person('fire')
    .user('nobody', {}, null)
    .grant('fire', 'Admin', GLASS);
  expect(here.decide().plan.notices.filter(({ kind }) => kind === 'break-glass')).toEqual([]);
});

test('an emergency account with a role that Devin no longer has is told', () => {
  const here = company().user('fire', { '': 'Admin' }).grant('fire', 'Boss', GLASS);
  expect(here.decide().problems).toEqual([]);
  expect(here.decide().plan.notices).toContainEqual(
    expect.objectContaining({ message: expect.stringContaining('no enterprise role "Boss" exists') }),
  );
});
