/** What a reviewer reads about people and groups of the SCIM service: the reason of each change, and nothing too much. */
import { expect, test } from 'vitest';
import type { Change } from '../../src/core/model/change.ts';
import { company, ScimWorld, settled } from '../helpers/scim-world.ts';
import { run, type World, world } from '../helpers/world.ts';

function written(of: World): Change[] {
  return run(of).changes.filter(({ scim }) => scim !== undefined);
}

/** Kind, who and why of each change on the side of SCIM. */
function said(of: World): string[] {
  return written(of).map(({ kind, subject, reason }) => `${kind} ${subject.label}: ${reason}`);
}

function noticed(of: World): string[] {
  return run(of).notices.map(({ kind, subject, message }) => `${kind} of ${subject}: ${message}`);
}

test('what is new says which rules want it, and by which group', () => {
  const of = company().rule('eng', 'Admin', { via: 'scim', org: 'Pay', allowAdmin: true });
  new ScimWorld(of);
  const rules = of.settings.rules.map(({ name }) => `rule "${name}"`).join(', ');
  expect(said(of)).toEqual([
    `scim-create-group eng: ${rules}`,
    'scim-create-user ada@corp.example: a group that a rule writes through SCIM has them',
    `scim-add-member ada@corp.example: ${rules}: member of eng`,
    'scim-create-user bob@corp.example: a group that a rule writes through SCIM has them',
    `scim-add-member bob@corp.example: ${rules}: member of eng`,
  ]);
});

test('what is bound, renamed or kept like the directory says so', () => {
  const of = company();
  new ScimWorld(of)
    .user('ada', { externalId: null })
    .user('bob', { displayName: 'Robert' })
    .ours('bob')
    .group('eng', ['ada', 'bob'], { externalId: null });
  expect(said(of)).toEqual([
    'scim-update-group eng: bound to the group of the directory by its id',
    'scim-update-user ada@corp.example: bound to the person of the directory by their id',
    'scim-update-user bob@corp.example: as the directory says',
  ]);
  const renamed = settled();
  renamed.world.rename('eng', 'engineering');
  expect(said(renamed.world)).toEqual([
    'scim-update-group engineering: the group has another name in the directory',
  ]);
});

test('who comes back says what became of the user', () => {
  const scim = settled();
  Object.assign(scim.users.get('made-p-ada') ?? {}, { active: false });
  scim.users.delete('made-p-bob');
  Object.assign(scim.groups.get('made-g-eng') ?? {}, { members: ['made-p-ada'] });
  expect(said(scim.world).slice(0, 2)).toEqual([
    'scim-activate-user ada@corp.example: active again, and in a group that a rule writes through SCIM',
    'scim-create-user bob@corp.example: a group that a rule writes through SCIM has them',
  ]);
  expect(noticed(scim.world)).toEqual([
    'changed-by-hand of group eng: 1 people were put into group eng through SCIM, and somebody took them out: they come back only when approved',
    'changed-by-hand of ada@corp.example: ada@corp.example had an active user in the SCIM service, and somebody switched it off: they come back only when approved',
    'changed-by-hand of bob@corp.example: bob@corp.example had an active user in the SCIM service, and somebody deleted them: they come back only when approved',
  ]);
});

test('who was switched off by this daemon comes back without a word about anybody, as the directory says', () => {
  const of = company();
  new ScimWorld(of)
    .user('ada')
    .user('bob', { active: false, displayName: 'Robert', userName: 'rob' })
    .ours('bob', ['eng'], { active: false })
    .group('eng', ['ada', 'bob']);
  expect(noticed(of)).toEqual([]);
  const [change] = written(of);
  expect(change?.after?.name).toBe('bob@corp.example (p-bob)');
});

test('a user of somebody else is switched on under its own name, with the id of the directory', () => {
  const of = company();
  new ScimWorld(of)
    .user('ada')
    .user('bob', { active: false, externalId: null, displayName: 'Robert' })
    .group('eng', ['ada', 'bob']);
  const [change] = written(of);
  expect(JSON.parse(change?.after?.id ?? '')).toEqual({
    externalId: 'p-bob',
    userName: 'bob@corp.example',
    displayName: 'Robert',
    active: true,
  });
});

test('a name that the service does not show is not compared', () => {
  const of = company();
  new ScimWorld(of).user('ada').user('bob', { displayName: null }).ours('bob').group('eng', ['ada', 'bob']);
  expect(said(of)).toEqual([]);
});

test('several users that may be one person are named', () => {
  const of = company();
  new ScimWorld(of)
    .user('ada', { externalId: null })
    .user('ada', { id: 's-ada2', externalId: null, userName: 'ada2' })
    .user('bob')
    .group('eng', ['ada', 'bob']);
  expect(noticed(of)).toEqual([
    'collision of ada@corp.example: several users of the SCIM service (s-ada, s-ada2) may be ada@corp.example: grants wait until that is cleared',
  ]);
});

