/** Adopting over a store, and the ledger after a loss. */
import { expect, test } from 'vitest';
import { adoptAccess, releaseAccess } from '../../src/actions/adopt.ts';
import { approveBudget, listBudgets } from '../../src/actions/budget.ts';
import { journalLines } from '../../src/actions/journal-lines.ts';
import { rebuildLedger } from '../../src/actions/rebuild.ts';
import { relinkLedger } from '../../src/actions/relink.ts';
import type { JournalText } from '../../src/actions/verify-journal.ts';
import type { Memory } from '../../src/core/model/memory.ts';
import { chainLine, GENESIS } from '../../src/lib/hash-chain.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import type { Store } from '../../src/state/store.ts';
import { CONTEXT, loopOf, turn } from '../helpers/loop.ts';
import { ScimWorld } from '../helpers/scim-world.ts';
import { lines, TENANTS, type World, world } from '../helpers/world.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();

async function fresh(of: World): Promise<Store> {
  return openStore(redis.client(), redis.prefix(), of.now);
}

async function* text(...all: string[]): AsyncGenerator<string> {
  yield* all;
}

function foreign(): World {
  const of = world().staff('ada').org('Web').group('eng', 'ada').group('all', 'ada');
  of.memory = { ...of.memory, tenants: null };
  return of
    .user('ada', { '': 'Member', Web: 'Member' })
    .rule('all', 'Member')
    .rule('eng', 'Member', { org: 'Web' });
}

test('adopting is noted with who and why, lives on in the store, and can be undone', async () => {
  const of = foreign();
  const store = await fresh(of);
  const loop = loopOf(of, store);
  const edges = await adoptAccess(loop, { all: true, by: 'eve', why: 'ours now' }, CONTEXT);
  expect(edges).toHaveLength(2);
  expect((await store.memory.load(TENANTS)).people).toMatchObject([
    { places: { '': 'adopted', 'org-web': 'adopted' } },
  ]);
  const noted = await store.journal.read({ limit: 10 });
  expect(noted.map(({ kind, actor, reason, after }) => `${kind} ${actor} ${reason}: ${after}`)).toEqual([
    'adopt eve ours now: Member in the enterprise',
    'adopt eve ours now: Member in Web',
  ]);
  expect(await adoptAccess(loop, { all: true, by: 'eve', why: 'again' }, CONTEXT)).toEqual([]);
  await releaseAccess(loop, { person: 'ada@corp.example', by: 'eve', why: 'no' }, CONTEXT);
  expect((await store.memory.load(TENANTS)).people).toMatchObject([{ places: {} }]);
  await expect(adoptAccess(loop, { org: 'Wob', by: 'eve', why: '' }, CONTEXT)).rejects.toThrow(
    'adopt: no organization "Wob"',
  );
});

test('a lost store: removals are blind and say so, until the ledger is built again from the exported journal', async () => {
  const of = foreign();
  const before = await fresh(of);
  await adoptAccess(loopOf(of, before), { all: true, by: 'eve', why: 'ours now' }, CONTEXT);
  await before.journal.append(
    [
      {
        ...(await before.journal.read({ limit: 1 }))[0],
        at: of.now,
        kind: 'reject',
        item: 'i1',
        edge: undefined,
      } as never,
    ].map(({ edge: _, id: __, ...entry }: Record<string, unknown>) => entry as never),
  );
  const exported: string[] = [];
  for await (const line of journalLines(before.journal)) exported.push(line);

  const after = await fresh(of);
  const loop = loopOf(of, after);
  of.leave('ada', 'eng');
  const blind = await turn(loop);
  expect(blind.changes).toEqual([]);
  expect(blind.notices.map(({ kind }) => kind)).toContain('blind');

  const rebuilt = await rebuildLedger(loop, { files: file(...exported, '\n'), by: 'eve' }, CONTEXT);
  expect(rebuilt).toEqual({ entries: 3, people: 1, groups: 0, marks: 0, present: 1, rejections: 1 });
  const plan = await turn(loop);
  expect(plan.notices.map(({ kind }) => kind)).not.toContain('blind');
  expect(lines(plan)).toEqual(['held by first-plan: remove-from-org ada @Web Member > - (left-group)']);
  const again = await rebuildLedger(loop, { files: file(...exported), by: 'eve' }, CONTEXT);
  expect(again).toMatchObject({ people: 0, rejections: 0 });
});

