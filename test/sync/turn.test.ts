import { expect, test } from 'vitest';
import type { HoldAlert } from '../../src/core/holds.ts';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import { EMPTY_MEMORY } from '../../src/core/model/memory.ts';
import type { RunRecord, WriteProgress } from '../../src/core/model/run.ts';
import type { DevinTarget } from '../../src/devin/target.ts';
import { mergeSources } from '../../src/directory/merge.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { SourceReadError } from '../../src/lib/errors.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import type { Store } from '../../src/state/store.ts';
import { type DaemonRunDeps, daemonRun } from '../../src/sync/daemon-run.ts';
import { type LoopDeps, takeTurn } from '../../src/sync/run.ts';
import { applied } from '../helpers/applied.ts';
import { recordSpans } from '../helpers/spans.ts';
import { lines, NOW, run, TENANTS, type World, world } from '../helpers/world.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const CONTEXT = { signal: new AbortController().signal, onProgress: () => {} };

interface Stage {
  readonly deps: LoopDeps;
  /** Calls to the directory. */
  readonly calls: string[];
  readonly notes: string[];
  readonly prefix: string;
}

function company(): World {
  return world()
    .staff('ada', 'bob')
    .group('eng', 'ada', 'bob')
    .org('Web')
    .rule('eng', 'Member', { org: 'Web' });
}

function directoryOf(of: World, calls: string[]): DirectorySource {
  const reading = (basis: DirectorySnapshot['basis']) => {
    calls.push(basis);
    of.basis = basis;
    return of.directory();
  };
  return {
    kind: 'okta',
    tenant: async () => TENANTS.directory,
    read: async () => reading('full'),
    update: async () => reading('update'),
    confirm: async (questions) => of.ask(questions),
    check: async () => [],
  };
}

function devinOf(of: World): DevinTarget {
  return {
    identify: async () => ({ id: 'svc-sync', name: 'sync' }),
    read: async () => of.devin(),
  } as Partial<DevinTarget> as DevinTarget;
}

async function stage(of: World, over: Partial<LoopDeps> = {}, prefix = redis.prefix()): Promise<Stage> {
  const calls: string[] = [];
  const notes: string[] = [];
  const deps: LoopDeps = {
    source: directoryOf(of, calls),
    target: devinOf(of),
    store: await openStore(client, prefix, NOW),
    settings: of.settings,
    devinUrl: 'https://api.example.com',
    configHash: of.configHash,
    sourceHash: 'source-1',
    maxPerSecond: 5,
    clock: () => of.now,
    note: (message) => notes.push(message),
    ...over,
  };
  return { deps, calls, notes, prefix };
}

test('a turn goes on from the reading of the last one, also after a restart', async () => {
  const of = company();
  const first = await stage(of);
  await takeTurn(first.deps, CONTEXT);
  await takeTurn(first.deps, CONTEXT);
  const restarted = await stage(of, {}, first.prefix);
  const { input } = await takeTurn(restarted.deps, CONTEXT);
  expect([...first.calls, ...restarted.calls]).toEqual(['full', 'update', 'update']);
  expect(input.directory.basis).toBe('update');
  expect((await restarted.deps.store.snapshots.list()).map(({ basis }) => basis)).toContain('update');
});

test('the reading that a plan came from is stored before the plan is', async () => {
  const order: string[] = [];
  const of = company();
  const { deps } = await stage(of);
  const { store } = deps;
  const told = <Room extends object>(name: string, room: Room): Room =>
    new Proxy(room, {
      get: (target, key) => {
        if (key === 'put' || key === 'save') order.push(name);
        return Reflect.get(target, key) as unknown;
      },
    });
  const watched: Store = {
    ...store,
    plans: told('plan', store.plans),
    snapshots: told('reading', store.snapshots),
    memory: told('memory', store.memory),
  };
  const { decision } = await takeTurn({ ...deps, store: watched }, CONTEXT);
  expect(order).toEqual(['reading', 'plan', 'memory']);
  expect((await store.plans.latest())?.id).toBe(decision.plan.id);
  expect((await store.snapshots.latest('source-1'))?.personCount).toBe(2);
});

test('a look leaves no reading behind', async () => {
  const { deps, calls } = await stage(company());
  await takeTurn(deps, CONTEXT, { keep: false });
  await takeTurn(deps, CONTEXT, { keep: false });
  expect(await deps.store.snapshots.list()).toEqual([]);
  expect(calls).toEqual(['full', 'full']);
});

test('a stored reading that is damaged costs a full one, and the log says which key it was', async () => {
  const { deps, calls, notes, prefix } = await stage(company());
  await takeTurn(deps, CONTEXT);
  const [head] = await deps.store.snapshots.list();
  await client.set(`{${prefix}}:snapshot:${head?.id}`, 'nothing that was ever written here');
  const { decision } = await takeTurn(deps, CONTEXT);
  expect(calls).toEqual(['full', 'full']);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain(`{${prefix}}:snapshot:${head?.id}`);
  expect(decision.plan.buckets.people['to-invite']).toBe(2);
});

