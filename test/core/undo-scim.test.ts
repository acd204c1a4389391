/** A rollback of what was written through SCIM: what comes back, what stays and why, and what is not done again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change, Plan } from '../../src/core/model/change.ts';
import type { WrittenChange } from '../../src/core/model/written.ts';
import { holdUndone, planRollback, type Rollback } from '../../src/core/rollback.ts';
import { runs } from '../helpers/runs.ts';
import { company, ScimWorld } from '../helpers/scim-world.ts';
import { DAY, DEFAULT_GUARDS, lineOf, MINUTE, run, world } from '../helpers/world.ts';

/** What the journal keeps of a plan that was carried out. */
function written(scim: ScimWorld, plan: Plan = run(scim.world)): WrittenChange[] {
  scim.carryOut(plan);
  return plan.changes
    .filter(({ verdict, scim: ids }) => verdict.state === 'ready' && ids !== undefined)
    .map(asWritten);
}

function asWritten({ key, kind, cause, subject, org, before, after, scim }: Change): WrittenChange {
  const change = { item: key, kind, cause, subject, org, before, after };
  if (scim === undefined) return change;
  const group = scim.group ?? `made-${subject.type === 'group' ? subject.directoryId : after?.id}`;
  const isMember = kind.endsWith('member');
  const user = subject.type === 'group' ? null : (scim.user ?? `made-${subject.directoryId}`);
  return {
    ...change,
    scim: { url: scim.url, user, group: subject.type === 'group' || isMember ? group : null },
  };
}

function back(scim: ScimWorld, writes: readonly WrittenChange[]): Rollback {
  const { buckets } = scim.world.decide().plan;
  return planRollback({ input: scim.world.input(), buckets, writes, of: 'run-1' });
}

/** As the action does. */
function takeBack(scim: ScimWorld, writes: readonly WrittenChange[]): Plan {
  const undoing = back(scim, writes);
  const going = undoing.plan.changes.filter(({ verdict }) => verdict.state === 'ready');
  const { world: of } = scim;
  of.memory = holdUndone(of.memory, undoing, going, { by: 'os:ada', at: of.now, why: 'wrong' }).memory;
  scim.carryOut(undoing.plan);
  return undoing.plan;
}

function scimLines({ changes }: Pick<Plan, 'changes'>): string[] {
  return changes.filter(({ scim }) => scim !== undefined).map(lineOf);
}

function words(plan: Plan, kind = 'not-undone'): string[] {
  return plan.notices
    .filter((one) => one.kind === kind)
    .map(({ message }) => message.replace(/^what run run-1 wrote for /, ''));
}

function members(scim: ScimWorld): string[] {
  return [...scim.groups.values()].map(({ displayName, members: ids }) => `${displayName}: ${ids.join(' ')}`);
}

test('a first run is taken back: members go, users are switched off, the group stays, and nothing of it is done again', () => {
  const scim = new ScimWorld(company());
  const writes = written(scim);
  const plan = takeBack(scim, writes);
  expect(scimLines(plan).sort()).toEqual([
    'ready: scim-deactivate-user ada ada@corp.example (p-ada) > - (rollback)',
    'ready: scim-deactivate-user bob bob@corp.example (p-bob) > - (rollback)',
    'ready: scim-remove-member ada eng > - (rollback)',
    'ready: scim-remove-member bob eng > - (rollback)',
  ]);
  expect(plan.operations.map(({ kind }) => kind)).toEqual([
    'scim-remove-members',
    'scim-deactivate-user',
    'scim-deactivate-user',
  ]);
  expect(words(plan, 'irreversible')).toEqual([
    'group eng was made there, and stays: this program deletes nothing in the SCIM service',
    'the user of ada@corp.example is switched off, and stays: this program deletes nothing in the SCIM service',
    'the user of bob@corp.example is switched off, and stays: this program deletes nothing in the SCIM service',
  ]);
  expect(members(scim)).toEqual(['eng: ']);
  expect([...scim.users.values()].map(({ active }) => active)).toEqual([false, false]);
  expect(scim.marks()).toEqual(['p-ada/ off', 'p-bob/ off']);
  for (const wait of [0, DAY])
    expect(scimLines(run(scim.world.later(wait)))).toEqual([
      'held by rolled-back: scim-activate-user ada ada@corp.example (p-ada), inactive > ada@corp.example (p-ada)',
      'held by rolled-back: scim-add-member ada - > eng',
      'held by rolled-back: scim-activate-user bob bob@corp.example (p-bob), inactive > bob@corp.example (p-bob)',
      'held by rolled-back: scim-add-member bob - > eng',
    ]);
  expect(scimLines(back(scim, writes).plan)).toEqual([]);
  // A newcomer of the same group is none of it.
  scim.world.staff('cleo').join('cleo', 'eng');
  expect(scimLines(run(scim.world)).filter((line) => line.startsWith('ready'))).toHaveLength(2);
});

