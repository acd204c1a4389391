/** What the calendar keeps back: freeze windows, fresh adoptions, waves of invitations; and what a budget lets pass. */
import { expect, test } from 'vitest';
import { budgetTerms, windowEnd } from '../../src/core/calendar.ts';
import type { Budget, FreezeWindow } from '../../src/core/model/calendar.ts';
import { applied } from '../helpers/applied.ts';
import { DAY, DEFAULT_GUARDS, HOUR, lines, MINUTE, NOW, run, type World, world } from '../helpers/world.ts';

const YEAR_END: FreezeWindow = { name: 'year end', when: { kind: 'once', from: NOW - DAY, to: NOW + DAY } };

/** Ada and Bob are in payments and managed; Bob has left the group, Cyd joins it, Dan is deactivated. */
function busy(): World {
  const here = world()
    .org('Payments', 'Search')
    .staff('ada', 'bob', 'cyd', 'dan')
    .group('payments', 'ada', 'cyd');
  for (const name of ['ada', 'bob', 'dan']) here.user(name, { '': 'Member', Payments: 'Member' }).link(name);
  return here.status('dan', 'deactivated').rule('payments', 'Member', { org: 'Payments' });
}

test('in a freeze window everything but deactivations waits, with the date', () => {
  const here = busy().set({ freeze: [YEAR_END] });
  const plan = run(here);
  expect(lines(plan)).toEqual([
    'waiting: remove-user bob Member > - (out-of-scope)',
    'waiting: remove-from-org bob @Payments Member > - (left-group)',
    'waiting: invite cyd - > Member',
    'waiting: add-to-org cyd @Payments - > Member',
    'ready: remove-user dan Member > - (deactivated)',
  ]);
  expect(plan.changes.find(({ kind }) => kind === 'invite')?.verdict).toEqual({
    state: 'waiting',
    until: NOW + DAY,
    why: 'freeze window "year end"',
  });
  expect(plan.notices).toContainEqual({
    kind: 'calendar',
    subject: 'year end',
    message: 'freeze window "year end" until 2026-11-23T09:00Z: everything but deactivations waits',
  });
  expect(lines(run(here.later(DAY)))).toContain('ready: invite cyd - > Member');
});

test('an approval opens no freeze window', () => {
  const here = busy()
    .set({ rules: [] })
    .set({ freeze: [YEAR_END] });
  const before = here.set({ freeze: [] }).decide().plan;
  here.set({ freeze: [YEAR_END] }).approve(...before.changes.map(({ key }) => key));
  expect(lines(run(here)).filter((line) => line.startsWith('ready'))).toEqual([
    'ready: remove-user dan Member > - (deactivated)',
  ]);
});

test('of two windows the one that ends last counts', () => {
  const short: FreezeWindow = { name: 'short', when: { kind: 'once', from: NOW - HOUR, to: NOW + HOUR } };
  const [notice] = run(busy().set({ freeze: [YEAR_END, short] })).notices.filter(
    ({ kind }) => kind === 'calendar',
  );
  expect(notice?.subject).toBe('year end');
});

const minute = (day: number, hour: number) => day * 1440 + hour * 60;
const WEEKEND: FreezeWindow = {
  name: 'weekend',
  when: { kind: 'weekly', from: minute(4, 18), to: minute(0, 7), timeZone: 'Europe/Berlin' },
};
const berlin = (date: string) => Date.parse(`${date}+01:00`);

test.each<[string, number, string | null]>([
  ['on Friday at 17:59', berlin('2026-11-27T17:59'), null],
  ['on Friday at 18:00', berlin('2026-11-27T18:00'), '2026-11-30T07:00'],
  ['on Sunday at 12:00 and 30 seconds', berlin('2026-11-29T12:00') + 30_000, '2026-11-30T07:00'],
  ['on Monday at 06:59', berlin('2026-11-30T06:59'), '2026-11-30T07:00'],
  ['on Monday at 07:00', berlin('2026-11-30T07:00'), null],
  ['on Wednesday', berlin('2026-12-02T12:00'), null],
])('a weekly window in its time zone, %s', (_when, now, end) => {
  expect(windowEnd(WEEKEND, now)).toBe(end === null ? null : berlin(end));
});

test('a window of one day ends on it', () => {
  const night: FreezeWindow = {
    name: 'release',
    when: { kind: 'weekly', from: minute(6, 8), to: minute(6, 10), timeZone: 'UTC' },
  };
  expect(windowEnd(night, NOW)).toBe(NOW + HOUR);
});

// Adoption.

function adopted(place: string): World {
  const here = busy();
  const adoption = { place, at: NOW - DAY, until: NOW + 13 * DAY, by: 'os:lin', attest: 'these are mine' };
  here.memory = { ...here.memory, adoptions: [adoption] };
  return here;
}

