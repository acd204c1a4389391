import { expect, test } from 'vitest';
import {
  ALL,
  callsOf,
  context,
  entraOf,
  failureOf,
  graphOf,
  pages,
  plainSnapshot,
  smallCompany,
} from './setup.ts';

const appId = '77777777-8888-4999-8000-111111111111';
const APP_RIGHTS = ['User.Read.All', 'GroupMember.Read.All', 'Application.Read.All'];

test('an application: assigned groups with their direct members, and people assigned directly, in few calls', async () => {
  const company = smallCompany();
  const group = company.group('devin-users');
  const inner = company.createGroup('inner');
  const outsider = company.hire({ firstName: 'Out', lastName: 'Side', email: 'out@corp.example' });
  const direct = company.hire({ firstName: 'Di', lastName: 'Rect', email: 'di@corp.example' });
  inner.members.add(outsider.id);
  group.children.add(inner.id);
  const assignments = new Map([[appId, new Set([group.id, direct.id])]]);
  const { graph, source } = await graphOf(
    { company, assignments, permissions: APP_RIGHTS },
    { application: { appId } },
  );
  const snapshot = await source.read(ALL, context());
  const { people, groups } = plainSnapshot(snapshot);
  expect(Object.keys(people).sort()).toEqual([...group.members, direct.id].sort());
  expect(groups).toEqual({
    [group.id]: { name: 'devin-users', members: [...group.members].sort(), children: [] },
  });
  // Two links, the assignments, the group, the person, the members; two sign in.
  expect(callsOf(snapshot)).toBe(2 + 1 + pages(1, 20) + pages(1, 20) + pages(1, 20) + 2);
  expect(graph.requests.filter(({ path }) => /\/v1\.0\/(users|groups)\?/.test(path))).toEqual([]);
  const evidence = await source.confirm({ people: [outsider.id], groups: [group.id] }, context());
  expect(evidence.groups.get(group.id)).toEqual({ people: group.members, groups: new Set() });
});

test('an application whose assignments changed is followed by the next turn; an idle one costs three calls', async () => {
  const company = smallCompany();
  const [first, second] = [company.group('devin-users'), company.createGroup('later')];
  const newcomer = company.hire({
    firstName: 'New',
    lastName: 'Comer',
    email: 'new@corp.example',
    groups: ['later'],
  });
  const assigned = new Set([first.id]);
  const { graph, source } = await graphOf(
    { company, assignments: new Map([[appId, assigned]]), permissions: APP_RIGHTS },
    { application: { appId } },
  );
  const begin = await source.read(ALL, context());
  graph.requests.length = 0;
  const idle = await source.update?.(begin, context());
  expect(graph.requests).toHaveLength(3);
  assigned.delete(first.id);
  assigned.add(second.id);
  const next = await source.update?.(idle as typeof begin, context());
  expect(next?.basis).toBe('update');
  expect(next && plainSnapshot(next)).toEqual({
    people: { [newcomer.id]: { email: 'new@corp.example', status: 'active' } },
    groups: { [second.id]: { name: 'later', members: [newcomer.id], children: [] } },
  });
});

test('an application that does not exist, or that may not be looked at, is named with what to do', async () => {
  const none = await graphOf({ permissions: APP_RIGHTS }, { application: { appId } });
  expect(await failureOf(none.source.read(ALL, context()))).toContain('check application.appId');
  const denied = await graphOf({}, { application: { appId } });
  expect(await failureOf(denied.source.read(ALL, context()))).toContain(
    'Grant the application permission Application.Read.All',
  );
  const findings = await denied.source.check(new AbortController().signal);
  expect(findings.find(({ what }) => what === 'Entra assignments')).toMatchObject({
    level: 'fail',
    detail: expect.stringContaining('Application.Read.All'),
  });
  expect(findings.at(-1)?.detail).toContain('User.Read.All, GroupMember.Read.All and Application.Read.All');
});

test('distribution lists are left out when only security groups count, in whole readings and in turns', async () => {
  const company = smallCompany();
  const list = company.createGroup('devin-list');
  const overrides = new Map<string, Record<string, unknown>>([[list.id, { securityEnabled: false }]]);
  const { source } = await graphOf({ company, overrides }, { securityGroupsOnly: true });
  const first = await source.read(ALL, context());
  expect(first.groupIndex(list.id)).toBe(-1);
  overrides.delete(list.id);
  const next = await source.update?.(first, context());
  expect(next?.groupIndex(list.id)).not.toBe(-1);
});

