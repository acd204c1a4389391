import { expect, test } from 'vitest';
import { EMPTY_MEMORY, type Memory } from '../../src/core/model/memory.ts';
import { writeMarks } from '../../src/core/model/roll.ts';
import type { RunRecord } from '../../src/core/model/run.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { FRESH_STORE, type JournalEntry, type OutcomeRecord, type Store } from '../../src/state/store.ts';
import { change, operation, plan } from '../lib/plan-builder.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const TENANTS = { directory: 'okta:corp', devin: 'https://devin.example#svc' };
const NOW = Date.now();

async function store(prefix = redis.prefix()): Promise<{ store: Store; prefix: string }> {
  return { store: await openStore(client, prefix, NOW), prefix };
}

const ADA = {
  directoryId: 'p1',
  devinId: 'u1',
  email: 'ada@corp.example',
  places: { '': 'managed' },
  applied: { '': 'account_member' },
} as const;
const BOB = {
  directoryId: 'p2',
  devinId: 'u2',
  email: 'bob@corp.example',
  places: { org1: 'adopted' },
} as const;

const FULL: Memory = {
  tenants: TENANTS,
  people: [ADA, BOB],
  groups: [{ directoryId: 'g1', name: 'devin-users', places: { '': 'managed' } }],
  scim: [{ person: 'p1', group: 'g1', url: 'https://scim.devin.example', active: true }],
  bindings: { everyone: { g1: 'devin-users' } },
  tombstones: [{ subject: 'p9', cause: 'vanished', firstSeen: 1, lastSeen: 2 }],
  baseline: { people: 2, groups: 1, edges: 2 },
  recent: [
    { at: NOW, guard: 'grants', place: null, people: 1 },
    { at: NOW, guard: 'grants', place: null, people: 1 },
    { at: NOW + 1, guard: 'perGroup', place: 'group:g1', people: 1, who: 'p2' },
  ],
  rolls: [
    {
      directoryId: 'g1',
      name: 'devin-users',
      places: ['', 'org1'],
      bound: true,
      people: writeMarks(Int32Array.of(1, 2 ** 30 - 1)),
    },
  ],
  approvals: [{ item: 'i1', by: 'eve', at: 5, why: 'reviewed' }],
  halfApprovals: [{ item: 'i2', by: 'eve', at: 6, why: 'one of two' }],
  rejections: [{ item: 'i3', by: 'eve', at: 7, why: 'they are on leave' }],
  holds: [{ item: 'i3', since: 3, toldAge: 0 }],
  flips: [{ item: 'i4', count: 2, lastAt: 8, undone: true }],
  adoptions: [{ place: 'org-1', at: 9, until: 10, by: 'os:ada', attest: 'mine' }],
  budgets: [{ name: 'move', terms: '[]', by: 'os:ada', at: 11, why: 'ticket' }],
  approvedConfig: 'abc',
};

function entry(over: Partial<JournalEntry> = {}): JournalEntry {
  return {
    at: NOW,
    kind: 'write',
    planId: 'P',
    opKey: 'op',
    item: 'i1',
    subject: 'ada@corp.example',
    actor: 'svc',
    before: null,
    after: 'Member',
    request: null,
    outcome: 'done',
    reason: 'rule "everyone"',
    ...over,
  };
}

function record(opKey: string, over: Partial<OutcomeRecord> = {}): OutcomeRecord {
  return {
    planId: 'P',
    outcome: { opKey, state: 'done', at: NOW, attempts: 1, status: null, reason: null },
    phase: 0,
    ledger: { people: [], removedPeople: [], groups: [], removedGroups: [] },
    journal: [],
    ids: {},
    failedSubjects: [],
    ...over,
  };
}

test('a memory that is saved is loaded the same, two equal recent writes included', async () => {
  const { store: one } = await store();
  await one.memory.save(EMPTY_MEMORY, FULL);
  expect(await one.memory.load(TENANTS)).toEqual(FULL);
});

test('an empty store gives an empty memory and says that it is fresh, once', async () => {
  const { store: one, prefix } = await store();
  expect(one.fresh).toBe(true);
  expect(await one.memory.load(TENANTS)).toEqual(EMPTY_MEMORY);
  expect((await store(prefix)).store.fresh).toBe(false);
});

