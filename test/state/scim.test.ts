import { expect, test } from 'vitest';
import { ConfigError } from '../../src/lib/errors.ts';
import { keyspace } from '../../src/lib/keyspace.ts';
import type { ScimRoom } from '../../src/lib/scim/pushed.ts';
import type { ScimDone, ScimWrite } from '../../src/lib/scim/store.ts';
import { redisScim } from '../../src/state/redis/scim.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const NOBODY = '00000000-0000-4000-8000-000000000000';
let now = 1_790_000_000_000;

function open(limits = {}): { room: ScimRoom; base: string; other: ScimRoom } {
  const key = keyspace(redis.prefix());
  const options = { maxResources: 1000, maxMembers: 1000, maxBytes: 2000, clock: () => now, ...limits };
  const room = redisScim(client, key, 'okta', options);
  return { room, base: key('scim', 'okta'), other: redisScim(client, key, 'entra', options) };
}

const user = (userName: string, more = {}): ScimWrite => ({
  body: { userName, active: true, ...more },
  unique: ['userName'],
});
const group = (displayName: string, add: readonly string[] = []): ScimWrite => ({
  body: { displayName },
  members: { kind: 'change', add, remove: [] },
  unique: ['displayName'],
});

async function made(answer: Promise<{ readonly outcome: string }>): Promise<ScimDone['resource']> {
  const done = await answer;
  expect(done.outcome).toBe('done');
  return (done as ScimDone).resource;
}

test('a created user comes back as it was given, is found by every key, and only in its own source', async () => {
  const { room, other } = open();
  const given = {
    externalId: 'E-1',
    emails: [{ value: 'Ada@Corp.example', type: 'work' }],
    roles: [],
    name: { familyName: 'Łovelace "A"\n' },
  };
  const ada = await made(room.create('User', user('Ada@corp.example', given)));
  expect(ada).toMatchObject({ type: 'User', version: 1, created: now, lastModified: now });
  expect(ada.body).toEqual({ userName: 'Ada@corp.example', active: true, ...given });
  expect(await room.get('User', ada.id)).toEqual(ada);
  expect(await room.get('Group', ada.id)).toBeNull();
  expect(await room.find('User', 'userName', 'ADA@CORP.EXAMPLE')).toEqual([ada]);
  expect(await room.find('User', 'email', 'ada@corp.example')).toEqual([ada]);
  expect(await room.find('User', 'externalId', 'E-1')).toEqual([ada]);
  expect(await room.find('User', 'externalId', 'e-1')).toEqual([]);
  expect(await other.get('User', ada.id)).toBeNull();
  expect(await other.find('User', 'userName', 'ada@corp.example')).toEqual([]);
});

test('a taken key is refused on creation and on a change, and is free again once its holder is gone', async () => {
  const { room } = open();
  const ada = await made(room.create('User', user('ada', { externalId: 'x' })));
  expect(await room.create('User', user('ADA'))).toEqual({ outcome: 'taken', key: 'userName' });
  const bob = await made(room.create('User', { ...user('bob', { externalId: 'x' }) }));
  expect(await room.update('User', bob.id, null, user('Ada'))).toEqual({ outcome: 'taken', key: 'userName' });
  expect((await room.find('User', 'externalId', 'x')).map(({ id }) => id)).toEqual([ada.id, bob.id]);
  await made(room.update('User', ada.id, null, user('ada lovelace')));
  expect(await room.find('User', 'userName', 'ada')).toEqual([]);
  await made(room.update('User', bob.id, null, user('Ada')));
  expect(await room.remove('User', bob.id, null)).toEqual({ outcome: 'done' });
  await made(room.create('User', user('ada')));
});

test('a write with another version changes nothing; one that repeats keeps version and date, and is a sign of life', async () => {
  const { room } = open();
  const ada = await made(room.create('User', user('ada', { title: 'A', nickName: 'B' })));
  const before = await room.standing();
  now += 1000;
  const same = { ...user('ada'), body: { nickName: 'B', title: 'A', active: true, userName: 'ada' } };
  expect(await room.update('User', ada.id, 1, same)).toEqual({
    outcome: 'done',
    resource: ada,
    changed: false,
  });
  expect(await room.standing()).toEqual({ ...before, pushedAt: now });
  expect(await room.update('User', ada.id, 7, user('eve'))).toEqual({ outcome: 'version', version: 1 });
  expect(await room.remove('User', ada.id, 7)).toEqual({ outcome: 'version', version: 1 });
  expect(await room.update('User', NOBODY, null, user('eve'))).toEqual({ outcome: 'missing' });
  expect(await room.remove('Group', ada.id, null)).toEqual({ outcome: 'missing' });
  const changed = await made(room.update('User', ada.id, 1, user('ada')));
  expect(changed).toMatchObject({ version: 2, created: ada.created, lastModified: now });
  expect((await room.standing()).changes).toBe(before.changes + 1);
});

