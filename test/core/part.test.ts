import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change, Plan } from '../../src/core/model/change.ts';
import type { Standing } from '../../src/core/model/standing.ts';
import { anyWorld, judgedWorld } from '../helpers/arbitrary-world.ts';
import { decidePart, standingOf } from '../helpers/part.ts';
import { runs } from '../helpers/runs.ts';
import { DAY, DEFAULT_GUARDS, HOUR, lines, MINUTE, run, type World, world } from '../helpers/world.ts';

const RUNS = runs(150);
const TEAMS = ['eng', 'ops', 'sec', 'all'] as const;
const NAMES = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay', 'gus', 'hal'];

/** Everything about a change but the words of its reason: through which group somebody is in another is not read again. */
function told({ changes, residual, notices }: Plan): object {
  const plain = changes.map(({ reason: _reason, ...rest }: Change) => rest);
  return {
    changes: plain,
    residual,
    notices: notices.map(({ kind, subject }) => `${kind} ${subject}`).sort(),
  };
}

function fromAll(of: World, email: string): Plan {
  const first = of.decide(undefined, { user: email });
  return of.decide(of.ask(first.questions), { user: email }).plan;
}

test('a person alone gets exactly the changes that a reading of everything gives them at that moment', () => {
  let alone = 0;
  let turns = 0;
  fc.assert(
    fc.property(anyWorld, (of) => {
      const standing = standingOf(of);
      for (const name of NAMES) {
        const email = `${name}@corp.example`;
        const part = decidePart(of, standing, email);
        turns++;
        if (!('plan' in part) || part.doubt !== null) continue;
        alone++;
        expect(told(part.plan)).toEqual(told(fromAll(of, email)));
      }
    }),
    RUNS,
  );
  expect(alone).toBeGreaterThan(turns / 2);
});

/** Item keys of what may be written. */
function ready({ changes }: Plan): string[] {
  return changes.flatMap(({ key, verdict }) => (verdict.state === 'ready' ? [key] : []));
}

test('whatever limits, grants, windows and earlier losses there are, a person alone gets nothing that they would not get among all', () => {
  let alone = 0;
  let strict = 0;
  fc.assert(
    fc.property(
      judgedWorld,
      fc.constantFrom(...NAMES),
      fc.array(fc.record({ team: fc.constantFrom(...TEAMS), joins: fc.boolean() }), {
        maxLength: 3,
      }),
      fc.integer({ min: 0, max: 3 }),
      (of, name, moves, approved) => {
        const standing = standingOf(of);
        for (const { team, joins } of moves) joins ? of.join(name, team) : of.leave(name, team);
        of.later(HOUR / 2);
        const email = `${name}@corp.example`;
        const whole = fromAll(of, email);
        of.approve(...whole.changes.slice(0, approved).map(({ key }) => key));
        const part = decidePart(of, standing, email);
        if (!('plan' in part) || part.doubt !== null) return;
        alone++;
        const all = ready(fromAll(of, email));
        const mine = ready(part.plan);
        expect(all).toEqual(expect.arrayContaining(mine));
        if (mine.length < all.length) strict++;
      },
    ),
    runs(150),
  );
  expect(alone).toBeGreaterThan(strict);
});

test('people who change one by one are judged as if all of them were seen together, though nothing is written yet', () => {
  let counted = 0;
  fc.assert(
    fc.property(
      judgedWorld,
      fc.constantFrom(...TEAMS),
      fc.subarray([...NAMES], { minLength: 3 }),
      (of, team, names) => {
        let standing = standingOf(of);
        const written = new Set<string>();
        for (const name of names) {
          if (of.teams.get(`g-${team}`)?.people.has(`p-${name}`)) of.leave(name, team);
          else of.join(name, team);
          const part = decidePart(of.later(MINUTE), standing, `${name}@corp.example`);
          if (!('plan' in part) || part.doubt !== null) continue;
          for (const key of ready(part.plan)) written.add(key);
          standing = part.standing;
        }
        // Only the last one knew of all others; whoever it lets go is let go by a whole turn as well.
        const email = `${names.at(-1)}@corp.example`;
        const last = decidePart(of, standing, email);
        if (!('plan' in last) || last.doubt !== null) return;
        counted += written.size;
        expect(ready(fromAll(of, email))).toEqual(expect.arrayContaining(ready(last.plan)));
      },
    ),
    runs(120),
  );
  expect(counted).toBeGreaterThan(0);
});