test('a save stores removals, and leaves alone what it did not change', async () => {
  const { store: one } = await store();
  await one.memory.save(EMPTY_MEMORY, FULL);
  const loaded = await one.memory.load(TENANTS);
  await one.memory.save(loaded, { ...loaded, people: [BOB], approvals: [], baseline: null });
  expect(await one.memory.load(TENANTS)).toEqual({ ...FULL, people: [BOB], approvals: [], baseline: null });
});

test('an approval given while a run is under way survives the save of that run', async () => {
  const { store: one } = await store();
  await one.memory.save(EMPTY_MEMORY, FULL);
  const run = await one.memory.load(TENANTS);
  const person = await one.memory.load(TENANTS);
  const approval = { item: 'i2', by: 'mallory', at: 9, why: 'ok' };
  await one.memory.save(person, { ...person, approvals: [...person.approvals, approval] });
  await one.memory.save(run, { ...run, approvedConfig: 'def' });
  const after = await one.memory.load(TENANTS);
  expect(after.approvals).toContainEqual(approval);
  expect(after.approvedConfig).toBe('def');
});

test('a ledger row that a writer changed meanwhile is not set back by the save of a run', async () => {
  const { store: one } = await store();
  await one.memory.save(EMPTY_MEMORY, FULL);
  const run = await one.memory.load(TENANTS);
  const written = { ...ADA, places: { '': 'managed', org7: 'managed' } } as const;
  const ledger = { people: [written], removedPeople: [], groups: [], removedGroups: [] };
  await one.writes.submit({ planId: 'P', scope: 'all', total: 1, submittedAt: NOW });
  await one.writes.record(record('op', { ledger }));
  await one.memory.save(run, { ...run, people: [{ ...ADA, email: 'ada@old.example' }, BOB] });
  expect((await one.memory.load(TENANTS)).people[0]).toEqual(written);
});

test('state of one tenant pair is refused to another', async () => {
  const { store: one, prefix } = await store();
  await one.memory.save(EMPTY_MEMORY, FULL);
  const other = { directory: 'okta:corp', devin: 'https://devin.example#other-key' };
  const attempt = one.memory.load(other);
  await expect(attempt).rejects.toBeInstanceOf(ConfigError);
  await expect(attempt).rejects.toThrow(
    `the state under {${prefix}}:memory belongs to okta:corp with https://devin.example#svc; this configuration is ` +
      'for okta:corp with https://devin.example#other-key',
  );
  await expect(one.memory.save(FULL, { ...FULL, tenants: other })).rejects.toBeInstanceOf(ConfigError);
});

test('state moves to another tenant pair only from the one that it is bound to', async () => {
  const { store: one } = await store();
  await one.memory.save(EMPTY_MEMORY, FULL);
  const entra = { directory: 'entra:corp', devin: TENANTS.devin };
  const moved = { ...FULL, tenants: entra, people: [{ ...ADA, directoryId: 'new' }], bindings: {} };
  const before = await one.memory.loadBound();
  expect(before.tenants).toEqual(TENANTS);
  await one.memory.rebind(before, moved);
  expect(await one.memory.load(entra)).toMatchObject({ tenants: entra, people: moved.people, bindings: {} });
  await expect(one.memory.load(TENANTS)).rejects.toThrow('belongs to entra:corp');
  await expect(one.memory.rebind(before, moved)).rejects.toThrow('was bound to other tenants meanwhile');
});

test.each([
  ['a ledger row of bad JSON', ['hset', 'ledger:people', 'p1', '{"directoryId"'], 'ledger:people p1'],
  ['a ledger row without its id', ['hset', 'ledger:people', 'p1', '{"devinId":"u1"}'], 'ledger:people p1'],
  [
    'a ledger row under the wrong id',
    ['hset', 'ledger:people', 'p8', JSON.stringify(ADA)],
    'ledger:people p8 cannot be read: it is the row of p1',
  ],
  ['a ledger that is a string', ['set', 'ledger:groups', 'x'], 'ledger:groups'],
  ['tombstones that are no list', ['hset', 'memory', 'tombstones', '{}'], 'memory tombstones'],
  ['an approval without a name', ['hset', 'approvals', 'i1', '{"item":"i1"}'], 'approvals i1'],
  ['a recent write without a time', ['zadd', 'recent', '9e15', 'x {"guard":"grants"}'], 'recent'],
])('%s is an error that names the key, never an empty memory', async (_, [command, key, ...rest], named) => {
  const { store: one, prefix } = await store();
  await client.call(command as string, `{${prefix}}:${key}`, ...rest);
  const attempt = one.memory.load(TENANTS);
  await expect(attempt).rejects.toBeInstanceOf(ConfigError);
  await expect(attempt).rejects.toThrow(`what Redis holds under {${prefix}}:${named}`);
});

