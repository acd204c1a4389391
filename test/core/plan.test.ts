import { expect, test } from 'vitest';
import { decideSteps } from '../../src/core/decide.ts';
import { follow } from '../../src/core/follow.ts';
import { groupAfter, personAfter, recentOf } from '../../src/core/ledger.ts';
import type { Change } from '../../src/core/model/change.ts';
import { NO_EVIDENCE } from '../../src/core/model/evidence.ts';
import { countVerdicts, isSettled } from '../../src/core/plan.ts';
import { restrictTo } from '../../src/core/restrict.ts';
import { applied } from '../helpers/applied.ts';
import { CONFIG, lines, MINUTE, NOW, run, TENANTS, type World, world } from '../helpers/world.ts';

function eng(...names: string[]): World {
  return world()
    .staff(...names)
    .group('eng', ...names)
    .org('Web')
    .rule('eng', 'Member', { org: 'Web' });
}

test('equal plans have equal ids whatever the hour; other changes, configurations or tenants have others', () => {
  const { id } = run(eng('ada'));
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(run(eng('ada').later(MINUTE)).id).toBe(id);
  expect(run(eng('ada', 'bob')).id).not.toBe(id);
  expect(run(eng('ada').set({ policy: { ...eng().settings.policy, users: 'observe' } })).id).toBe(id);
  const other = eng('ada');
  other.configHash = 'config-2';
  expect(other.decide().plan.id).not.toBe(id);
  expect(run(applied(eng('ada'), run(eng('ada'))).leave('ada', 'eng')).id).not.toBe(id);
});

test('an item key survives a new plan, and differs by subject, place, role and cause', () => {
  const keys = (of: World) => run(of).changes.map(({ key }) => key);
  const first = keys(eng('ada'));
  expect(keys(eng('ada', 'bob')).slice(0, 2)).toEqual(first);
  const all = keys(eng('ada', 'bob').rule('eng', 'Member'));
  expect(new Set(all).size).toBe(4);
  expect(keys(eng('ada').rule('eng', 'Lead', { org: 'Web', priority: 1 }))[1]).not.toBe(first[1]);
});

test('a name that is no well-formed text does not stop the plan', () => {
  const of = eng('ada').group('team \ud800', 'ada').rule('team \ud800', 'Member', { via: 'group' });
  expect(run(of).changes.map(({ kind }) => kind)).toContain('register-group');
});

test('invites go in hundreds by role', () => {
  const names = Array.from({ length: 101 }, (_, at) => `n${String(at).padStart(3, '0')}`);
  const of = eng(...names)
    .staff('boss')
    .group('power', 'boss')
    .rule('power', 'Power user');
  const invites = run(of).operations.filter(({ kind }) => kind === 'invite');
  expect(invites.map(({ role, batch, phase, lane }) => [role, batch.length, phase, lane])).toEqual([
    ['role-power', 1, 2, 4],
    ['account_member', 100, 2, 4],
    ['account_member', 1, 2, 4],
  ]);
  expect(invites[1]?.batch.slice(0, 2)).toEqual(['n000@corp.example', 'n001@corp.example']);
});

test('an operation names what it expects to find and what it gives', () => {
  const of = applied(eng('ada'), run(eng('ada')));
  const [operation] = run(of.rule('eng', 'Lead', { org: 'Web', priority: 1 })).operations;
  expect(operation).toMatchObject({
    kind: 'change-org-role',
    subject: 'person:p-ada',
    user: 'u-ada',
    org: 'org-web',
    before: 'org_member',
    role: 'role-lead',
    lane: 4,
    phase: 4,
  });
});

test('a downgrade waits for the grants of its plan, in lane 3', () => {
  const of = eng('ada', 'bob').group('leads', 'ada').rule('leads', 'Lead', { org: 'Web', priority: 1 });
  applied(of, run(of)).leave('ada', 'leads').staff('cleo').join('cleo', 'eng');
  expect(run(of).operations.map(({ kind, lane, phase }) => [kind, lane, phase])).toEqual([
    ['invite', 4, 2],
    ['add-to-org', 4, 4],
    ['change-org-role', 3, 5],
  ]);
});

