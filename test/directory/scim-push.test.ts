import { expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import { mergeSources } from '../../src/directory/merge.ts';
import {
  type ScimPushOptions,
  scimPushOptions,
  staleAfterMs,
} from '../../src/directory/scim-push/options.ts';
import { silence } from '../../src/directory/scim-push/silence.ts';
import { createScimPushSource } from '../../src/directory/scim-push/source.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { SourceReadError } from '../../src/lib/errors.ts';
import { keyspace } from '../../src/lib/keyspace.ts';
import type { ScimRoom } from '../../src/lib/scim/pushed.ts';
import type { ScimDone, ScimObject } from '../../src/lib/scim/store.ts';
import { redisScim } from '../../src/state/redis/scim.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const HOUR = 3_600_000;
const CONTEXT = { signal: new AbortController().signal, onProgress: () => {} };
const ALL = { kind: 'all' } as const;

class Company {
  now = 1_790_000_000_000;
  readonly base: string;
  readonly room: ScimRoom;
  readonly ids = new Map<string, string>();

  constructor() {
    const key = keyspace(redis.prefix());
    this.base = key('scim', 'okta');
    const limits = { maxResources: 1000, maxMembers: 1000, maxBytes: 9000 };
    this.room = redisScim(client, key, 'okta', { ...limits, clock: () => this.now });
  }

  source(options: Partial<ScimPushOptions> = {}): DirectorySource {
    const parsed = scimPushOptions.parse({ name: 'okta', tokenFile: 't', ...options });
    return createScimPushSource(parsed, this.room, () => this.now);
  }

  async user(name: string, more: ScimObject = {}): Promise<string> {
    const body = { userName: `${name}@corp.example`, displayName: name, ...more };
    const known = this.ids.get(name);
    const write = { body, unique: ['userName'] as const };
    const done = await (known === undefined
      ? this.room.create('User', write)
      : this.room.update('User', known, null, write));
    return this.#known(name, done);
  }

  async group(name: string, members: readonly string[]): Promise<string> {
    const write = {
      body: { displayName: name },
      unique: [],
      members: { kind: 'replace', ids: members.map((each) => this.ids.get(each) ?? each) } as const,
    };
    const known = this.ids.get(name);
    const done = await (known === undefined
      ? this.room.create('Group', write)
      : this.room.update('Group', known, null, write));
    return this.#known(name, done);
  }

  #known(name: string, done: { readonly outcome: string }): string {
    expect(done.outcome).toBe('done');
    const { id } = (done as ScimDone).resource;
    this.ids.set(name, id);
    return id;
  }

  id(name: string): string {
    return this.ids.get(name) as string;
  }
}

async function settled(): Promise<Company> {
  const company = new Company();
  for (const name of ['ada', 'bob', 'eve']) await company.user(name);
  await company.group('inner', ['eve']);
  await company.group('devin', ['ada', 'bob', 'inner']);
  company.now += HOUR;
  await company.room.settle(company.now);
  return company;
}

/** Group → people and groups directly in it, by name. */
function shape(snapshot: DirectorySnapshot): Record<string, string[]> {
  const groups = Array.from({ length: snapshot.groupCount }, (_, group) => {
    const people = Array.from(snapshot.members(group), (index) => snapshot.person(index).name);
    const inner = Array.from(snapshot.children(group), (index) => snapshot.group(index).name);
    return [snapshot.group(group).name, [...people, ...inner].sort()] as const;
  });
  return Object.fromEntries(groups);
}

function statuses(snapshot: DirectorySnapshot): Record<string, string> {
  const people = Array.from({ length: snapshot.personCount }, (_, index) => snapshot.person(index));
  return Object.fromEntries(people.map(({ name, status }) => [name, status]));
}