test('who was taken out is put back, in their own right or that of whoever gave it, and not taken out again', () => {
  const of = company().staff('cleo', 'dan').set({ foreign: 'remove' });
  const scim = new ScimWorld(of).user('ada').user('bob').user('cleo').user('dan');
  scim.group('eng', ['ada', 'bob', 'cleo']).ours('ada', ['eng']).ours('bob', ['eng']);
  of.leave('bob', 'eng');
  const writes = written(scim);
  expect(members(scim)).toEqual(['eng: s-ada']);
  of.set({ foreign: 'report' });
  const before = scim.marks();
  expect(scimLines(takeBack(scim, writes))).toEqual([
    'ready: scim-add-member bob - > eng (rollback)',
    'ready: scim-add-member cleo - > eng (rollback)',
  ]);
  expect(members(scim)).toEqual(['eng: s-ada s-bob s-cleo']);
  expect(scim.marks()).toEqual([...before, 'p-bob/g-eng'].sort());
  const held = run(of);
  expect(scimLines(held)).toEqual(['held by rolled-back: scim-remove-member bob eng > - (left-group)']);
  of.approve(...held.changes.map(({ key }) => key));
  expect(scimLines(run(of))).toEqual(['ready: scim-remove-member bob eng > - (left-group)']);
});

test('a rollback is held by the guards like any other removal, through SCIM as well', () => {
  const names = ['ada', 'bob', 'cleo', 'dan', 'eve'];
  const of = world()
    .staff(...names)
    .group('eng', ...names)
    .rule('eng', 'Member', { via: 'scim' });
  const scim = new ScimWorld(of);
  const writes = written(scim);
  of.guards(DEFAULT_GUARDS);
  const { plan } = back(scim, writes);
  expect(new Set(plan.violations.map(({ guard }) => guard))).toEqual(
    new Set(['enterpriseRemovals', 'perGroup']),
  );
  expect(scimLines(plan).filter((line) => line.startsWith('ready'))).toEqual([]);
});

test('a policy that only creates bars the removals of a rollback, and org levels count too', () => {
  const scim = new ScimWorld(company());
  const writes = written(scim);
  scim.world.set({ orgPolicy: { Pay: 'no-remove' } });
  expect(scimLines(back(scim, writes).plan).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'ready: scim-deactivate-user',
    'barred: scim-remove-member',
    'ready: scim-deactivate-user',
    'barred: scim-remove-member',
  ]);
});

test('who was switched off comes back with their groups, unless the directory shut them out', () => {
  const of = company();
  const scim = new ScimWorld(of);
  scim.carryOut(run(of));
  of.status('bob', 'deactivated');
  const writes = written(scim);
  expect(scimLines({ changes: back(scim, writes).plan.changes })).toEqual([]);
  expect(words(back(scim, writes).plan)).toEqual([
    'bob@corp.example through SCIM stays: they are deactivated in the directory: reactivate them there, and the next run gives it back',
    'bob@corp.example through SCIM stays: group eng: they are deactivated in the directory: reactivate them there, and the next run gives it back',
  ]);
  of.status('bob', 'active');
  takeBack(scim, writes);
  expect(scim.users.get('made-p-bob')?.active).toBe(true);
  expect(members(scim)).toEqual(['eng: made-p-ada made-p-bob']);
  expect(scimLines(run(of))).toEqual([]);
});

test('who is no longer listed and was removed as deactivated stays out', () => {
  const of = company();
  const scim = new ScimWorld(of);
  scim.carryOut(run(of));
  of.status('bob', 'deactivated');
  const writes = written(scim);
  of.vanish('bob');
  expect(words(back(scim, writes).plan)[1]).toMatch(/the directory does not list them as active$/);
});

