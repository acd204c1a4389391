/** Runs about one person: what they leave alone, what they count, and when they give way to a whole turn. */
import { expect, test } from 'vitest';
import type { DevinTarget } from '../../src/devin/target.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { ConfigError, SourceReadError } from '../../src/lib/errors.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { type LoopDeps, takeTurn } from '../../src/sync/run.ts';
import { applied } from '../helpers/applied.ts';
import { sightingOf, usersOf } from '../helpers/part.ts';
import { DAY, lines, NOW, run, TENANTS, type World, world } from '../helpers/world.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const CONTEXT = { signal: new AbortController().signal, onProgress: () => {} };

interface Stage {
  readonly deps: LoopDeps;
  /** `whole` or `part`, for each reading of the directory. */
  readonly readings: string[];
  readonly notes: string[];
}

async function stage(of: World, over: Partial<LoopDeps> = {}): Promise<Stage> {
  const readings: string[] = [];
  const notes: string[] = [];
  const source: DirectorySource = {
    kind: 'okta',
    tenant: async () => TENANTS.directory,
    read: async () => {
      readings.push('whole');
      return of.directory();
    },
    look: async ({ people, emails, groups }) => {
      readings.push('part');
      const found = [...of.people.values()].filter(({ email }) => emails.includes(email ?? ''));
      return sightingOf(of, [...new Set([...people, ...found.map(({ id }) => id)])], groups);
    },
    confirm: async (questions) => of.ask(questions),
    check: async () => [],
  };
  const target = {
    identify: async () => ({ id: 'svc-sync', name: 'sync' }),
    read: async () => of.devin(),
    look: async (emails) => usersOf(of, (_, email) => emails.includes(email ?? '')),
  } as Partial<DevinTarget> as DevinTarget;
  const deps: LoopDeps = {
    source,
    target,
    store: await openStore(client, redis.prefix(), NOW),
    settings: of.settings,
    devinUrl: 'https://api.example.com',
    configHash: of.configHash,
    sourceHash: 'source',
    maxPerSecond: 5,
    clock: () => of.now,
    note: (message) => notes.push(message),
    ...over,
  };
  return { deps, readings, notes };
}

function company(): World {
  return world()
    .staff('ada', 'bob', 'cid')
    .group('eng', 'ada', 'bob')
    .group('ops', 'cid')
    .org('Web', 'Lab')
    .rule('eng', 'Member', { org: 'Web' })
    .rule('ops', 'Member', { org: 'Lab' });
}

/** A company that was brought in order, with a whole turn behind it. */
async function settled(of: World, over: Partial<LoopDeps> = {}): Promise<Stage> {
  applied(of, run(of));
  const here = await stage(of, over);
  const { memory } = here.deps.store;
  const before = await memory.load(TENANTS);
  await memory.save(before, { ...of.memory, holds: before.holds });
  await takeTurn(here.deps, CONTEXT);
  here.readings.length = 0;
  return here;
}

const about = (name: string) => ({ keep: true, only: { user: `${name}@corp.example` } });

test('a run about one person leaves the last reading, the ledger and every hold as they are', async () => {
  const of = company();
  const { deps, readings } = await settled(of);
  of.join('cid', 'eng');
  const before = [await deps.store.memory.load(TENANTS), await deps.store.snapshots.list()];
  const { decision } = await takeTurn(deps, CONTEXT, about('cid'));
  expect(readings).toEqual(['part']);
  expect(lines(decision.plan)).toEqual(['ready: add-to-org cid @Web - > Member']);
  expect([await deps.store.memory.load(TENANTS), await deps.store.snapshots.list()]).toEqual(before);
  expect((await deps.store.plans.latest())?.id).toBe(decision.plan.id);
  expect(decision.alerts).toEqual([]);
});

test('what other people wait for, and what was written since, counts for one person too', async () => {
  const of = company().guards({ grants: { atLeast: 0, share: 0, count: 2 } });
  const { deps } = await settled(of);
  of.staff('dan', 'eve').join('dan', 'eng').join('eve', 'eng');
  await takeTurn(deps, CONTEXT);
  of.later(60_000).staff('fay').join('fay', 'eng');
  const { decision } = await takeTurn(deps, CONTEXT, about('fay'));
  // Three were let in before, two wait, and here is one more.
  expect(decision.plan.violations.map(({ guard, count }) => [guard, count])).toEqual([['grants', 6]]);
  expect(decision.plan.operations).toEqual([]);
  const before = await deps.store.memory.load(TENANTS);
  const write = { guard: 'grants', place: null, people: 1 };
  const recent = ['p-dan', 'p-eve'].map((who) => ({ ...write, who, at: of.now - 1000 }));
  await deps.store.memory.save(before, { ...before, recent });
  const after = await takeTurn(deps, CONTEXT, about('fay'));
  // The two who waited are the two who were written since.
  expect(after.decision.plan.violations.map(({ count }) => count)).toEqual([6]);
  const more = [...recent, { ...write, who: 'p-gus', at: of.now - 500 }];
  await deps.store.memory.save({ ...before, recent }, { ...before, recent: more });
  const last = await takeTurn(deps, CONTEXT, about('fay'));
  // Nobody waited for that one, so it takes nobody off their list.
  expect(last.decision.plan.violations.map(({ count }) => count)).toEqual([7]);
});

