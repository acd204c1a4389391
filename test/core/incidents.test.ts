/** What went wrong elsewhere, in public, as situations that must not go wrong here. */
import { expect, test } from 'vitest';
import { applied } from '../helpers/applied.ts';
import { DAY, DEFAULT_GUARDS, HOUR, lines, MINUTE, run, type World, world } from '../helpers/world.ts';

const STAFF = Array.from({ length: 40 }, (_, at) => `n${String(at).padStart(2, '0')}`);

/** Forty people in sync through three groups, with the guards as they come. */
function company(): World {
  const of = world()
    .staff(...STAFF)
    .org('Web', 'Pay');
  of.group('eng', ...STAFF.slice(0, 20))
    .group('ops', ...STAFF.slice(20))
    .group('all', ...STAFF);
  for (const [at, name] of STAFF.entries())
    of.user(name, { '': 'Member', [at < 20 ? 'Web' : 'Pay']: 'Member' }).link(name);
  of.rule('eng', 'Member', { org: 'Web' }).rule('ops', 'Member', { org: 'Pay' }).rule('all', 'Member');
  of.memory = { ...of.memory, baseline: { people: 40, groups: 3, edges: 80 } };
  expect(run(of).changes).toEqual([]);
  return of.guards({ ...DEFAULT_GUARDS, minAdmins: 0 });
}

function taken(of: World): string[] {
  return run(of).operations.map(({ kind }) => kind);
}

/** The same bad reading again and again, for a day. */
function nothingIsTaken(of: World): void {
  for (const pause of [0, 16 * MINUTE, HOUR, DAY]) {
    of.later(pause);
    expect(taken(of)).toEqual([]);
  }
}

test('kubernetes org 4365: a faulty configuration strips no members', () => {
  const of = company();
  of.set({ rules: [] });
  of.configHash = 'faulty';
  nothingIsTaken(of);
});

test('ssosync 268: an empty group list removes nobody', () => {
  const of = company();
  of.teams.clear();
  nothingIsTaken(of);
});

test('ssosync 194: an empty list of people removes nobody, and the next reading is as before', () => {
  const of = company();
  const people = [...of.people];
  of.people.clear();
  for (const team of of.teams.values()) team.people.clear();
  nothingIsTaken(of);
  for (const [id, human] of people) of.people.set(id, human);
  for (const [id, human] of people) {
    const group = Number(human.id.slice(3)) < 20 ? 'eng' : 'ops';
    for (const name of [group, 'all']) of.teams.get(`g-${name}`)?.people.add(id);
  }
  expect(run(of).changes).toEqual([]);
  expect(of.memory.tombstones).toEqual([]);
});

test('ssosync 278: a person who could not be looked up is unknown, not absent', () => {
  const of = company();
  of.people.delete('p-n00');
  expect(taken(of)).toEqual([]);
  expect(lines(of.decide().plan)).toEqual([]);
});

test('ssosync 291: a membership change neither deletes nor recreates its group', () => {
  const of = company().rule('eng', 'Member', { via: 'group', name: 'via' });
  applied(of, run(of));
  expect(taken(of.leave('n00', 'eng'))).toEqual(['remove-from-org']);
});

test('ssosync 88: groups that this daemon did not create are never deleted', () => {
  const of = company().devinGroup('control-tower', { '': 'Admin', Web: 'Member' }).set({ foreign: 'remove' });
  expect(taken(of)).toEqual([]);
});

test('idp-scim-sync 70: a stable subset of the groups removes nobody', () => {
  nothingIsTaken(company().deleteGroup('ops'));
});

test('gitlab 224135: a group that reads as empty, and is read again as full, loses nobody', () => {
  const of = company();
  of.teams.get('g-eng')?.people.clear();
  of.freshly('eng', { people: STAFF.slice(0, 20) });
  nothingIsTaken(of);
});

test('gitlab 224135: a group that stays empty for good is held before it takes its place to zero', () => {
  const of = company();
  of.teams.get('g-eng')?.people.clear();
  const plan = run(of);
  expect(plan.operations).toEqual([]);
  expect(plan.violations.map(({ guard }) => guard)).toEqual(['orgRoles', 'perGroup', 'perGroup', 'shrink']);
});

test('netbird 4068: everybody missing for one night is nobody missing', () => {
  const of = company();
  for (const name of STAFF) of.vanish(name).answer(name, 'active');
  of.staff('new');
  nothingIsTaken(of);
});

test('authentik 19295: a wrong filter that hides a part of the people deletes nobody within a week', () => {
  const of = company().guards({ shrink: 1 });
  for (const name of STAFF.slice(0, 3)) of.vanish(name);
  run(of);
  for (const pause of [16 * MINUTE, DAY, 5 * DAY]) {
    expect(run(of.later(pause)).operations.map(({ kind }) => kind)).not.toContain('remove-user');
  }
});