test.each([
  ['that reads something else', { sourceHash: 'source-2' }],
  ['that cannot go on', { source: directoryOf(company(), []) }],
] as const)('a source %s is read from its beginning', async (_, over) => {
  const of = company();
  const first = await stage(of);
  await takeTurn(first.deps, CONTEXT);
  const calls: string[] = [];
  const { update: _update, ...readOnly } = directoryOf(of, calls);
  const source = 'source' in over ? readOnly : directoryOf(of, calls);
  const next = await stage(of, { ...over, source }, first.prefix);
  await takeTurn(next.deps, CONTEXT);
  expect(calls).toEqual(['full']);
});

test('a reading of another tenant is not gone on from', async () => {
  const of = company();
  const { deps, calls } = await stage(of);
  const builder = of.directory();
  Object.defineProperty(builder, 'tenant', { value: 'okta:another' });
  await deps.store.snapshots.put(builder, { at: NOW, source: 'source-1' });
  await takeTurn(deps, CONTEXT);
  expect(calls).toEqual(['full']);
});

/** Ada and Bob of the headquarters and Cleo of the laboratory, all given access by their source's group. */
async function twoSources() {
  const of = company();
  applied(of, run(of));
  const lab = world().staff('cleo').group('lab', 'cleo');
  of.user('cleo', { '': 'Member', Web: 'Member' }).link('cleo').rule('lab', 'Member', { org: 'Web' });
  const home = (id: string) => `${id === 'p-cleo' ? 'lab' : 'hq'}/${id}`;
  const people = of.memory.people.map((row) => ({ ...row, directoryId: home(row.directoryId) }));
  const calls: string[] = [];
  const down = { lab: false };
  const labSource = directoryOf(lab, calls);
  const guarded = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) => {
    return (...args: Args) =>
      down.lab ? Promise.reject(new SourceReadError('answered 503')) : call(...args);
  };
  const source = mergeSources({
    authority: 'order',
    addressOf: (email) => email,
    sources: [
      { name: 'hq', domains: [], source: directoryOf(of, calls) },
      {
        name: 'lab',
        domains: [],
        source: {
          ...labSource,
          tenant: guarded(labSource.tenant),
          read: guarded(labSource.read),
          update: guarded(async () => lab.directory()),
        },
      },
    ],
  });
  const { deps } = await stage(of, { source, settings: of.settings });
  const tenants = { directory: await source.tenant(CONTEXT.signal), devin: TENANTS.devin };
  await deps.store.memory.save(EMPTY_MEMORY, { ...of.memory, tenants, people, bindings: {} });
  return { of, lab, deps, down };
}

test('a source that cannot be read holds its own people only: the others go on', async () => {
  const { of, lab, deps, down } = await twoSources();
  expect(lines((await takeTurn(deps, CONTEXT)).decision.plan)).toEqual([]);
  down.lab = true;
  lab.status('cleo', 'deactivated');
  of.status('bob', 'deactivated').person('dan').join('dan', 'eng');
  const { plan } = (await takeTurn(deps, CONTEXT)).decision;
  expect(lines(plan)).toEqual([
    'ready: remove-user bob Member > - (deactivated)',
    'ready: invite dan - > Member',
    'ready: add-to-org dan @Web - > Member',
  ]);
  expect(plan.notices.map(({ kind }) => kind)).toEqual(['source-unread']);
  down.lab = false;
  expect(lines((await takeTurn(deps, CONTEXT)).decision.plan)).toContain(
    'ready: remove-user cleo Member > - (deactivated)',
  );
});

test('a run tells how far its reading is and how long it still takes', async () => {
  const of = company();
  const { deps } = await stage(of);
  const source: DirectorySource = {
    ...deps.source,
    read: async (_, { onProgress }) => {
      for (const done of [0, 100, 200]) {
        onProgress({ what: 'members', done, total: 500 });
        of.later(2_000);
      }
      return of.directory();
    },
  };
  const steps: unknown[] = [];
  const runs: Store['runs'] = {
    ...deps.store.runs,
    put: async (record) => {
      if (record.step !== null) steps.push(record.step);
    },
  };
  const progress: WriteProgress = {
    total: 0,
    done: 0,
    failed: 0,
    skipped: 0,
    inFlight: 0,
    waiting: null,
    etaSeconds: null,
  };
  const run: DaemonRunDeps = {
    loop: { ...deps, source, store: { ...deps.store, runs } },
    writes: { submit: async () => {}, progress: async () => progress },
    observe: () => {},
    isOurs: async () => true,
  };
  const trigger = { kind: 'manual', scope: {}, by: 'ada', at: NOW } as const;
  const record = await daemonRun(run, { id: 'run-1', trigger }, CONTEXT.signal);
  expect(record.error).toBeNull();
  expect(steps).toEqual([
    { what: 'members', done: 0, total: 500, etaSeconds: null },
    { what: 'members', done: 100, total: 500, etaSeconds: 8 },
    { what: 'members', done: 200, total: 500, etaSeconds: 6 },
  ]);
});

