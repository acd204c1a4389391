import { expect, test } from 'vitest';
import type { OrgSettings } from '../../src/core/model/settings.ts';
import { lines, run, type World, world } from '../helpers/world.ts';

const LIMITS = { maxSessionAcuLimit: 5, maxCycleAcuLimit: 100 };

function declare(of: World, line: Partial<OrgSettings> & { name: string }): World {
  const whole = { create: false, maxSessionAcuLimit: null, maxCycleAcuLimit: null, ...line };
  return of.set({ organizations: [...of.settings.organizations, whole] });
}

/** An organization as Devin lists it, with its limits. */
function listed(name = 'Pay', limits = LIMITS): World {
  const of = world().staff('ada').group('pay', 'ada');
  of.orgs.push({ id: 'org-pay', name, limits });
  return of;
}

test('limits that differ are drift, and changed to what is declared, by one request that keeps the rest', () => {
  const plan = run(declare(listed(), { name: 'Pay', maxCycleAcuLimit: 200 }));
  expect(lines(plan)).toEqual([
    'ready: update-org Pay @Pay "Pay", 5 ACU a session, 100 ACU a cycle > "Pay", 5 ACU a session, 200 ACU a cycle',
  ]);
  expect(plan.operations[0]).toMatchObject({
    kind: 'update-org',
    org: 'org-pay',
    role: null,
    create: { name: 'Pay', maxSessionAcuLimit: null, maxCycleAcuLimit: 200 },
  });
  expect(run(declare(listed(), { name: 'Pay', ...LIMITS })).changes).toEqual([]);
});

test('a name is declared by the id of its organization, and rules use it before Devin does', () => {
  const of = declare(listed('Old pay'), { name: 'Pay', id: 'org-pay' }).rule('pay', 'Member', { org: 'Pay' });
  of.user('ada');
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'ready: update-org Pay @Old pay "Old pay", 5 ACU a session, 100 ACU a cycle > "Pay", 5 ACU a session, 100 ACU a cycle',
    'ready: add-to-org ada @Old pay - > Member',
  ]);
  expect(plan.operations.find(({ kind }) => kind === 'update-org')?.create?.name).toBe('Pay');
});

test('an organization declared by its id alone is never renamed to it', () => {
  const plan = run(declare(listed(), { name: 'org-pay', maxCycleAcuLimit: 7 }));
  expect(plan.operations[0]?.create).toMatchObject({ name: 'Pay', maxCycleAcuLimit: 7 });
});

test('the policy of organizations decides whether drift of them is changed, and no guard of people counts it', () => {
  const of = declare(listed('Old'), { name: 'New', id: 'org-pay', maxSessionAcuLimit: 9 });
  of.guards({ roleChanges: { atLeast: 0, share: 0, count: 0 } });
  expect(run(of).violations).toEqual([]);
  const barred = run(of.policy({ organizations: 'create-only' }));
  expect(barred.changes.map(({ verdict }) => verdict.state)).toEqual(['barred']);
});

test('limits that this key does not read are said, and neither they nor anything else is changed', () => {
  const of = declare(world().staff('ada').group('pay', 'ada').org('Pay'), {
    name: 'Pay',
    maxCycleAcuLimit: 1,
  });
  const plan = run(of);
  expect(plan.changes).toEqual([]);
  expect(plan.notices).toContainEqual(
    expect.objectContaining({
      kind: 'not-possible',
      message: expect.stringMatching(/declared, but this key does not read/),
    }),
  );
  const renamed = run(
    declare(world().staff('ada').group('pay', 'ada').org('Pay'), { name: 'Paid', id: 'org-pay' }),
  );
  expect(lines(renamed)).toEqual([
    'ready: update-org Paid @Pay "Pay", no limit a session, no limit a cycle > "Paid", no limit a session, no limit a cycle',
  ]);
});

