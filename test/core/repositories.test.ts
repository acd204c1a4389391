import { expect, test } from 'vitest';
import {
  type RepositoryPermission,
  type RepositoryReading,
  repositoryCode,
  repositoryOf,
} from '../../src/core/model/repository.ts';
import type { DeclaredRepository } from '../../src/core/model/settings.ts';
import { lines, run, type World, world } from '../helpers/world.ts';

const GITHUB = { id: 'git-1', name: 'GitHub' };
const LIMITS = { create: false, maxSessionAcuLimit: null, maxCycleAcuLimit: null };

function declared(
  path: string,
  by: DeclaredRepository['by'] = 'repo',
  connection = 'GitHub',
): DeclaredRepository {
  return { connection, by, path };
}

function company(
  repositories: readonly DeclaredRepository[],
  reading: Partial<RepositoryReading> = {},
): World {
  const of = world().staff('ada').group('pay', 'ada').org('Pay', 'Lab');
  of.set({ organizations: [{ name: 'Pay', ...LIMITS, repositories }] });
  of.head = { repositories: { connections: [GITHUB], permissions: {}, unread: null, ...reading } };
  return of;
}

function held(path: string, id: string): RepositoryPermission {
  return { connection: 'git-1', by: 'repo', path, id };
}

test('what is declared and missing is given, each by a request of its own', () => {
  const plan = run(
    company([declared('corp/pay'), declared('corp/', 'prefix', 'git-1'), declared('corp', 'group')]),
  );
  expect(lines(plan).sort()).toEqual([
    'ready: allow-repository Pay @Pay - > corp and all in that group (GitHub)',
    'ready: allow-repository Pay @Pay - > corp/ and all that begins so (GitHub)',
    'ready: allow-repository Pay @Pay - > corp/pay (GitHub)',
  ]);
  expect(
    plan.operations.map(({ kind, org, role, phase }) => [kind, org, repositoryOf(role as string).by, phase]),
  ).toEqual(
    expect.arrayContaining([
      ['allow-repository', 'org-pay', 'repo', 4],
      ['allow-repository', 'org-pay', 'prefix', 4],
      ['allow-repository', 'org-pay', 'group', 4],
    ]),
  );
});

test('what is there and not declared goes only when approved; other organizations are left alone', () => {
  const permissions = {
    'org-pay': [held('corp/pay', 'p1'), held('corp/old', 'p2')],
    'org-lab': [held('x', 'p3')],
  };
  const of = company([declared('corp/pay')], { permissions });
  const plan = run(of);
  expect(lines(plan)).toEqual([
    'held by rule-changed: deny-repository Pay @Pay corp/old (GitHub) > - (rule-changed)',
  ]);
  expect(plan.operations).toEqual([]);
  const approved = run(of.approve(plan.changes[0]?.key as string));
  expect(approved.operations).toMatchObject([
    {
      kind: 'deny-repository',
      org: 'org-pay',
      role: null,
      before: 'repo/git-1/corp%2Fold/p2',
      phase: 5,
      lane: 3,
    },
  ]);
});

test('a connection that is unknown or ambiguous gives nothing, and then nothing is taken either', () => {
  const permissions = { 'org-pay': [{ ...held('corp/old', 'p2'), connection: 'git-gone' }] };
  const unknown = run(company([declared('a', 'repo', 'Bitbucket')], { permissions }));
  expect(unknown.changes).toEqual([]);
  expect(unknown.notices).toContainEqual({
    kind: 'not-possible',
    subject: 'Pay',
    message: 'a of Pay cannot be given: no git connection "Bitbucket" exists; Devin lists "GitHub"',
  });
  const twice = run(company([declared('a')], { connections: [GITHUB, { id: 'git-2', name: 'GitHub' }] }));
  expect(twice.notices.at(-1)?.message).toMatch(/2 git connections are named "GitHub": use an id/);
  const none = run(company([declared('a')], { connections: [] }));
  expect(none.notices.at(-1)?.message).toMatch(/Devin lists none/);
  // A permission through a connection that is gone is shown by its id.
  expect(lines(run(company([], { permissions })))[0]).toContain('corp/old (git-gone)');
});

test('what could not be read is said, and neither given nor taken', () => {
  const plan = run(company([declared('a')], { unread: 'the key may not' }));
  expect(plan.changes).toEqual([]);
  expect(plan.notices.at(-1)?.message).toBe(
    'repositories of Pay are neither given nor taken: the key may not',
  );
  const of = company([declared('a')]);
  of.head = {};
  expect(run(of).notices.at(-1)?.message).toMatch(/neither given nor taken: they were not read/);
});

test('an organization that is to be created gets its repositories in the same plan', () => {
  const of = company([]).rule('pay', 'Member', { org: 'New' });
  const create = { create: true, maxSessionAcuLimit: 1, maxCycleAcuLimit: 2 };
  of.set({ organizations: [{ name: 'New', ...create, repositories: [declared('corp/new')] }] });
  const plan = run(of);
  expect(lines(plan).slice(0, 2)).toEqual([
    'ready: create-org New',
    'ready: allow-repository New @New - > corp/new (GitHub)',
  ]);
  expect(plan.operations.find(({ kind }) => kind === 'allow-repository')?.org).toBe('{org:New}');
  // Nobody needs an organization, so it is not created and has no repositories.
  of.set({ organizations: [{ name: 'Nowhere', ...LIMITS, create: true, repositories: [] }], rules: [] });
  expect(run(of.rule('pay', 'Member')).changes.map(({ kind }) => kind)).toEqual(['invite']);
});

test('a code survives any path, and nothing else is one', () => {
  const odd: RepositoryPermission = { connection: 'a/b', by: 'prefix', path: 'corp/ü %/', id: 'x/y' };
  expect(repositoryOf(repositoryCode(odd))).toEqual(odd);
  expect(repositoryOf(repositoryCode({ ...odd, id: null }))).toEqual({ ...odd, id: null });
  for (const text of ['', 'role/a/b', 'repo', 'repo/a'])
    expect(() => repositoryOf(text)).toThrow(/is no code/);
});