test('a person may be put back only with a user that is switched on, and without a deny', () => {
  const of = company();
  const scim = new ScimWorld(of);
  scim.carryOut(run(of));
  of.leave('bob', 'eng');
  const plan = of.decide(of.ask(of.decide().questions)).plan;
  const writes = written(scim, plan);
  expect(members(scim)).toEqual(['eng: made-p-ada']);
  Object.assign(scim.users.get('made-p-bob') ?? {}, { active: false });
  expect(words(back(scim, writes).plan)).toEqual([
    'bob@corp.example through SCIM stays: group eng: their user there is switched off',
  ]);
  Object.assign(scim.users.get('made-p-bob') ?? {}, { active: true });
  of.deny('bob', { org: 'Pay' });
  expect(words(back(scim, writes).plan)[0]).toMatch(/group eng: bob@corp.example is denied a role in Pay/);
});

test('a user who was switched on, named and bound is as before again; what was empty before stays filled', () => {
  const of = company();
  const scim = new ScimWorld(of)
    .user('ada', { externalId: null, displayName: null })
    .user('bob', { userName: 'Robert@corp.example', displayName: 'Rob', active: false })
    .group('eng', ['ada', 'bob'])
    .ours('bob', ['eng'], { active: false });
  const writes = written(scim);
  expect(scim.users.get('s-bob')).toMatchObject({ userName: 'bob@corp.example', active: true });
  const plan = takeBack(scim, writes);
  expect(words(plan)).toEqual([
    'ada@corp.example through SCIM stays: they had no externalId, and it is not taken away',
  ]);
  expect(scimLines(plan)).toEqual([
    'ready: scim-update-user bob bob@corp.example (p-bob) > Robert@corp.example (Rob) (rollback)',
    'ready: scim-deactivate-user bob bob@corp.example (p-bob) > - (rollback)',
  ]);
  expect(scim.users.get('s-bob')).toMatchObject({ userName: 'Robert@corp.example', active: false });
  expect(scimLines(run(of))).toEqual([
    'held by rolled-back: scim-activate-user bob Robert@corp.example (Rob), inactive > bob@corp.example (p-bob)',
  ]);
});

test('a name is put back once, and not where somebody changed it since', () => {
  const of = company();
  const scim = new ScimWorld(of)
    .user('ada', { displayName: 'Lovelace' })
    .user('bob')
    .group('eng', ['ada', 'bob']);
  scim.ours('ada', ['eng']).ours('bob', ['eng']);
  const writes = written(scim);
  takeBack(scim, writes);
  expect(scim.users.get('s-ada')?.displayName).toBe('Lovelace');
  expect(scimLines(run(of))).toEqual([
    'held by rolled-back: scim-update-user ada ada@corp.example (Lovelace) > ada@corp.example (p-ada)',
  ]);
  expect(back(scim, writes).plan.notices).toEqual([]);
  Object.assign(scim.users.get('s-ada') ?? {}, { displayName: 'A. Lovelace' });
  expect(words(back(scim, writes).plan)).toEqual([
    'ada@corp.example through SCIM stays: their displayName has been changed since',
  ]);
});

test('a group has its old name again where that has roles; the binding by id stays', () => {
  const of = company();
  const scim = new ScimWorld(of);
  scim.carryOut(run(of));
  of.rename('eng', 'engineering');
  const writes = written(scim);
  const undoing = back(scim, writes).plan;
  expect(scimLines(undoing)).toEqual(['ready: scim-update-group eng engineering > eng (rollback)']);
  Object.assign(scim.groups.get('made-g-eng') ?? {}, { externalId: null });
  expect(scimLines(takeBack(scim, writes))).toHaveLength(1);
  expect(scim.groups.get('made-g-eng')?.displayName).toBe('eng');
  expect(scimLines(back(scim, writes).plan)).toEqual([]);
  Object.assign(scim.groups.get('made-g-eng') ?? {}, { externalId: 'g-eng' });
  expect(scimLines(run(of))).toEqual([
    'held by rolled-back: scim-update-group engineering eng > engineering',
  ]);
  Object.assign(scim.groups.get('made-g-eng') ?? {}, { displayName: 'builders' });
  expect(words(back(scim, writes).plan)).toEqual([
    'engineering through SCIM stays: its name has been changed since',
  ]);
  scim.groups.delete('made-g-eng');
  expect(words(back(scim, writes).plan)).toEqual([
    'engineering through SCIM stays: the SCIM service has no such group any more',
  ]);
});

