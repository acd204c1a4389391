/** People of a group from the stored reading: nested ones once, by address, and read again only when there is a newer one. */
import { expect, test } from 'vitest';
import { groupPeopleOf } from '../../src/actions/group-people.ts';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import type { SnapshotHead, SnapshotStore } from '../../src/state/store.ts';
import { world } from '../helpers/world.ts';

const SOURCE = 'okta-of-the-corp';

function company(): DirectorySnapshot {
  return world()
    .staff('dan', 'bob', 'ada')
    .person('eve', 'suspended', 'Eve@corp.example')
    .person('gus', 'active', null)
    .group('squad', 'ada', 'eve', 'bob')
    .group('all', 'dan', 'bob', 'gus', '>squad')
    .group('none')
    .input().directory;
}

/** Keeps readings as they are, and counts how often one is opened. */
function kept(...snapshots: DirectorySnapshot[]) {
  const readings = [...snapshots];
  let opened = 0;
  const store = {
    list: async () =>
      readings.map((_, at) => ({ id: `s-${at}`, at: 1000 + at, source: SOURCE }) as SnapshotHead).reverse(),
    latest: async (source: string) => {
      opened++;
      return source === SOURCE ? (readings.at(-1) ?? null) : null;
    },
  } as unknown as SnapshotStore;
  return { store, add: (one: DirectorySnapshot) => readings.push(one), opened: () => opened };
}

test('everybody is listed once, directly where they are, by address, and found by part of it', async () => {
  const { store } = kept(company());
  const ask = groupPeopleOf(store);
  const found = await ask(SOURCE, 'g-all', '');
  expect(found?.at).toBe(1000);
  expect(found?.people.map(({ email, through, status }) => [email, through, status])).toEqual([
    ['ada@corp.example', 'squad', 'active'],
    ['bob@corp.example', null, 'active'],
    ['dan@corp.example', null, 'active'],
    ['Eve@corp.example', 'squad', 'suspended'],
    [null, null, 'active'],
  ]);
  expect((await ask(SOURCE, 'g-all', 'EVE@'))?.people.map(({ id }) => id)).toEqual(['p-eve']);
  expect(await ask(SOURCE, 'g-none', '')).toMatchObject({ people: [], hidden: false });
});

test('a group or a source that no reading has is told apart from an empty one', async () => {
  const ask = groupPeopleOf(kept(company()).store);
  expect(await ask(SOURCE, 'g-ghost', '')).toBeNull();
  expect(await ask('another-source', 'g-all', '')).toBeNull();
  expect(await groupPeopleOf(kept().store)(SOURCE, 'g-all', '')).toBeNull();
});

test('a reading is opened once for many who ask, and a newer one takes its place', async () => {
  const first = company();
  const { store, add, opened } = kept(first);
  const ask = groupPeopleOf(store);
  for (let times = 0; times < 3; times++) await ask(SOURCE, 'g-all', '');
  expect(opened()).toBe(1);
  add(world().staff('zoe').group('all', 'zoe').input().directory);
  expect((await ask(SOURCE, 'g-all', ''))?.people.map(({ id }) => id)).toEqual(['p-zoe']);
  expect([opened(), first.personCount]).toEqual([2, 5]);
});