test('what nobody has pushed to, what has no groups, and a first push under way are no company', async () => {
  const company = new Company();
  const source = company.source();
  const look = { people: [], emails: ['ada@corp.example'], groups: [] };
  for (const reading of [
    () => source.read(ALL, CONTEXT),
    () => source.look?.(look, CONTEXT),
    () => source.confirm({ people: ['x'], groups: [] }, CONTEXT),
  ])
    await expect(reading()).rejects.toThrow('Nobody has pushed to /scim/v2/okta yet');
  await company.user('ada');
  await expect(source.read(ALL, CONTEXT)).rejects.toThrow('1 people and 0 groups');
  await company.group('devin', ['ada']);
  company.now += 9 * 60_000;
  await expect(source.read(ALL, CONTEXT)).rejects.toThrow('the last write 540 s ago');
  expect(await source.check(CONTEXT.signal)).toMatchObject([{ level: 'fail' }]);
  company.now += 60_000;
  expect((await source.read(ALL, CONTEXT)).personCount).toBe(1);
  // From now on a push under way hinders nothing.
  await company.user('bob');
  expect((await source.read(ALL, CONTEXT)).personCount).toBe(2);
  expect(await source.check(CONTEXT.signal)).toMatchObject([{ level: 'ok' }]);
  await client.del(`${company.base}:state`);
  await expect(source.read(ALL, CONTEXT)).rejects.toThrow(SourceReadError);
});

test('people, groups and groups inside groups are read as they were pushed', async () => {
  const company = await settled();
  const snapshot = await company.source().read(ALL, CONTEXT);
  expect(shape(snapshot)).toEqual({ devin: ['ada', 'bob', 'inner'], inner: ['eve'] });
  const ada = snapshot.person(snapshot.personIndex(company.id('ada')));
  expect(ada).toEqual({ id: company.id('ada'), email: 'ada@corp.example', name: 'ada', status: 'active' });
  expect(snapshot).toMatchObject({ tenant: 'scim-push:okta', basis: 'full', fullAt: company.now });
  const chosen = await company.source({ groups: { include: ['devin'], exclude: [] } }).read(ALL, CONTEXT);
  expect(shape(chosen)).toEqual({ devin: ['ada', 'bob', 'eve'] });
});

test('active: false without trust is a person in no group, with trust a deactivated one, in every kind of answer', async () => {
  const company = await settled();
  await company.user('ada', { active: false });
  const sought = { people: [company.id('ada')], emails: [], groups: [company.id('devin'), 'x'] };
  const asked = { people: [company.id('ada')], groups: [company.id('devin')] };
  const plain = company.source();
  const read = await plain.read(ALL, CONTEXT);
  expect(statuses(read).ada).toBe('active');
  expect(shape(read).devin).toEqual(['bob', 'inner']);
  expect(await plain.look?.(sought, CONTEXT)).toMatchObject({
    people: [{ person: { status: 'active' }, groups: [] }],
    existing: [company.id('devin')],
  });
  const proof = await plain.confirm(asked, CONTEXT);
  expect(proof.people.get(company.id('ada'))).toBe('active');
  const group = proof.groups.get(company.id('devin'));
  expect(group).toEqual({
    people: new Set([company.id('bob'), company.id('eve')]),
    groups: new Set([company.id('inner')]),
  });
  const trusting = company.source({ trustDeactivation: true });
  expect(statuses(await trusting.read(ALL, CONTEXT)).ada).toBe('deactivated');
  expect((await trusting.confirm(asked, CONTEXT)).people.get(company.id('ada'))).toBe('deactivated');
  expect((await trusting.look?.(sought, CONTEXT))?.people[0]?.person.status).toBe('deactivated');
});

test('whoever was removed by DELETE has vanished, or with trust is deactivated; a stranger has vanished either way', async () => {
  const company = await settled();
  const id = company.id('ada');
  await company.room.remove('User', id, null);
  const asked = { people: [id, 'stranger'], groups: ['g'] };
  const answers = async (source: DirectorySource) => [
    ...(await source.confirm(asked, CONTEXT)).people.values(),
  ];
  expect(await answers(company.source())).toEqual(['gone', 'gone']);
  expect(await answers(company.source({ trustDeactivation: true }))).toEqual(['deactivated', 'gone']);
});