test('a group keeps its new name where the old one has no role any more, unless the same rollback gives them', () => {
  const of = company();
  const scim = new ScimWorld(of);
  scim.carryOut(run(of));
  of.rename('eng', 'engineering');
  const writes = written(scim);
  const old = of.groups.get('eng');
  of.groups.delete('eng');
  expect(words(back(scim, writes).plan)).toEqual([
    'engineering through SCIM stays: eng has no role in Devin any more, and its members would lose theirs',
  ]);
  const role = { id: 'org_member', name: 'Member' };
  const gone: WrittenChange = {
    ...{ item: 'i-1', kind: 'take-group-role', cause: 'rule-changed', org: null, after: null },
    subject: { type: 'group', directoryId: 'g-eng', devinId: 'eng', label: 'eng' },
    before: { id: 'account_member', name: 'Member' },
  };
  of.groups.set('eng', { registered: true, roles: new Map() });
  expect(scimLines(back(scim, [gone, ...writes]).plan)).toHaveLength(1);
  of.groups.set('eng', old ?? { registered: true, roles: new Map([['', role.id]]) });
  of.groups.delete('engineering');
  expect(scimLines(back(scim, writes).plan)).toHaveLength(1);
});

test('a group that was only bound to the directory stays bound', () => {
  const of = company();
  const scim = new ScimWorld(of).user('ada').user('bob').group('eng', ['ada', 'bob'], { externalId: null });
  const writes = written(scim);
  const { plan } = back(scim, writes);
  expect(plan.changes).toEqual([]);
  expect(words(plan)).toEqual([
    'eng through SCIM stays: it stays bound to the group of the directory, by its id',
  ]);
});

test('what changed since, is gone since or is protected is left, and named where something was there before', () => {
  const of = company().staff('cleo').group('ops', 'cleo').rule('ops', 'Member', { via: 'scim' });
  const scim = new ScimWorld(of);
  const made = written(scim);
  // Cleo is in a group that this rollback says nothing about, and Ada's user went by hand.
  Object.assign(scim.groups.get('made-g-eng') ?? {}, { members: ['made-p-ada', 'made-p-cleo'] });
  scim.users.delete('made-p-ada');
  const { plan } = back(scim, made);
  expect(words(plan)).toEqual([
    'cleo@corp.example through SCIM stays: their user is in a group that this does not take back',
  ]);
  expect(scimLines(plan)).toEqual([
    'ready: scim-deactivate-user bob bob@corp.example (p-bob) > - (rollback)',
    'ready: scim-remove-member cleo ops > - (rollback)',
  ]);
  of.set({ protected: ['cleo@corp.example'] });
  expect(words(back(scim, made).plan)).toEqual([
    'cleo@corp.example through SCIM stays: they are protected',
    'cleo@corp.example through SCIM stays: group ops: they are protected',
  ]);
  scim.groups.clear();
  scim.users.clear();
  expect(back(scim, made).plan.notices).toEqual([]);
});

test('of what was taken, nothing comes back without the user or the group; twice written is once undone', () => {
  const of = company();
  const scim = new ScimWorld(of);
  const first = written(scim);
  of.leave('bob', 'eng');
  const second = written(scim, of.decide(of.ask(of.decide().questions)).plan);
  // In and out again within one run: as it was before.
  expect(scimLines(back(scim, [...first, ...second]).plan).filter((line) => line.includes('bob'))).toEqual([
    'ready: scim-deactivate-user bob bob@corp.example (p-bob) > - (rollback)',
  ]);
  const outAndIn = [...second, ...first.filter(({ kind }) => kind === 'scim-add-member')];
  const inAgain = outAndIn.filter(({ subject }) => subject.label.startsWith('bob'));
  expect(words(back(scim, inAgain).plan)).toEqual([
    'bob@corp.example through SCIM stays: group eng: it has been changed since',
  ]);
  scim.users.delete('made-p-bob');
  const off: WrittenChange = {
    ...(first.find(({ kind }) => kind === 'scim-create-user') as WrittenChange),
    ...{
      kind: 'scim-deactivate-user',
      before: { id: '{"userName":"x","active":true}', name: 'x' },
      after: null,
    },
    scim: { url: 'https://scim.example.com/v2', user: 'made-p-bob', group: null },
  };
  expect(words(back(scim, [off, ...second]).plan)).toEqual([
    'ada@corp.example through SCIM stays: the SCIM service has no such user any more',
    'bob@corp.example through SCIM stays: group eng: the SCIM service has not both of them any more',
  ]);
});