test('a lost state comes back from the chained files of the daemon, in any order; one line that was changed is refused', async () => {
  const of = foreign();
  const before = await fresh(of);
  await adoptAccess(loopOf(of, before), { all: true, by: 'eve', why: 'ours now' }, CONTEXT);
  const chained: string[] = [];
  let head = GENESIS;
  for await (const line of journalLines(before.journal)) {
    const next = chainLine(head, JSON.parse(line) as object);
    chained.push(next.line);
    head = next.head;
  }
  const files = (lines: readonly string[]): JournalText[] => [
    { name: 'b.jsonl', lines: () => text(...lines.slice(1)) },
    { name: 'a.jsonl', lines: () => text(...lines.slice(0, 1)) },
  ];
  const loop = loopOf(of, await fresh(of));
  const edited = chained.map((line) => line.replace('"eve"', '"ada"'));
  await expect(rebuildLedger(loop, { files: files(edited), by: 'eve' }, CONTEXT)).rejects.toThrow(
    /jsonl, line 1: it is not as it was written/,
  );
  const rebuilt = await rebuildLedger(loop, { files: files(chained), by: 'eve' }, CONTEXT);
  expect(rebuilt).toMatchObject({ entries: chained.length, people: 1, present: 1 });
  expect(chained.length).toBeGreaterThan(1);
});

test('what was taken over and given back in the SCIM service comes back from the journal', async () => {
  const of = world().staff('ada', 'bob').org('Web').group('eng', 'ada', 'bob');
  of.rule('eng', 'Member', { via: 'scim', org: 'Web' });
  of.memory = { ...of.memory, tenants: null };
  new ScimWorld(of).user('ada').user('bob').group('eng', ['ada', 'bob']);
  const before = await fresh(of);
  const loop = loopOf(of, before);
  const said = { by: 'eve', why: 'ours now' };
  await adoptAccess(loop, { org: 'Web', attest: 'the owner', ...said }, CONTEXT);
  await adoptAccess(loop, { all: true, ...said }, CONTEXT);
  await releaseAccess(loop, { person: 'bob@corp.example', ...said }, CONTEXT);
  const { scim, adoptions } = await before.memory.load(TENANTS);
  expect(scim.map(({ person, group }) => `${person}/${group}`).sort()).toEqual(['p-ada/', 'p-ada/g-eng']);
  expect(adoptions.map(({ place }) => place).sort()).toEqual(['', 'org-web']);
  const noted = await before.journal.read({ limit: 10 });
  expect(
    noted.map(({ kind, subject, before: from, after }) => `${kind} ${subject}: ${from} > ${after}`),
  ).toEqual([
    'attest Web: null > null',
    'adopt ada@corp.example: null > group eng in the SCIM service',
    'adopt bob@corp.example: null > group eng in the SCIM service',
    'adopt ada@corp.example: null > the SCIM service',
    'adopt bob@corp.example: null > the SCIM service',
    'release bob@corp.example: the SCIM service > null',
    'release bob@corp.example: group eng in the SCIM service > null',
  ]);
  const exported: string[] = [];
  for await (const line of journalLines(before.journal)) exported.push(line);
  const after = await fresh(of);
  const rebuilt = await rebuildLedger(loopOf(of, after), { files: file(...exported), by: 'eve' }, CONTEXT);
  expect(rebuilt).toMatchObject({ people: 0, groups: 0, marks: 2 });
  expect((await after.memory.load(TENANTS)).scim).toHaveLength(2);
  const again = await rebuildLedger(loopOf(of, after), { files: file(...exported), by: 'eve' }, CONTEXT);
  expect(again.marks).toBe(0);
});

function file(...lines: string[]): JournalText[] {
  return [{ name: 'j.jsonl', lines: () => text(...lines) }];
}

interface Edge {
  readonly kind?: string;
  readonly id?: string;
  readonly user?: string;
  readonly type?: string;
  readonly place?: string;
  readonly role?: string | null;
  readonly gone?: boolean;
}

function write({
  kind = 'write',
  id = 'p-ada',
  user = 'u-ada',
  type = 'person',
  place = '',
  role = 'r',
  gone = false,
}: Edge): string {
  const edge = { type, directoryId: id, devinId: user, place, role, gone };
  return JSON.stringify({
    at: 1,
    kind,
    item: null,
    subject: 'ada@corp.example',
    actor: null,
    reason: null,
    edge,
  });
}

async function ledgerOf(...edges: Edge[]): Promise<Pick<Memory, 'people' | 'groups'>> {
  const of = foreign();
  const store = await fresh(of);
  const request = { files: file(...edges.map(write)), by: 'eve' };
  await rebuildLedger(loopOf(of, store), request, CONTEXT);
  const { people, groups } = await store.memory.load(TENANTS);
  return { people, groups };
}

test('what was given and taken again is not in the ledger; nor is who was removed', async () => {
  expect((await ledgerOf({}, { place: 'w' }, { place: 'w', role: null })).people).toMatchObject([
    { places: { '': 'managed' } },
  ]);
  expect((await ledgerOf({}, { place: 'w' }, { role: null, gone: true })).people).toEqual([]);
  expect((await ledgerOf({ kind: 'adopt' }, { kind: 'release' })).people).toEqual([]);
  expect((await ledgerOf({ kind: 'adopt' }, { place: 'w' })).people).toMatchObject([
    { places: { '': 'adopted', w: 'managed' }, applied: { '': 'r', w: 'r' } },
  ]);
});

