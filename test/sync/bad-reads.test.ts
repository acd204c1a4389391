/**
 * The real connectors, the real loop and the real decision over HTTP, while pages fail, break off or come back
 * short. Every guard is open, so what keeps access here is that a bad reading is never a smaller company.
 */
import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Change } from '../../src/core/model/change.ts';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import { EMPTY_MEMORY, type LedgerPerson, type Memory } from '../../src/core/model/memory.ts';
import { effectOf } from '../../src/core/policy.ts';
import { sizeOf } from '../../src/core/remember.ts';
import { entraOptions } from '../../src/directory/entra/options.ts';
import { createEntraSource } from '../../src/directory/entra/source.ts';
import { oktaOptions } from '../../src/directory/okta/options.ts';
import { createOktaSource } from '../../src/directory/okta/source.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { SourceReadError } from '../../src/lib/errors.ts';
import { unpaced } from '../../src/lib/pace.ts';
import { CompanyDirectory, emptyCompany } from '../../src/sandbox/company.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeGraph } from '../../src/sandbox/fake-graph.ts';
import { startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import type { Fault, FaultAction, Faults } from '../../src/sandbox/faults.ts';
import { type LoopDeps, takeTurn } from '../../src/sync/run.ts';
import { scimSource, startProvider } from '../directory/scim-provider.ts';
import { type MemoryOnly, memoryOnly } from '../helpers/memory-store.ts';
import { runs } from '../helpers/runs.ts';
import { CONFIG, DAY, MINUTE, NOW, world } from '../helpers/world.ts';
import { restTarget } from '../queue/timing.ts';

vi.setConfig({ testTimeout: 500_000 });

const NAMES = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay', 'gus'] as const;
/** Smaller than every list, so that each has a page that can be missed. */
const PAGE = 2;
/** Everybody is in both groups. */
const WHOLE = { people: NAMES.length, groups: 2, edges: 2 * NAMES.length };
// No fault is a silence, so the time limit is for none of them.
const QUICK = { timeoutMs: 120_000, maxRetries: 1, maxWaitMs: 5 };
const CONTEXT = { signal: new AbortController().signal, onProgress: () => {} };

function company(clock: () => number): CompanyDirectory {
  const directory = new CompanyDirectory(emptyCompany(), { now: clock });
  for (const name of ['devin-users', 'web']) directory.createGroup(name);
  for (const name of NAMES) {
    const groups = ['devin-users', 'web'];
    directory.hire({ firstName: name, lastName: 'Corp', email: `${name}@corp.example`, groups });
  }
  return directory;
}

interface Idp {
  readonly source: DirectorySource;
  readonly faults: Pick<Faults, 'add' | 'clear'>;
}

async function okta(clock: () => number): Promise<Idp> {
  const fake = await startFakeOkta({ company: company(clock), now: clock, pageSize: PAGE });
  onTestFinished(() => fake.close());
  const options = oktaOptions.parse({ url: fake.url, token: fake.token, ...QUICK });
  return { faults: fake.faults, source: createOktaSource(options, clock) };
}

async function entra(clock: () => number): Promise<Idp> {
  const fake = await startFakeGraph({ company: company(clock), now: clock, pageSize: PAGE });
  onTestFinished(() => fake.close());
  const { url, authorityUrl, tenantId, clientId, clientSecret } = fake;
  const sign = { graphUrl: url, authorityUrl, tenantId, clientId, clientSecret };
  return {
    faults: fake.faults,
    source: createEntraSource(entraOptions.parse({ ...sign, ...QUICK }), { now: clock }),
  };
}

/** @param incremental with it all lies within the overlap, so that each turn asks for the changes of everybody. */
async function scim(incremental = 'never'): Promise<Idp> {
  const meta = { lastModified: '2020-01-01T00:00:00Z' };
  const users = NAMES.map((name) => ({
    ...{ id: `u-${name}`, userName: name, displayName: name, active: true },
    emails: [{ value: `${name}@corp.example`, primary: true }],
    meta,
  }));
  const members = users.map(({ id }) => ({ value: id, type: 'User' }));
  const groups = ['devin-users', 'web'].map((name) => ({
    id: `g-${name}`,
    displayName: name,
    members,
    meta,
  }));
  const { url, troubles } = await startProvider({ users, groups });
  const add = ({ action, skip = 0, times = 1 }: Fault) => {
    troubles.push({ path: /./, skip, times, answer: (_, response) => answerWith(action, response) });
  };
  const clear = () => {
    troubles.length = 0;
  };
  return { source: scimSource(url, { pageSize: PAGE, maxRetries: 1, incremental }), faults: { add, clear } };
}

function answerWith(action: FaultAction, response: ServerResponse): void {
  const json = { 'content-type': 'application/scim+json' };
  if (action.kind === 'status') response.writeHead(action.status, { ...json, ...action.headers }).end('{}');
  else if (action.kind === 'replace')
    response.writeHead(200, { 'content-type': action.contentType ?? json['content-type'] }).end(action.body);
  else if (action.kind === 'cut')
    response
      .writeHead(200, { ...json, 'content-length': '1000' })
      .write('{"schemas":[', () => response.destroy());
  else response.destroy();
}

/** What breaks off or fails in a way that can be seen, and what comes back short as if that were all. */
const LOUD: readonly FaultAction[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
  { kind: 'status', status: 403 },
  { kind: 'status', status: 404 },
  { kind: 'reset' },
  { kind: 'cut' },
  { kind: 'replace', body: '<html>maintenance</html>', contentType: 'text/html' },
  { kind: 'replace', body: '{"error":"busy"}' },
  { kind: 'replace', body: '[null]' },
];
const SHORT: readonly FaultAction[] = [
  { kind: 'replace', body: '[]' },
  { kind: 'replace', body: '{"value":[]}' },
  { kind: 'replace', body: '{"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}' },
  { kind: 'replace', body: '{"items":[],"has_next_page":false,"end_cursor":null,"total":0}' },
];

interface Bad {
  readonly where: 'directory' | 'devin';
  readonly skip: number;
  readonly times: number;
  readonly action: FaultAction;
}

interface Turn {
  readonly pause: number;
  readonly bad: readonly Bad[];
}

const turns: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({
    pause: fc.constantFrom(MINUTE, 16 * MINUTE, DAY, 8 * DAY),
    bad: fc.array(
      fc.record({
        where: fc.constantFrom<Bad['where']>('directory', 'directory', 'devin'),
        skip: fc.integer({ min: 0, max: 12 }),
        times: fc.constantFrom(1, 1, 2, 50),
        action: fc.constantFrom(...LOUD, ...SHORT, ...SHORT),
      }),
      { maxLength: 3 },
    ),
  }),
  { minLength: 1, maxLength: 5 },
);