test('another service, none, or a journal of an older version: nothing is touched, and said', () => {
  const scim = new ScimWorld(company());
  const writes = written(scim);
  const old = writes.map(({ scim: _, ...write }) => write);
  expect(words(back(scim, old).plan)).toEqual([
    expect.stringMatching(/^eng .* journalled by an older version/),
    expect.stringMatching(/^ada/),
    expect.stringMatching(/^bob/),
  ]);
  const other = writes.map((write) => ({ ...write, scim: { url: 'https://old', user: 'u', group: 'g' } }));
  expect(words(back(scim, other).plan)[0]).toMatch(/written to https:\/\/old, and devin.scim names another/);
  const { scim: _, ...head } = scim.world.head;
  scim.world.head = head;
  expect(words(back(scim, writes).plan)[0]).toMatch(/devin.scim is not configured any more$/);
  expect(scimLines(run(scim.world.later(MINUTE)))).toEqual([]);
});

const PEOPLE = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay'];
const some = fc.subarray(PEOPLE);

test('whoever was in the groups before is in them after a rollback, but for those whom it names; no run does it again', () => {
  fc.assert(
    fc.property(some, some, some, some, some, (eng, ops, engNow, opsNow, gone) => {
      const of = world()
        .staff(...PEOPLE)
        .org('Pay')
        .group('eng', ...eng)
        .group('ops', ...ops);
      of.rule('eng', 'Member', { via: 'scim', org: 'Pay' }).rule('ops', 'Member', { via: 'scim' });
      const scim = new ScimWorld(of);
      scim.carryOut(run(of));
      const [before, active] = [members(scim), activeOf(scim)];
      of.teams.get('g-eng')?.people.clear();
      of.teams.get('g-ops')?.people.clear();
      for (const name of engNow) of.join(name, 'eng');
      for (const name of opsNow) of.join(name, 'ops');
      for (const name of gone) of.status(name, 'deactivated');
      const writes = written(scim, of.decide(of.ask(of.decide().questions)).plan);
      const undone = takeBack(scim, writes);
      const named = new Set(
        undone.notices.flatMap(({ kind, subject }) => (kind === 'not-undone' ? [subject] : [])),
      );
      // A group that a rollback would empty is held by the guard for that.
      for (const { subject, verdict } of undone.changes)
        if (verdict.state !== 'ready') named.add(subject.label);
      const isNamed = (id: string) => named.has(`${id.replace('made-p-', '')}@corp.example`);
      const others = (lines: readonly string[]) =>
        lines
          .map((line) =>
            line
              .split(' ')
              .filter((id) => id !== '' && !isNamed(id))
              .sort()
              .join(' '),
          )
          .sort();
      expect(others(members(scim))).toEqual(others(before));
      for (const [id, was] of activeOf(scim))
        if (!isNamed(id)) expect([id, was]).toEqual([id, active.get(id) ?? false]);
      const once = back(scim, writes).plan.changes.filter(({ subject }) => !named.has(subject.label));
      expect(once.map(lineOf)).toEqual([]);
      const next = of.decide(of.ask(of.decide().questions)).plan;
      const again = next.changes.filter(
        ({ scim: ids, verdict }) => ids !== undefined && verdict.state === 'ready',
      );
      expect(again.filter(({ cause }) => cause !== 'deactivated').map(lineOf)).toEqual([]);
    }),
    runs(80),
  );
});

function activeOf({ users }: ScimWorld): Map<string, boolean> {
  return new Map([...users.values()].map(({ id, active }) => [id, active]));
}
