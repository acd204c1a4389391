/** What is held stays held, is told again as it grows old, and answers to what people said about it. */
import { expect, test } from 'vitest';
import { alertsSince } from '../../src/core/holds.ts';
import { applied } from '../helpers/applied.ts';
import { DAY, DEFAULT_GUARDS, HOUR, lines, MINUTE, run, type World, world } from '../helpers/world.ts';

const STAFF = Array.from({ length: 12 }, (_, at) => `n${String(at).padStart(2, '0')}`);

/** Twelve people, all in Web through eng, all managed. */
function company(): World {
  const of = world()
    .staff(...STAFF)
    .org('Web')
    .group('all', ...STAFF)
    .group('eng', ...STAFF);
  for (const name of STAFF) of.user(name, { '': 'Member', Web: 'Member' }).link(name);
  return of.rule('all', 'Member').rule('eng', 'Member', { org: 'Web' });
}

/** Five of them leave eng: more than the guards let go. */
function held(): World {
  const of = company().guards({ ...DEFAULT_GUARDS, minAdmins: 0 });
  for (const name of STAFF.slice(0, 5)) of.leave(name, 'eng');
  return of;
}

function reject(of: World, ...items: string[]): World {
  const rejections = items.map((item) => ({ item, by: 'eve@corp.example', at: of.now, why: 'no' }));
  of.memory = { ...of.memory, rejections: [...of.memory.rejections, ...rejections] };
  return of;
}

/** One turn with its alerts. */
function alerts(of: World) {
  const decision = of.decide(of.ask(of.decide().questions));
  of.memory = decision.memory;
  return decision.alerts;
}

test('a hold is told when it is new, after a day, three days, a week and then every week', () => {
  const of = held();
  expect(alerts(of)).toMatchObject([{ kind: 'new', age: 0, guards: ['orgRoles', 'perGroup'] }]);
  const since = of.now;
  const told: number[] = [];
  for (let hours = 6; hours <= 24 * 23; hours += 6) {
    of.later(6 * HOUR);
    for (const { kind, age, items } of alerts(of)) {
      expect(kind).toBe('reminder');
      expect(items).toHaveLength(5);
      told.push(age / DAY);
    }
  }
  expect(told).toEqual([1, 3, 7, 14, 21]);
  expect(of.memory.holds.map((hold) => hold.since)).toEqual(Array(5).fill(since));
});

test('a hold that ended begins anew, and what joins an old hold is told alone', () => {
  const of = held();
  alerts(of);
  of.later(2 * DAY).leave('n05', 'eng');
  expect(alerts(of)).toMatchObject([
    { kind: 'reminder', items: { length: 5 } },
    { kind: 'new', items: { length: 1 } },
  ]);
  for (const name of STAFF.slice(0, 6)) of.join(name, 'eng');
  expect(alerts(of)).toEqual([]);
  expect(of.memory.holds).toEqual([]);
  for (const name of STAFF.slice(0, 5)) of.leave(name, 'eng');
  expect(alerts(of)).toMatchObject([{ kind: 'new' }]);
});

test('the first plan is one hold, whatever its size', () => {
  const of = company();
  of.users.clear();
  of.memory = { ...of.memory, people: [] };
  of.configHash = 'new';
  expect(alerts(of)).toEqual([{ kind: 'new', age: 0, guards: ['first-plan'], items: ['first-plan'] }]);
  expect(of.memory.holds).toHaveLength(1);
});

test('the reading of a part tells nothing', () => {
  const of = held();
  alerts(of);
  const { holds } = of.memory;
  of.scope = { kind: 'part', people: ['p-n00'] };
  expect(alerts(of.later(2 * DAY))).toEqual([]);
  expect(of.memory.holds).toBe(holds);
});

test('a rejected item stays held, run after run, while the rest flows', () => {
  const of = company().leave('n00', 'eng').leave('n01', 'eng');
  const key = run(of).changes[0]?.key as string;
  reject(of, key);
  for (const pause of [MINUTE, 2 * DAY, 60 * DAY]) {
    expect(lines(run(of.later(pause)))).toEqual([
      'held by rejected: remove-from-org n00 @Web Member > - (left-group)',
      'ready: remove-from-org n01 @Web Member > - (left-group)',
    ]);
  }
  expect(run(of).violations).toMatchObject([{ guard: 'rejected', count: 1 }]);
});

test('another cause is another item: a rejection holds it no more', () => {
  const of = company().leave('n00', 'eng');
  reject(of, run(of).changes[0]?.key as string);
  of.status('n00', 'suspended');
  expect(lines(run(of))).toEqual(['ready: remove-from-org n00 @Web Member > - (suspended)']);
});

test('the newer word counts: approved after rejected, rejected after approved', () => {
  const of = held();
  const keys = run(of).changes.map(({ key }) => key);
  reject(of, ...keys);
  expect(run(of).changes[0]?.verdict).toEqual({ state: 'held', by: ['rejected'] });
  of.later(MINUTE).approve(...keys);
  expect(run(of).operations).toHaveLength(5);
  of.later(MINUTE);
  of.memory = { ...of.memory, rejections: [] };
  reject(of, ...keys);
  expect(run(of).operations).toEqual([]);
});

test('an approval is for one time: once it was carried out, the same change asks again', () => {
  const of = held();
  of.approve(...run(of).changes.map(({ key }) => key));
  const plan = run(of);
  expect(plan.operations).toHaveLength(5);
  expect(of.memory.approvals).toHaveLength(5);
  applied(of, plan);
  expect(run(of.later(MINUTE)).changes).toEqual([]);
  expect(of.memory.approvals).toEqual([]);
  for (const name of STAFF.slice(0, 5)) of.role(name, 'Web', 'Member').link(name);
  expect(run(of.later(MINUTE)).operations).toEqual([]);
});