test('who is taken out says why, and whose membership it was', () => {
  const left = settled();
  left.world.leave('bob', 'eng');
  const gone = left.world.decide().plan.changes[0]?.reason;
  expect(gone).toMatch(/eng/);
  const denied = settled();
  denied.world.deny('bob', { reason: 'audit 7' });
  expect(said(denied.world)[0]).toMatch(/^scim-remove-member bob@corp.example: .*audit 7/);
  const foreign = company().staff('cleo').set({ foreign: 'remove' });
  new ScimWorld(foreign).user('ada').user('bob').user('cleo').group('eng', ['ada', 'bob', 'cleo']);
  expect(said(foreign)[0]).toMatch(
    /^scim-remove-member cleo@corp.example: .+; not put there by this daemon$/,
  );
  expect(noticed(foreign)).toEqual([]);
  const ruleless = settled();
  ruleless.world.set({ rules: [] });
  expect(said(ruleless.world)).toEqual([
    'scim-remove-member ada@corp.example: no rule writes the members of group eng any more',
    'scim-remove-member bob@corp.example: no rule writes the members of group eng any more',
  ]);
});

test('a denial in any place of the group keeps a person out', () => {
  for (const org of ['Pay', 'Ops']) {
    const of = company().org('Ops').rule('eng', 'Member', { via: 'scim', org: 'Ops' }).deny('ada', { org });
    new ScimWorld(of);
    expect(said(of).filter((line) => line.includes('ada@'))).toEqual([]);
  }
});

test('who is in a group and not active, or not listed any more, is no foreigner; who carries an unknown id is one', () => {
  const of = company().person('sam', 'staged').join('sam', 'eng').answer('tom', 'active');
  new ScimWorld(of)
    .user('ada')
    .user('bob')
    .user('sam')
    .user('tom')
    .user('eve')
    .ours('tom', ['eng'])
    .group('eng', ['ada', 'bob', 'sam', 'tom', 'eve']);
  expect(noticed(of).filter((line) => line.includes('group eng'))).toEqual([
    'foreign of group eng: 1 members of group eng in the SCIM service were neither put there by this daemon nor by the directory',
  ]);
});

test('Devin showing the first person of all in a group counts, and in another group does not', () => {
  const scim = settled();
  Object.assign(scim.groups.get('made-g-eng') ?? {}, { members: ['made-p-bob'] });
  scim.world.group('other').rule('other', 'Member').signedIn('ada', 'other');
  expect(run(scim.world).residual.filter(({ group }) => group === 'eng')).toEqual([]);
  scim.world.leave('ada', 'eng').signedIn('ada', 'eng');
  const plan = run(scim.world);
  expect(
    plan.residual.filter(({ group }) => group === 'eng').map(({ email, lever }) => [email, lever]),
  ).toContainEqual([
    'ada@corp.example',
    'its SCIM service does not have them in the group: ends when Devin follows it, unless the group sync at sign-in is still on',
  ]);
  expect(plan.notices.map(({ kind, subject }) => `${kind} of ${subject}`)).toContain(
    'other-writer of group eng',
  );
});

test('a membership whose user lost the id of the directory is still taken out when its rule is gone', () => {
  const scim = settled();
  Object.assign(scim.users.get('made-p-ada') ?? {}, { externalId: null });
  scim.world.set({ rules: [] });
  expect(said(scim.world)).toContain(
    'scim-remove-member ada@corp.example: no rule writes the members of group eng any more',
  );
  expect(scim.marks()).toContain('p-ada/g-eng');
});

test('marks of a group that two could stand for are kept', () => {
  const scim = settled();
  scim.group('eng2', [], { externalId: 'g-eng' });
  Object.assign(scim.groups.get('made-g-eng') ?? {}, { members: [] });
  run(scim.world);
  expect(scim.marks()).toEqual(['p-ada/', 'p-ada/g-eng', 'p-bob/', 'p-bob/g-eng']);
});

test('a group that stands for the first group of the directory is not taken for another one of its name', () => {
  const of = world().staff('ada').group('old').group('eng', 'ada').rule('eng', 'Member', { via: 'scim' });
  new ScimWorld(of).user('ada').group('eng', ['ada'], { externalId: 'g-old' });
  expect(said(of)[0]).toMatch(/^scim-create-group eng/);
});

test('without a rule through SCIM nobody is warned of the sync at sign-in', () => {
  const of = world().staff('ada').group('eng', 'ada').rule('eng', 'Member');
  new ScimWorld(of, true);
  expect(noticed(of)).toEqual([]);
});