test('one person is found by address or id, with the groups around their groups, also those that are not chosen between', async () => {
  const company = await settled();
  await company.user('eve', { emails: [{ value: 'Eve.E@corp.example', primary: true }] });
  const source = company.source({ groups: { include: ['devin'], exclude: [] } });
  const look = async (people: string[], emails: string[]) =>
    (await source.look?.({ people, emails, groups: [] }, CONTEXT))?.people;
  const eve = {
    person: { id: company.id('eve'), email: 'Eve.E@corp.example', name: 'eve', status: 'active' },
    groups: [{ id: company.id('devin'), name: 'devin' }],
  };
  expect(await look([], ['eve.e@corp.example'])).toEqual([eve]);
  expect(await look([company.id('eve')], ['eve.e@corp.example'])).toEqual([eve]);
  expect(await look([company.id('devin')], ['nobody@corp.example'])).toEqual([]);
});

test('groups that contain each other end every walk', async () => {
  const company = await settled();
  await company.group('inner', ['eve', 'devin']);
  const source = company.source({ groups: { include: ['devin'], exclude: [] } });
  expect(shape(await source.read(ALL, CONTEXT))).toEqual({ devin: ['ada', 'bob', 'devin', 'eve'] });
  const seen = await source.look?.({ people: [company.id('eve')], emails: [], groups: [] }, CONTEXT);
  expect(seen?.people[0]?.groups).toHaveLength(1);
  const proof = await source.confirm({ people: [], groups: [company.id('devin')] }, CONTEXT);
  expect(proof.groups.get(company.id('devin'))).toMatchObject({ people: { size: 3 } });
});

test('with externalId people keep their id over a DELETE and a new push; without one, or with one twice, nothing is read', async () => {
  const company = new Company();
  await company.user('ada', { externalId: '00u1' });
  await company.group('devin', ['ada']);
  await company.room.settle(company.now);
  const source = company.source({ personId: 'externalId', trustDeactivation: true });
  const ask = async () =>
    (await source.confirm({ people: ['00u1'], groups: [] }, CONTEXT)).people.get('00u1');
  expect((await source.read(ALL, CONTEXT)).personIndex('00u1')).toBe(0);
  expect(await ask()).toBe('active');
  await company.room.remove('User', company.id('ada'), null);
  await company.user('bob', { externalId: '00u2' });
  expect(await ask()).toBe('deactivated');
  company.ids.delete('ada');
  await company.user('ada', { externalId: '00u1' });
  expect(await ask()).toBe('active');
  await company.user('eve', { externalId: '00u1' });
  await expect(source.read(ALL, CONTEXT)).rejects.toThrow('have the same externalId 00u1');
  await company.user('eve');
  await expect(source.read(ALL, CONTEXT)).rejects.toThrow('eve@corp.example has no externalId');
});

test('an idle turn reads nothing again, and a turn after a change reads everything', async () => {
  const company = await settled();
  const source = company.source();
  const first = await source.read(ALL, CONTEXT);
  expect(await source.update?.(first, CONTEXT)).toBe(first);
  await company.group('devin', ['ada']);
  const second = await source.update?.(first, CONTEXT);
  expect(shape(second as DirectorySnapshot).devin).toEqual(['ada']);
});

test('a damaged row and a body that is no user end the reading with one error that names it', async () => {
  const company = await settled();
  await company.user('ada', { active: 'perhaps' });
  await expect(company.source().read(ALL, CONTEXT)).rejects.toThrow(
    `the pushed user ${company.id('ada')} is not`,
  );
  await client.hset(`${company.base}:User`, company.id('ada'), 'nonsense');
  const error = await company
    .source()
    .read(ALL, CONTEXT)
    .catch((each: unknown) => each);
  expect(error).toBeInstanceOf(SourceReadError);
  expect((error as Error).message).toContain(company.id('ada'));
});