test('an id that Devin does not list, and a ceiling that is no role, are faults of the configuration', () => {
  const of = declare(listed(), { name: 'Lab', id: 'org-lab' });
  expect(() => run(of)).toThrow('"Lab" has the id org-lab, and Devin lists no such organization');
  expect(() => run(declare(listed(), { name: 'Pay', roleCeiling: 'Boss' }))).toThrow(
    /organizations: roleCeiling of "Pay": no organization role "Boss" exists/,
  );
});

test.each(['inactive', 'blocked'] as const)(
  'where an organization is %s nothing is given, nobody is invited for it alone, and removals go on',
  (state) => {
    const of = declare(listed(), { name: 'Pay', state, maxCycleAcuLimit: 9 }).org('Web');
    of.staff('bob', 'cleo', 'dan').managed('cleo').group('web', 'bob').join('bob', 'pay').join('cleo', 'pay');
    of.rule('pay', 'Member', { org: 'Pay' }).rule('web', 'Member', { org: 'Web' });
    of.user('dan', { '': 'Member', Pay: 'Member' }).link('dan');
    const plan = run(of);
    expect(lines(plan)).toEqual([
      'ready: update-org Pay @Pay "Pay", 5 ACU a session, 100 ACU a cycle > "Pay", 5 ACU a session, 9 ACU a cycle',
      'barred: invite ada - > Member',
      'barred: add-to-org ada @Pay - > Member',
      'ready: invite bob - > Member',
      'barred: add-to-org bob @Pay - > Member',
      'ready: add-to-org bob @Web - > Member',
      'barred: add-to-org cleo @Pay - > Member',
      'waiting: remove-user dan Member > - (out-of-scope)',
      'ready: remove-from-org dan @Pay Member > - (left-group)',
    ]);
    expect(plan.changes.find(({ kind }) => kind === 'invite')?.verdict).toEqual({
      state: 'barred',
      why: `organization "Pay" is marked ${state}: nothing is given there`,
    });
  },
);

test('whoever is in the enterprise by a rule of its own is invited whatever becomes of the organization', () => {
  const of = declare(listed(), { name: 'Pay', state: 'inactive' });
  of.rule('pay', 'Member', { org: 'Pay' }).rule('pay', 'Member');
  expect(lines(run(of))).toEqual(['ready: invite ada - > Member', 'barred: add-to-org ada @Pay - > Member']);
});

test('a role above the ceiling of an organization is held, and no approval lifts that', () => {
  const of = declare(listed(), { name: 'Pay', roleCeiling: 'Member' }).staff('bob').managed('ada');
  of.group('leads', 'ada').group('all', 'bob').managed('bob');
  of.rule('leads', 'Lead', { org: 'Pay' }).rule('all', 'Member', { org: 'Pay' });
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'held by role-ceiling: add-to-org ada @Pay - > Lead',
    'ready: add-to-org bob @Pay - > Member',
  ]);
  expect(plan.violations.map(({ guard, message }) => [guard, message])).toEqual([
    ['role-ceiling', expect.stringMatching(/above the ceiling of the organization/)],
  ]);
  const [held] = plan.changes;
  expect(lines(run(of.approve(held?.key as string)))[0]).toBe(
    'held by role-ceiling: add-to-org ada @Pay - > Lead',
  );
  // Held for another reason as well, it names both.
  of.role('ada', 'Pay', 'Member').link('ada');
  of.memory = {
    ...of.memory,
    people: of.memory.people.map((row) =>
      row.directoryId === 'p-ada' ? { ...row, applied: { 'org-pay': 'role-lead' } } : row,
    ),
  };
  expect(lines(run(of))[0]).toBe('held by by-hand+role-ceiling: change-org-role ada @Pay Member > Lead');
});

test('a ceiling holds no downgrade, and no role of the enterprise', () => {
  const of = declare(listed(), { name: 'Pay', roleCeiling: 'Member' });
  of.user('ada', { '': 'Member', Pay: 'Admin' }).link('ada').rule('pay', 'Lead', { org: 'Pay' });
  of.rule('pay', 'Power user');
  expect(lines(run(of))).toEqual([
    'ready: set-enterprise-role ada Member > Power user',
    expect.stringMatching(/change-org-role ada @Pay Admin > Lead/),
  ]);
});
