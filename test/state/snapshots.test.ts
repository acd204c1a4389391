import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DirectoryBuilder, type DirectorySnapshot } from '../../src/core/model/directory.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { packSnapshot, unpackSnapshot } from '../../src/state/redis/snapshot-bytes.ts';
import type { SnapshotStore } from '../../src/state/store.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The first minute of a day. */
const MIDNIGHT = Date.UTC(2026, 10, 22);
const SOURCE = 'hash-of-the-source';

async function snapshots(): Promise<{ store: SnapshotStore; prefix: string }> {
  const prefix = redis.prefix();
  return { store: (await openStore(client, prefix, MIDNIGHT)).snapshots, prefix };
}

function reading(people: number, groups = 1, perGroup = people): DirectorySnapshot {
  const builder = new DirectoryBuilder();
  for (let at = 0; at < people; at++) {
    const email = `first.last${at}@corp.example`;
    builder.person({ id: `00u${at.toString(36)}`, email, name: `First Last${at}`, status: 'active' });
  }
  for (let at = 0; at < groups; at++) {
    builder.group({ id: `00g${at}`, name: `devin-team-${at}` });
    for (let n = 0; n < perGroup; n++) {
      builder.member(`00g${at}`, `00u${((at * 7919 + n * 104_729) % people).toString(36)}`);
    }
    builder.closeGroup(`00g${at}`);
  }
  builder.closeList('people');
  builder.closeList('groups');
  return builder.seal({
    tenant: 'okta:00o1',
    scope: { kind: 'all' },
    reads: [],
    fullAt: MIDNIGHT,
    resume: { cursor: 'c' },
  });
}

test('a stored reading comes back whole, with what its reader needs to go on', async () => {
  const { store } = await snapshots();
  expect(await store.latest(SOURCE)).toBeNull();
  const head = await store.put(reading(3), { at: MIDNIGHT, source: SOURCE });
  expect(head).toMatchObject({ people: 3, groups: 1, edges: 3, basis: 'full', fullAt: MIDNIGHT });
  const back = await store.latest(SOURCE);
  expect(back).toMatchObject({ tenant: 'okta:00o1', fullAt: MIDNIGHT, resume: { cursor: 'c' } });
  expect([...(back?.members(0) ?? [])]).toEqual([0, 1, 2]);
  expect(back?.person(2)).toEqual(reading(3).person(2));
});

test('a reading of a source that was configured otherwise is not the newest of this one', async () => {
  const { store } = await snapshots();
  await store.put(reading(3), { at: MIDNIGHT, source: SOURCE });
  await store.put(reading(5), { at: MIDNIGHT + 1, source: 'another' });
  expect((await store.latest(SOURCE))?.personCount).toBe(3);
});

test('the newest two are kept, and the newest of each day for 30 days; nothing else stays in Redis', async () => {
  const { store, prefix } = await snapshots();
  for (let hour = 0; hour < 40 * 24; hour += 8) {
    await store.put(reading(1), { at: MIDNIGHT + hour * HOUR, source: SOURCE });
  }
  const last = MIDNIGHT + (40 * 24 - 8) * HOUR;
  const kept = (await store.list()).map(({ at }) => at);
  expect(kept.slice(0, 3)).toEqual([last, last - 8 * HOUR, last - DAY]);
  expect(kept.at(-1)).toBe(last - 30 * DAY);
  expect(kept).toHaveLength(32);
  expect(await client.keys(`{${prefix}}:snapshot:*`)).toHaveLength(32);
});

test('a damaged reading is an error that names its key; the next one takes its place', async () => {
  const { store, prefix } = await snapshots();
  const head = await store.put(reading(3), { at: MIDNIGHT, source: SOURCE });
  const key = `{${prefix}}:snapshot:${head.id}`;
  const whole = (await client.getBuffer(key)) as Buffer;
  for (const bytes of [Buffer.from('{}'), whole.subarray(0, -9), Buffer.alloc(0)]) {
    await client.set(key, bytes);
    await expect(store.latest(SOURCE)).rejects.toThrow(ConfigError);
    await expect(store.latest(SOURCE)).rejects.toThrow(key);
  }
  await store.put(reading(4), { at: MIDNIGHT + 1, source: SOURCE });
  expect((await store.latest(SOURCE))?.personCount).toBe(4);
});

test('a damaged entry of the list is an error that names it, until a sound reading replaces it', async () => {
  const { store, prefix } = await snapshots();
  await client.hset(`{${prefix}}:snapshot-heads`, 'odd', '{"id":"odd"}');
  await expect(store.latest(SOURCE)).rejects.toThrow(`{${prefix}}:snapshot-heads odd`);
  await store.put(reading(2), { at: MIDNIGHT, source: SOURCE });
  expect((await store.latest(SOURCE))?.personCount).toBe(2);
});

test('a reading whose content is gone counts as none', async () => {
  const { store, prefix } = await snapshots();
  const head = await store.put(reading(3), { at: MIDNIGHT, source: SOURCE });
  await client.del(`{${prefix}}:snapshot:${head.id}`);
  expect(await store.latest(SOURCE)).toBeNull();
});

test('packing and unpacking a large reading lets the event loop run many times', async () => {
  const large = reading(20_000, 50, 2_000);
  let turns = 0;
  let over = false;
  const counting = (async () => {
    for (; !over; turns++) await tick();
  })();
  const bytes = await packSnapshot(large);
  const packed = turns;
  const back = await unpackSnapshot(bytes);
  over = true;
  await counting;
  expect(back.edgeCount).toBe(large.edgeCount);
  expect(Math.min(packed, turns - packed)).toBeGreaterThan(15);
});