function company(): World {
  return world()
    .staff('ada', 'bob', 'cleo', 'dan')
    .group('eng', 'ada', 'bob', 'cleo')
    .org('Web')
    .rule('eng', 'Member', { org: 'Web' })
    .managed('ada', 'bob', 'cleo')
    .role('ada', 'Web', 'Member')
    .role('bob', 'Web', 'Member')
    .role('cleo', 'Web', 'Member')
    .link('ada')
    .link('bob')
    .link('cleo');
}

function part(of: World, standing: Standing, name: string): Plan | string {
  const decision = decidePart(of, standing, `${name}@corp.example`);
  return 'plan' in decision && decision.doubt === null ? decision.plan : (decision.doubt as string);
}

test('a new group counts only where a rule could be about it: by name, by id or by pattern', () => {
  for (const [match, found] of [
    [{ by: 'name', name: 'sec' }, true],
    [{ by: 'id', id: 'g-sec' }, true],
    [{ by: 'pattern', pattern: 's.c' }, true],
    [{ by: 'name', name: 'other' }, false],
    [{ by: 'pattern', pattern: 's' }, false],
  ] as const) {
    const of = company().rule('-', 'Member', { match });
    const standing = standingOf(of);
    of.group('sec', 'dan');
    const told = part(of, standing, 'dan');
    if (found) expect(told).toBe('the group "sec" is new');
    else expect(lines(told as Plan)).toEqual([]);
  }
});

test('a group whose members may be hidden, now or then, is judged in a whole turn', () => {
  const of = company();
  const open = standingOf(of);
  (of.teams.get('g-eng') as { hidden: boolean }).hidden = true;
  expect(part(of, open, 'ada')).toBe('the members of "eng" may be hidden');
  const hidden = standingOf(of);
  (of.teams.get('g-eng') as { hidden: boolean }).hidden = false;
  expect(part(of, hidden, 'ada')).toBe('the members of "eng" may be hidden');
});

test('the count of a very large place is kept without all the names in it', () => {
  const names = Array.from({ length: 1_100 }, (_, n) => `n${n}`);
  const of = world()
    .staff(...names)
    .group('eng', ...names)
    .rule('eng', 'Member');
  const standing = standingOf(of);
  const grants = standing.pending.find(({ guard }) => guard === 'grants');
  expect([grants?.count, grants?.people.length]).toEqual([1_100, 100]);
  of.guards({ grants: { atLeast: 0, share: 0, count: 1_099 } });
  expect((part(of, standing, 'n99') as Plan).violations.map(({ count }) => count)).toEqual([1_101]);
  expect((part(of, standing, 'n0') as Plan).violations.map(({ count }) => count)).toEqual([1_100]);
});

test('a stranger that nobody answers for counts under the id that Devin has', () => {
  const of = company().user('eve').set({ foreign: 'remove' }).guards(DEFAULT_GUARDS);
  standingOf(of);
  run(of);
  of.later(DAY);
  const pending = standingOf(of).pending.find(({ guard }) => guard === 'enterpriseRemovals');
  expect(pending?.people).toEqual(['u-eve']);
});

test('a role that counts as admin is lost only in a whole turn, but may be given or kept', () => {
  const of = company()
    .rule('eng', 'Admin', { name: 'admins', org: 'Web', allowAdmin: true, priority: 1 })
    .rule('ops', 'Custom', { org: 'Web', priority: 2, allowAdmin: true })
    .group('ops');
  for (const name of ['ada', 'bob', 'cleo']) of.role(name, 'Web', 'Admin').link(name);
  const standing = standingOf(of);
  of.leave('ada', 'eng');
  expect(part(of, standing, 'ada')).toBe('ada@corp.example would no longer be admin');
  of.leave('bob', 'eng').join('bob', 'ops');
  of.approve(...(part(of, standing, 'bob') as Plan).changes.map(({ key }) => key));
  expect(lines(part(of, standing, 'bob') as Plan)[0]).toMatch(
    /^ready: change-org-role bob @Web Admin > Custom/,
  );
});