/**
 * A directory that leaves the same people out twice, at least a quarter of an hour and then a week apart, and never
 * fails, has said that they are gone: two fresh readings are the proof, and the guards are there for the rest.
 */
function liesOnce(sequence: readonly Turn[]): boolean {
  return sequence.filter(lies).length <= 1;
}

function lies({ bad }: Pick<Turn, 'bad'>): boolean {
  return bad.some(({ where, action }) => where === 'directory' && SHORT.includes(action));
}

function faultOf({ skip, times, action }: Bad): Fault {
  return { method: 'GET', skip, times, action };
}

function saysGone(action: FaultAction): boolean {
  return action.kind === 'status' && action.status === 404;
}

/** By id a directory may fail, but it does not lie: who is asked twice and denies twice was heard. */
function honestById({ source, faults }: Idp, bad: () => readonly Bad[]): DirectorySource {
  const confirm: DirectorySource['confirm'] = (questions, context) => {
    faults.clear();
    for (const one of bad())
      if (one.where === 'directory' && !SHORT.includes(one.action)) faults.add(faultOf(one));
    return source.confirm(questions, context);
  };
  return { ...source, confirm };
}

interface Town {
  readonly faults: { readonly directory: Idp['faults']; readonly devin: Faults };
  readonly loop: (kept: MemoryOnly) => LoopDeps;
  readonly memory: Memory;
  now: number;
  bad: readonly Bad[];
}

