import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change, Plan } from '../../src/core/model/change.ts';
import type { Standing } from '../../src/core/model/standing.ts';
import { anyWorld } from '../helpers/arbitrary-world.ts';
import { decidePart, standingOf } from '../helpers/part.ts';
import { runs } from '../helpers/runs.ts';
import { DAY, DEFAULT_GUARDS, lines, run, type World, world } from '../helpers/world.ts';

const RUNS = runs(150);
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
