/** The same people under the ids of another directory. */
import { expect, test } from 'vitest';
import type { LedgerPerson } from '../../src/core/model/memory.ts';
import { type Relinked, relink } from '../../src/core/relink.ts';
import { SCIM_URL, ScimWorld } from '../helpers/scim-world.ts';
import { HOUR, lines, NOW, run, type World, world } from '../helpers/world.ts';

const OLD = (name: string): string => `old-${name}`;

/** Devin and its ledger as the old directory left them; the directory is the new one. */
function moved(): World {
  const here = world()
    .org('Payments')
    .staff('ada', 'bob')
    .group('users', 'ada', 'bob')
    .group('payments', 'ada')
    .rule('users', 'Member')
    .rule('payments', 'Member', { org: 'Payments' })
    .user('ada', { '': 'Member', Payments: 'Member' })
    .link('ada')
    .managed('bob');
  const people = here.memory.people.map((row) => ({
    ...row,
    directoryId: row.directoryId.replace('p-', 'old-'),
  }));
  const gone = { item: 'x', by: 'ada', at: NOW, why: '' };
  here.memory = {
    ...here.memory,
    people,
    bindings: { 'users gives Member': { 'old-g': 'users' } },
    rejections: [gone],
    tombstones: [{ subject: OLD('bob'), cause: 'vanished', firstSeen: NOW, lastSeen: NOW }],
  };
  return here;
}

function relinked(here: World, ids: Record<string, string> = {}): Relinked {
  return relink({
    memory: here.memory,
    directory: here.directory(),
    devin: here.devin(),
    domainAliases: { 'old.example': 'corp.example' },
    ids: new Map(Object.entries(ids)),
  });
}

function ids({ memory }: Relinked): string[] {
  return memory.people.map(({ directoryId }) => directoryId);
}

function edit(here: World, name: string, change: Partial<LedgerPerson>): World {
  const people = here.memory.people.map((row) =>
    row.directoryId === OLD(name) ? { ...row, ...change } : row,
  );
  here.memory = { ...here.memory, people };
  return here;
}

test('everybody moves by address, and the next plan has nothing to do', () => {
  const here = moved();
  const after = relinked(here);
  expect(ids(after)).toEqual(['p-ada', 'p-bob']);
  expect(after).toMatchObject({ moved: 2, kept: 0, unmatched: [] });
  expect(after.memory).toMatchObject({
    bindings: {},
    rejections: [],
    tombstones: [],
    baseline: { people: 2 },
  });
  here.memory = after.memory;
  expect(run(here).changes).toEqual([]);
  here.later(HOUR);
  expect(run(here).changes).toEqual([]);
});

test('without it, everybody would be a stranger or gone', () => {
  expect(lines(moved().decide().plan).length).toBeGreaterThan(0);
});

test('a second time changes nothing', () => {
  const here = moved();
  here.memory = relinked(here).memory;
  expect(relinked(here)).toMatchObject({ moved: 0, kept: 2, unmatched: [] });
});

test('an address that changed is found through the Devin user, or through a map of ids', () => {
  const here = edit(moved(), 'ada', { email: 'ada.old@corp.example' });
  expect(ids(relinked(here))).toEqual(['p-ada', 'p-bob']);
  const named = edit(moved(), 'ada', { email: 'x@elsewhere.example', devinId: 'u-gone' });
  expect(relinked(named).unmatched).toEqual([
    { email: 'x@elsewhere.example', why: 'nobody in the directory has that address' },
  ]);
  expect(ids(relinked(named, { 'old-ada': 'p-ada' }))).toEqual(['p-ada', 'p-bob']);
});

test('an alias of the domain is the same address', () => {
  expect(ids(relinked(edit(moved(), 'ada', { email: 'Ada@old.example', devinId: 'u-gone' })))).toEqual([
    'p-ada',
    'p-bob',
  ]);
});

test('nobody is guessed: a shared address, two rows for one person, and a map to nobody are named', () => {
  const shared = moved().person('ada2', 'active', 'ada@corp.example').person('mute', 'active', null);
  expect(relinked(shared).unmatched).toEqual([
    { email: 'ada@corp.example', why: 'several people of the directory have that address' },
  ]);
  const doubled = edit(moved(), 'bob', { email: 'ada@corp.example' });
  expect(relinked(doubled).unmatched.map(({ why }) => why)).toEqual([
    'several rows of the ledger lead to the id p-ada',
    'several rows of the ledger lead to the id p-ada',
  ]);
  expect(ids(relinked(doubled))).toEqual(['old-ada', 'old-bob']);
  expect(relinked(moved(), { 'old-ada': 'p-nobody' }).unmatched).toEqual([
    { email: 'ada@corp.example', why: 'the map says p-nobody, which the directory does not have' },
  ]);
});

test('an outsider stays under their address', () => {
  const here = edit(moved(), 'bob', { directoryId: 'grant:bob@corp.example' });
  expect(ids(relinked(here))).toEqual(['p-ada', 'grant:bob@corp.example']);
});

test('groups move by name, where one group has it', () => {
  const here = moved().groupWithId('g-1', 'twice').groupWithId('g-2', 'twice');
  const groups = ['users', 'twice', 'gone'].map((name) => ({ directoryId: `old-${name}`, name, places: {} }));
  here.memory = {
    ...here.memory,
    groups: [...groups, { directoryId: 'g-payments', name: 'payments', places: {} }],
  };
  const after = relinked(here);
  expect(after.groups).toEqual({ moved: 1, unmatched: ['twice', 'gone'] });
  expect(after.memory.groups.map(({ directoryId }) => directoryId)).toEqual([
    'g-users',
    'old-twice',
    'old-gone',
    'g-payments',
  ]);
});

test('what was written through SCIM moves with its people and groups, and what nobody can tell is let go', () => {
  const here = moved().rule('users', 'Member', { via: 'scim', name: 'through' });
  const scim = new ScimWorld(here);
  scim.user('ada', { externalId: OLD('ada') }).user('bob', { externalId: OLD('bob') });
  scim.group('users', ['ada', 'bob'], { externalId: 'old-g' });
  const mark = (person: string, group: string) => ({ person, group, url: SCIM_URL, active: true });
  here.memory = {
    ...here.memory,
    groups: [
      { directoryId: 'old-g', name: 'users', places: {} },
      { directoryId: 'old-x', name: 'nowhere', places: {} },
    ],
    scim: [
      mark(OLD('ada'), ''),
      mark(OLD('ada'), 'old-g'),
      mark(OLD('bob'), 'old-g'),
      mark(OLD('ada'), 'old-x'),
      mark(OLD('ada'), 'old-unknown'),
      mark(OLD('gone'), ''),
    ],
  };
  const { memory } = relinked(here);
  expect(memory.scim.map(({ person, group }) => `${person} ${group}`)).toEqual([
    'p-ada ',
    'p-ada g-users',
    'p-bob g-users',
  ]);
  here.memory = { ...memory, tenants: here.memory.tenants };
  // The service learns the new id of whom this daemon made; nobody is taken for gone.
  expect(lines(run(here)).filter((line) => line.includes('scim'))).toEqual([
    expect.stringMatching(/^ready: scim-update-user ada/),
  ]);
});