test('firezone 10898: a held removal is let go by approval, item by item', () => {
  const of = company();
  for (const name of STAFF.slice(0, 6)) of.leave(name, 'eng');
  const plan = run(of);
  expect(plan.operations).toEqual([]);
  expect(taken(of.approve(...plan.changes.map(({ key }) => key)))).toHaveLength(6);
});

test('argo-cd 23645: unrelated people do not talk a guard out of it', () => {
  const of = company();
  for (const name of STAFF.slice(0, 6)) of.leave(name, 'eng');
  const strangers = Array.from({ length: 300 }, (_, at) => `x${at}`);
  for (const name of strangers) of.staff(name).devinGroup('sso', { '': 'Member' }).signedIn(name, 'sso');
  expect(run(of).violations.map(({ guard }) => guard)).toContain('orgRoles');
});

test('external-dns 3841: removals wait for the answer by id', () => {
  const of = company().status('n00', 'deactivated');
  expect(of.decide().plan.operations).toEqual([]);
  expect(of.decide().questions.people).toEqual(['p-n00']);
});

test('okta terraform 1818: a hundred invites are one call', () => {
  const names = Array.from({ length: 100 }, (_, at) => `j${at}`);
  const of = world()
    .staff(...names)
    .group('all', ...names)
    .rule('all', 'Member');
  expect(run(of).budget.writes).toBe(1);
});

test('user-sync 471: letter case makes neither duplicates nor removals', () => {
  const of = company();
  for (const name of STAFF) of.email(name, `${name.toUpperCase()}@Corp.Example`);
  of.memory = { ...of.memory, people: [] };
  expect(run(of).changes).toEqual([]);
});

test('fleet 46374: nested groups are people, not an error', () => {
  const of = world().staff('ada').group('top', '>low').group('low', 'ada').rule('top', 'Member');
  expect(lines(run(of))).toEqual(['ready: invite ada - > Member']);
});

test('opencloud 304: a renamed group keeps its access', () => {
  expect(run(company().rename('eng', 'engineering')).changes).toEqual([]);
});

test('backstage: a held removal is remembered, not forgotten', () => {
  const of = company();
  for (const name of STAFF.slice(0, 6)) of.leave(name, 'eng');
  const first = run(of).changes.map(({ key, verdict }) => [key, verdict.state]);
  expect(run(of.later(3 * DAY)).changes.map(({ key, verdict }) => [key, verdict.state])).toEqual(first);
});

test('a SCIM bridge suspended every user when its groups went empty: here it is held', () => {
  const of = company().suspendedRole();
  for (const name of STAFF) of.status(name, 'suspended');
  const plan = run(of);
  expect(plan.operations).toEqual([]);
  expect(plan.violations.map(({ guard }) => guard)).toEqual([
    'orgRoles',
    'perGroup',
    'perGroup',
    'roleChanges',
  ]);
});

test('argo-cd 7412: a configuration that would prune nine of ten writes nothing until a person approved it', () => {
  const of = company();
  of.set({ rules: of.settings.rules.slice(0, 1) });
  of.configHash = 'pruning';
  nothingIsTaken(of);
  expect(run(of).violations.map(({ guard }) => guard)).toContain('rule-changed');
});

test('ssosync 17: forty thousand edges are one call for each that changes, and the plan says how many', () => {
  const of = company();
  expect(run(of).budget).toMatchObject({ writes: 0, proofs: 0 });
  for (const name of STAFF.slice(0, 3)) of.leave(name, 'eng').join(name, 'ops');
  expect(run(of).budget).toMatchObject({ writes: 6, proofs: 6, perSecond: 5, etaSeconds: 3 });
});

test('github roadmap 521: somebody who was taken out by hand is not invited again for ever', () => {
  const of = company();
  of.users.delete('u-n00');
  nothingIsTaken(of);
  expect(run(of).notices.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
    'changed-by-hand n00@corp.example',
  ]);
});

test('auvik: people whom a reconciliation skipped are not deleted users', () => {
  const of = company();
  for (const name of STAFF.slice(30)) of.vanish(name).answer(name, 'active');
  nothingIsTaken(of);
  expect(run(of).notices.filter(({ kind }) => kind === 'foreign')).toEqual([]);
});

test('moodle 2150: each removal says through which group, and what proves it', () => {
  const plan = run(company().leave('n00', 'eng'));
  expect(plan.changes).toMatchObject([{ cause: 'left-group', reason: 'no longer in eng, read twice' }]);
});
