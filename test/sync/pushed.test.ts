/** What a push does to people in Devin: the whole way through reading, proofs and guards. */
import { expect, test } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import { scimPushOptions } from '../../src/directory/scim-push/options.ts';
import { createScimPushSource } from '../../src/directory/scim-push/source.ts';
import { keyspace } from '../../src/lib/keyspace.ts';
import type { ScimDone } from '../../src/lib/scim/store.ts';
import { redisScim } from '../../src/state/redis/scim.ts';
import { applied } from '../helpers/applied.ts';
import { loopOf, turn } from '../helpers/loop.ts';
import { memoryOnly } from '../helpers/memory-store.ts';
import { DAY, DEFAULT_GUARDS, lines, MINUTE, world } from '../helpers/world.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const NAMES = ['ada', 'bob', 'eve', 'kim', 'lou', 'max'];

async function pushed(trustDeactivation: boolean) {
  const of = world().org('Web').rule('eng', 'Member', { org: 'Web' });
  const limits = { maxResources: 100, maxMembers: 100, maxBytes: 9000, clock: () => of.now };
  const room = redisScim(client, keyspace(redis.prefix()), 'idp', limits);
  const ids = new Map<string, string>();
  const bodyOf = (name: string, active: boolean) => ({ userName: `${name}@corp.example`, active });
  for (const name of NAMES) {
    const made = (await room.create('User', { body: bodyOf(name, true), unique: [] })) as ScimDone;
    ids.set(name, made.resource.id);
  }
  const body = { displayName: 'eng' };
  const all = { kind: 'replace', ids: [...ids.values()] } as const;
  const eng = (await room.create('Group', { body, unique: [], members: all })) as ScimDone;
  await room.settle(of.now);
  const options = scimPushOptions.parse({ name: 'idp', tokenFile: 't', trustDeactivation });
  of.memory = { ...of.memory, tenants: null };
  const kept = memoryOnly(of.memory);
  const source = createScimPushSource(options, room, () => of.now);
  const plan = async (): Promise<Plan> => {
    const made = await turn({ ...loopOf(of, kept.store), source });
    of.memory = kept.memory;
    return made;
  };
  const write = async () => {
    applied(of, await plan());
    kept.memory = of.memory;
  };
  await write();
  const id = (name: string) => ids.get(name) as string;
  return {
    of,
    write,
    lines: async () => lines(await plan()).sort(),
    deactivate: (name: string) =>
      room.update('User', id(name), null, { body: bodyOf(name, false), unique: [] }),
    remove: (name: string) => room.remove('User', id(name), null),
    empty: () =>
      room.update('Group', eng.resource.id, null, { body, unique: [], members: { ...all, ids: [] } }),
  };
}

test('an untrusted active: false takes the organization at a second look and the enterprise only after the delays of an absence', async () => {
  const company = await pushed(false);
  expect(await company.lines()).toEqual([]);
  await company.deactivate('ada');
  expect(await company.lines()).toEqual([
    'ready: remove-from-org ada @Web Member > - (left-group)',
    'waiting: remove-user ada Member > - (out-of-scope)',
  ]);
  await company.write();
  company.of.later(16 * MINUTE);
  expect(await company.lines()).toEqual(['waiting: remove-user ada Member > - (out-of-scope)']);
  company.of.later(8 * DAY);
  expect(await company.lines()).toEqual(['ready: remove-user ada Member > - (out-of-scope)']);
});

test('a trusted one, and a trusted DELETE, remove from the enterprise at once', async () => {
  const company = await pushed(true);
  await company.deactivate('ada');
  await company.remove('bob');
  const found = await company.lines();
  expect(found).toEqual([
    'ready: remove-user ada Member > - (deactivated)',
    'ready: remove-user bob Member > - (deactivated)',
  ]);
});

test('an untrusted DELETE is a person who vanished: nothing goes before a second reading, and the enterprise role last', async () => {
  const company = await pushed(false);
  await company.remove('bob');
  expect(await company.lines()).toEqual([
    'waiting: remove-from-org bob @Web Member > - (vanished)',
    'waiting: remove-user bob Member > - (vanished)',
  ]);
  company.of.later(16 * MINUTE);
  expect(await company.lines()).toEqual([
    'ready: remove-from-org bob @Web Member > - (vanished)',
    'waiting: remove-user bob Member > - (vanished)',
  ]);
});

test('a group that a push has emptied meets the guards', async () => {
  const company = await pushed(false);
  company.of.guards(DEFAULT_GUARDS);
  await company.empty();
  const found = await company.lines();
  expect(found).toHaveLength(2 * NAMES.length);
  expect(found.filter((line) => line.startsWith('ready'))).toEqual([]);
  expect(found.filter((line) => /^held by .*: remove-from-org/.test(line))).toHaveLength(NAMES.length);
});
