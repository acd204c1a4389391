import { expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import { oktaOptions } from '../../src/directory/okta/options.ts';
import { createOktaSource } from '../../src/directory/okta/source.ts';
import { asked, type LivingOkta, MINUTE, testOkta, update } from './okta-company.ts';
import { ALL, callsOf, context, failureOf, pages, plainCompany, plainSnapshot } from './setup.ts';

const HOUR = 60 * MINUTE;
const ALWAYS = Number.POSITIVE_INFINITY;
const LISTS = ['/api/v1/groups', '/api/v1/users'];

function truth({ company }: LivingOkta) {
  return plainCompany(company.company, { nested: false });
}

/** The same reading with other words to go on from. */
function withResume(snapshot: DirectorySnapshot, resume: unknown): DirectorySnapshot {
  return new Proxy(snapshot, {
    get: (target, key) => {
      if (key === 'resume') return resume;
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('an idle turn asks for each page of groups and once for people', async () => {
  const living = await testOkta(30);
  for (let extra = 0; extra < 450; extra++) living.company.createGroup(`extra-${extra}`);
  const first = await living.source.read(ALL, context());
  living.pass(HOUR);
  const second = await update(living, first);
  expect(asked(living)).toHaveLength(pages(living.company.company.groups.size, 200) + 1);
  expect(callsOf(second)).toBe(living.okta.requests.length);
  expect(plainSnapshot(second)).toEqual(truth(living));
  expect([second.basis, second.fullAt, second.tenant]).toEqual(['update', first.fullAt, first.tenant]);
});

test('a turn that follows the System Log costs one more call', async () => {
  const living = await testOkta(30, { systemLog: true });
  const first = await living.source.read(ALL, context());
  expect(living.okta.requests.filter(({ path }) => path.includes('/logs'))).toEqual([]);
  living.pass(HOUR);
  const second = await update(living, first);
  expect(asked(living).sort()).toEqual(['/api/v1/groups', '/api/v1/logs', '/api/v1/users']);
  living.pass(HOUR);
  await update(living, second);
  expect(asked(living).sort()).toEqual(['/api/v1/groups', '/api/v1/logs', '/api/v1/users']);
});

test('members are read again only of the groups that changed', async () => {
  const living = await testOkta(30);
  const { company } = living;
  const first = await living.source.read(ALL, context());
  living.pass(HOUR);
  const [joiner = ''] = [...company.company.people.keys()].filter(
    (id) => !company.group('devin-users').members.has(id),
  );
  const group = company.group('devin-users');
  if (joiner === '') company.leave(group.id, [...group.members][0] as string);
  else company.join(group.id, joiner);
  const renamed = company.renameGroup('all-staff', 'everybody');
  const second = await update(living, first);
  expect(asked(living).sort()).toEqual([
    ...LISTS.slice(0, 1),
    ...[group.id, renamed.id].map((id) => `/api/v1/groups/${id}/users`).sort(),
    ...LISTS.slice(1),
  ]);
  expect(plainSnapshot(second)).toEqual(truth(living));
});

test('a stamp that went back is another stamp: the group is read again', async () => {
  const living = await testOkta(30);
  const { id } = living.company.group('devin-users');
  const first = await living.source.read(ALL, context());
  const resume = first.resume as { groups: Record<string, string> };
  const groups = { ...resume.groups, [id]: '2030-01-01T00:00:00.000Z' };
  await update(living, withResume(first, { ...resume, groups }));
  expect(asked(living)).toContain(`/api/v1/groups/${id}/users`);
});

test('a person who was deactivated, suspended or renamed is seen at the next turn', async () => {
  const living = await testOkta(30);
  const [one = '', two = '', three = ''] = living.company.company.people.keys();
  const first = await living.source.read(ALL, context());
  living.pass(HOUR);
  living.company.deactivate(one);
  living.company.suspend(two);
  living.company.changeEmail(three, 'renamed@corp.example');
  const second = await update(living, first);
  expect(asked(living).sort()).toEqual(LISTS);
  expect(plainSnapshot(second)).toEqual(truth(living));
});

test('a change that the list shows late is found by the overlap', async () => {
  const living = await testOkta(30);
  const [one = ''] = living.company.company.people.keys();
  living.company.deactivate(one);
  living.pass(4 * MINUTE);
  const first = await living.source.read(ALL, context());
  const people = { id: one, email: 'stale@corp.example', name: 'Stale', status: 'active' } as const;
  const stale = new Proxy(first, {
    get: (target, key) => {
      if (key === 'person')
        return (index: number) => (target.person(index).id === one ? people : target.person(index));
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  expect(plainSnapshot(await update(living, stale))).toEqual(truth(living));
});

test('a deleted person is asked for by id because their groups changed', async () => {
  const living = await testOkta(30);
  const [one = ''] = living.company.group('all-staff').members;
  const first = await living.source.read(ALL, context());
  living.pass(HOUR);
  living.company.deletePerson(one);
  const second = await update(living, first);
  expect(asked(living)).toContain(`/api/v1/users/${one}`);
  expect(plainSnapshot(second)).toEqual(truth(living));
});

test('a deleted person in no group is noticed at once with the System Log, and in a day without', async () => {
  const plain = await testOkta(30);
  const logged = await testOkta(30, { systemLog: true });
  for (const living of [plain, logged]) {
    const { id } = living.company.hire({ firstName: 'No', lastName: 'Group', email: 'no@corp.example' });
    const first = await living.source.read(ALL, context());
    living.pass(HOUR);
    living.company.deletePerson(id);
    const second = await update(living, first);
    expect(second.personIndex(id) >= 0).toBe(living === plain);
    living.pass(24 * HOUR);
    const third = await update(living, second);
    expect([third.basis, third.personIndex(id)]).toEqual(['full', -1]);
  }
});

test('somebody whose status is just changing waits, and is asked for again although nothing is new', async () => {
  const overrides = new Map<string, Record<string, unknown>>();
  const living = await testOkta(30, {}, () => ({ overrides }));
  const [one = ''] = living.company.company.people.keys();
  overrides.set(one, { status: 'ACTIVE', transitioningToStatus: 'DEPROVISIONED' });
  const first = await living.source.read(ALL, context());
  expect(first.person(first.personIndex(one)).status).toBe('staged');
  living.pass(HOUR);
  overrides.set(one, { status: 'DEPROVISIONED', transitioningToStatus: null });
  const second = await update(living, first);
  expect(second.person(second.personIndex(one)).status).toBe('deactivated');
  expect(asked(living)).toHaveLength(3);
  living.pass(HOUR);
  await update(living, second);
  expect(asked(living)).toHaveLength(2);
});

test('after a day everything is read again', async () => {
  const living = await testOkta(30);
  const first = await living.source.read(ALL, context());
  living.pass(24 * HOUR);
  expect((await update(living, first)).basis).toBe('update');
  living.pass(1);
  const full = await update(living, first);
  expect(full.basis).toBe('full');
  expect(full.fullAt).toBe((first.fullAt ?? 0) + 24 * HOUR + 1);
});

test('a reading that says nothing, or something else, to go on from is not gone on from', async () => {
  const living = await testOkta(30);
  const first = await living.source.read(ALL, context());
  const resume = first.resume as Record<string, unknown>;
  const odd = [
    null,
    'text',
    {},
    { ...resume, version: 2 },
    { ...resume, since: 'x' },
    { ...resume, groups: [] },
  ];
  for (const value of odd) expect((await update(living, withResume(first, value))).basis).toBe('full');
  expect((await update(living, withResume(first, resume))).basis).toBe('update');
});

test('another meaning of a status, or another choice of groups, starts anew', async () => {
  const living = await testOkta(30);
  const first = await living.source.read(ALL, context());
  const { url, token } = living.okta;
  for (const more of [{ statuses: { STAGED: 'active' } }, { groups: { include: ['devin-*'] } }, {}]) {
    const parsed = oktaOptions.parse({ url, token, ...more });
    const source = createOktaSource(parsed, () => first.fullAt as number);
    const second = await source.update?.(first, context());
    expect(second?.basis).toBe(Object.keys(more).length === 0 ? 'update' : 'full');
  }
});

test('a restart goes on from a stored reading', async () => {
  const living = await testOkta(30);
  const first = await living.source.read(ALL, context());
  living.pass(HOUR);
  living.company.deactivate([...living.company.company.people.keys()][0] as string);
  const { url, token } = living.okta;
  const source = createOktaSource(oktaOptions.parse({ url, token }), () => (first.fullAt as number) + HOUR);
  const stored = withResume(first, JSON.parse(JSON.stringify(first.resume)));
  const second = await source.update?.(stored, context());
  expect(second?.basis).toBe('update');
  expect(plainSnapshot(second as DirectorySnapshot)).toEqual(truth(living));
});

test('a link into the System Log that has expired means reading everything', async () => {
  const living = await testOkta(30, { systemLog: true });
  const first = await living.source.read(ALL, context());
  living.pass(HOUR);
  for (const status of [400, 404, 410]) {
    living.okta.faults.add({ path: /\/api\/v1\/logs/, action: { kind: 'status', status } });
    const second = await update(living, first);
    expect(second.basis).toBe('full');
    expect(plainSnapshot(second)).toEqual(truth(living));
    expect(second.reads.map(({ what }) => what)).toContain('Okta changes, given up for a full reading');
  }
});

test('a stored link into the System Log of another host is not followed, and no token goes there', async () => {
  const living = await testOkta(30, { systemLog: true });
  const first = await living.source.read(ALL, context());
  const resume = { ...(first.resume as object), log: 'https://elsewhere.example.com/api/v1/logs' };
  expect((await update(living, withResume(first, resume))).basis).toBe('full');
});

test('a burst in the System Log is cheaper to read from the lists', async () => {
  const living = await testOkta(30, { systemLog: true });
  const first = await living.source.read(ALL, context());
  const [one = ''] = living.company.company.people.keys();
  for (let change = 0; change < 11_000; change++) living.company.changeEmail(one, `${change}@corp.example`);
  const second = await update(living, first);
  expect([second.basis, plainSnapshot(second)]).toEqual(['full', truth(living)]);
});

test('a filter that is refused, or an odd page, in a cheap turn means reading everything', async () => {
  const living = await testOkta(30);
  const first = await living.source.read(ALL, context());
  const changed = /\/api\/v1\/users\?.*lastUpdated\+gt/;
  living.okta.faults.add({ path: changed, action: { kind: 'status', status: 400 } });
  expect((await update(living, first)).basis).toBe('full');
  living.okta.faults.add({ path: changed, action: { kind: 'replace', body: '{}' } });
  expect((await update(living, first)).basis).toBe('full');
});

test('a cheap turn that Okta does not answer ends the run; it is not made up for by more calls', async () => {
  const living = await testOkta(30);
  const first = await living.source.read(ALL, context());
  living.okta.faults.add({
    path: /\/api\/v1\/users\?/,
    times: ALWAYS,
    action: { kind: 'status', status: 503 },
  });
  const words = await failureOf(update(living, first));
  expect(words).toContain('Okta changed users, page 1 (GET /api/v1/users): answered 503 after 3 attempts');
});