test('the cost counts each write, and a reading before and after what is taken from people', () => {
  const of = applied(eng('ada', 'bob'), run(eng('ada', 'bob'))).status('ada', 'suspended');
  const { budget } = run(of);
  expect(budget).toEqual({ writes: 1, proofs: 2, perSecond: 5, etaSeconds: 1 });
  const unlimited = { ...of.decide(), input: null };
  expect(unlimited.plan.budget.etaSeconds).toBe(0);
});

test('without a rate there is no estimate', () => {
  const of = eng('ada');
  const steps = decideSteps({
    directory: of.directory(),
    devin: of.devin(),
    evidence: NO_EVIDENCE,
    memory: of.memory,
    settings: of.settings,
    tenants: TENANTS,
    configHash: CONFIG,
    maxPerSecond: null,
    now: NOW,
  });
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  expect(step.value.plan.budget).toEqual({ writes: 2, proofs: 0, perSecond: null, etaSeconds: null });
});

test('a large company is decided in strides, also while it is joined, wanted and counted', () => {
  const names = Array.from({ length: 4200 }, (_, at) => `n${at}`);
  const of = world()
    .org('Web')
    .group('web', ...names)
    .rule('web', 'Member', { org: 'Web' });
  for (const name of names) of.person(name).user(name, { '': 'Member' });
  const people = names.map((name) => ({
    directoryId: `p-${name}`,
    devinId: `u-${name}`,
    email: `${name}@corp.example`,
    places: {},
  }));
  const steps = decideSteps({
    directory: of.directory(),
    devin: of.devin(),
    evidence: NO_EVIDENCE,
    memory: { ...of.memory, people },
    settings: of.settings,
    tenants: TENANTS,
    configHash: CONFIG,
    maxPerSecond: 5,
    now: NOW,
  });
  let breaths = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) breaths++;
  // Scene, wants twice over, ledger, addresses of people and of users, both joined, diffs of both, census.
  expect(breaths).toBeGreaterThanOrEqual(12);
  expect(step.value.plan.changes).toHaveLength(4200);
});

test('verdicts are counted, and a plan that only waits is settled', () => {
  const of = applied(eng('ada'), run(eng('ada'))).leave('ada', 'eng');
  const waits = of.decide().plan;
  expect(countVerdicts(waits.changes)).toEqual({ ready: 0, held: 0, waiting: 2, barred: 0 });
  expect(isSettled(waits)).toBe(true);
  const plan = run(of);
  expect(countVerdicts(plan.changes)).toEqual({ ready: 1, held: 0, waiting: 1, barred: 0 });
  expect(isSettled(plan)).toBe(false);
});

test('a plan narrowed to some items writes those, in batches made anew', () => {
  const plan = run(eng('ada', 'bob'));
  const adas = plan.changes.filter(({ subject }) => subject.label.startsWith('ada')).map(({ key }) => key);
  const narrow = restrictTo(plan, new Set(adas));
  expect(narrow.operations.map(({ kind, batch }) => [kind, batch])).toEqual([
    ['invite', ['ada@corp.example']],
    ['add-to-org', []],
  ]);
  expect(narrow.id).toBe(plan.id);
  const orphan = restrictTo(plan, new Set(adas.slice(1)));
  expect(orphan.operations).toEqual([]);
});

const CHANGE: Change = {
  key: 'k',
  kind: 'add-to-org',
  subject: { type: 'person', directoryId: 'p-ada', devinId: null, label: 'ada@corp.example' },
  org: { id: null, name: 'Lab' },
  before: null,
  after: { id: 'org_member', name: 'Member' },
  cause: 'rule',
  reason: '',
  privileged: false,
  people: 1,
  verdict: { state: 'ready' },
};
const ROW = {
  directoryId: 'p-ada',
  devinId: 'u-ada',
  email: 'ada@corp.example',
  places: { '': 'adopted' },
} as const;

test('the ledger of a person follows each done change', () => {
  expect(personAfter(null, { ...CHANGE, kind: 'invite', org: null }, 'u-ada', null)).toEqual({
    ...ROW,
    places: { '': 'managed' },
    applied: { '': 'org_member' },
  });
  const inLab = personAfter(ROW, CHANGE, 'u-ada', 'org-lab');
  expect(inLab?.places).toEqual({ '': 'adopted', 'org-lab': 'managed' });
  const left = {
    ...CHANGE,
    kind: 'remove-from-org',
    org: { id: 'org-lab', name: 'Lab' },
    after: null,
  } as const;
  expect(personAfter(inLab, left, 'u-ada', null)?.places).toEqual({ '': 'adopted' });
  expect(personAfter(ROW, { ...left, kind: 'remove-user', org: null }, 'u-ada', null)).toBeNull();
});