/** Everybody has what rules give, all of it given by us, and no guard would stop anything. */
async function town(start: (clock: () => number) => Promise<Idp>): Promise<Town> {
  const devin = await startFakeDevin({ orgs: ['Web'] });
  onTestFinished(() => devin.close());
  const made: { now: number; bad: readonly Bad[] } = { now: NOW, bad: [] };
  const clock = () => made.now;
  const idp = await start(clock);
  const snapshot = await idp.source.read({ kind: 'all' }, CONTEXT);
  expect(sizeOf(snapshot)).toEqual(WHOLE);
  const people = Array.from({ length: snapshot.personCount }, (_, at) => snapshot.person(at));
  const rows = people.map(({ id, email }) => managed(devin, id, email as string));
  const target = restTarget(devin.url, devin.key, unpaced);
  const { settings } = world().rule('devin-users', 'Member').rule('web', 'Member', { org: 'Web' });
  const loop = ({ store }: MemoryOnly): LoopDeps => ({
    ...{ source: honestById(idp, () => made.bad), target, store, settings, clock },
    ...{ devinUrl: devin.url, configHash: CONFIG, sourceHash: 'source', maxPerSecond: 5, note: () => {} },
  });
  // One good turn comes before all bad ones: whoever manages people has bound their rules to groups.
  const kept = memoryOnly({ ...EMPTY_MEMORY, people: rows, approvedConfig: CONFIG });
  expect(await attempt(loop(kept))).toEqual([]);
  const { memory } = kept;
  return Object.assign(made, { faults: { directory: idp.faults, devin: devin.faults }, loop, memory });
}

function managed(devin: FakeDevin, directoryId: string, email: string): LedgerPerson {
  const user = devin.state.addUser({ email, orgs: { Web: 'org_member' } });
  const org = devin.state.org('Web').id;
  const places = { '': 'managed', [org]: 'managed' } as const;
  return {
    directoryId,
    devinId: user.id,
    email,
    places,
    applied: { '': 'account_member', [org]: 'org_member' },
  };
}

function taken(changes: readonly Change[]): Change[] {
  return changes.filter((change) => change.verdict.state === 'ready' && effectOf(change) === 'revoke');
}

/** null: the turn ended without a plan, because of what it read. */
async function attempt(loop: LoopDeps): Promise<readonly Change[] | null> {
  try {
    return (await takeTurn(loop, CONTEXT)).decision.plan.changes;
  } catch (error) {
    if (error instanceof SourceReadError || (error as Error).name === 'ConfigError') return null;
    throw error;
  }
}

test.each([
  ['Okta', okta],
  ['Entra', entra],
  ['a SCIM provider', () => scim()],
  ['what changed at a SCIM provider', () => scim('lastModified')],
])('no sequence of reads of %s with errors or cut lists yields a removal', async (_, start) => {
  const here = await town(start);
  let refused = 0;
  let planned = 0;
  const property = fc.asyncProperty(turns.filter(liesOnce), async (sequence) => {
    const kept = memoryOnly(here.memory);
    const loop = here.loop(kept);
    let lied = false;
    for (const { pause, bad } of sequence) {
      here.now += pause;
      here.bad = bad;
      for (const one of bad) here.faults[one.where].add(faultOf(one));
      const changes = await attempt(loop);
      here.faults.directory.clear();
      here.faults.devin.clear();
      if (changes === null) refused++;
      else planned++;
      expect(taken(changes ?? [])).toEqual([]);
      // What only fails is read again or not at all: a plan comes from the whole company. A 404 in the words of the
      // directory says that a group was deleted since it was listed.
      lied ||= lies({ bad }) || bad.some(({ where, action }) => where === 'directory' && saysGone(action));
      if (changes !== null && !lied) expect(sizeOf(kept.snapshot as DirectorySnapshot)).toEqual(WHOLE);
    }
    here.bad = [];
    kept.snapshot = null;
    expect(await attempt(loop)).toEqual([]);
    expect(sizeOf(kept.snapshot as unknown as DirectorySnapshot)).toEqual(WHOLE);
    expect(kept.memory.people).toEqual(here.memory.people);
  });
  await fc.assert(property, runs(12));
  expect(refused).toBeGreaterThan(0);
  expect(planned).toBeGreaterThan(0);
});