test('runs about one person count together while their writes wait, until a run about everybody', async () => {
  const of = company().guards({ grants: { atLeast: 0, share: 0, count: 5 } });
  const { deps } = await settled(of);
  const held: number[] = [];
  for (const name of ['dan', 'eve', 'fay']) {
    of.later(60_000).staff(name).join(name, 'eng');
    const { decision } = await takeTurn(deps, CONTEXT, about(name));
    held.push(decision.plan.violations[0]?.count ?? 0);
  }
  // Three were let in before; each of these runs knows of the ones before it.
  expect(held).toEqual([0, 0, 6]);
  await takeTurn(deps, CONTEXT);
  const stored = await deps.store.standing.get();
  expect(stored?.standing.pending.find(({ guard }) => guard === 'grants')).toMatchObject({ count: 3 });
  expect(stored?.standing.pending.some(({ later }) => later !== undefined)).toBe(false);
});

test('an address that only the ledger knows leads to the person who goes by another one now', async () => {
  const of = company();
  const { deps, readings } = await settled(of);
  of.email('ada', 'ada.king@corp.example').leave('ada', 'eng');
  const old = await takeTurn(deps, CONTEXT, about('ada'));
  expect(readings).toEqual(['part', 'part', 'part']);
  expect(old.decision.plan.buckets.people['to-change']).toBe(1);
  readings.length = 0;
  const now = await takeTurn(deps, CONTEXT, about('ada.king'));
  expect(readings).toEqual(['part', 'part']);
  expect(lines(now.decision.plan)).toEqual([
    'waiting: remove-user ada.king Member > - (out-of-scope)',
    'ready: remove-from-org ada.king @Web Member > - (left-group)',
  ]);
});

test('domains that mean the same are asked under each of their names, up to a number of them', async () => {
  const of = company().set({ domainAliases: { 'corp.test': 'corp.example' } });
  const { deps, readings } = await settled(of);
  of.join('cid', 'eng').email('cid', 'cid@corp.test');
  const { decision } = await takeTurn(deps, CONTEXT, about('cid'));
  expect(readings).toEqual(['part']);
  expect(lines(decision.plan)).toEqual(['ready: add-to-org cid @Web - > Member']);
  const many = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`${name}.test`, 'corp.example']));
  const other = await settled(company().set({ domainAliases: many }));
  await takeTurn(other.deps, CONTEXT, about('cid'));
  expect(other.readings).toEqual(['part', 'whole']);
});

const GIVES_WAY: readonly [string, string, (of: World) => unknown, RegExp][] = [
  ['the last whole turn is older than a day', 'ada', (of) => of.later(DAY + 1), /too long ago/],
  ['a clock went back', 'ada', (of) => of.later(-1), /too long ago/],
  ['nobody has the address', 'nobody', () => {}, /nobody in the directory/],
  ['only Devin knows the address', 'eve', (of) => of.user('eve'), /nobody in the directory/],
  ['the rules are others now', 'ada', (of) => of.rule('sec', 'Member'), /configuration is another one/],
  ['a group of a rule is new', 'ada', (of) => of.group('sec', 'ada'), /the group "sec" is new/],
  ['a group has another name', 'ada', (of) => of.rename('eng', 'builders'), /"eng" is now "builders"/],
  ['a group of theirs is gone', 'ada', (of) => of.deleteGroup('eng'), /no longer has the group g-eng/],
  ['their Devin user is gone', 'ada', (of) => of.users.delete('u-ada'), /Devin user is gone/],
];

test.each(GIVES_WAY)('a run about one person reads everything when %s', async (_, name, change, words) => {
  const of = company().rule('sec', 'Member', { org: 'Lab' });
  const { deps, readings, notes } = await settled(of);
  const { settings } = of;
  change(of);
  const configHash = of.settings === settings ? deps.configHash : 'other';
  const turn = await takeTurn({ ...deps, settings: of.settings, configHash }, CONTEXT, about(name));
  expect(turn.input.directory.scope.kind).toBe('all');
  expect(readings.at(-1)).toBe('whole');
  expect(notes.join('\n')).toMatch(words);
});

test('a run about one person says why its target reads everything', async () => {
  const { deps, readings, notes } = await settled(company());
  const { look: _, ...target } = deps.target;
  const whole = { ...target, wholeBecause: 'rules write groups through devin.scim' };
  await takeTurn({ ...deps, target: whole }, CONTEXT, about('ada'));
  expect(readings).toEqual(['whole']);
  expect(notes.join()).toMatch(/reads everything: rules write groups through devin\.scim/);
});