test('a disabled account is what configuration says it is', async () => {
  const { graph, source } = await graphOf({}, { disabled: 'suspended' });
  const [id = ''] = graph.company.company.people.keys();
  graph.company.deactivate(id);
  const snapshot = await source.read(ALL, context());
  expect(snapshot.person(snapshot.personIndex(id)).status).toBe('suspended');
  const { people } = await source.confirm({ people: [id], groups: [] }, context());
  expect(people.get(id)).toBe('suspended');
});

test('a soft-deleted user is stated as deactivated, one deleted for ever is gone', async () => {
  const { graph, source } = await graphOf();
  const [soft = '', gone = '', here = ''] = graph.company.company.people.keys();
  graph.softDelete(soft);
  graph.company.deletePerson(gone);
  const { people } = await source.confirm({ people: [gone, here, soft], groups: [] }, context());
  expect(Object.fromEntries(people)).toMatchObject({ [soft]: 'deactivated', [gone]: 'gone' });
  graph.restore(soft);
  expect((await source.confirm({ people: [soft], groups: [] }, context())).people.get(soft)).not.toBe('gone');
});

test('who may not ask for deleted users learns that they are absent, and no more', async () => {
  const { graph, source } = await graphOf();
  const [soft = ''] = graph.company.company.people.keys();
  graph.softDelete(soft);
  graph.faults.add({ path: /deletedItems/, action: { kind: 'status', status: 403 } });
  const { people } = await source.confirm({ people: [soft], groups: [] }, context());
  expect(people.get(soft)).toBe('gone');
});

test('a hidden membership is marked and answers nothing, alone or inside another group, until it may be read', async () => {
  const company = smallCompany();
  const [person = '', other = ''] = company.company.people.keys();
  const board = company.createGroup('devin-board');
  const outer = company.createGroup('devin-outer');
  const secret = company.createGroup('secret');
  board.members.add(person);
  outer.members.add(other);
  outer.children.add(secret.id);
  secret.members.add(person);
  const hidden = { visibility: 'HiddenMembership' };
  const fake = {
    company,
    overrides: new Map([
      [board.id, hidden],
      [secret.id, hidden],
    ]),
  };
  const names = { groups: { include: ['devin-*'], exclude: [] } };
  const ids = [board.id, outer.id].sort();
  const blind = await graphOf(fake, names);
  const unseen = await blind.source.read(ALL, context());
  expect(ids.map((id) => unseen.group(unseen.groupIndex(id)).hidden)).toEqual([true, true]);
  expect(unseen.members(unseen.groupIndex(board.id))).toHaveLength(0);
  expect((await blind.source.confirm({ people: [], groups: ids }, context())).groups.size).toBe(0);
  const turn = await blind.source.update?.(unseen, context());
  expect(turn?.basis).toBe('update');
  expect(ids.map((id) => turn?.group(turn.groupIndex(id)).hidden)).toEqual([true, true]);
  const permissions = ['User.Read.All', 'GroupMember.Read.All', 'Member.Read.Hidden'];
  const seeing = await graphOf({ ...fake, permissions }, names);
  const seen = await seeing.source.read(ALL, context());
  expect(ids.map((id) => seen.group(seen.groupIndex(id)).hidden)).toEqual([false, false]);
  const { groups } = await seeing.source.confirm({ people: [], groups: ids }, context());
  expect(groups.get(outer.id)).toEqual({ people: new Set([person, other]), groups: new Set() });
});

test('doctor says which groups hide their members and which permission would show them', async () => {
  const company = smallCompany();
  const overrides = new Map([[company.createGroup('board').id, { visibility: 'HiddenMembership' }]]);
  const { graph, source } = await graphOf({ company, overrides });
  const words = async (from = source) =>
    (await from.check(new AbortController().signal)).find(({ what }) => what === 'Entra groups')?.detail;
  expect(await words()).toBe(
    'readable; 1 group hides its members, so that nobody loses anything because of them. Member.Read.Hidden would show them',
  );
  expect(await words(entraOf(graph))).toContain('1 group hides');
});

for (const [permissions, failing, missing] of [
  [['GroupMember.Read.All'], 'Entra users', 'User.Read.All'],
  [['User.Read.All'], 'Entra groups', 'GroupMember.Read.All'],
] as const)
  test(`doctor names ${missing} when it is missing`, async () => {
    const { source } = await graphOf({ permissions });
    const failed = (await source.check(new AbortController().signal)).filter(({ level }) => level === 'fail');
    expect(failed.map(({ what }) => what)).toEqual([failing]);
    expect(failed[0]?.detail).toContain(`Grant the application permission ${missing}`);
  });