test('an account that was invited anew has only what it was given', async () => {
  const { people } = await ledgerOf({}, { place: 'w' }, { user: 'u-new' });
  expect(people).toMatchObject([{ devinId: 'u-new', places: { '': 'managed' } }]);
  expect(people[0]?.places).not.toHaveProperty('w');
});

test('groups are rebuilt as people are', async () => {
  const group = { type: 'group', id: 'g-sso', user: 'sso' };
  expect((await ledgerOf(group, { ...group, place: 'w' })).groups).toMatchObject([
    { name: 'sso', places: { '': 'managed', w: 'managed' } },
  ]);
});

test('a file that is no journal, or empty, is one clear error and leaves the ledger alone', async () => {
  const of = foreign();
  const store = await fresh(of);
  const rebuild = (...all: string[]) =>
    rebuildLedger(loopOf(of, store), { files: file(...all), by: 'eve' }, CONTEXT);
  await expect(rebuild(write({}), 'kind: write')).rejects.toThrow('j.jsonl, line 2: no entry of a journal');
  await expect(rebuild('{"at":1}')).rejects.toThrow('line 1');
  await expect(rebuild('', ' ')).rejects.toThrow('nothing was rebuilt');
  expect((await store.memory.load(TENANTS)).people).toEqual([]);
});

test('the attestation of an owner is noted, and nothing adopted is taken for the days that were asked for', async () => {
  const of = foreign();
  const store = await fresh(of);
  const loop = loopOf(of, store);
  const request = { org: 'Web', by: 'eve', why: '', attest: 'Lin: mine', graceDays: 30 };
  await adoptAccess(loop, request, CONTEXT);
  const [noted] = await store.journal.read({ limit: 10 });
  expect(noted).toMatchObject({
    kind: 'attest',
    subject: 'Web',
    reason: 'attested: Lin: mine; nothing is taken there before 2026-12-22T09:00Z',
  });
  const until = of.now + 30 * 24 * 3_600_000;
  expect((await store.memory.load(TENANTS)).adoptions).toEqual([
    { place: 'org-web', at: of.now, until, by: 'eve', attest: 'Lin: mine' },
  ]);
  of.leave('ada', 'eng');
  expect(lines(await turn(loop))).toEqual(['waiting: remove-from-org ada @Web Member > - (left-group)']);
});

test('a budget is approved by its name, for its terms, before its window is over', async () => {
  const of = foreign();
  const guards = { orgRoles: 400 };
  of.set({ budgets: [{ name: 'move', from: of.now, to: of.now + 1000, guards }] });
  const store = await fresh(of);
  const loop = loopOf(of, store);
  const approval = { name: 'move', by: 'eve', why: 'board' };
  await expect(approveBudget(loop, { ...approval, name: 'mov' })).rejects.toThrow(
    'the configuration has no budget "mov"; it has "move"',
  );
  expect((await listBudgets(loop))[0]?.approval).toBeNull();
  await approveBudget(loop, approval);
  await approveBudget(loop, approval);
  expect((await listBudgets(loop)).map((row) => row.approval?.by)).toEqual(['eve']);
  expect((await store.journal.read({ limit: 9 })).map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
    'budget move',
    'budget move',
  ]);
  of.later(2000);
  await expect(approveBudget(loop, approval)).rejects.toThrow('the window of budget "move" is over');
});

test('a move to another directory is refused where it would take or invite, and where the enterprise is another', async () => {
  const of = foreign();
  const store = await fresh(of);
  const loop = loopOf(of, store);
  const request = { ids: new Map(), by: 'eve', why: '', evenSo: false, consent: async () => true };
  await expect(relinkLedger(loop, request, CONTEXT)).rejects.toThrow('nothing is to be moved');
  await adoptAccess(loop, { all: true, by: 'eve', why: '' }, CONTEXT);
  const entra = {
    ...loop,
    source: { ...loop.source, tenant: async () => 'entra:corp' } as typeof loop.source,
  };
  const elsewhere = { ...entra, devinUrl: 'https://other.example' };
  of.users.clear();
  await expect(relinkLedger(elsewhere, request, CONTEXT)).rejects.toThrow('only the directory can be moved');
  of.user('ada', { '': 'Member', Web: 'Member' }, 'ada@elsewhere.example').email('ada', null);
  of.people.set('new-ada', { id: 'new-ada', email: 'a@corp.example', status: 'active' });
  of.vanish('ada');
  await expect(relinkLedger(entra, request, CONTEXT)).rejects.toThrow(/would take [1-9]\d* and invite 0/);
  const after = await relinkLedger(entra, { ...request, evenSo: true }, CONTEXT);
  expect(after).toMatchObject({ written: true, relinked: { moved: 0 } });
});