test('a run that another replica took over meanwhile submits nothing, and leaves the record alone', async () => {
  const { deps } = await stage(company());
  const stored: string[] = [];
  const told: unknown[] = [];
  const runs: Store['runs'] = { ...deps.store.runs, put: async ({ state }) => void stored.push(state) };
  const submit = async (): Promise<void> => {
    throw new Error('an old plan took over');
  };
  const run: DaemonRunDeps = {
    loop: { ...deps, store: { ...deps.store, runs } },
    writes: { submit, progress: () => Promise.reject(new Error('nobody submitted')) },
    observe: (record) => void told.push(record),
    isOurs: async () => false,
  };
  const trigger = { kind: 'schedule', scope: {}, by: 'schedule', at: NOW } as const;
  await daemonRun(run, { id: 'run-1', trigger }, CONTEXT.signal);
  expect([stored, told]).toEqual([['reading'], []]);
});

test('what a run holds is told although the replica that found it died before it told anybody', async () => {
  const { deps } = await stage(company());
  const told: HoldAlert[][] = [];
  const stored = new Map<string, RunRecord>();
  const runs: Store['runs'] = {
    ...deps.store.runs,
    put: async (record) => void stored.set(record.id, record),
    get: async (id) => stored.get(id) ?? null,
  };
  const replica = (observe: DaemonRunDeps['observe']): DaemonRunDeps => ({
    loop: { ...deps, store: { ...deps.store, runs } },
    writes: { submit: async () => {}, progress: () => Promise.reject(new Error('nothing may be written')) },
    observe,
    isOurs: async () => true,
  });
  const trigger = { kind: 'schedule', scope: {}, by: 'schedule', at: NOW } as const;
  const request = { id: 'run-1', trigger };
  await daemonRun(
    replica(() => {}),
    request,
    CONTEXT.signal,
  );
  await daemonRun(
    replica((_record, _plan, alerts) => void told.push([...alerts])),
    request,
    CONTEXT.signal,
  );
  expect(told).toMatchObject([[{ kind: 'new', guards: ['first-plan'] }]]);
  await daemonRun(
    replica((_record, _plan, alerts) => void told.push([...alerts])),
    { ...request, id: 'run-2' },
    CONTEXT.signal,
  );
  expect(told[1]).toEqual([]);
});

test('grants of a file are read at each turn, beside those of the configuration', async () => {
  const of = company().staff('cyd');
  const lists = [
    { grants: [], denies: [] },
    { grants: world().grant('cyd', 'Lead', { org: 'Web' }).settings.grants, denies: [] },
  ];
  const { deps } = await stage(of, { personal: () => lists.shift() as (typeof lists)[number] });
  const invited = async () =>
    (await takeTurn(deps, CONTEXT)).decision.plan.changes.flatMap(({ kind, subject }) =>
      kind === 'invite' ? [subject.label] : [],
    );
  expect(await invited()).toEqual(['ada@corp.example', 'bob@corp.example']);
  expect(await invited()).toEqual(['ada@corp.example', 'bob@corp.example', 'cyd@corp.example']);
});

test('a run is a span with its parts inside, which names nobody; one that failed says so', async () => {
  const spans = recordSpans();
  const of = company();
  const { deps } = await stage(of);
  const replica: DaemonRunDeps = {
    loop: deps,
    writes: { submit: async () => {}, progress: () => Promise.reject(new Error('nothing may be written')) },
    observe: () => {},
    isOurs: async () => true,
  };
  const trigger = { kind: 'manual', scope: {}, by: 'os:ada', at: NOW } as const;
  const { planId } = await daemonRun(replica, { id: 'run-1', trigger }, CONTEXT.signal);
  expect(spans().map(({ name, within }) => [name, within])).toEqual([
    ['read directory', 'turn'],
    ['read devin', 'turn'],
    ['decide', 'turn'],
    ['turn', 'run'],
    ['run', null],
  ]);
  expect(spans().at(-1)?.about).toEqual({
    'devin_idp_sync.run': 'run-1',
    'devin_idp_sync.trigger': 'manual',
    'devin_idp_sync.state': 'done',
    'devin_idp_sync.plan': planId,
  });
  expect(spans()[2]?.about).toMatchObject({ 'devin_idp_sync.people': 2, 'devin_idp_sync.plan': planId });
  const read = async (): Promise<DirectorySnapshot> => {
    throw new SourceReadError('members of ada@corp.example: answered 503');
  };
  const failing = { ...replica, loop: { ...deps, source: { ...deps.source, read, update: read } } };
  await daemonRun(failing, { id: 'run-2', trigger }, CONTEXT.signal);
  const [, , run] = spans().slice(-3);
  expect(spans().find(({ name, error }) => name === 'read directory' && error !== null)?.error).toBe(
    'SourceReadError',
  );
  expect(run?.about).toMatchObject({ 'devin_idp_sync.run': 'run-2', 'devin_idp_sync.state': 'failed' });
  expect(JSON.stringify(spans())).not.toContain('corp.example');
});
