/** Rules with `via: scim`: who is written into which group of the SCIM service, and what nobody may lose by it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../helpers/runs.ts';
import { company, ScimWorld, settled } from '../helpers/scim-world.ts';
import { DAY, DEFAULT_GUARDS, lineOf, MINUTE, run, type World, world } from '../helpers/world.ts';

function scimLines(of: World): string[] {
  return linesIn(run(of));
}

function linesIn(plan: ReturnType<typeof run>): string[] {
  return plan.changes.filter(({ scim }) => scim !== undefined).map(lineOf);
}

function notices(of: World, kind: string): string[] {
  return run(of).notices.flatMap((one) => (one.kind === kind ? [`${one.subject}: ${one.message}`] : []));
}

test('an empty service gets the group, its users and then their memberships, and a second plan is empty', () => {
  const of = company();
  const scim = new ScimWorld(of);
  const plan = run(of);
  expect(plan.operations.map(({ kind, phase, lane, batch }) => [kind, phase, lane, batch])).toEqual([
    ['register-groups', 2, 4, ['eng']],
    ['scim-create-group', 2, 4, []],
    ['scim-create-user', 2, 4, []],
    ['scim-create-user', 2, 4, []],
    ['give-group-role', 3, 4, []],
    ['scim-add-members', 4, 4, ['{scim-user:p-ada}', '{scim-user:p-bob}']],
    ['add-group-to-org', 4, 4, []],
  ]);
  expect(plan.changes.find(({ kind }) => kind === 'add-group-to-org')?.reason).toMatch(
    /reaches 2 active people through SCIM$/,
  );
  scim.carryOut(plan);
  expect(scim.marks()).toEqual(['p-ada/', 'p-ada/g-eng', 'p-bob/', 'p-bob/g-eng']);
  expect(run(of).changes).toEqual([]);
  expect(plan.budget.writes).toBe(7);
});

test('without a service nothing of it is planned, and the group keeps its roles', () => {
  expect(scimLines(company())).toEqual([]);
});

test('more than a hundred members go in batches of a hundred', () => {
  const names = Array.from({ length: 101 }, (_, at) => `p${at}`);
  const of = world()
    .staff(...names)
    .group('eng', ...names)
    .rule('eng', 'Member', { via: 'scim' });
  new ScimWorld(of);
  const batches = run(of).operations.filter(({ kind }) => kind === 'scim-add-members');
  expect(batches.map(({ batch }) => batch.length)).toEqual([100, 1]);
  expect(new Set(batches.map(({ key }) => key)).size).toBe(2);
});

test('who is there already is found by the id of the directory, else by address, and bound to it', () => {
  const of = company().staff('cleo').join('cleo', 'eng');
  const scim = new ScimWorld(of)
    .user('ada', { userName: 'someone-else', email: null })
    .user('bob', { externalId: null, displayName: null })
    .user('cleo', { externalId: 'of another program', userName: 'cleo', email: 'CLEO@corp.example' })
    .group('eng', ['ada', 'bob', 'cleo'], { externalId: null });
  const plan = run(of);
  expect(linesIn(plan)).toEqual([
    'ready: scim-update-group eng eng > eng',
    'ready: scim-update-user bob bob@corp.example, without external id > bob@corp.example',
  ]);
  scim.carryOut(plan);
  expect(run(of).changes).toEqual([]);
  expect([scim.users.get('s-bob')?.externalId, scim.groups.get('sg-eng')?.externalId]).toEqual([
    'p-bob',
    'g-eng',
  ]);
});

test('a user that this daemon wrote follows the address and the name of the person', () => {
  const scim = settled();
  scim.world.email('ada', 'Ada.King@corp.example');
  const user = scim.users.get('made-p-bob');
  Object.assign(user ?? {}, { displayName: 'Robert', externalId: 'gone', userName: 'BOB@corp.example' });
  const plan = run(scim.world);
  expect(linesIn(plan)).toEqual([
    'ready: scim-update-user ada.king ada@corp.example (p-ada) > ada.king@corp.example (p-ada)',
    'ready: scim-update-user bob BOB@corp.example (Robert) > BOB@corp.example (p-bob)',
  ]);
  scim.carryOut(plan);
  expect(run(scim.world).changes).toEqual([]);
});

test('a person without a name has none in the service, and its own is let be', () => {
  const of = company();
  const scim = new ScimWorld(of);
  const nameless = { ...of.input(), directory: withoutNames(of) };
  expect(nameless.directory.person(0).name).toBe('');
  const plan = run(Object.assign(of, { directory: () => withoutNames(of) }));
  expect(plan.changes.find(({ kind }) => kind === 'scim-create-user')?.after?.name).toBe('ada@corp.example');
  scim.carryOut(plan);
  Object.assign(scim.users.get('made-p-ada') ?? {}, { displayName: 'Ada' });
  expect(scimLines(of)).toEqual([]);
});

function withoutNames(of: World) {
  const whole = Object.getPrototypeOf(of).directory.call(of);
  const person = whole.person.bind(whole);
  whole.person = (index: number) => ({ ...person(index), name: '' });
  return whole;
}

test('who left the group is taken out once the group was read again without them', () => {
  const scim = settled();
  scim.world.leave('bob', 'eng');
  expect(scim.world.decide().plan.changes.map(lineOf)).toEqual([
    'waiting: scim-remove-member bob eng > - (left-group)',
  ]);
  const plan = run(scim.world);
  expect(linesIn(plan)).toEqual(['ready: scim-remove-member bob eng > - (left-group)']);
  expect(plan.operations.map(({ kind, lane, phase, batch }) => [kind, lane, phase, batch])).toEqual([
    ['scim-remove-members', 3, 5, ['made-p-bob']],
  ]);
  scim.carryOut(plan);
  expect(scim.marks()).toEqual(['p-ada/', 'p-ada/g-eng', 'p-bob/']);
  // In no group any more: switched off once that has been seen for long enough, and not at once.
  expect(scimLines(scim.world)).toEqual([
    'waiting: scim-deactivate-user bob bob@corp.example (p-bob) > - (out-of-scope)',
  ]);
  scim.world.later(20 * MINUTE);
  expect(scimLines(scim.world)[0]).toMatch(/^waiting/);
  scim.world.later(8 * DAY);
  const last = run(scim.world);
  expect(linesIn(last)).toEqual([
    'ready: scim-deactivate-user bob bob@corp.example (p-bob) > - (out-of-scope)',
  ]);
  scim.carryOut(last);
  expect(scim.marks()).toContain('p-bob/ off');
  expect(run(scim.world).changes).toEqual([]);
  // Back again: only who was switched off here comes back by itself.
  scim.world.join('bob', 'eng');
  const back = run(scim.world);
  expect(linesIn(back).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'ready: scim-activate-user',
    'ready: scim-add-member',
  ]);
  scim.carryOut(back);
  expect(run(scim.world).changes).toEqual([]);
});

test('nobody is switched off who has something directly, or while a rule cannot be judged', () => {
  const scim = settled(company().group('other', 'bob').rule('other', 'Member'));
  scim.carryOut(run(scim.world));
  scim.world.leave('bob', 'eng');
  scim.carryOut(run(scim.world));
  expect(scimLines(scim.world)).toEqual([]);
  scim.world.leave('bob', 'other').groupWithId('g-2', 'other');
  expect(scimLines(scim.world)).toEqual([]);
});

test('a reading from changes neither begins nor ends the time of an absence', () => {
  const scim = settled();
  scim.world.leave('bob', 'eng');
  scim.carryOut(run(scim.world));
  scim.world.basis = 'update';
  expect(scimLines(scim.world)[0]).toMatch(/^waiting/);
  scim.world.later(30 * DAY);
  expect(scimLines(scim.world)[0]).toMatch(/^waiting/);
});

test('a deactivated person is switched off at once and loses every membership, whoever gave it', () => {
  const of = company();
  const scim = new ScimWorld(of).user('ada').user('bob').group('eng', ['ada', 'bob']);
  of.status('bob', 'deactivated').guards(DEFAULT_GUARDS);
  const plan = run(of);
  expect(linesIn(plan)).toEqual([
    'ready: scim-deactivate-user bob bob@corp.example (p-bob) > - (deactivated)',
    'ready: scim-remove-member bob eng > - (deactivated)',
  ]);
  expect(plan.operations.find(({ kind }) => kind === 'scim-deactivate-user')).toMatchObject({
    lane: 1,
    phase: 0,
    user: 's-bob',
  });
  scim.carryOut(plan);
  expect(scim.users.get('s-bob')?.active).toBe(false);
  expect(scim.groups.get('sg-eng')?.members).toEqual(['s-ada']);
  expect(linesIn(run(of))).toEqual([]);
});

test('a suspended person is switched off where the user is ours, and keeps the memberships', () => {
  const scim = settled();
  scim.world.status('bob', 'suspended');
  expect(scimLines(scim.world)).toEqual([
    'ready: scim-deactivate-user bob bob@corp.example (p-bob) > - (suspended)',
  ]);
  const of = company().status('bob', 'suspended');
  new ScimWorld(of).user('ada').user('bob').group('eng', ['ada', 'bob']);
  expect(scimLines(of)).toEqual([]);
  of.set({ foreign: 'remove' });
  expect(scimLines(of)).toHaveLength(1);
});

test('somebody whom the directory does not list any more is asked for by id', () => {
  const scim = settled();
  scim.world.vanish('bob').answer('bob', 'active');
  expect(scimLines(scim.world)).toEqual([]);
  scim.world.answer('bob', 'deactivated');
  expect(scimLines(scim.world)).toEqual([
    'ready: scim-deactivate-user bob bob@corp.example (p-bob) > - (deactivated)',
    'ready: scim-remove-member bob eng > - (deactivated)',
  ]);
  scim.world.answer('bob', 'gone');
  expect(scimLines(scim.world).every((line) => line.startsWith('waiting'))).toBe(true);
  scim.world.later(8 * DAY);
  const plan = run(scim.world);
  expect(linesIn(plan)).toEqual([
    'ready: scim-deactivate-user bob bob@corp.example (p-bob) > - (vanished)',
    'ready: scim-remove-member bob eng > - (vanished)',
  ]);
  scim.carryOut(plan);
  expect(run(scim.world).changes).toEqual([]);
  expect(scim.marks()).toEqual(['p-ada/', 'p-ada/g-eng']);
});

test('members and users of others are named and left alone, and go only where configuration says so', () => {
  const of = company().staff('cleo');
  const scim = new ScimWorld(of)
    .user('ada')
    .user('bob')
    .user('cleo')
    .user('eve', { externalId: null, userName: 'eve', email: null })
    .group('eng', ['ada', 'bob', 'cleo', 'eve', 'unlisted']);
  expect(scimLines(of)).toEqual([]);
  expect(notices(of, 'foreign')).toEqual([
    'group eng: 3 members of group eng in the SCIM service were neither put there by this daemon nor by the directory',
    'the SCIM service: 1 users of the SCIM service stand for nobody in the directory: they are left alone',
  ]);
  of.set({ foreign: 'remove' });
  const plan = run(of);
  expect(linesIn(plan)).toEqual(['ready: scim-remove-member cleo eng > - (foreign)']);
  scim.carryOut(plan);
  expect(scim.groups.get('sg-eng')?.members).toEqual(['s-ada', 's-bob', 's-eve', 's-unlisted']);
});

test('what somebody took back in the service comes back only when approved', () => {
  const scim = settled();
  const team = scim.groups.get('made-g-eng');
  Object.assign(team ?? {}, { members: ['made-p-ada'] });
  const plan = run(scim.world);
  expect(linesIn(plan)).toEqual(['held by by-hand: scim-add-member bob - > eng']);
  expect(notices(scim.world, 'changed-by-hand')[0]).toMatch(/^group eng: 1 people were put into group eng/);
  scim.world.approve(...plan.changes.map(({ key }) => key)).later(1);
  expect(scimLines(scim.world)).toEqual(['ready: scim-add-member bob - > eng']);
  const user = scim.users.get('made-p-ada');
  Object.assign(user ?? {}, { active: false });
  expect(scimLines(scim.world)[0]).toMatch(/^held by by-hand: scim-activate-user ada/);
  scim.users.delete('made-p-ada');
  expect(scimLines(scim.world).slice(0, 2)).toEqual([
    'held by by-hand: scim-create-user ada - > ada@corp.example (p-ada)',
    'held by by-hand: scim-add-member ada - > eng',
  ]);
});

test('a mark of what is neither there nor wanted is dropped, and one of another service is none', () => {
  const scim = settled();
  Object.assign(scim.groups.get('made-g-eng') ?? {}, { members: ['made-p-ada'] });
  scim.world.leave('bob', 'eng');
  run(scim.world);
  expect(scim.marks()).toEqual(['p-ada/', 'p-ada/g-eng', 'p-bob/']);
  const of = company();
  new ScimWorld(of)
    .user('ada')
    .user('bob')
    .group('eng', ['ada'])
    .ours('bob', ['eng'], { url: 'https://old' });
  expect(scimLines(of)).toEqual(['ready: scim-add-member bob - > eng']);
});

test('a user that somebody else switched off is not switched on without approval, whoever made it', () => {
  const of = company();
  new ScimWorld(of).user('ada', { active: false, externalId: null }).user('bob').group('eng', ['ada', 'bob']);
  expect(scimLines(of)).toEqual([
    'held by by-hand: scim-activate-user ada ada@corp.example (p-ada), without external id, inactive > ada@corp.example (p-ada)',
  ]);
});

test('a rehired person on an address whose old user is ours and active is not taken for the old one', () => {
  const scim = settled();
  scim.world.people.set('p-new', { id: 'p-new', email: 'bob@corp.example', status: 'active' });
  scim.world.vanish('bob').answer('bob', 'gone');
  scim.world.teams.get('g-eng')?.people.add('p-new');
  expect(scimLines(scim.world)).toContain('ready: scim-create-user bob - > bob@corp.example (p-new)');
  Object.assign(scim.users.get('made-p-bob') ?? {}, { active: false });
  expect(scimLines(scim.world).join('\n')).toContain('held by by-hand: scim-activate-user bob');
});

test('several users that may be one person get nothing, and all of a deactivated one are switched off', () => {
  const of = company();
  const twins = new ScimWorld(of)
    .user('ada', { externalId: null })
    .user('ada', { id: 's-ada2', externalId: null, userName: 'ada2' })
    .user('bob', { id: 's-bob1' })
    .user('bob', { id: 's-bob2' })
    .user('bob', { id: 's-bob3', externalId: null });
  expect(scimLines(of)).toEqual([
    'ready: scim-create-group eng - > eng',
    'held by collision: scim-add-member ada - > eng',
    'held by collision: scim-add-member bob - > eng',
  ]);
  expect(notices(of, 'collision')).toHaveLength(2);
  of.status('bob', 'deactivated').status('ada', 'deactivated');
  expect(scimLines(of).filter((line) => line.includes('deactivate'))).toHaveLength(5);
  expect(new Set(run(of).changes.map(({ key }) => key)).size).toBe(run(of).changes.length);
  expect(twins.users.size).toBe(5);
});

test('people who share an address are nobody to the service', () => {
  const of = company().person('twin', 'active', 'ada@corp.example');
  new ScimWorld(of).user('ada', { externalId: null }).user('bob').group('eng', ['bob']);
  expect(scimLines(of)).toEqual([
    'held by collision: scim-create-user ada - > ada@corp.example (p-ada)',
    'held by collision: scim-add-member ada - > eng',
  ]);
});

test('protected people are neither written nor switched off', () => {
  const of = company()
    .staff('root')
    .set({ protected: ['ada@corp.example', 'root@corp.example', 'eve@*'] });
  const scim = new ScimWorld(of).user('bob').user('root').user('eve', { userName: 'eve@other' });
  scim.group('eng', ['bob', 'root']).ours('root', ['eng']).ours('eve');
  of.status('root', 'active');
  expect(scimLines(of)).toEqual([]);
  of.status('root', 'deactivated').answer('eve', 'deactivated');
  expect(scimLines(of)).toEqual([]);
});

test('a denied person is kept out, and taken out when approved', () => {
  const scim = settled(company().staff('cleo').join('cleo', 'eng').deny('cleo', { org: 'Pay' }));
  expect(scim.marks()).toEqual(['p-ada/', 'p-ada/g-eng', 'p-bob/', 'p-bob/g-eng']);
  scim.world.deny('bob');
  expect(scimLines(scim.world)[0]).toBe(
    'held by rule-changed: scim-remove-member bob eng > - (rule-changed)',
  );
  scim.world.set({ foreign: 'remove' });
  scim.user('cleo').groups.get('made-g-eng');
  Object.assign(scim.groups.get('made-g-eng') ?? {}, { members: ['made-p-ada', 'made-p-bob', 's-cleo'] });
  expect(scimLines(scim.world)).toContain('held by rule-changed: scim-remove-member cleo eng > - (foreign)');
});

test('who is not active, or has no address, waits outside; who is in stays', () => {
  const of = company().person('sam', 'staged').person('nil', 'active', null);
  of.join('sam', 'eng').join('nil', 'eng').join('ghost', 'eng');
  const scim = new ScimWorld(of).user('ada').user('bob').user('sam').group('eng', ['ada', 'bob', 'sam']);
  scim.ours('sam', ['eng']);
  expect(scimLines(of)).toEqual([]);
});

test('a group keeps its members under its new name, which waits until Devin has its roles', () => {
  const scim = settled();
  scim.world.rename('eng', 'engineering');
  const plan = run(scim.world);
  expect(linesIn(plan)).toEqual(['ready: scim-update-group engineering eng > engineering']);
  expect(plan.operations.map(({ kind, phase }) => `${phase} ${kind}`)).toEqual([
    '2 register-groups',
    '3 give-group-role',
    '4 add-group-to-org',
    '5 scim-update-group',
  ]);
  scim.carryOut(plan);
  expect(scim.groups.get('made-g-eng')?.displayName).toBe('engineering');
  const barred = settled();
  barred.world.rename('eng', 'engineering').policy({ groups: 'observe' });
  expect(scimLines(barred.world)[0]).toMatch(/^barred/);
});

test('what a pattern makes of a new name is approved by a person', () => {
  const of = world().staff('ada', 'bob').group('x-eng', 'ada');
  of.set({
    rules: [
      {
        ...{ name: 'all', via: 'scim', org: null, role: 'Member', priority: 0, allowAdmin: false },
        match: { by: 'pattern', pattern: 'x-.*' },
      },
    ],
  });
  const scim = settled(of);
  of.rename('x-eng', 'x-sales').join('bob', 'x-eng');
  of.teams.get('g-x-eng')?.people.add('p-bob');
  expect(scimLines(of)).toEqual([
    'held by group-renamed: scim-update-group x-sales x-eng > x-sales',
    'ready: scim-create-user bob - > bob@corp.example (p-bob)',
    'held by group-renamed: scim-add-member bob - > x-sales',
  ]);
  expect(scim.groups.size).toBe(1);
});

test('without a rule memberships go with approval, and a group that two could stand for is left alone', () => {
  const scim = settled(company().group('x', 'ada').rule('x', 'Member', { via: 'scim' }));
  scim.world.set({ rules: scim.world.settings.rules.slice(1) });
  expect(scimLines(scim.world)).toEqual([
    'held by rule-changed: scim-remove-member ada eng > - (rule-changed)',
    'held by rule-changed: scim-remove-member bob eng > - (rule-changed)',
  ]);
  scim.world.deleteGroup('eng').vanish('bob').answer('bob', 'active');
  expect(scimLines(scim.world)).toEqual([
    'held by group-deleted: scim-remove-member ada eng > - (group-deleted)',
    'held by group-deleted: scim-remove-member bob eng > - (group-deleted)',
  ]);
  scim.groups.delete('made-g-eng');
  expect(scimLines(scim.world)).toEqual([]);
  expect(scim.marks()).toEqual(['p-ada/', 'p-ada/g-x', 'p-bob/']);
});

test('a group whose identity is unclear is not touched, in the directory or in the service', () => {
  const scim = settled();
  scim.group('eng2', [], { externalId: 'g-eng' });
  scim.world.leave('bob', 'eng').status('ada', 'deactivated');
  expect(notices(scim.world, 'collision')).toEqual([
    'group eng: 2 groups of the SCIM service stand for eng: its members are left alone until that is cleared',
  ]);
  expect(scimLines(scim.world)).toEqual([
    'ready: scim-deactivate-user ada ada@corp.example (p-ada) > - (deactivated)',
  ]);
  const twice = settled();
  twice.world.groupWithId('g-2', 'eng');
  expect(scimLines(twice.world)).toEqual([]);
  const unread = settled();
  unread.world.leave('bob', 'eng');
  Object.assign(unread.world.teams.get('g-eng') ?? {}, { unread: true });
  expect(scimLines(unread.world)).toEqual([]);
  unread.world.status('ada', 'deactivated');
  expect(scimLines(unread.world)).toEqual([
    'ready: scim-deactivate-user ada ada@corp.example (p-ada) > - (deactivated)',
  ]);
});

test('a group of the service that stands for another group of the directory is not taken by its name', () => {
  const of = company().group('old');
  new ScimWorld(of).user('ada').user('bob').group('eng', ['ada'], { externalId: 'g-old' });
  expect(scimLines(of)[0]).toBe('ready: scim-create-group eng - > eng');
});

test('the sync at sign-in is warned of as long as nobody says that it is off, and when Devin shows what SCIM has not', () => {
  const on = company();
  new ScimWorld(on, true);
  expect(notices(on, 'other-writer')[0]).toMatch(/^group sync at sign-in: memberships/);
  const scim = settled(company().staff('cleo').person('nil', 'active', null));
  expect(notices(scim.world, 'other-writer')).toEqual([]);
  scim.world.staff('dan').person('sam', 'staged');
  for (const name of ['ada', 'cleo', 'dan', 'sam', 'stranger']) scim.world.signedIn(name, 'eng');
  scim.user('cleo');
  const plan = run(scim.world);
  expect(plan.notices.filter(({ kind }) => kind === 'other-writer').map(({ message }) => message)).toEqual([
    'Devin shows 2 people in group eng whom its SCIM service does not have there: it has not followed yet, or the group sync at sign-in is still on and writes as well',
  ]);
  expect(plan.residual.map(({ email, org }) => [email, org])).toEqual([
    ['cleo@corp.example', null],
    ['cleo@corp.example', 'Pay'],
    ['dan@corp.example', null],
    ['dan@corp.example', 'Pay'],
  ]);
  // Whom SCIM still has is taken out by this plan, so nothing stays.
  scim.world.leave('bob', 'eng').signedIn('bob', 'eng');
  expect(run(scim.world).residual.map(({ email }) => email)).not.toContain('bob@corp.example');
});

test('the group of an admin role: each membership is approved, and the last admins stay', () => {
  const of = world()
    .staff('ada', 'bob', 'cleo')
    .group('root', 'ada', 'bob', 'cleo')
    .rule('root', 'Admin', { via: 'scim', allowAdmin: true });
  const scim = new ScimWorld(of);
  of.approve(...run(of).changes.map(({ key }) => key));
  scim.carryOut(run(of));
  of.guards({ minAdmins: 2 });
  for (const name of ['ada', 'bob', 'cleo']) of.signedIn(name, 'root');
  expect(run(of).changes).toEqual([]);
  of.leave('ada', 'root').leave('bob', 'root');
  expect(scimLines(of)).toEqual([
    'held by minAdmins: scim-remove-member ada root > - (left-group)',
    'held by minAdmins: scim-remove-member bob root > - (left-group)',
  ]);
  of.join('ada', 'root').status('cleo', 'deactivated');
  const plan = run(of);
  expect(linesIn(plan)).toContain(
    'ready: scim-deactivate-user cleo cleo@corp.example (p-cleo) > - (deactivated)',
  );
  expect(linesIn(plan)).toContain('held by minAdmins: scim-remove-member bob root > - (left-group)');
  of.staff('dan').join('dan', 'root');
  expect(scimLines(of)).toContain('held by admin-grant: scim-add-member dan - > root');
  expect(scim.groups.size).toBe(1);
});

test('memberships count for the guards: by group, by all who are in, and the whole of a first plan', () => {
  const names = Array.from({ length: 20 }, (_, at) => `p${at}`);
  const of = world()
    .staff(...names)
    .group('eng', ...names)
    .group('ops', ...names)
    .rule('eng', 'Member', { via: 'scim' })
    .rule('ops', 'Power user', { via: 'scim' });
  const scim = settled(of);
  of.guards(DEFAULT_GUARDS);
  for (const name of names.slice(0, 5)) of.leave(name, 'eng');
  const plan = run(of);
  expect(plan.violations.map(({ guard, message }) => `${guard}: ${message}`)).toEqual([
    'orgRoles: 5 of 20 people would be taken out of groups through SCIM; the limit is 10 % from 4 on, or 25',
  ]);
  for (const name of names.slice(5, 8)) of.leave(name, 'eng');
  expect(run(of).violations.map(({ guard }) => guard)).toEqual(['orgRoles', 'perGroup']);
  for (const name of names.slice(8)) of.status(name, 'deactivated');
  expect(scimLines(of).filter((line) => line.startsWith('ready: scim-deactivate-user'))).toHaveLength(12);
  expect(scim.users.size).toBe(20);
});

test('many people who are let in, or switched off for a slow cause, are held', () => {
  const names = Array.from({ length: 30 }, (_, at) => `p${at}`);
  const of = world()
    .staff(...names)
    .group('eng', ...names)
    .rule('eng', 'Member', { via: 'scim' })
    .policy({ groups: 'observe' })
    .guards(DEFAULT_GUARDS);
  const scim = new ScimWorld(of).group('eng', []);
  expect(scimLines(of)[0]).toMatch(/^held by grants: scim-create-user/);
  for (const name of names) scim.user(name).ours(name, ['eng']);
  scim.group('eng', names);
  for (const name of names.slice(0, 6)) of.vanish(name);
  run(of);
  of.later(8 * DAY).guards({ shrink: 1 });
  expect(scimLines(of)[0]).toMatch(/^held by enterpriseRemovals: scim-deactivate-user/);
});

test('the own policy of an organization holds for the group that has a role there', () => {
  const scim = settled(company().org('Web'));
  scim.world.leave('bob', 'eng').set({ orgPolicy: { Pay: 'no-remove', Web: 'observe' } });
  expect(run(scim.world).changes.map(({ verdict }) => verdict)).toEqual([
    { state: 'barred', why: 'policy of Pay is "no-remove", and the group has a role there' },
  ]);
  scim.world.set({ orgPolicy: { 'org-pay': 'full' } });
  expect(scimLines(scim.world)).toEqual(['ready: scim-remove-member bob eng > - (left-group)']);
  const made = company();
  made.orgs.length = 0;
  made.set({
    organizations: [{ name: 'Pay', create: true, maxSessionAcuLimit: null, maxCycleAcuLimit: null }],
    orgPolicy: { Pay: 'observe' },
  });
  new ScimWorld(made);
  expect(scimLines(made).filter((line) => line.includes('add-member'))[0]).toMatch(/^barred/);
});

test('what builds on a user or a group that is not made waits, also in a plan that was cut down', () => {
  const of = company().policy({ users: 'observe' });
  new ScimWorld(of);
  expect(scimLines(of)).toEqual([
    'ready: scim-create-group eng - > eng',
    'barred: scim-create-user ada - > ada@corp.example (p-ada)',
    'barred: scim-add-member ada - > eng',
    'barred: scim-create-user bob - > bob@corp.example (p-bob)',
    'barred: scim-add-member bob - > eng',
  ]);
  const cut = company();
  new ScimWorld(cut);
  const noGroup = company().policy({ groups: 'observe' });
  new ScimWorld(noGroup).user('ada').user('bob');
  expect(scimLines(noGroup).map((line) => line.split(' ')[0])).toEqual(['barred:', 'barred:', 'barred:']);
  const only = cut.decide(undefined, { user: 'ada@corp.example' }).plan;
  expect(linesIn(only)).toEqual([
    'ready: scim-create-user ada - > ada@corp.example (p-ada)',
    'waiting: scim-add-member ada - > eng',
  ]);
  const group = cut.decide(undefined, { group: 'eng' }).plan;
  expect(linesIn(group).filter((line) => line.startsWith('ready'))).toHaveLength(5);
  expect(linesIn(cut.decide(undefined, { org: 'Pay' }).plan)).toEqual([]);
});

test('who left a group is in the plan that was cut down to it', () => {
  const scim = settled();
  scim.world.leave('bob', 'eng');
  const evidence = scim.world.ask(scim.world.decide().questions);
  expect(linesIn(scim.world.decide(evidence, { group: 'g-eng' }).plan)).toHaveLength(1);
});

test('whoever is switched off already still loses the memberships', () => {
  const of = company().status('bob', 'deactivated');
  new ScimWorld(of).user('ada').user('bob', { active: false }).group('eng', ['ada', 'bob']);
  expect(scimLines(of)).toEqual(['ready: scim-remove-member bob eng > - (deactivated)']);
});

test('an answer by id confirms an absence in a reading from changes', () => {
  const scim = settled();
  scim.world.vanish('bob').answer('bob', 'gone').basis = 'update';
  run(scim.world);
  scim.world.later(8 * DAY);
  expect(scimLines(scim.world)[0]).toMatch(/^ready: scim-deactivate-user bob/);
});

test('an enterprise goes on with what its service holds, and with both readings', () => {
  const report = { what: 'SCIM users of Devin', pages: 1, items: 0, calls: 1 };
  const reading = { url: 'https://scim.example.com', loginGroupSync: false, users: [], groups: [] };
  const before = company().user('ada').devin();
  const state = before.with(reading, [report]);
  expect(state.head).toMatchObject({ scim: reading, reads: [report] });
  expect(state.user(0)).toEqual(before.user(0));
});

const NAMES = ['ada', 'bob', 'cleo', 'dan'] as const;

const anyone = fc.record({
  status: fc.constantFrom('active', 'active', 'suspended', 'deactivated', 'staged', 'gone'),
  inGroup: fc.boolean(),
  user: fc.constantFrom('none', 'bound', 'unbound', 'off'),
  member: fc.boolean(),
  ours: fc.boolean(),
  isProtected: fc.boolean(),
});

test('whatever stands in the service: what is ready is written, then nothing is ready, and nobody is in who should not be', () => {
  const anybody = fc.tuple(anyone, anyone, anyone, anyone);
  fc.assert(
    fc.property(anybody, fc.constantFrom('report', 'remove'), fc.boolean(), (people, foreign, isThere) => {
      const of = world().group('eng').staff('root').rule('eng', 'Member', { via: 'scim' });
      const scim = new ScimWorld(of);
      const inside = people.map((one, at) => prepared(scim, NAMES[at] as string, one));
      if (isThere)
        scim.group(
          'eng',
          inside.filter((name) => name !== null),
        );
      of.set({ foreign });
      const known = people.flatMap((one, at) => (one.isProtected ? [`${NAMES[at]}@corp.example`] : []));
      of.set({ protected: known });
      const before = new Map([...scim.users].map(([id, user]) => [id, { ...user }]));
      const plan = run(of);
      const ready = plan.changes.filter(({ verdict }) => verdict.state === 'ready');
      expect(plan.operations.flatMap(({ items }) => items).sort()).toEqual(
        ready.map(({ key }) => key).sort(),
      );
      scim.carryOut(plan);
      const after = run(of).changes.filter(({ verdict, scim: ids }) => ids && verdict.state === 'ready');
      expect(after.map(lineOf)).toEqual([]);
      for (const [at, one] of people.entries()) judge(scim, NAMES[at] as string, one, before);
    }),
    runs(150),
  );
});

type Anyone = typeof anyone extends fc.Arbitrary<infer One> ? One : never;

/** The name where the service has the person in the group. */
function prepared(scim: ScimWorld, name: string, one: Anyone): string | null {
  const { world: of } = scim;
  if (one.status === 'gone') of.answer(name, 'gone');
  else of.person(name, one.status as 'active');
  if (one.inGroup && one.status !== 'gone') of.join(name, 'eng');
  if (one.user === 'none') return null;
  scim.user(name, {
    externalId: one.user === 'unbound' ? null : `p-${name}`,
    active: one.user !== 'off',
  });
  if (one.ours) scim.ours(name, one.member ? ['eng'] : [], { active: one.user !== 'off' });
  return one.member ? name : null;
}

function judge(scim: ScimWorld, name: string, one: Anyone, before: ReadonlyMap<string, unknown>): void {
  const users = [...scim.users.values()].filter(({ userName }) => userName === `${name}@corp.example`);
  expect(users.length).toBeLessThanOrEqual(1);
  const [user] = users;
  if (user === undefined) return;
  if (one.isProtected) expect(user).toEqual(before.get(user.id));
  else if (one.status === 'deactivated') expect(user.active).toBe(false);
  else if (one.status === 'active' && one.inGroup && one.user === 'bound') expect(user.active).toBe(true);
  const members = [...scim.groups.values()].flatMap((group) => group.members);
  expect(new Set(members).size).toBe(members.length);
  const isIn = members.includes(user.id);
  if (isIn && !one.member) expect([one.status, one.inGroup]).toEqual(['active', true]);
  if (isIn) expect(one.isProtected || one.status !== 'deactivated').toBe(true);
}
