import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideSteps } from '../../src/core/decide.ts';
import type { Plan } from '../../src/core/model/change.ts';
import { hasMark, markOf, readMarks, writeMarks } from '../../src/core/model/roll.ts';
import { applied } from '../helpers/applied.ts';
import { decidePart, standingOf } from '../helpers/part.ts';
import { runs } from '../helpers/runs.ts';
import { DAY, DEFAULT_GUARDS, HOUR, run, type World, world } from '../helpers/world.ts';

function names(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at}`);
}

const CREW = names(5, 'c');
const MANY = names(40, 'm');

/** 40 people in `eng` and 5 in `crew`; either gives Member in Web. Only one group or organization is guarded. */
function company(): World {
  const of = world()
    .org('Web')
    .staff(...CREW, ...MANY)
    .group('eng', ...MANY)
    .group('crew', ...CREW)
    .group('all', ...CREW, ...MANY)
    .rule('all', 'Member')
    .rule('eng', 'Member', { org: 'Web' })
    .rule('crew', 'Member', { org: 'Web' })
    .guards({ perGroup: DEFAULT_GUARDS.perGroup });
  for (const name of [...CREW, ...MANY]) of.user(name, { '': 'Member', Web: 'Member' }).link(name);
  return of;
}

/** A turn that sees the company as it is. */
function seen(of: World): World {
  run(of);
  return of;
}

function emptied(of: World, group = 'crew', people: readonly string[] = CREW): World {
  for (const name of people) of.leave(name, group);
  return of;
}

function figures({ violations }: Plan): (string | number | null)[][] {
  return violations.map(({ place, count, base }) => [place, count, base]);
}

function states({ changes }: Plan): string[] {
  return changes.map(({ verdict }) => verdict.state);
}

test('a small group that is emptied is held for itself, though a large group gives the same', () => {
  const plan = run(emptied(seen(company())));
  expect(plan.violations).toMatchObject([
    {
      guard: 'perGroup',
      place: 'group crew',
      message: '5 of 5 people would lose what group crew gives; nobody would be left',
    },
  ]);
  expect(states(plan)).toEqual(Array(5).fill('held'));
  expect(plan.changes.map(({ left }) => left)).toEqual(Array(5).fill([{ id: 'g-crew', name: 'crew' }]));
});

test('what is held so stays held in the turns after it, and is over when they are back', () => {
  const of = emptied(seen(company()));
  for (let turn = 0; turn < 3; turn++) expect(figures(run(of.later(DAY)))).toEqual([['group crew', 5, 5]]);
  for (const name of CREW) of.join(name, 'crew');
  expect(run(of).changes).toEqual([]);
  expect(figures(run(emptied(of, 'crew', CREW.slice(0, 2))))).toEqual([]);
});

test.each([
  [
    'as many newcomers',
    (of: World) => {
      for (const name of MANY.slice(0, 5)) of.join(name, 'crew');
    },
  ],
  [
    'many newcomers',
    (of: World) => {
      for (const name of MANY) of.join(name, 'crew');
    },
  ],
  ['another name', (of: World) => of.rename('crew', 'sailors')],
  ['a group around it', (of: World) => of.group('ship', '>crew').rule('ship', 'Member', { org: 'Web' })],
] as const)('%s hide nothing of it', (_what, change) => {
  const of = emptied(seen(company()));
  change(of);
  expect(run(of).violations[0]).toMatchObject({ guard: 'perGroup', count: 5, base: 5 });
});

test('a part of a group is a group: a nested one that is emptied is held for itself', () => {
  const of = company();
  of.group('eng', ...MANY, '>crew').set({ rules: of.settings.rules.slice(0, 2) });
  const plan = run(emptied(seen(of)));
  expect(figures(plan)).toEqual([['group crew', 5, 5]]);
  expect(plan.changes[0]?.left?.map(({ name }) => name)).toEqual(['crew', 'eng']);
});

test.each([
  ['is taken out of the one around it', (of: World) => of.teams.get('g-eng')?.groups.delete('g-crew')],
  ['is deleted', (of: World) => of.deleteGroup('crew')],
])('a nested group that %s is held, now and in the next turn', (_what, change) => {
  const of = company();
  of.group('eng', ...MANY, '>crew').set({ rules: of.settings.rules.slice(0, 2) });
  change(seen(of));
  for (let turn = 0; turn < 2; turn++) {
    const plan = run(of.later(HOUR));
    expect(figures(plan)).toEqual([['group crew', 5, 5]]);
    expect(plan.changes[0]).toMatchObject({ cause: 'left-group' });
  }
});

test('a nested group that no longer gives one organization, but still another, is held there', () => {
  const of = company().org('Lab');
  of.group('eng', ...MANY, '>crew').set({ rules: of.settings.rules.slice(0, 2) });
  of.rule('crew', 'Member', { org: 'Lab' });
  for (const name of CREW) of.role(name, 'Lab', 'Member').link(name);
  seen(of).teams.get('g-eng')?.groups.delete('g-crew');
  const plan = run(of);
  expect(figures(plan)).toEqual([['group crew', 5, 5]]);
  expect(plan.changes.every(({ org }) => org?.name === 'Web')).toBe(true);
});

test('who leaves a group one by one counts with those who lost it within a day', () => {
  const of = seen(company());
  const written = [1, 2].map((count) => {
    const plan = run(emptied(of, 'crew', CREW.slice(0, count)).later(HOUR));
    applied(of, plan);
    return plan.operations.length;
  });
  expect(written).toEqual([1, 1]);
  expect(figures(run(emptied(of, 'crew', CREW.slice(0, 3))))).toEqual([['group crew', 3, 5]]);
  expect(run(of.later(2 * DAY)).operations).toHaveLength(1);
});

test('whoever keeps the role through another group loses nothing, and is soon forgotten where they were', () => {
  const of = company();
  for (const name of CREW) of.join(name, 'eng');
  expect(run(emptied(seen(of))).changes).toEqual([]);
  const plan = run(emptied(of, 'eng', CREW));
  expect([figures(plan), plan.changes[0]?.left]).toEqual([[], [{ id: 'g-eng', name: 'eng' }]]);
});

test('whoever leaves both groups counts in both', () => {
  const of = company();
  for (const name of CREW) of.join(name, 'eng');
  expect(figures(run(emptied(emptied(seen(of)), 'eng', CREW)))).toEqual([['group crew', 5, 5]]);
  const two = company();
  for (const name of CREW) two.join(name, 'eng');
  const plan = run(emptied(emptied(seen(two), 'crew', ['c0']), 'eng', ['c0']));
  expect(plan.changes.map(({ left }) => left?.map(({ name }) => name))).toEqual([['crew', 'eng']]);
});

test('where nothing is remembered yet, everybody counts against each group that could have given it', () => {
  const plan = run(emptied(company()));
  expect(figures(plan)).toEqual([['group crew', 5, 5]]);
  expect(plan.changes[0]?.left?.map(({ name }) => name)).toEqual(['eng', 'crew']);
});

test('a group that gives the enterprise alone is guarded as well, and the removal days later counts no second time', () => {
  const of = world()
    .staff(...CREW, ...MANY)
    .group('crew', ...CREW)
    .group('eng', ...MANY)
    .rule('crew', 'Member')
    .rule('eng', 'Member')
    .managed(...CREW, ...MANY)
    .suspendedRole()
    .guards({ perGroup: DEFAULT_GUARDS.perGroup });
  expect(states(run(emptied(seen(of))))).toEqual(Array(5).fill('waiting'));
  const held = run(of.later(HOUR));
  expect([figures(held), held.changes[0]?.kind]).toEqual([[['group crew', 5, 5]], 'set-enterprise-role']);
  of.approve(...held.changes.map(({ key }) => key));
  applied(of, run(of));
  run(of);
  const gone = run(of.later(8 * DAY));
  expect([figures(gone), gone.operations.map(({ kind }) => kind)]).toEqual([
    [],
    Array(5).fill('remove-user'),
  ]);
});

test('a team whose people all vanish from the directory is held for itself', () => {
  const of = seen(company());
  for (const name of CREW) of.vanish(name);
  const plan = run(of);
  expect(states(plan)).toContain('waiting');
  expect(figures(run(of.later(HOUR)))).toEqual([['group crew', 5, 5]]);
});

test('suspended people have left no group', () => {
  const of = seen(company());
  for (const name of CREW) of.status(name, 'suspended');
  expect(run(of).changes[0]).not.toHaveProperty('left');
});

test('a group that only a pattern names, and that is deleted, takes nothing away without approval', () => {
  const of = company().set({ rules: [] }).rule('all', 'Member');
  of.rule('-', 'Member', { org: 'Web', match: { by: 'pattern', pattern: '(eng|crew)' } });
  seen(of).deleteGroup('crew');
  for (let turn = 0; turn < 3; turn++) {
    const plan = run(of.later(DAY));
    expect(plan.changes.map(({ cause, verdict }) => [cause, verdict])).toEqual(
      Array(5).fill(['group-deleted', { state: 'held', by: ['group-deleted'] }]),
    );
  }
  const first = run(of).changes[0];
  expect(first?.reason).toBe('group "crew", which gave it, is gone from the directory');
  of.approve(first?.key as string);
  expect(run(of).operations.map(({ items }) => items)).toEqual([[first?.key]]);
});

test('of very many people in a group that is deleted none is forgotten, and the event loop has its turn between them', () => {
  const many = names(1_100, 'n');
  const of = company()
    .staff(...many)
    .group('huge', ...many);
  of.group('eng', ...MANY, '>huge');
  for (const name of many) of.user(name, { '': 'Member', Web: 'Member' }).link(name).join(name, 'all');
  const strides = () => {
    const steps = decideSteps(of.input());
    let count = 0;
    while (steps.next().done !== true) count++;
    return count;
  };
  of.memory = { ...of.memory, rolls: [] };
  const fresh = strides();
  seen(of).deleteGroup('huge');
  const plan = run(of);
  expect(figures(plan)).toContainEqual(['group huge', 1_100, 1_100]);
  expect(strides()).toBeGreaterThan(3);
  expect(fresh).toBeGreaterThan(3);
});

test('so it is with the enterprise role that such a group gave', () => {
  const of = world()
    .staff(...CREW, ...MANY)
    .group('crew', ...CREW)
    .group('eng', ...MANY)
    .rule('-', 'Member', { match: { by: 'pattern', pattern: '(eng|crew)' } })
    .managed(...CREW, ...MANY);
  seen(of).deleteGroup('crew');
  for (let turn = 0; turn < 2; turn++)
    expect(run(of.later(8 * DAY)).changes).toMatchObject(
      Array(5).fill({ kind: 'remove-user', cause: 'group-deleted', verdict: { state: 'held' } }),
    );
});

test('nobody is forgotten in a turn in which a rule gives nothing because its name is taken twice', () => {
  const of = seen(company()).groupWithId('g-crew-2', 'crew', 'm0');
  expect(run(of).changes).toEqual([]);
  of.teams.delete('g-crew-2');
  expect(figures(run(emptied(of)))).toEqual([['group crew', 5, 5]]);
});

test('a group that no rule is about any more is forgotten', () => {
  const of = seen(company());
  expect(of.memory.rolls.map(({ directoryId }) => directoryId).sort()).toEqual(['g-all', 'g-crew', 'g-eng']);
  of.set({ rules: of.settings.rules.slice(0, 2) });
  for (const name of CREW) of.account(name).roles.delete('org-web');
  expect(seen(of).memory.rolls.map(({ directoryId }) => directoryId)).toEqual(['g-all', 'g-eng']);
});

test('a group that is as it was keeps its very row, another name or another place writes a new one', () => {
  const of = seen(company()).org('Lab');
  const [all, eng, crew] = of.memory.rolls;
  of.rename('eng', 'builders').rule('crew', 'Member', { org: 'Lab' });
  const [all2, eng2, crew2] = seen(of).memory.rolls;
  expect(all2).toBe(all);
  expect(eng2).toEqual({ ...eng, name: 'builders' });
  expect(crew2).toEqual({ ...crew, places: ['org-lab', 'org-web'] });
  of.set({ rules: of.settings.rules.slice(0, 2) }).group('all', '>crew', ...CREW, ...MANY);
  const rolls = new Map(seen(of).memory.rolls.map((roll) => [roll.directoryId, roll]));
  expect(rolls.get('g-crew')).toEqual({ ...crew, bound: false, places: [''] });
});

test('an organization that is yet to be created is no place where anybody could lose something', () => {
  const of = company().set({
    organizations: [{ name: 'Lab', create: true, maxSessionAcuLimit: null, maxCycleAcuLimit: null }],
  });
  of.rule('crew', 'Member', { org: 'Lab' });
  expect(seen(of).memory.rolls[2]?.places).toEqual(['org-web']);
});

test('several losses of one person count once within a day, those that an older version wrote each for itself', () => {
  const of = seen(company().guards({ enterpriseRemovals: { atLeast: 2, share: 0, count: 99 } }));
  const write = { at: of.now, guard: 'perGroup', place: 'group:g-crew', people: 1 };
  of.memory = {
    ...of.memory,
    recent: [
      { ...write, who: 'p-x' },
      { ...write, who: 'p-x' },
    ],
  };
  expect(figures(run(emptied(of, 'crew', ['c0'])))).toEqual([]);
  of.memory = { ...of.memory, recent: [write, write] };
  expect(figures(run(of))).toEqual([['group crew', 3, 7]]);
  of.memory = { ...of.memory, recent: ['p-c0', 'p-c1'].map((who) => ({ ...write, who })) };
  expect(figures(run(emptied(of, 'crew', ['c1'])))).toEqual([]);
  expect(figures(run(emptied(of, 'crew', ['c2'])))).toEqual([['group crew', 3, 5]]);
});

/** What one person alone is judged by, after a turn that saw `before` people leave. */
function alone(of: World, name: string, standing = standingOf(of)): Plan {
  emptied(of, 'crew', [name]);
  const decision = decidePart(of, standing, `${name}@corp.example`);
  if (!('plan' in decision) || decision.doubt !== null) throw new Error(String(decision.doubt));
  return decision.plan;
}

test('one person alone who leaves the group counts as they would in a turn about everybody', () => {
  const of = emptied(seen(company()), 'crew', ['c0', 'c1']);
  const plan = alone(of, 'c2');
  expect([figures(plan), plan.changes[0]?.left]).toEqual([
    [['group crew', 3, 5]],
    [{ id: 'g-crew', name: 'crew' }],
  ]);
  expect(figures(run(of))).toEqual([['group crew', 3, 5]]);
});

test('whom the last whole turn counted already is not counted twice, and may be in the group no more', () => {
  const of = emptied(seen(company()), 'crew', ['c0', 'c1', 'c2']);
  expect(figures(alone(of, 'c2'))).toEqual([['group crew', 3, 5]]);
});

test('whoever was counted alone counts for the next one, until a turn about everybody, though it is not written yet', () => {
  const of = emptied(seen(company()), 'crew', ['c0']);
  let standing = standingOf(of);
  const judged = ['c1', 'c2', 'c3'].map((name) => {
    emptied(of, 'crew', [name]);
    const decision = decidePart(of, standing, `${name}@corp.example`);
    if (!('plan' in decision)) throw new Error(decision.doubt);
    ({ standing } = decision);
    return figures(decision.plan);
  });
  expect(judged).toEqual([[], [['group crew', 3, 5]], [['group crew', 4, 5]]]);
  const again = decidePart(of, standing, 'c3@corp.example');
  expect('plan' in again && figures(again.plan)).toEqual([['group crew', 4, 5]]);
  expect(standingOf(of).pending.find(({ place }) => place === 'group:g-crew')).toMatchObject({ count: 4 });
});

test('what was written for somebody alone takes nobody off the list of those who still wait', () => {
  const of = emptied(seen(company()), 'crew', ['c0']);
  const standing = standingOf(of);
  applied(of.later(HOUR), alone(of, 'c1', standing));
  expect(figures(alone(of, 'c2', standing))).toEqual([['group crew', 3, 5]]);
});

test('marks are read as they were written, in order, and found', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 30 - 1 })), fc.nat(), (marks, other) => {
      const written = writeMarks(Int32Array.from(marks));
      expect([...readMarks(written)]).toEqual([...marks].sort((a, b) => a - b));
      expect(written.sum).toBe(marks.reduce((sum, mark) => sum + mark, 0));
      for (const mark of marks) expect(hasMark(written, mark)).toBe(true);
      expect(hasMark(written, other)).toBe(marks.includes(other));
    }),
    runs(100),
  );
  expect(new Set(names(20_000, '00u').map(markOf)).size).toBeGreaterThan(19_990);
});

/** What happens to a company within a day; people by number, groups by name. */
type Step =
  | { readonly what: 'leave'; readonly people: readonly number[] }
  | { readonly what: 'empty' | 'rename' | 'nest' | 'newcomers'; readonly group: string }
  | { readonly what: 'turn' };

const GROUPS = ['red', 'green', 'blue'] as const;
const STAFF = 18;

const steps = fc.array(
  fc.oneof(
    fc.record({
      what: fc.constant('leave' as const),
      people: fc.uniqueArray(fc.nat(STAFF - 1), { minLength: 1, maxLength: 6 }),
    }),
    fc.record({
      what: fc.constantFrom(
        'empty' as const,
        'empty' as const,
        'rename' as const,
        'nest' as const,
        'newcomers' as const,
      ),
      group: fc.constantFrom(...GROUPS),
    }),
    fc.constant({ what: 'turn' } as const),
    fc.constant({ what: 'turn' } as const),
  ),
  { maxLength: 12 },
);

/** Whoever leaves, leaves every group, so there is no doubt which groups have lost them. */
function step(of: World, { what, ...one }: Step, at: number): void {
  const leaving = 'people' in one ? one.people.map((person) => `p-s${person}`) : [];
  if ('group' in one && what === 'empty') leaving.push(...reached(of, `g-${one.group}`));
  for (const who of leaving) for (const group of GROUPS) of.teams.get(`g-${group}`)?.people.delete(who);
  if (!('group' in one)) return;
  if (what === 'rename') (of.teams.get(`g-${one.group}`) as { name: string }).name = `name ${at}`;
  if (what === 'nest' && one.group !== 'red') of.teams.get('g-red')?.groups.add(`g-${one.group}`);
  if (what === 'newcomers')
    for (let extra = 0; extra < 6; extra++)
      of.person(`x${at}-${extra}`).user(`x${at}-${extra}`).join(`x${at}-${extra}`, one.group);
}

/** Everybody whom a group reaches, through nested ones too. */
function reached(of: World, group: string): string[] {
  const { people, groups } = of.teams.get(group) as { people: Set<string>; groups: Set<string> };
  return [...people, ...[...groups].flatMap((child) => reached(of, child))];
}

test('no group loses more than its share within a day, by whatever turns, names, newcomers and other groups', () => {
  let lossy = 0;
  fc.assert(
    fc.property(
      fc.array(fc.subarray([...GROUPS], { minLength: 1, maxLength: 2 }), {
        minLength: STAFF,
        maxLength: STAFF,
      }),
      steps,
      (inside, happens) => {
        const of = world().org('Web').guards({ perGroup: DEFAULT_GUARDS.perGroup });
        for (const group of GROUPS) of.group(group).rule(group, 'Member', { org: 'Web' });
        for (const [at, groups] of inside.entries()) {
          of.person(`s${at}`).user(`s${at}`, { '': 'Member', Web: 'Member' }).link(`s${at}`);
          for (const group of groups) of.join(`s${at}`, group);
        }
        // A large group beside them, so that the organization as a whole is hardly hit.
        of.group('grey').rule('grey', 'Member', { org: 'Web' });
        for (const name of MANY)
          of.person(name).user(name, { '': 'Member', Web: 'Member' }).link(name).join(name, 'grey');
        const ever = new Map(GROUPS.map((group) => [`g-${group}`, new Set<string>()]));
        const lost = new Set<string>();
        for (const [at, one] of [
          { what: 'turn' } as const,
          ...happens,
          { what: 'turn' } as const,
        ].entries()) {
          step(of, one, at);
          if (one.what !== 'turn') continue;
          const plan = run(of.later(HOUR));
          // Newcomers of this turn are no part of the group that loses somebody in it.
          for (const { subject, verdict, kind } of plan.changes)
            if (kind === 'remove-from-org' && verdict.state === 'ready')
              lost.add(subject.directoryId as string);
          for (const people of ever.values()) {
            const gone = [...people].filter((who) => lost.has(who)).length;
            expect(gone < 3 || gone <= 0.25 * people.size).toBe(true);
          }
          for (const [group, people] of ever) for (const who of reached(of, group)) people.add(who);
          applied(of, plan);
        }
        if (lost.size > 0) lossy++;
      },
    ),
    runs(150),
  );
  expect(lossy).toBeGreaterThan(0);
});

test('somebody alone has left only the groups that they are no longer in', () => {
  const of = company().group('lab', 'c0', 'c1').rule('lab', 'Lead', { org: 'Web', priority: 1 });
  for (const name of ['c0', 'c1']) of.role(name, 'Web', 'Lead').join(name, 'eng');
  const standing = standingOf(seen(of));
  const decision = decidePart(of.leave('c0', 'lab'), standing, 'c0@corp.example');
  expect('plan' in decision && decision.plan.changes.map(({ left }) => left)).toEqual([
    [{ id: 'g-lab', name: 'lab' }],
  ]);
});

test('rolls are of groups that give people something directly, and say which of them a rule is bound to', () => {
  const of = company().group('ops', 'm0').rule('ops', 'Member', { via: 'group' });
  of.group('eng', '>crew', ...MANY).set({
    rules: of.settings.rules.filter(({ name }) => !name.startsWith('crew')),
  });
  const bound = () => seen(of).memory.rolls.map(({ name, bound: own }) => [name, own]);
  expect(bound()).toEqual([
    ['all', true],
    ['eng', true],
    ['crew', false],
  ]);
  of.rule('crew', 'Member', { org: 'Web' });
  expect(bound()).toContainEqual(['crew', true]);
});

test('in a turn in which a name is taken twice, the roll of its group stays as it was', () => {
  const of = seen(company()).groupWithId('g-crew-2', 'crew', 'm0');
  const crew = of.memory.rolls.find(({ name }) => name === 'crew');
  expect(seen(of).memory.rolls.filter(({ name }) => name === 'crew')).toEqual([crew]);
});
