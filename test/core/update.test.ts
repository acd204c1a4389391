/** Readings that were built from an earlier one: they give and change access like any other, and prove no absence. */
import { expect, test } from 'vitest';
import { applied } from '../helpers/applied.ts';
import { DAY, HOUR, lines, MINUTE, run, type World, world } from '../helpers/world.ts';

function company(): World {
  const of = world()
    .staff('ada', 'bob')
    .group('eng', 'ada', 'bob')
    .org('Web')
    .rule('eng', 'Member', { org: 'Web' })
    .suspendedRole();
  return updated(applied(of, run(of)));
}

function updated(of: World): World {
  of.basis = 'update';
  return of;
}

/** Nobody answers: whatever the reading shows stays unconfirmed. */
function unasked(of: World): string[] {
  const { plan, memory } = of.decide();
  of.memory = memory;
  return lines(plan);
}

const LEFT = 'ready: remove-from-org bob @Web Member > - (left-group)';
const WAITS = 'waiting: remove-user bob Member > - (out-of-scope)';
const FADES = 'ready: set-enterprise-role bob Member > No access (out-of-scope)';

test('a reading built from changes proves an absence only with the groups read again in the same run', () => {
  const of = company().leave('bob', 'eng');
  expect(lines(run(of))).toEqual([WAITS, LEFT]);
  expect(of.memory.tombstones).toMatchObject([{ subject: 'p-bob', cause: 'out-of-scope' }]);
  expect(lines(run(of.later(14 * MINUTE)))).toEqual([WAITS, LEFT]);
  expect(lines(run(of.later(MINUTE)))).toEqual([FADES, LEFT]);
});

test('without a fresh answer an absence neither begins nor is confirmed', () => {
  const of = company().leave('bob', 'eng');
  unasked(of);
  expect(of.memory.tombstones).toEqual([]);
  run(of);
  const [stone] = of.memory.tombstones;
  expect(unasked(of.later(HOUR))[0]).toBe(WAITS);
  expect(of.memory.tombstones).toEqual([stone]);
  of.basis = 'full';
  expect(unasked(of)[0]).toBe(FADES);
});

test('a fresh answer that contradicts the changes keeps the access', () => {
  const of = company()
    .leave('bob', 'eng')
    .freshly('eng', { people: ['ada', 'bob'] });
  run(of);
  expect(of.memory.tombstones).toEqual([]);
  expect(lines(run(of.later(DAY)))).toEqual([
    WAITS,
    'waiting: remove-from-org bob @Web Member > - (left-group)',
  ]);
});

test('between the proof and the due date nobody is asked; on that day the absence is confirmed again', () => {
  const of = company().leave('bob', 'eng');
  run(of);
  applied(of, run(of.later(HOUR)));
  const rests = of.later(DAY).decide();
  expect(rests.questions).toEqual({ people: [], groups: [] });
  expect(lines(rests.plan)).toEqual(['waiting: remove-user bob No access > - (out-of-scope)']);
  of.memory = rests.memory;
  expect(unasked(of.later(7 * DAY))).toEqual(['waiting: remove-user bob No access > - (out-of-scope)']);
  expect(lines(run(of))).toEqual(['ready: remove-user bob No access > - (out-of-scope)']);
});

test('a person who is gone by id is gone whatever the reading was built from', () => {
  const of = company().vanish('bob');
  run(of);
  expect(lines(run(of.later(HOUR)))).toEqual([
    'ready: set-enterprise-role bob Member > No access (vanished)',
    'ready: remove-from-org bob @Web Member > - (vanished)',
  ]);
});

test('whom nobody can be asked about waits for full readings', () => {
  const of = updated(world().staff('ada').group('eng', 'ada').user('eve').set({ foreign: 'remove' }));
  const waits = 'waiting: remove-user eve Member > - (foreign)';
  expect(lines(run(of))).toEqual([waits]);
  expect(lines(run(of.later(HOUR)))).toEqual([waits]);
  of.basis = 'full';
  expect(lines(run(of))).toEqual([waits]);
  expect(lines(run(of.later(HOUR)))).toEqual(['ready: remove-user eve Member > - (foreign)']);
});

test('too many groups to read again leave the absence to the next full reading', () => {
  const of = world()
    .staff('ada', 'bob')
    .org('Web')
    .rule('eng', 'Member', { org: 'Web' })
    .group('eng', 'ada', 'bob');
  for (let team = 0; team < 100; team++) of.group(`team-${team}`, 'ada');
  of.rule('team-.*', 'Member', { match: { by: 'pattern', pattern: 'team-.*' } });
  updated(applied(of, run(of))).leave('bob', 'eng');
  const { questions, plan } = of.decide();
  expect(questions).toEqual({ people: [], groups: ['g-eng'] });
  expect(lines(plan)[0]).toBe(WAITS);
  run(of);
  expect(of.memory.tombstones).toEqual([]);
});

test('groups that give roles only as groups are not read again for the sake of a person', () => {
  const of = company().group('sso', 'ada').devinGroup('sso', { '': 'Member' }).linkGroup('sso');
  of.rule('sso', 'Member', { via: 'group' }).leave('bob', 'eng');
  expect(of.decide().questions).toEqual({ people: [], groups: ['g-eng'] });
});

test('nothing is asked about an absence that policy would not let count', () => {
  const of = company().leave('bob', 'eng').policy({ users: 'leavers', memberships: 'leavers' });
  expect(of.decide().questions).toEqual({ people: [], groups: [] });
});

test('nothing is decided about people whose source could not be read', () => {
  const of = company().staff('new').join('new', 'eng').leave('bob', 'eng');
  for (const name of ['new', 'bob']) of.status(name, 'unread');
  of.directoryNotices = [{ kind: 'source-unread', subject: 'berlin', message: 'answered 503' }];
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.notices).toEqual([{ kind: 'source-unread', subject: 'berlin', message: 'answered 503' }]);
  expect(plan.buckets.people.waiting).toBe(2);
  expect(plan.buckets.users.waiting).toBe(1);
});

test('a group whose source could not be read is given nothing and loses nothing', () => {
  const of = company().group('sso', 'ada').rule('sso', 'Member', { via: 'group' });
  const team = of.teams.get('g-sso');
  if (team !== undefined) team.unread = true;
  expect(lines(run(of))).toEqual([]);
  if (team !== undefined) team.unread = false;
  expect(lines(run(of)).length).toBe(2);
});