test('members are added, removed and replaced as rows, and both sides know them', async () => {
  const { room } = open();
  const [ada, bob, eve] = await Promise.all(
    ['ada', 'bob', 'eve'].map((name) => made(room.create('User', user(name)))),
  );
  const ids = [ada?.id ?? '', bob?.id ?? '', eve?.id ?? ''] as const;
  const inner = await made(room.create('Group', group('inner', [ids[0]])));
  const outer = await made(room.create('Group', group('outer', [inner.id, ids[1]])));
  const change = (add: readonly string[], remove: readonly string[]) => ({
    ...group('outer'),
    members: { kind: 'change', add, remove } as const,
  });
  expect(await room.update('Group', outer.id, null, change([ids[1]], [ids[2]]))).toMatchObject({
    changed: false,
  });
  const moved = await made(room.update('Group', outer.id, null, change([ids[2]], [ids[1]])));
  expect(moved.version).toBe(2);
  expect((await room.members(outer.id, 10)).ids).toEqual([inner.id, ids[2]].sort());
  expect(await room.membersAmong(outer.id, [...ids, NOBODY])).toEqual(new Set([ids[2]]));
  expect(await room.groupsOf(inner.id)).toEqual([moved]);
  expect(await room.groupsOf(ids[1])).toEqual([]);
  const all = { ...group('outer'), members: { kind: 'replace', ids: [...ids, ids[0], NOBODY] } as const };
  await made(room.update('Group', outer.id, null, all));
  expect((await room.members(outer.id, 10)).ids).toEqual([...ids, NOBODY].sort());
  expect(await room.groupsOf(inner.id)).toEqual([]);
  await made(room.update('Group', outer.id, null, { body: { displayName: 'renamed' }, unique: [] }));
  expect(await room.members(outer.id, 10)).toMatchObject({ total: 4 });
  expect([...(await room.getMany([ids[0], NOBODY, outer.id, 'x'])).keys()].sort()).toEqual(
    [ids[0], outer.id].sort(),
  );
});

test('a removal takes the memberships on both sides, changes the groups that lose somebody, and is remembered until a new push', async () => {
  const { room } = open();
  const ada = await made(room.create('User', user('ada', { externalId: 'E' })));
  const team = await made(room.create('Group', group('team', [ada.id])));
  expect(await room.remove('User', ada.id, ada.version)).toEqual({ outcome: 'done' });
  expect(await room.members(team.id, 5)).toEqual({ ids: [], total: 0, next: null });
  expect((await room.get('Group', team.id))?.version).toBe(2);
  const names = [`id:${ada.id}`, 'externalId:E', 'externalId:F'];
  expect(await room.removed(names)).toEqual(new Set(names.slice(0, 2)));
  const again = await made(room.create('User', user('ada', { externalId: 'E' })));
  expect(again.id).not.toBe(ada.id);
  expect(await room.removed(names)).toEqual(new Set([`id:${ada.id}`]));
  expect(await room.remove('Group', team.id, null)).toEqual({ outcome: 'done' });
  expect(await room.groupsOf(ada.id)).toEqual([]);
});

test('lists keep the order of creation by offset and by cursor, while others come and go', async () => {
  const { room } = open();
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) ids.push((await made(room.create('User', user(name)))).id);
  await made(room.update('User', ids[0] as string, null, user('a2')));
  const idsOf = async (listing: { limit: number; offset?: number; after?: string }) =>
    (await room.list('User', listing))?.resources.map(({ id }) => id);
  expect(await idsOf({ limit: 2, offset: 1 })).toEqual(ids.slice(1, 3));
  const first = await room.list('User', { limit: 2 });
  expect(first).toMatchObject({ total: 5 });
  await room.remove('User', ids[1] as string, null);
  expect(await idsOf({ limit: 2, after: first?.next as string })).toEqual(ids.slice(2, 4));
  const last = await room.list('User', { limit: 2, offset: 2 });
  expect(last).toMatchObject({ total: 4, next: null });
  expect(await room.list('User', { limit: 0 })).toMatchObject({ resources: [], total: 4 });
  expect(await room.list('User', { limit: 2, after: 'nonsense' })).toBeNull();
  expect(await room.list('Group', { limit: 2, offset: 9 })).toEqual({ resources: [], total: 0, next: null });
});