test('a silence is told by its beginning once it is longer than usual, and never where silence is usual', async () => {
  const entra = scimPushOptions.parse({ name: 'e', tokenFile: 't', provider: 'entra' });
  expect(staleAfterMs(entra)).toBe(72 * HOUR);
  expect(staleAfterMs({ ...entra, provider: 'okta' })).toBeNull();
  expect(staleAfterMs({ ...entra, provider: 'okta', staleAfterHours: 5 })).toBe(5 * HOUR);
  const seen = { pushedAt: HOUR, seenAt: 2 * HOUR };
  expect(silence(seen, 5 * HOUR, 6 * HOUR)).toBeNull();
  expect(silence(seen, 5 * HOUR, 7 * HOUR)).toMatchObject({ since: 2 * HOUR });
  expect(silence(seen, null, 999 * HOUR)).toBeNull();
  expect(silence({ pushedAt: null, seenAt: null }, HOUR, 999 * HOUR)).toBeNull();
  const company = await settled();
  company.now += 5 * HOUR;
  await company.source().read(ALL, CONTEXT);
  const found = await company.source({ staleAfterHours: 2 }).check(CONTEXT.signal);
  expect(found).toMatchObject([{ level: 'ok' }, { level: 'warn' }]);
});

/** A polled source that says one thing of everybody. */
function polled(
  people: Readonly<Record<string, 'active' | 'deactivated'>>,
  company: Company,
): DirectorySource {
  const source = company.source();
  const status = (id: string) => people[id] ?? 'gone';
  return {
    ...source,
    kind: 'okta',
    tenant: async () => 'okta:corp',
    read: async () => {
      const { DirectoryBuilder } = await import('../../src/core/model/directory.ts');
      const builder = new DirectoryBuilder();
      for (const [id, said] of Object.entries(people))
        builder.person({ id, email: `${id}@corp.example`, name: id, status: said });
      builder.group({ id: 'g', name: 'polled' });
      builder.closeGroup('g');
      builder.closeList('people');
      builder.closeList('groups');
      return builder.seal({ tenant: 'okta:corp', scope: ALL, reads: [] });
    },
    confirm: async ({ people: ids }) => ({
      people: new Map(ids.map((id) => [id, status(id)])),
      groups: new Map(),
    }),
  };
}

test.each(['push first', 'poll first'])(
  'beside a polled source (%s) an untrusted active: false leaves the account to the polled one, by id as well',
  async (order) => {
    const company = await settled();
    await company.user('ada', { active: false });
    await company.user('bob', { active: false });
    const push = { name: 'push', domains: [], source: company.source() };
    const poll = {
      name: 'poll',
      domains: [],
      source: polled({ ada: 'deactivated', bob: 'active' }, company),
    };
    const sources = order === 'push first' ? [push, poll] : [poll, push];
    const merged = mergeSources({ sources, authority: 'order', addressOf: (email) => email });
    const snapshot = await merged.read(ALL, CONTEXT);
    expect(statuses(snapshot)).toEqual({ ada: 'deactivated', bob: 'active', eve: 'active' });
    expect(snapshot.notices).toEqual([]);
    const ids = (name: string) => (order === 'push first' ? `push/${company.id(name)}` : `poll/${name}`);
    const asked = [ids('ada'), ids('bob')].sort();
    const { people } = await merged.confirm({ people: asked, groups: [] }, CONTEXT);
    expect(Object.fromEntries(people)).toEqual({ [ids('ada')]: 'deactivated', [ids('bob')]: 'active' });
  },
);

test('whom no other source knows stays a person in no group, also where two sources abstain', async () => {
  const company = await settled();
  await company.user('ada', { active: false });
  await company.user('eve', { active: false });
  const push = { name: 'push', domains: [], source: company.source() };
  const again = { name: 'again', domains: [], source: company.source() };
  const poll = { name: 'poll', domains: [], source: polled({ bob: 'active' }, company) };
  const merged = mergeSources({
    sources: [push, again, poll],
    authority: 'none',
    addressOf: (email) => email,
  });
  const snapshot = await merged.read(ALL, CONTEXT);
  expect(statuses(snapshot)).toEqual({ ada: 'active', bob: 'active', eve: 'active' });
  const untold = Array.from({ length: snapshot.personCount }, (_, at) => snapshot.person(at));
  expect(untold.filter(({ abstains }) => abstains === true).map(({ email }) => email)).toHaveLength(2);
  expect(shape(snapshot).devin).toEqual(['bob', 'inner']);
});