test('a store of an unknown format is refused', async () => {
  const { prefix } = await store();
  await client.set(`{${prefix}}:marker`, '{"format":99,"createdAt":1}');
  await expect(openStore(client, prefix, NOW)).rejects.toThrow(`{${prefix}}:marker`);
});

test('a plan comes back exactly, and the latest one is known', async () => {
  const { store: one } = await store();
  const first = plan(
    'P1',
    [operation({ key: 'a', kind: 'invite', batch: ['ö@corp.example\n'] })],
    [change({ key: 'i1', kind: 'invite', verdict: { state: 'held', by: ['grants'] } })],
  );
  const second = plan('P2', []);
  await one.plans.put(first);
  await one.plans.put(second);
  expect(await one.plans.get('P1')).toEqual(first);
  expect(await one.plans.get('P3')).toBeNull();
  expect(await one.plans.latest()).toEqual({
    id: 'P2',
    createdAt: second.createdAt,
    changes: 0,
    operations: 0,
  });
  expect((await one.plans.list(5)).map((head) => head.id)).toEqual(['P2', 'P1']);
});

test('a plan of 20,000 changes is small in Redis and comes back exactly', async () => {
  const { store: one, prefix } = await store();
  const changes = Array.from({ length: 20_000 }, (_, at) => change({ key: `i${at}`, kind: 'add-to-org' }));
  const big = plan(
    'P1',
    changes.map((item, at) => operation({ key: `o${at}`, kind: 'add-to-org', items: [item.key] })),
    changes,
  );
  await one.plans.put(big);
  expect(await one.plans.get('P1')).toEqual(big);
  expect(await client.strlen(`{${prefix}}:plan:P1`)).toBeLessThan(JSON.stringify(big).length / 20);
});

test('a plan with one flipped byte is an error that names its key', async () => {
  const { store: one, prefix } = await store();
  await one.plans.put(plan('P1', [operation({ key: 'a', kind: 'invite' })]));
  const key = `{${prefix}}:plan:P1`;
  const data = (await client.getBuffer(key)) as Buffer;
  data[data.length >> 1] = (data[data.length >> 1] as number) ^ 0xff;
  await client.set(key, data);
  await expect(one.plans.get('P1')).rejects.toThrow(`what Redis holds under ${key} cannot be read`);
  await client.set(key, 'not a plan');
  await expect(one.plans.get('P1')).rejects.toBeInstanceOf(ConfigError);
});

test('a plan stored under the name of another is refused', async () => {
  const { store: one, prefix } = await store();
  await one.plans.put(plan('P1', []));
  await client.copy(`{${prefix}}:plan:P1`, `{${prefix}}:plan:P2`);
  await expect(one.plans.get('P2')).rejects.toThrow('it is the plan P1');
});

test('an outcome is recorded once, with its ledger rows, journal entries, ids and counts', async () => {
  const { store: one } = await store();
  const round = await one.writes.submit({ planId: 'P', scope: 'all', total: 2, submittedAt: NOW });
  await one.writes.intend(round, { opKey: 'op', at: Date.now() }, entry({ kind: 'sending', outcome: null }));
  expect((await one.writes.tally('P')).inFlight).toBe(1);
  const full = record('op', {
    kind: 'invite',
    ledger: { people: [ADA], removedPeople: ['p2'], groups: [], removedGroups: [], recent: FULL.recent },
    journal: [entry()],
    ids: { '{invite:ada@corp.example}': 'u1' },
    failedSubjects: ['person:p7'],
  });
  expect(await one.writes.record(full)).toBe(true);
  expect(await one.writes.record(full)).toBe(false);
  const memory = await one.memory.load(TENANTS);
  expect(memory.people).toEqual([ADA]);
  expect(memory.recent).toEqual(FULL.recent);
  expect((await one.journal.read({ limit: 10 })).map(({ kind }) => kind)).toEqual([
    'submit',
    'sending',
    'write',
  ]);
  expect(await one.writes.outcomes('P', ['x', 'op'])).toEqual([null, full.outcome]);
  expect(await one.writes.ids('P', ['{invite:ada@corp.example}', '{org:New}'])).toEqual(['u1', null]);
  expect(await one.writes.failedSubjects('P', ['person:p1', 'person:p7'])).toEqual(['person:p7']);
  expect(await one.writes.tally('P')).toEqual({
    done: 1,
    failed: 0,
    skipped: 0,
    phases: new Map([[0, 1]]),
    kinds: new Map([['0 invite', 1]]),
    inFlight: 0,
  });
  expect(await one.writes.intent('P', 'op')).toBeNull();
});

