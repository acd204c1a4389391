/** What is still known of access at a stored plan: what it read, and the ledger where nothing was written since. */
import { expect, test } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import type { ReviewRow } from '../../src/core/model/review.ts';
import { reviewPast, type TouchedEdge } from '../../src/core/review-past.ts';
import { run, type World, world } from '../helpers/world.ts';

const NAMES = new Map([
  ['org-web', 'Web'],
  ['org_member', 'Member'],
]);

function short({ email, org, role, group, origin, basis }: ReviewRow): string {
  const who = email?.replace('@corp.example', '');
  return `${who} ${role} @${org ?? ''}${group === null ? '' : ` via ${group}`} [${origin}, ${basis}]`;
}

function past(of: World, plan: Plan, since: readonly TouchedEdge[] = [], names = NAMES) {
  const { rows, left } = reviewPast({ plan, people: of.memory.people, since, names });
  return { rows: rows.map(short), left };
}

function company(): World {
  const of = world().staff('ada', 'bob', 'cid', 'dee').group('web', 'ada', 'dee').org('Web', 'Lab');
  of.rule('web', 'Member', { org: 'Web' });
  return of.managed('ada').role('ada', 'Web', 'Member').link('ada');
}

test('what the plan wanted to change is as it read it; the ledger tells the rest', () => {
  const of = company()
    .user('bob', { '': 'Member', Web: 'Lead', Lab: 'Member' })
    .link('bob')
    .set({ foreign: 'remove' });
  of.status('bob', 'deactivated').user('cid', { '': 'Member', Lab: 'Member' });
  of.devinGroup('old', { '': 'Member' }).signedIn('bob', 'old');
  const plan = run(of);
  const [ada] = of.memory.people;
  const applied = { 'org-web': 'org_member' };
  of.memory = { ...of.memory, people: [{ ...(ada as never as World['memory']['people'][0]), applied }] };
  const { rows, left } = past(of, plan);
  expect(left).toBe(0);
  expect(rows).toEqual([
    'ada not kept @ [managed, unknown]',
    'ada Member @Web [managed, unknown]',
    'bob Member @ [unknown, none]',
    'bob Member @ via old [group, residual]',
    'bob Member @Lab [unknown, none]',
    'bob Lead @Web [unknown, none]',
    'cid Member @ [foreign, none]',
    'cid Member @Lab [foreign, none]',
  ]);
  expect(past(of, plan, [], new Map()).rows).toContain('ada org_member @org-web [managed, unknown]');
});

test('what was written since is left out and counted, unless the plan told of it', () => {
  const of = company();
  const plan = run(of);
  expect(plan.changes.map(({ kind, subject }) => `${kind} ${subject.directoryId}`)).toContain('invite p-dee');
  of.managed('dee').role('dee', 'Web', 'Member').link('dee');
  const since = [
    { devinId: 'u-dee', directoryId: 'p-dee', place: '' },
    { devinId: 'u-dee', directoryId: 'p-dee', place: 'org-web' },
    { devinId: 'u-ada', directoryId: 'p-ada', place: 'org-web' },
    { devinId: 'u-ada', directoryId: 'p-ada', place: 'org-web' },
  ];
  expect(past(of, plan, since)).toEqual({
    left: 1,
    rows: ['ada not kept @ [managed, unknown]'],
  });
});

test('a role that changes tells nothing of admin before; one that is taken does', () => {
  const of = company().role('ada', 'Web', 'Lead').link('ada').user('cid', { '': 'Admin' }).link('cid');
  const plan = run(of.managed('dee'));
  const { rows } = reviewPast({ plan, people: [], since: [], names: NAMES });
  expect(rows.map(({ role, admin }) => [role, admin])).toContainEqual(['Lead', null]);
  expect(plan.changes.map(({ kind }) => kind)).toContain('add-to-org');
  expect(rows.filter(({ user }) => user === 'u-dee')).toEqual([]);
});