test('a rejected item counts for no guard, so that it holds nobody else', () => {
  const of = held().guards({
    orgRoles: { atLeast: 4, share: 0.34, count: 25 },
    perGroup: { atLeast: 99, share: 1, count: 99 },
  });
  const plan = run(of);
  expect(plan.violations.map(({ guard }) => guard)).toEqual(['orgRoles']);
  reject(of, ...plan.changes.slice(0, 2).map(({ key }) => key));
  expect(run(of).operations).toHaveLength(3);
});

test('a rejection of what waits or what a guard holds is kept beside', () => {
  const of = company().leave('n00', 'all').leave('n00', 'eng');
  const plan = run(of);
  reject(of, ...plan.changes.map(({ key }) => key));
  expect(lines(run(of))).toEqual([
    'waiting: remove-user n00 Member > - (out-of-scope)',
    'held by rejected: remove-from-org n00 @Web Member > - (left-group)',
  ]);
  const gone = company().set({ rules: [] }).rule('all', 'Member');
  reject(gone, run(gone).changes[0]?.key as string);
  expect(run(gone).changes[0]?.verdict).toEqual({
    state: 'held',
    by: ['rejected', 'rule-changed'].reverse(),
  });
});

test('nobody can reject a proven deactivation', () => {
  const of = company().status('n00', 'deactivated');
  reject(of, run(of).changes[0]?.key as string);
  expect(lines(run(of))).toEqual(['ready: remove-user n00 Member > - (deactivated)']);
});

test('what was approved for an organization that is to be created stays approved when it has an id', () => {
  const of = company().set({
    organizations: [{ name: 'Lab', create: true, maxSessionAcuLimit: 1, maxCycleAcuLimit: 1 }],
  });
  of.rule('eng', 'Admin', { org: 'Lab', allowAdmin: true });
  const before = run(of).changes.filter(({ org }) => org?.name === 'Lab');
  expect(before).toHaveLength(12);
  of.org('Lab');
  expect(run(of).changes.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
});

test('people who leave one small group are held by the share of the group, also over several runs', () => {
  const of = company().guards({ perGroup: DEFAULT_GUARDS.perGroup }).org('Big');
  of.group('crew', ...STAFF.slice(0, 6)).rule('crew', 'Lead', { org: 'Web', priority: 1 });
  for (const name of STAFF.slice(0, 6)) of.role(name, 'Web', 'Lead');
  for (const name of STAFF.slice(0, 2)) of.leave(name, 'crew');
  const first = run(of);
  expect(
    first.changes.map(({ left, verdict }) => [left?.map(({ name }) => name).join(), verdict.state]),
  ).toEqual([
    ['crew', 'ready'],
    ['crew', 'ready'],
  ]);
  applied(of, first);
  of.leave('n02', 'crew');
  expect(run(of.later(HOUR)).violations).toMatchObject([
    { guard: 'perGroup', place: 'group crew', count: 3, base: 6 },
  ]);
});

test('where two groups give the same, and nobody remembers who was in them, it counts against both', () => {
  const of = company()
    .group('crew', ...STAFF.slice(6))
    .rule('crew', 'Member', { org: 'Web' });
  expect(run(of.leave('n00', 'eng')).changes).toMatchObject([{ cause: 'left-group' }]);
  expect(run(of).changes[0]?.left?.map(({ name }) => name)).toEqual(['crew', 'eng']);
});

test('an organization may have limits of its own, by name or id', () => {
  const strict = { removals: { atLeast: 1, share: 0.01, count: 0 }, minAdmins: null };
  for (const name of ['Web', 'org-web']) {
    const of = company()
      .guards({ perOrg: { [name]: strict } })
      .leave('n00', 'eng');
    expect(lines(run(of))).toEqual(['held by perGroup: remove-from-org n00 @Web Member > - (left-group)']);
  }
  const admins = { removals: { atLeast: 99, share: 1, count: 99 }, minAdmins: 1 };
  const of = company().rule('eng', 'Admin', { org: 'Web', allowAdmin: true, priority: 2 });
  for (const name of STAFF) of.role(name, 'Web', 'Admin');
  for (const name of STAFF.slice(1)) of.leave(name, 'eng');
  of.guards({ minAdmins: 2, perGroup: admins.removals });
  expect(run(of).violations.map(({ guard }) => guard)).toEqual(['minAdmins']);
  expect(run(of.guards({ perOrg: { Web: admins } })).violations).toEqual([]);
});

test('limits for an organization that Devin does not have are a problem in words', () => {
  const of = company().guards({ perOrg: { Wob: { removals: DEFAULT_GUARDS.perGroup, minAdmins: null } } });
  expect(of.decide().problems).toEqual(['guards.perOrg: no organization "Wob" exists in Devin']);
});

test('an empty list of Devin users forgets nobody', () => {
  const of = company();
  const { people } = of.memory;
  of.users.clear();
  for (const name of STAFF) of.status(name, 'deactivated');
  run(of);
  expect(of.memory.people).toBe(people);
});

test('what a dead replica had remembered and may not have told is new to the one that takes its run over', () => {
  const of = held();
  const first = alerts(of);
  const { changes } = run(of);
  const { holds } = of.memory;
  expect(first.length).toBeGreaterThan(0);
  expect(alerts(of)).toEqual([]);
  expect(alertsSince(holds, changes, of.now)).toEqual(first);
  expect(alertsSince(holds, changes, of.now + 1)).toEqual([]);
  const emergency = { item: 'breakglass@corp.example', since: of.now, toldAge: 0 };
  expect(alertsSince([...holds, emergency], changes, of.now)).toEqual([
    ...first,
    { kind: 'new', guards: ['break-glass'], items: [emergency.item], age: 0 },
  ]);
});