test('the ledger has no row for a stranger, and keeps the row when a twin goes', () => {
  const removal = { ...CHANGE, kind: 'remove-user', org: null, after: null } as const;
  const stranger = { ...removal.subject, directoryId: null, devinId: 'u-eve' };
  expect(personAfter(null, { ...removal, subject: stranger }, 'u-eve', null)).toBeNull();
  expect(personAfter(ROW, removal, 'u-twin', null)).toBe(ROW);
});

test('the ledger of a group follows each done change', () => {
  const subject = { type: 'group', directoryId: 'g-eng', devinId: 'eng', label: 'eng' } as const;
  const group = { ...CHANGE, subject };
  const registered = groupAfter(null, { ...group, kind: 'register-group', org: null, after: null }, null);
  expect(registered).toEqual({ directoryId: 'g-eng', name: 'eng', places: {} });
  const given = groupAfter(registered, { ...group, kind: 'give-group-role', org: null }, null);
  const inLab = groupAfter(given, { ...group, kind: 'add-group-to-org' }, 'org-lab');
  expect(inLab?.places).toEqual({ '': 'managed', 'org-lab': 'managed' });
  const taken = {
    ...group,
    kind: 'remove-group-from-org',
    org: { id: 'org-lab', name: 'Lab' },
    after: null,
  } as const;
  expect(groupAfter(inLab, taken, null)?.places).toEqual({ '': 'managed' });
  expect(groupAfter(inLab, { ...taken, kind: 'unregister-group', org: null }, null)).toBeNull();
  expect(groupAfter(null, { ...group, subject: { ...subject, directoryId: null } }, null)).toBeNull();
});

test('a done change counts for the next 24 hours, unless it was approved', () => {
  const left = {
    ...CHANGE,
    kind: 'remove-from-org',
    org: { id: 'org-lab', name: 'Lab' },
    cause: 'left-group',
  } as const;
  expect(recentOf(left, [], NOW)).toEqual([
    { at: NOW, guard: 'orgRoles', place: null, people: 1, who: 'p-ada' },
    { at: NOW, guard: 'perGroup', place: 'org-lab', people: 1, who: 'p-ada' },
  ]);
  expect(recentOf(left, [{ item: 'k', by: 'ada', at: NOW, why: '' }], NOW)).toEqual([]);
  expect(recentOf(CHANGE, [], NOW)).toEqual([]);
});

test('lines of a plan read like sentences', () => {
  expect(lines(run(eng('ada')))[0]).toBe('ready: invite ada - > Member');
});

test('what builds on a change that is not in the plan waits for a plan that has both', () => {
  const of = eng('ada').set({
    organizations: [{ name: 'Lab', create: true, maxSessionAcuLimit: null, maxCycleAcuLimit: null }],
  });
  const { changes } = run(of.rule('eng', 'Member', { org: 'Lab' }));
  const cut = follow(changes.filter(({ kind }) => kind !== 'create-org'));
  expect(lines({ changes: cut })).toEqual([
    'ready: invite ada - > Member',
    'waiting: add-to-org ada @Lab - > Member',
    'ready: add-to-org ada @Web - > Member',
  ]);
  const uninvited = follow(changes.filter(({ kind }) => kind !== 'invite'));
  expect(lines({ changes: uninvited })).toEqual([
    'ready: create-org Lab',
    'waiting: add-to-org ada @Lab - > Member',
    'waiting: add-to-org ada @Web - > Member',
  ]);
  expect(follow(changes)).toEqual(changes);
});

test('two orgs of one name are two changes, in an order that is always the same', () => {
  const of = eng('ada');
  of.orgs.push({ id: 'org-web-2', name: 'Web' });
  of.set({ rules: [] }).rule('eng', 'Member', { org: 'org-web' }).rule('eng', 'Member', { org: 'org-web-2' });
  const ids = run(of).changes.map(({ org }) => org?.id);
  expect([...ids].sort()).toEqual(['org-web', 'org-web-2', undefined]);
  of.set({ rules: [...of.settings.rules].reverse() });
  expect(run(of).changes.map(({ org }) => org?.id)).toEqual(ids);
});