test('the last outcome settles a plan, and a new round of the same plan starts clean', async () => {
  const { store: one } = await store();
  const submission = { planId: 'P', scope: 'all', total: 1, submittedAt: NOW } as const;
  await one.writes.submit(submission);
  expect((await one.writes.open()).map(({ planId }) => planId)).toEqual(['P']);
  const failed = record('op');
  await one.writes.record({ ...failed, outcome: { ...failed.outcome, state: 'failed', reason: 'no seats' } });
  expect(await one.writes.submission('P')).toMatchObject({ state: 'settled', endedAt: NOW });
  expect((await one.writes.failures('P')).map(({ reason }) => reason)).toEqual(['no seats']);
  expect(await one.writes.open()).toEqual([]);
  await one.writes.submit({ ...submission, submittedAt: NOW + 1 });
  expect(await one.writes.submission('P')).toMatchObject({
    state: 'open',
    endedAt: null,
    submittedAt: NOW + 1,
  });
  expect(await one.writes.outcomes('P', ['op'])).toEqual([null]);
});

test('a plan that is submitted again while it is carried out keeps its outcomes', async () => {
  const { store: one } = await store();
  const submission = { planId: 'P', scope: 'all', total: 2, submittedAt: NOW } as const;
  await one.writes.submit(submission);
  await one.writes.record(record('a'));
  await one.writes.submit({ ...submission, submittedAt: NOW + 1 });
  expect(await one.writes.outcomes('P', ['a'])).not.toEqual([null]);
  expect(await one.writes.submission('P')).toMatchObject({ state: 'open', submittedAt: NOW });
});

test('a newer plan supersedes an open one; a scoped plan runs beside it and marks its subjects', async () => {
  const { store: one } = await store();
  const first = await one.writes.submit({ planId: 'A', scope: 'all', total: 5, submittedAt: NOW });
  const part = { planId: 'B', scope: 'part', total: 1, submittedAt: NOW, run: 'r1' } as const;
  const scoped = await one.writes.submit({ ...part, subjects: ['person:p1'] });
  expect((await one.writes.open()).map(({ planId }) => planId)).toEqual(['A', 'B']);
  expect(await one.writes.touchedBy(['person:p9', 'person:p1'])).toEqual([0, scoped.sequence]);
  expect(scoped.sequence).toBeGreaterThan(first.sequence);
  await one.writes.submit({ planId: 'C', scope: 'all', total: 1, submittedAt: NOW + 7 });
  expect((await one.writes.open()).map(({ planId }) => planId)).toEqual(['C']);
  expect(await one.writes.submission('A')).toMatchObject({ state: 'superseded', endedAt: NOW + 7 });
  expect(await one.writes.touchedBy(['person:p9', 'person:p1'])).toEqual([0, 0]);
  const rows = await one.journal.read({ limit: 10 });
  expect(rows.map(({ kind, planId, run }) => [kind, planId, run])).toEqual([
    ['submit', 'A', undefined],
    ['submit', 'B', 'r1'],
    ['supersede', 'A', undefined],
    ['supersede', 'B', undefined],
    ['submit', 'C', undefined],
  ]);
});

test('a plan without writes is settled as soon as it is submitted', async () => {
  const { store: one } = await store();
  expect(await one.writes.submit({ planId: 'P', scope: 'all', total: 0, submittedAt: NOW })).toMatchObject({
    state: 'settled',
  });
});

test('the journal is read in order and onward from an entry', async () => {
  const { store: one } = await store();
  await one.journal.append([entry({ item: 'a' }), entry({ item: 'b' }), entry({ item: 'c' })]);
  const rows = await one.journal.read({ limit: 2 });
  expect(rows.map(({ item }) => item)).toEqual(['a', 'b']);
  const rest = await one.journal.read({ after: rows[1]?.id as string, limit: 10 });
  expect(rest.map(({ item }) => item)).toEqual(['c']);
});