test('an admin of an organization who would be removed altogether is judged in a whole turn, though it is held', () => {
  const of = world().staff('ada').org('Web').user('ada').role('ada', 'Web', 'Admin');
  of.set({ foreign: 'remove' });
  const standing = standingOf(of);
  of.guards(DEFAULT_GUARDS);
  expect(part(of, standing, 'ada')).toBe('ada@corp.example would no longer be admin');
});

test('a group that is gone, or whose people nobody counted, lets nobody go unnoticed', () => {
  const of = company();
  const standing = standingOf(of);
  of.leave('ada', 'eng');
  const uncounted = { ...standing, counts: { ...standing.counts, groupPeople: {} } };
  of.guards(DEFAULT_GUARDS);
  expect((part(of, uncounted, 'ada') as Plan).changes.map(({ cause }) => cause)).toContain('left-group');
  of.deleteGroup('eng');
  expect(part(of, standing, 'ada')).toBe('the directory no longer has the group g-eng');
});

test('a group that goes by another name now is judged in a whole turn', () => {
  const of = company();
  const standing = standingOf(of);
  of.rename('eng', 'builders');
  expect(part(of, standing, 'ada')).toBe('the group "eng" is now "builders"');
});

test('what a whole turn leaves behind says of names, roles, sizes and gifts what it saw', () => {
  const of = company().rule('eng', 'Member').devinGroup('ops').group('ops', 'dan');
  of.rule('ops', 'Member', { via: 'group' });
  const { groups, roles, orgs, counts, gifts } = standingOf(of);
  expect(groups).toEqual([
    { id: 'g-eng', name: 'eng', hidden: false },
    { id: 'g-ops', name: 'ops', hidden: false },
  ]);
  expect(roles).toContainEqual({ id: 'org_member', name: 'Member', scope: 'org' });
  expect(orgs).toEqual([{ id: 'org-web', name: 'Web' }]);
  expect(counts.groupPeople).toEqual({ 'g-eng': 3, 'g-ops': 1 });
  expect(gifts).toEqual([
    {
      group: 'g-eng',
      rule: 'eng gives Member in Web',
      via: 'direct',
      org: { id: 'org-web', name: 'Web' },
      role: 'Member',
    },
    { group: 'g-eng', rule: 'eng gives Member', via: 'direct', org: null, role: 'Member' },
    { group: 'g-ops', rule: 'ops gives Member', via: 'group', org: null, role: 'Member' },
  ]);
});

test('somebody whose time is over in a slow way is judged in a whole turn, a suspended or deactivated admin at once', () => {
  const of = company();
  of.leave('ada', 'eng').account('ada').roles.delete('org-web');
  run(of);
  const standing = standingOf(of.later(8 * DAY));
  expect(part(of, standing, 'ada')).toBe('ada@corp.example would lose access for the cause "out-of-scope"');
  of.status('bob', 'suspended').role('cleo', 'Web', 'Admin').status('cleo', 'deactivated');
  expect(lines(part(of, standing, 'bob') as Plan)).toContain(
    'ready: remove-from-org bob @Web Member > - (suspended)',
  );
  expect(lines(part(of, standing, 'cleo') as Plan)).toEqual([
    'ready: remove-user cleo Member > - (deactivated)',
  ]);
});

test('who is admin only through a group is judged in a whole turn where the account would go', () => {
  const of = world().staff('ada', 'bob').org('Web').devinGroup('ops', { '': 'Member', Web: 'Admin' });
  for (const name of ['ada', 'bob']) of.user(name).link(name);
  of.signedIn('ada', 'ops');
  const standing = standingOf(of);
  expect(part(of, standing, 'ada')).toBe('ada@corp.example would no longer be admin');
  expect(lines(part(of, standing, 'bob') as Plan)).toEqual([
    'held by rule-changed: remove-user bob Member > - (rule-changed)',
  ]);
});
