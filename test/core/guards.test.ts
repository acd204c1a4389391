import { expect, test } from 'vitest';
import { censusSteps } from '../../src/core/census.ts';
import { exceeds, limitText } from '../../src/core/counters.ts';
import { applyGuards } from '../../src/core/guards.ts';
import type { Plan } from '../../src/core/model/change.ts';
import { buildAtlas } from '../../src/core/places.ts';
import { finish } from '../../src/core/steps.ts';
import { applied } from '../helpers/applied.ts';
import { DAY, DEFAULT_GUARDS, HOUR, lines, run, type World, world } from '../helpers/world.ts';
import { change } from '../lib/plan-builder.ts';

function names(count: number, prefix = 'n'): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(3, '0')}`);
}

/** `count` people in `eng` with Member in Web, all ours, and default guards. */
function company(count: number): World {
  const staff = names(count);
  const of = world()
    .org('Web')
    .staff(...staff)
    .group('eng', ...staff)
    .group('all', ...staff);
  for (const name of staff) of.user(name, { '': 'Member', Web: 'Member' }).link(name);
  return of
    .rule('eng', 'Member', { org: 'Web' })
    .rule('all', 'Member')
    .guards({ ...DEFAULT_GUARDS, minAdmins: 0 });
}

function leave(of: World, count: number, from = 0): World {
  for (const name of names(from + count).slice(from)) of.leave(name, 'eng');
  return of;
}

function states(plan: Plan): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verdict } of plan.changes) counts[verdict.state] = (counts[verdict.state] ?? 0) + 1;
  return counts;
}

function tripped(plan: Plan): string[] {
  return plan.violations.map(({ guard }) => guard);
}

test.each([
  ['either', { atLeast: 4, share: 0.1, count: 25 }, 3, 3, false],
  ['either', { atLeast: 4, share: 0.1, count: 25 }, 4, 40, false],
  ['either', { atLeast: 4, share: 0.1, count: 25 }, 5, 40, true],
  ['either', { atLeast: 4, share: 0.1, count: 25 }, 25, 1000, false],
  ['either', { atLeast: 4, share: 0.1, count: 25 }, 26, 1000, true],
  ['either', { atLeast: 4, share: 0.1, count: 2 }, 3, 1000, true],
  ['either', { atLeast: 4, share: 0.1, count: 25 }, 4, 0, true],
  ['larger', { atLeast: 0, share: 0.02, count: 50 }, 50, 100, false],
  ['larger', { atLeast: 0, share: 0.02, count: 50 }, 51, 100, true],
  ['larger', { atLeast: 0, share: 0.02, count: 50 }, 100, 5000, false],
  ['larger', { atLeast: 0, share: 0.02, count: 50 }, 101, 5000, true],
] as const)('%s of %o: %i of %i', (shape, limit, count, base, expected) => {
  expect(exceeds(shape, limit, count, base)).toBe(expected);
});

test('limits in words', () => {
  expect(limitText('either', DEFAULT_GUARDS.orgRoles)).toBe('10 % from 4 on, or 25');
  expect(limitText('either', DEFAULT_GUARDS.perGroup)).toBe('25 % from 3 on');
  expect(limitText('larger', DEFAULT_GUARDS.deactivations)).toBe('the larger of 50 and 2 %');
});

test('org roles: at the limit all go, one above none', () => {
  expect(states(run(leave(company(50), 5)))).toEqual({ ready: 5 });
  const plan = run(leave(company(50), 6));
  expect(states(plan)).toEqual({ held: 6 });
  expect(plan.violations).toEqual([
    {
      guard: 'orgRoles',
      place: null,
      count: 6,
      base: 50,
      limit: '10 % from 4 on, or 25',
      message: '6 of 50 people would lose an organization role; the limit is 10 % from 4 on, or 25',
      items: plan.changes.map(({ key }) => key),
    },
  ]);
});

test('one organization: three of twelve go, four of twelve are held, three of three are held', () => {
  const open = { orgRoles: { atLeast: 99, share: 1, count: 99 } };
  expect(states(run(leave(company(12), 3).guards(open)))).toEqual({ ready: 3 });
  const plan = run(leave(company(12), 4).guards(open));
  expect(plan.violations).toMatchObject([
    { guard: 'perGroup', place: 'Web', count: 4, base: 12 },
    { guard: 'perGroup', place: 'group eng', count: 4, base: 12 },
  ]);
  expect(tripped(run(leave(company(3), 3).guards(open)))).toEqual(['perGroup', 'perGroup']);
});

test('one organization to zero is held whatever its limit', () => {
  const never = { atLeast: 99, share: 1, count: 99 };
  const plan = run(leave(company(3), 3).guards({ orgRoles: never, perGroup: never }));
  expect(plan.violations[0]?.message).toBe(
    '3 of 3 people would lose the organization Web; nobody would be left',
  );
  expect(states(run(leave(company(2), 2).guards({ orgRoles: never, perGroup: never })))).toEqual({
    ready: 2,
  });
});

test('organizations of one name count each for itself', () => {
  const of = leave(company(4), 4).guards({ orgRoles: { atLeast: 99, share: 1, count: 99 } });
  of.orgs.push({ id: 'org-web-2', name: 'Web' });
  for (const name of names(40, 'm')) {
    of.staff(name).user(name).link(name).join(name, 'all').account(name).roles.set('org-web-2', 'org_member');
  }
  of.set({
    rules: of.settings.rules.map((rule) => (rule.org === null ? rule : { ...rule, org: 'org-web' })),
  });
  expect(run(of).violations).toMatchObject([
    { guard: 'perGroup', place: 'Web', count: 4, base: 4 },
    { guard: 'perGroup', place: 'group eng', count: 4, base: 4 },
  ]);
});

test('deactivations: 50 of 100 go at once, 51 are held', () => {
  const many = (count: number) => {
    const of = company(100);
    for (const name of names(count)) of.status(name, 'deactivated');
    return run(of);
  };
  expect(states(many(50))).toEqual({ ready: 50 });
  const plan = many(51);
  expect(states(plan)).toEqual({ held: 51 });
  expect(plan.violations).toMatchObject([{ guard: 'deactivations', count: 51, base: 100 }]);
});

/** People whom nobody wants any more, long enough ago. */
function faded(count: number, of = company(80)): World {
  for (const name of names(count))
    of.leave(name, 'eng').leave(name, 'all').account(name).roles.delete('org-web');
  run(of);
  return of.later(8 * DAY);
}

test('other enterprise removals: 4 of 80 go, 5 of 80 are held', () => {
  expect(states(run(faded(4)))).toEqual({ ready: 4 });
  expect(run(faded(5)).violations).toMatchObject([{ guard: 'enterpriseRemovals', count: 5, base: 80 }]);
});

test('the no-access role of people who are gone counts as a removal, that of suspended people as a change', () => {
  const of = company(80).suspendedRole();
  for (const name of names(5)) of.leave(name, 'eng').leave(name, 'all').account(name).roles.delete('org-web');
  run(of);
  expect(tripped(run(of.later(HOUR)))).toEqual(['enterpriseRemovals']);
  const ill = company(80).suspendedRole();
  for (const name of names(9)) ill.status(name, 'suspended');
  expect(tripped(run(ill))).toEqual(['orgRoles', 'roleChanges']);
});

test('org roles of people whom the same plan removes do not count', () => {
  const of = company(50);
  for (const name of names(6)) {
    of.leave(name, 'eng').leave(name, 'all');
  }
  of.guards({ enterpriseRemovals: { atLeast: 99, share: 1, count: 99 } });
  expect(tripped(run(of))).toEqual(['orgRoles']);
  const late = run(of.later(8 * DAY));
  expect(late.changes.filter(({ kind }) => kind === 'remove-from-org')).toHaveLength(6);
  expect(tripped(late)).toEqual([]);
});

test('grants: 25 invites go, 26 are held, and their org roles with them', () => {
  const joiners = (count: number) => {
    const of = company(10);
    for (const name of names(count, 'x')) of.staff(name).join(name, 'eng');
    return run(of);
  };
  expect(states(joiners(25))).toEqual({ ready: 50 });
  const plan = joiners(26);
  expect(states(plan)).toEqual({ held: 52 });
  expect(plan.violations).toMatchObject([{ guard: 'grants', count: 26, base: 10 }]);
  expect(plan.violations[0]?.items).toHaveLength(52);
  expect(plan.operations).toEqual([]);
});

test('a group that lets many in counts the people it reaches, and its registration and roles wait for each other', () => {
  const of = world()
    .staff(...names(26))
    .group('eng', ...names(26))
    .org('Web');
  of.rule('eng', 'Member', { via: 'group', org: 'Web' }).guards(DEFAULT_GUARDS);
  expect(lines(run(of))).toEqual([
    'ready: register-group eng',
    'held by grants: give-group-role eng - > Member',
    'held by grants: add-group-to-org eng @Web - > Member',
  ]);
});

test('role changes: 5 of 50 go, 6 are held', () => {
  const promoted = (count: number) => {
    const of = company(50)
      .group('leads', ...names(count))
      .rule('leads', 'Lead', { org: 'Web', priority: 1 });
    return run(of);
  };
  expect(states(promoted(5))).toEqual({ ready: 5 });
  expect(promoted(6).violations).toMatchObject([{ guard: 'roleChanges', count: 6, base: 50 }]);
});

test('splitting a removal over several runs gains nothing within 24 hours', () => {
  const of = leave(company(50), 3);
  applied(of, run(of));
  leave(of, 2, 3);
  applied(of, run(of.later(HOUR)));
  const third = run(leave(of, 1, 5).later(HOUR));
  expect(third.violations[0]?.message).toBe(
    '6 of 50 people would lose an organization role, 5 of them in the last 24 hours; the limit is 10 % from 4 on, or 25',
  );
  expect(states(run(of.later(DAY)))).toEqual({ ready: 1 });
});

test('an approval lets exactly its items go, for 24 hours, and they count no more', () => {
  const of = leave(company(50), 6);
  const keys = run(of).changes.map(({ key }) => key);
  of.approve(keys[0] as string, keys[1] as string);
  expect(states(run(of))).toEqual({ ready: 6 });
  const strict = leave(company(50), 8);
  const first = run(strict).changes[0]?.key as string;
  const plan = run(strict.approve(first));
  expect(states(plan)).toEqual({ ready: 1, held: 7 });
  expect(plan.changes.find(({ verdict }) => verdict.state === 'ready')?.key).toBe(first);
  expect(states(run(strict.later(DAY)))).toEqual({ ready: 1, held: 7 });
  expect(states(run(strict.later(1)))).toEqual({ held: 8 });
  applied(of, run(of));
  expect(of.memory.recent.filter(({ guard }) => guard === 'orgRoles')).toHaveLength(4);
});

test('the first plan of a configuration waits, but for deactivations', () => {
  const of = leave(company(50), 2).status('n010', 'deactivated');
  of.memory = { ...of.memory, approvedConfig: null };
  const plan = run(of);
  expect(plan.violations).toMatchObject([{ guard: 'first-plan', count: 2 }]);
  expect(plan.operations.map(({ lane }) => lane)).toEqual([1]);
});

test('a directory that shrank by more than a fifth holds removals, not deactivations and not grants', () => {
  const of = leave(company(50), 2).status('n010', 'deactivated').staff('new').join('new', 'eng');
  of.memory = { ...of.memory, baseline: { people: 64, groups: 2, edges: 100 } };
  const plan = run(of);
  expect(plan.violations).toMatchObject([
    {
      guard: 'shrink',
      message: 'the directory has 51 people, the approved baseline 64: more than 20 % fewer, removals wait',
      count: 2,
    },
  ]);
  expect(states(plan)).toEqual({ ready: 3, held: 2 });
  of.memory = { ...of.memory, baseline: { people: 63, groups: 2, edges: 100 } };
  expect(tripped(run(of))).toEqual([]);
});

test.each([
  ['groups', { people: 1, groups: 3, edges: 1 }],
  ['memberships', { people: 1, groups: 1, edges: 1000 }],
])('a directory that lost %s counts as shrunken too', (what, baseline) => {
  const of = leave(company(50), 2);
  of.memory = { ...of.memory, baseline };
  expect(run(of).violations[0]?.message).toContain(what);
});

test('the baseline grows by itself and falls only by approval', () => {
  const of = company(10);
  run(of);
  expect(of.memory.baseline).toBeNull();
  of.memory = { ...of.memory, baseline: { people: 11, groups: 1, edges: 5 } };
  run(of);
  expect(of.memory.baseline).toEqual({ people: 11, groups: 2, edges: 20 });
});

/** Admins of the enterprise, `admin0` of them through a group as well. */
function admins(count: number, minAdmins = 2): World {
  const staff = names(count, 'admin');
  const of = world()
    .org('Web')
    .staff(...staff)
    .group('admins', ...staff)
    .group('rest', ...staff);
  for (const name of staff) of.user(name, { '': 'Admin' }).link(name);
  of.rule('admins', 'Admin', { allowAdmin: true }).rule('rest', 'Member', { priority: -1 });
  return of.guards({ minAdmins });
}

test('the admin floor: three minus one may go, two minus one may not, approved or not', () => {
  expect(states(run(admins(3).leave('admin000', 'admins')))).toEqual({ ready: 1 });
  const of = admins(2).leave('admin000', 'admins');
  const plan = run(of);
  expect(plan.violations).toEqual([
    {
      guard: 'minAdmins',
      place: 'the enterprise',
      count: 1,
      base: 2,
      limit: '2 admins',
      message: '1 of 2 admins would be left in the enterprise; at least 2 must stay',
      items: [plan.changes[0]?.key],
    },
  ]);
  expect(lines(run(of.approve(plan.changes[0]?.key as string)))).toEqual([
    'held by minAdmins: set-enterprise-role admin000 Admin > Member (left-group)',
  ]);
});

test('a deactivated admin goes below the floor, and takes the others’ room', () => {
  const of = admins(3).status('admin000', 'deactivated').leave('admin001', 'admins');
  expect(lines(run(of))).toEqual([
    'ready: remove-user admin000 Admin > - (deactivated)',
    'held by minAdmins: set-enterprise-role admin001 Admin > Member (left-group)',
  ]);
  expect(lines(run(admins(2).status('admin000', 'deactivated')))).toEqual([
    'ready: remove-user admin000 Admin > - (deactivated)',
  ]);
});

test('a promotion out of a role that counts as admin lowers the number of admins', () => {
  const of = admins(2).group('power', 'admin000').rule('power', 'Power user', { priority: 5 });
  of.set({ roles: { rank: ['Member', 'Admin', 'Power user'], suspended: null } });
  expect(lines(run(of))).toEqual([
    'held by admin-grant+minAdmins: set-enterprise-role admin000 Admin > Power user',
  ]);
});

test('who is admin through a group as well stays one', () => {
  const of = admins(2)
    .leave('admin000', 'admins')
    .devinGroup('sso', { '': 'Admin' })
    .signedIn('admin000', 'sso');
  expect(states(run(of))).toEqual({ ready: 1 });
});

test('the floor of an organization sees its admins, those who lose the enterprise and those who come through groups', () => {
  const of = world()
    .org('Web')
    .staff('ada', 'bob', 'cleo')
    .group('leads', 'ada', 'bob')
    .group('all', 'ada', 'bob', 'cleo');
  for (const name of ['ada', 'bob']) of.user(name, { '': 'Member', Web: 'Admin' }).link(name);
  of.user('cleo')
    .link('cleo')
    .devinGroup('sec', { '': 'Member', Web: 'Admin' })
    .linkGroup('sec')
    .signedIn('cleo', 'sec');
  of.rule('leads', 'Admin', { org: 'Web', allowAdmin: true }).rule('all', 'Member').guards({ minAdmins: 3 });
  of.group('sec', 'cleo');
  const keys = run(of).changes.map(({ key }) => key);
  expect(run(of.approve(...keys)).violations).toMatchObject([
    { guard: 'minAdmins', place: 'Web', count: 1, base: 3 },
  ]);
  of.rule('sec', 'Admin', { via: 'group', org: 'Web', allowAdmin: true })
    .leave('ada', 'leads')
    .leave('ada', 'all');
  run(of);
  expect(tripped(run(of.later(8 * DAY)))).toEqual(['minAdmins']);
});

test('an unregistered group that was told to lose its admin role keeps it when the floor says so', () => {
  const of = world().staff('ada', 'bob').devinGroup('sec', { '': 'Admin' }).linkGroup('sec').group('x');
  of.signedIn('ada', 'sec').signedIn('bob', 'sec').guards({ minAdmins: 2 });
  const keys = run(of).changes.map(({ key }) => key);
  const plan = run(of.approve(...keys));
  expect(lines(plan)).toEqual([
    'held by minAdmins: take-group-role sec Admin > - (group-deleted)',
    'held by minAdmins: unregister-group sec (group-deleted)',
  ]);
  expect(plan.violations[0]?.items).toEqual(plan.changes.map(({ key }) => key));
});

test('each admin role is given only when that very item is approved', () => {
  const of = admins(2).staff('new', 'other').join('new', 'admins').join('other', 'rest');
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'held by admin-grant: invite new - > Admin',
    'ready: invite other - > Member',
  ]);
  expect(plan.changes[0]?.privileged).toBe(true);
  of.approve(plan.changes[0]?.key as string);
  expect(states(run(of))).toEqual({ ready: 2 });
});

test('an item that is held by two guards names both', () => {
  const of = admins(2).staff('new').join('new', 'admins');
  of.memory = { ...of.memory, approvedConfig: 'another' };
  const [change] = run(of).changes;
  expect(change?.verdict).toEqual({ state: 'held', by: ['first-plan', 'admin-grant'] });
});

test('an approval makes nothing ready that waits or is barred', () => {
  const of = leave(company(50), 1);
  const waits = of.decide().plan.changes[0]?.key as string;
  of.approve(waits);
  expect(lines(of.decide().plan)).toEqual(['waiting: remove-from-org n000 @Web Member > - (left-group)']);
  of.policy({ memberships: 'create-only' });
  expect(lines(of.decide().plan)).toEqual(['barred: remove-from-org n000 @Web Member > - (left-group)']);
});

test('what was written exactly a day ago still counts, a moment later no more', () => {
  const of = leave(company(50), 5);
  of.memory = {
    ...of.memory,
    recent: [{ at: of.now - DAY, guard: 'orgRoles', place: null, people: 1, who: 'p-x' }],
  };
  expect(tripped(run(of))).toEqual(['orgRoles']);
  expect(tripped(run(of.later(1)))).toEqual([]);
});

test.each([
  ['group-renamed', /new name/],
  ['group-deleted', /gone from the directory/],
  ['rule-changed', /no rule gives/],
  ['rejected', /a person rejected it/],
  ['rolled-back', /a person took it back/],
  ['by-hand', /took it back in Devin/],
  ['outsider', /directory does not have/],
  ['flapping', /keeps taking it back/],
  ['role-ceiling', /above the ceiling/],
  ['collision', /ambiguous/],
])('what is held as %s stands in the list of holds, in words', (guard, words) => {
  const of = world();
  const [census] = [finish(censusSteps(of.devin(), buildAtlas(of.settings, of.devin()).atlas, () => 0))];
  const held = change({ key: 'k', kind: 'invite', verdict: { state: 'held', by: [guard] } });
  const ready = change({ key: 'r', kind: 'invite', verdict: { state: 'ready' } });
  const { violations } = applyGuards(
    {
      ...{ settings: of.settings, memory: of.memory, now: of.now, census, countedAt: of.now },
      ...{ pending: null, configApproved: true, shrunken: null },
    },
    [held, ready],
  );
  expect(violations).toMatchObject([{ guard, items: ['k'], message: expect.stringMatching(words) }]);
});