test('nothing is taken in an organization that was adopted a day ago, but from deactivated people', () => {
  const here = adopted('org-payments');
  run(here);
  const plan = run(here.later(8 * DAY));
  expect(lines(plan)).toEqual([
    'waiting: remove-user bob Member > - (out-of-scope)',
    'waiting: remove-from-org bob @Payments Member > - (left-group)',
    'ready: invite cyd - > Member',
    'ready: add-to-org cyd @Payments - > Member',
    'ready: remove-user dan Member > - (deactivated)',
  ]);
  expect(plan.changes[1]?.verdict).toEqual({
    state: 'waiting',
    until: NOW + 13 * DAY,
    why: 'adopted on 2026-11-21T09:00Z by os:lin: nothing is taken there before',
  });
  expect(plan.changes[0]?.verdict).toMatchObject({ until: NOW + 13 * DAY });
  expect(lines(run(here.later(6 * DAY)))).toContain(
    'ready: remove-from-org bob @Payments Member > - (left-group)',
  );
});

test('an adoption of one organization keeps nothing in another', () => {
  const here = adopted('org-search');
  expect(lines(run(here))).toContain('ready: remove-from-org bob @Payments Member > - (left-group)');
  const both = adopted('org-payments').role('bob', 'Search', 'Member');
  both.link('bob');
  const later = { place: 'org-search', at: NOW - DAY, until: NOW + 20 * DAY, by: 'os:cyd', attest: '' };
  both.memory = { ...both.memory, adoptions: [...both.memory.adoptions, later] };
  run(both);
  expect(run(both.later(8 * DAY)).changes[0]?.verdict).toMatchObject({ until: NOW + 20 * DAY });
});

test('an adoption of the enterprise keeps enterprise roles', () => {
  const here = adopted('');
  run(here);
  expect(run(here.later(8 * DAY)).changes[0]).toMatchObject({
    kind: 'remove-user',
    verdict: { state: 'waiting', until: NOW + 13 * DAY },
  });
});

test('what waits already, or is barred, keeps its own reason', () => {
  const here = adopted('org-payments').policy({ memberships: 'observe' });
  expect(lines(run(here))).toContain('barred: remove-from-org bob @Payments Member > - (left-group)');
});

// Waves.

/** Nobody is in Devin, and so many people should be. */
function crowd(people: number): World {
  const names = Array.from({ length: people }, (_, at) => `p${at}`);
  return world()
    .org('Payments')
    .staff(...names)
    .group('users', ...names)
    .rule('users', 'Member')
    .rule('users', 'Member', { org: 'Payments' });
}

const countReady = (here: World, kind: string) =>
  here.decide().plan.changes.filter((change) => change.kind === kind && change.verdict.state === 'ready')
    .length;

test('invitations go in waves of a day, and the others wait with the date', () => {
  const here = crowd(7).guards({ invitesPerDay: 3 });
  const plan = run(here);
  expect(countReady(here, 'invite')).toBe(3);
  expect(countReady(here, 'add-to-org')).toBe(3);
  const until = plan.changes.flatMap(({ kind, verdict }) =>
    kind === 'invite' && verdict.state === 'waiting' ? [verdict.until] : [],
  );
  expect(until).toEqual([NOW + DAY, NOW + DAY, NOW + DAY, NOW + 2 * DAY]);
  applied(here, plan);
  expect(countReady(here.later(HOUR), 'invite')).toBe(0);
  expect(run(here).changes.find(({ kind }) => kind === 'invite')?.verdict).toMatchObject({
    until: NOW + DAY,
  });
  applied(here, run(here.later(DAY)));
  applied(here, run(here.later(DAY + MINUTE)));
  expect(run(here).changes).toEqual([]);
});

test('what a guard holds takes no place in a wave, and what was approved does', () => {
  const here = crowd(6).guards({
    invitesPerDay: 4,
    grants: { ...DEFAULT_GUARDS.grants, count: 2, share: 0 },
  });
  const plan = run(here);
  expect(countReady(here, 'invite')).toBe(0);
  here.approve(...plan.changes.map(({ key }) => key));
  expect(countReady(here, 'invite')).toBe(4);
  applied(here, run(here));
  expect(countReady(here, 'invite')).toBe(0);
});

// Budgets.

const MOVE: Budget = { name: 'move', from: NOW - HOUR, to: NOW + 8 * HOUR, guards: { orgRoles: 12 } };

/** Ten of forty people leave their group in one day: more than guards let pass. */
function reorganisation(leavers = 10): World {
  const names = Array.from({ length: 40 }, (_, at) => `p${at}`);
  const here = world()
    .org('Payments')
    .staff(...names)
    .group('users', ...names)
    .group('payments', ...names.slice(leavers));
  for (const name of names) here.user(name, { '': 'Member', Payments: 'Member' }).link(name);
  return here
    .rule('users', 'Member')
    .rule('payments', 'Member', { org: 'Payments' })
    .guards({ orgRoles: DEFAULT_GUARDS.orgRoles })
    .set({ budgets: [MOVE] });
}