test('members come in pages that together are everybody once', async () => {
  const { room } = open();
  const ids = Array.from(
    { length: 25 },
    (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
  );
  const team = await made(room.create('Group', group('team', ids)));
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await room.members(team.id, 10, after);
    expect(page.total).toBe(25);
    seen.push(...page.ids);
    after = page.next ?? undefined;
  } while (after !== undefined);
  expect(seen).toEqual(ids);
});

test('a full source says what is full and keeps what it has', async () => {
  const { room } = open({ maxResources: 2, maxMembers: 2 });
  const long = user('x'.repeat(2000));
  expect(await room.create('User', long)).toEqual({ outcome: 'full', what: 'bytes', limit: 2000 });
  const team = await made(room.create('Group', group('team', ['1', '2'])));
  const third = { ...group('team'), members: { kind: 'change', add: ['3'], remove: [] } as const };
  expect(await room.update('Group', team.id, null, third)).toEqual({
    outcome: 'full',
    what: 'members',
    limit: 2,
  });
  const swap = { ...group('team'), members: { kind: 'replace', ids: ['2', '3'] } as const };
  await made(room.update('Group', team.id, null, swap));
  expect((await room.members(team.id, 9)).ids).toEqual(['2', '3']);
  await made(room.create('User', user('ada')));
  expect(await room.create('User', user('bob'))).toEqual({ outcome: 'full', what: 'resources', limit: 2 });
  const endless = { ...group('team'), members: { kind: 'replace', ids: ['x'.repeat(257)] } as const };
  expect(await room.update('Group', team.id, null, endless)).toMatchObject({
    outcome: 'full',
    what: 'bytes',
  });
});

test('of many creations of one user at once exactly one is made, and of many changes of one version exactly one', async () => {
  const { room } = open();
  const answers = await Promise.all(Array.from({ length: 20 }, () => room.create('User', user('ada'))));
  expect(answers.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
  const [ada] = await room.find('User', 'userName', 'ada');
  const id = ada?.id as string;
  const changes = await Promise.all(
    Array.from({ length: 20 }, (_, at) => room.update('User', id, 1, user('ada', { title: String(at) }))),
  );
  expect(changes.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
  expect((await room.get('User', id))?.version).toBe(2);
});

test.each([
  ['no JSON', 'nonsense'],
  [
    'a header of another row',
    `{"id":"${NOBODY}","kind":"User","version":1,"created":1,"modified":1,"seq":1,"gone":[]}\n{}`,
  ],
  ['a body that is none', null],
])('a damaged row (%s) is one error that names it, never a smaller list', async (_, text) => {
  const { room, base } = open();
  const ada = await made(room.create('User', user('ada')));
  const good = (await client.hget(`${base}:User`, ada.id)) as string;
  await client.hset(`${base}:User`, ada.id, text ?? `${good.split('\n')[0]}\n[1]`);
  for (const look of [
    () => room.get('User', ada.id),
    () => room.list('User', { limit: 5 }),
    () => room.find('User', 'userName', 'ada'),
  ])
    await expect(look()).rejects.toThrow(ConfigError);
  await expect(room.get('User', ada.id)).rejects.toThrow(ada.id);
  await client.hdel(`${base}:User`, ada.id);
  await expect(room.list('User', { limit: 5 })).rejects.toThrow('the row is missing');
});

test('a source says when it was pushed to, and its first push is complete once and for all', async () => {
  const { room } = open();
  const nothing = { users: 0, groups: 0, changes: 0, pushedAt: null, seenAt: null, settledAt: null };
  expect(await room.standing()).toEqual(nothing);
  await room.seen(now);
  expect(await room.standing()).toEqual({ ...nothing, seenAt: now });
  await room.create('Group', group('team'));
  await room.settle(now + 5);
  await room.settle(now + 9);
  const standing = await room.standing();
  expect(standing).toMatchObject({ users: 0, groups: 1, changes: 1, pushedAt: now, settledAt: now + 5 });
});