test('journal entries of more than 30 days ago go as new ones come', async () => {
  const { store: one, prefix } = await store();
  const old = NOW - 31 * 24 * 3_600_000;
  for (let at = 0; at < 500; at++)
    await client.xadd(`{${prefix}}:journal`, old + at, 'entry', JSON.stringify(entry()));
  await one.journal.append([entry({ item: 'new' })]);
  const rows = await one.journal.read({ limit: 1000 });
  expect(rows.length).toBeLessThan(200);
  expect(rows.at(-1)?.item).toBe('new');
});

test('a journal entry that was tampered with is an error that names the stream', async () => {
  const { store: one, prefix } = await store();
  await client.xadd(`{${prefix}}:journal`, '*', 'entry', '{"at":1}');
  await expect(one.journal.read({ limit: 1 })).rejects.toThrow(`what Redis holds under {${prefix}}:journal`);
});

test('runs are listed newest first and the oldest beyond 500 go', async () => {
  const { store: one } = await store();
  const run = (at: number): RunRecord => ({
    id: `r${at}`,
    trigger: { kind: 'manual', scope: { user: 'ada@corp.example' }, by: 'eve', at },
    state: 'queued',
    startedAt: null,
    endedAt: null,
    planId: null,
    summary: null,
    step: null,
    writes: null,
    error: null,
  });
  for (let at = 1; at <= 502; at++) await one.runs.put(run(at));
  await one.runs.put({ ...run(500), state: 'reading', startedAt: 501 });
  expect((await one.runs.list(3)).map(({ id, state }) => [id, state])).toEqual([
    ['r502', 'queued'],
    ['r501', 'queued'],
    ['r500', 'reading'],
  ]);
  expect(await one.runs.get('r2')).toBeNull();
  expect(await one.runs.get('r3')).not.toBeNull();
});

test('a pause is remembered with its author, and both switches are journalled', async () => {
  const { store: one } = await store();
  expect(await one.pause.get()).toBeNull();
  await one.pause.set({ by: 'eve', at: NOW, all: false });
  expect(await one.pause.get()).toEqual({ by: 'eve', at: NOW, all: false });
  await one.pause.clear('ada', NOW + 1);
  expect(await one.pause.get()).toBeNull();
  const rows = await one.journal.read({ limit: 10 });
  expect(rows.map(({ kind, actor }) => [kind, actor])).toEqual([
    ['pause', 'eve'],
    ['resume', 'ada'],
  ]);
});

test('a store that is found empty is paused in the same step, and says so in the journal; only once', async () => {
  const prefix = redis.prefix();
  const one = await openStore(client, prefix, NOW, { pauseIfFresh: true });
  expect(one.fresh).toBe(true);
  expect(await one.pause.get()).toEqual({ by: FRESH_STORE, at: NOW, all: false });
  const [entry] = await one.journal.read({ limit: 5 });
  expect(entry).toMatchObject({ kind: 'pause', actor: FRESH_STORE });
  await one.pause.clear('eve', NOW);
  const again = await openStore(client, prefix, NOW, { pauseIfFresh: true });
  expect(again.fresh).toBe(false);
  expect(await again.pause.get()).toBeNull();
  const trusted = await openStore(client, redis.prefix(), NOW);
  expect(await trusted.pause.get()).toBeNull();
});

test('a plan that is superseded is journalled with the plan that took over', async () => {
  const { store: one } = await store();
  const submission = { scope: 'all', total: 1, submittedAt: NOW } as const;
  await one.writes.submit({ planId: 'old', ...submission });
  await one.writes.submit({ planId: 'part', ...submission, scope: 'part' });
  await one.writes.submit({ planId: 'new', ...submission, submittedAt: NOW + 1 });
  const rows = (await one.journal.read({ limit: 10 })).filter(({ kind }) => kind === 'supersede');
  expect(rows.map(({ planId, reason, at, actor }) => ({ planId, reason, at, actor }))).toEqual([
    { planId: 'old', reason: 'by plan new', at: NOW + 1, actor: null },
    { planId: 'part', reason: 'by plan new', at: NOW + 1, actor: null },
  ]);
});
