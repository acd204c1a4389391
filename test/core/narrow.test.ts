import { expect, test } from 'vitest';
import type { RunScope } from '../../src/core/model/run.ts';
import { ifAllowed } from '../../src/core/plan.ts';
import { DEFAULT_GUARDS, lineOf, type World, world } from '../helpers/world.ts';

/** Two newcomers in two groups, and a leaver who still has a place. */
function busy(): World {
  return world()
    .staff('ada', 'bob', 'cid')
    .group('eng', 'ada')
    .group('ops', 'bob')
    .org('Web', 'Lab')
    .rule('eng', 'Member', { org: 'Web' })
    .rule('ops', 'Member', { org: 'Lab' })
    .managed('cid')
    .role('cid', 'Web', 'Member')
    .link('cid');
}

function only(of: World, scope: RunScope): string[] {
  const first = of.decide(undefined, scope);
  return of.decide(of.ask(first.questions), scope).plan.changes.map(lineOf);
}

const CASES: readonly [string, RunScope, readonly RegExp[]][] = [
  ['a person, in any letter case', { user: 'ADA@corp.example' }, [/invite ada/, /add-to-org ada/]],
  ['a person without changes', { user: 'nobody@corp.example' }, []],
  ['something that is no address', { user: 'nobody' }, []],
  ['an organization by name, with the invites it needs', { org: 'Lab' }, [/invite bob/, /add-to-org bob/]],
  [
    'a group: its people, and who loses what it gives',
    { group: 'eng' },
    [/invite ada/, /add-to-org ada/, /remove-from-org cid/],
  ],
  ['a group by id', { group: 'g-ops' }, [/invite bob/, /add-to-org bob/]],
  ['a group that no rule names', { group: 'nowhere' }, []],
  ['two keys narrow further', { user: 'ada@corp.example', org: 'Lab' }, []],
];

test.each(CASES)('a run about %s plans only that', (_, scope, expected) => {
  const lines = only(busy(), scope);
  expect(lines).toHaveLength(expected.length);
  for (const pattern of expected) expect(lines.some((line) => pattern.test(line))).toBe(true);
});

test('an organization that is to be created is part of a run about it', () => {
  const of = busy();
  of.set({
    organizations: [{ name: 'New', create: true, maxSessionAcuLimit: 5, maxCycleAcuLimit: 50 }],
  }).rule('ops', 'Member', { org: 'New' });
  expect(only(of, { org: 'New' }).map((line) => line.split(' ')[1])).toEqual([
    'create-org',
    'invite',
    'add-to-org',
  ]);
});

test('a run about a group takes in the changes of the group itself', () => {
  const of = busy().group('all', 'ada').rule('all', 'Member', { via: 'group' });
  expect(only(of, { group: 'all' }).filter((line) => /group/.test(line))).toHaveLength(2);
  expect(only(of, { group: 'ops' }).filter((line) => /group/.test(line))).toEqual([]);
});

test('a narrowed plan has an id of its own, and one person overtakes a bulk apply', () => {
  const of = busy();
  const whole = of.decide().plan;
  const narrow = of.decide(undefined, { user: 'ada@corp.example' }).plan;
  expect(narrow.id).not.toBe(whole.id);
  expect(narrow.only).toEqual({ user: 'ada@corp.example' });
  expect(narrow.operations.map(({ lane }) => lane)).toEqual([2, 2]);
  expect(of.decide(undefined, { org: 'Web' }).plan.operations.every(({ lane }) => lane !== 2)).toBe(true);
});

test('what takes access from one person overtakes too, but never the grant that replaces it', () => {
  const leaves = busy();
  const asked = leaves.ask(leaves.decide().questions);
  const removal = leaves.decide(asked, { user: 'cid@corp.example' }).plan.operations;
  expect(removal.map(({ kind, lane }) => [kind, lane])).toContainEqual(['remove-from-org', 2]);
  const moves = busy().join('cid', 'ops');
  const answers = moves.ask(moves.decide().questions);
  const move = moves.decide(answers, { user: 'cid@corp.example' }).plan.operations;
  expect(move.map(({ kind, lane }) => [kind, lane])).toEqual([
    ['add-to-org', 2],
    ['remove-from-org', 3],
  ]);
});

test('guards judge the whole company, and a narrowed plan shows only its own held items', () => {
  const of = busy().guards({ ...DEFAULT_GUARDS, grants: { atLeast: 0, share: 0, count: 1 } });
  const { violations, changes } = of.decide(undefined, { user: 'ada@corp.example' }).plan;
  const adas = changes.map(({ key }) => key);
  expect(violations.map(({ guard, count }) => [guard, count])).toEqual([['grants', 2]]);
  expect(violations.flatMap(({ items }) => items).toSorted()).toEqual(adas.toSorted());
  expect(of.decide(undefined, { user: 'cid@corp.example' }).plan.violations).toEqual([]);
});

test('notices and access that stays are those of the scope', () => {
  const of = busy()
    .person('sam', 'staged')
    .join('sam', 'eng')
    .devinGroup('ops', { '': 'Member' })
    .signedIn('zoe', 'ops');
  const about = (user: string) => of.decide(undefined, { user }).plan.notices.map(({ subject }) => subject);
  expect(about('sam@corp.example')).toEqual(['sam@corp.example']);
  expect(about('ada@corp.example')).toEqual([]);
});

test('access that stays through a group is that of the scope', () => {
  const of = busy().devinGroup('ops', { '': 'Member' }).rule('ops', 'Member', { via: 'group' });
  of.person('zoe').signedIn('zoe', 'ops').person('yan').signedIn('yan', 'ops');
  const stays = (user: string) => of.decide(undefined, { user }).plan.residual.map(({ email }) => email);
  expect(stays('zoe@corp.example')).toEqual(['zoe@corp.example']);
  expect(stays('ada@corp.example')).toEqual([]);
});

test('a run about a group with an enterprise role takes in who loses the enterprise', () => {
  const of = world()
    .staff('ada', 'bob', 'cid')
    .group('all', 'ada')
    .rule('all', 'Member')
    .managed('ada', 'bob');
  of.link('bob').later(1);
  expect(only(of, { group: 'all' }).some((line) => /remove-user bob/.test(line))).toBe(true);
});

test('what an approval would cost and send is said without approving', () => {
  const of = busy().guards({ ...DEFAULT_GUARDS, grants: { atLeast: 0, share: 0, count: 0 } });
  const plan = of.decide().plan;
  expect(plan.operations.filter(({ kind }) => kind === 'invite')).toEqual([]);
  const allowed = ifAllowed(plan);
  expect(allowed.operations.filter(({ kind }) => kind === 'invite').map(({ batch }) => batch.length)).toEqual(
    [2],
  );
  expect(allowed.budget.writes).toBe(allowed.operations.length);
  expect(ifAllowed(busy().policy({ users: 'observe' }).decide().plan).operations.length).toBeGreaterThan(0);
});