function approved(here: World, budget = MOVE): World {
  const approval = {
    name: budget.name,
    terms: budgetTerms(budget),
    by: 'os:lin',
    at: NOW - DAY,
    why: 'board',
  };
  here.memory = { ...here.memory, budgets: [approval] };
  return here;
}

const ready = (here: World) => run(here).changes.filter(({ verdict }) => verdict.state === 'ready').length;

test('a budget lets a guard pass only once somebody approved it', () => {
  expect(ready(reorganisation())).toBe(0);
  expect(ready(approved(reorganisation()))).toBe(10);
});

test('a budget ends at its own number, its own window and its own terms', () => {
  expect(ready(approved(reorganisation(12)))).toBe(12);
  expect(ready(approved(reorganisation(13)))).toBe(0);
  expect(ready(approved(reorganisation().later(9 * HOUR)))).toBe(0);
  expect(ready(approved(reorganisation().later(-2 * HOUR)))).toBe(0);
  expect(ready(approved(reorganisation(), { ...MOVE, guards: { orgRoles: 11 } }))).toBe(0);
});

test('a budget of another guard changes nothing, and none lets a place go to nobody', () => {
  const other = { ...MOVE, guards: { grants: 100 } };
  expect(ready(approved(reorganisation().set({ budgets: [other] }), other))).toBe(0);
  const everybody = { ...MOVE, guards: { orgRoles: 100, perGroup: 100 } };
  const empty = reorganisation(40)
    .guards({ perGroup: DEFAULT_GUARDS.perGroup })
    .set({ budgets: [everybody] });
  expect(run(approved(empty, everybody)).violations.map(({ guard }) => guard)).toContain('perGroup');
});

test('the report names a budget until its window is over', () => {
  const said = (here: World) =>
    run(here)
      .notices.filter(({ kind }) => kind === 'calendar')
      .map(({ message }) => message);
  expect(said(reorganisation())).toEqual([
    'budget "move" until 2026-11-22T17:00Z: orgRoles up to 12 people; not approved yet (devin-idp-sync budget approve move)',
  ]);
  expect(said(approved(reorganisation().later(-2 * HOUR)))).toEqual([
    'budget "move" from 2026-11-22T08:00Z: orgRoles up to 12 people; approved by os:lin',
  ]);
  const day = { ...MOVE, from: Date.UTC(2026, 10, 23), to: Date.UTC(2026, 10, 24) };
  expect(said(reorganisation().set({ budgets: [day] }))).toEqual([
    expect.stringContaining('budget "move" from 2026-11-23: '),
  ]);
  expect(said(reorganisation().later(DAY))).toEqual([]);
});

test.each([
  [0, 'before it begins', false],
  [1, 'at the minute in which it begins', true],
  [2, 'at the minute in which it ends', false],
])('a window once and for all, case %i: %s', (at, _what, closed) => {
  const window: FreezeWindow = { name: 'once', when: { kind: 'once', from: NOW, to: NOW + HOUR } };
  const now = [NOW - 1, NOW, NOW + HOUR][at] as number;
  expect(windowEnd(window, now)).toBe(closed ? NOW + HOUR : null);
});

test('each day of the week has its own minutes', () => {
  // 23 November 2026 is a Monday.
  for (const day of [0, 1, 2, 3, 4, 5, 6]) {
    const when = { kind: 'weekly', from: minute(day, 12), to: minute(day, 13), timeZone: 'Etc/UTC' } as const;
    const noon = Date.UTC(2026, 10, 23 + day, 12);
    expect(windowEnd({ name: 'noon', when }, noon)).toBe(noon + HOUR);
    expect(windowEnd({ name: 'noon', when }, noon + DAY)).toBe(null);
  }
});

test('a budget holds from its first to its last moment', () => {
  for (const [ms, expected] of [
    [-HOUR, 10],
    [-HOUR - 1, 0],
    [8 * HOUR, 10],
    [8 * HOUR + 1, 0],
  ] as const)
    expect(ready(approved(reorganisation().later(ms)))).toBe(expected);
});

test('invitations that something holds take no place in a wave', () => {
  const here = crowd(4).guards({ invitesPerDay: 1 });
  const held = run(here).changes.filter(({ kind }) => kind === 'invite');
  const rejections = held.slice(0, 3).map(({ key: item }) => ({ item, by: 'lin', at: here.now, why: 'no' }));
  here.memory = { ...here.memory, rejections };
  expect(countReady(here, 'invite')).toBe(1);
});