test('whoever is gone by id waits as after a whole turn, and is not remembered for it', async () => {
  const of = company();
  const { deps, readings } = await settled(of);
  of.vanish('ada');
  const { decision } = await takeTurn(deps, CONTEXT, about('ada'));
  expect(readings).toEqual(['part', 'part']);
  expect(decision.plan.operations).toEqual([]);
  expect(decision.plan.changes.map(({ cause }) => cause)).toContain('vanished');
  expect((await deps.store.memory.load(TENANTS)).tombstones).toEqual([]);
});

test('a slow removal that is due, and the end of an admin, are left to whole turns', async () => {
  const of = company().rule('ops', 'Admin', { allowAdmin: true });
  of.approve(...of.decide().plan.changes.map(({ key }) => key));
  const { deps, readings } = await settled(of);
  of.leave('ada', 'eng');
  await takeTurn(deps, CONTEXT);
  of.later(8 * DAY);
  await takeTurn(deps, CONTEXT);
  readings.length = 0;
  const turn = await takeTurn(deps, CONTEXT, about('ada'));
  expect(readings).toContain('whole');
  expect(turn.decision.plan.operations.map(({ kind }) => kind)).toContain('remove-user');
  of.later(1).leave('cid', 'ops').join('cid', 'eng');
  readings.length = 0;
  await takeTurn(deps, CONTEXT, about('cid'));
  expect(readings).toContain('whole');
});

test('before any whole turn, and after a look that fails, everything is read', async () => {
  const of = company();
  const first = await stage(of);
  await takeTurn(first.deps, CONTEXT, about('ada'));
  expect(first.readings).toEqual(['whole']);
  const look = async () => {
    throw new SourceReadError('answered 403');
  };
  const second = await settled(of, {});
  const source = { ...second.deps.source, look };
  await takeTurn({ ...second.deps, source }, CONTEXT, about('ada'));
  expect(second.readings).toEqual(['whole']);
  expect(second.notes.join()).toContain('answered 403');
  const target = { ...second.deps.target, look: async () => null };
  await takeTurn({ ...second.deps, target }, CONTEXT, about('ada'));
  expect(second.notes.join()).toContain('Devin names a role or an organization that is new');
});

test('what the last whole turn left behind is read anew when it cannot be read back, and the log says so', async () => {
  const of = company();
  Object.assign(of.orgs[0] ?? {}, { limits: { maxSessionAcuLimit: 5, maxCycleAcuLimit: null } });
  const { deps, readings, notes } = await settled(of);
  await takeTurn(deps, CONTEXT, about('ada'));
  expect(readings).toEqual(['part']);
  const broken = new ConfigError(['what Redis holds cannot be read']);
  const standing = { ...deps.store.standing, get: () => Promise.reject(broken) };
  await takeTurn({ ...deps, store: { ...deps.store, standing } }, CONTEXT, about('ada'));
  expect(readings).toEqual(['part', 'whole']);
  expect(notes.join()).toContain('what Redis holds cannot be read');
});

test('a group or an organization alone is no cheaper than everything, and is cut out of it', async () => {
  const { deps, readings } = await settled(company());
  await takeTurn(deps, CONTEXT, { keep: true, only: { group: 'eng' } });
  await takeTurn(deps, CONTEXT, { keep: true, only: { org: 'Web' } });
  expect(readings).toEqual(['whole', 'whole']);
});

test('a run of everything counts organizations and groups for the pages; one about a part leaves its counts', async () => {
  const of = company();
  const { deps } = await settled(of);
  of.staff('dot').group('eng', 'ada', 'bob', 'dot');
  const { decision } = await takeTurn(deps, CONTEXT);
  const counted = await deps.store.standing.get();
  expect(counted?.standing.gifts).toEqual([
    {
      group: 'g-eng',
      rule: 'eng gives Member in Web',
      via: 'direct',
      org: { id: 'org-web', name: 'Web' },
      role: 'Member',
    },
    {
      group: 'g-ops',
      rule: 'ops gives Member in Lab',
      via: 'direct',
      org: { id: 'org-lab', name: 'Lab' },
      role: 'Member',
    },
  ]);
  expect(counted?.places).toMatchObject({
    at: NOW,
    planId: decision.plan.id,
    orgs: [{ name: 'Web' }],
    groups: [{ name: 'eng' }],
  });
  await takeTurn(deps, CONTEXT, { keep: true, only: { org: 'Lab' } });
  expect((await deps.store.standing.get())?.places).toEqual(counted?.places);
  const broken = new ConfigError(['what Redis holds cannot be read']);
  const standing = { ...deps.store.standing, get: () => Promise.reject(broken) };
  await takeTurn({ ...deps, store: { ...deps.store, standing } }, CONTEXT, {
    keep: true,
    only: { org: 'Lab' },
  });
  expect((await deps.store.standing.get())?.places).toBeUndefined();
});
