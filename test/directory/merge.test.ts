import { expect, test } from 'vitest';
import { normaliseEmail } from '../../src/core/identity.ts';
import {
  DirectoryBuilder,
  type DirectorySnapshot,
  type PersonStatus,
  type Scope,
} from '../../src/core/model/directory.ts';
import type { Evidence } from '../../src/core/model/evidence.ts';
import { fullEvery } from '../../src/directory/full-every.ts';
import { type MergeOptions, mergeSources } from '../../src/directory/merge.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { SourceReadError } from '../../src/lib/errors.ts';
import type { ReadContext } from '../../src/lib/reading.ts';
import { ALL, context, failureOf, plainSnapshot } from './setup.ts';

type Person = readonly [id: string, email: string | null, status?: PersonStatus];

/** A directory in memory, which can be changed and can go away. */
class Source implements DirectorySource {
  readonly kind = 'file';
  down: string | null = null;
  people: readonly Person[];
  groups: Record<string, { members: readonly string[]; children?: readonly string[] }>;
  readonly calls: string[] = [];
  #name: string;

  constructor(name: string, people: readonly Person[], groups: Source['groups']) {
    this.#name = name;
    this.people = people;
    this.groups = groups;
  }

  async tenant(): Promise<string> {
    this.#answer('tenant');
    return `file:${this.#name}`;
  }

  async read(_: Scope, { onProgress }: ReadContext): Promise<DirectorySnapshot> {
    this.#answer('read');
    onProgress({ what: 'people', done: 1, total: null });
    return this.#snapshot('full');
  }

  async update(): Promise<DirectorySnapshot> {
    this.#answer('update');
    return this.#snapshot('update');
  }

  async confirm({
    people,
    groups,
  }: {
    people: readonly string[];
    groups: readonly string[];
  }): Promise<Evidence> {
    this.#answer(`confirm ${[...people, ...groups].join(' ')}`);
    const status = (id: string) => {
      const person = this.people.find((each) => each[0] === id);
      return person === undefined ? ('gone' as const) : (person[2] ?? 'active');
    };
    return {
      people: new Map(people.map((id) => [id, status(id)])),
      groups: new Map(
        groups.map((id) => {
          const group = this.groups[id];
          const { members = [], children = [] } = group ?? {};
          const now = { people: new Set(members), groups: new Set(children) };
          return [id, group === undefined ? 'gone' : now] as const;
        }),
      ),
    };
  }

  async check() {
    return [{ level: 'ok', what: 'people', detail: `${this.people.length}` }] as const;
  }

  #answer(call: string): void {
    this.calls.push(call);
    if (this.down !== null) throw new SourceReadError(this.down);
  }

  #snapshot(basis: 'full' | 'update'): DirectorySnapshot {
    const builder = new DirectoryBuilder();
    for (const [id, email, status = 'active'] of this.people) builder.person({ id, email, name: id, status });
    for (const id of Object.keys(this.groups)) builder.group({ id, name: `team ${id}` });
    for (const [id, { members, children = [] }] of Object.entries(this.groups)) {
      for (const member of members) builder.member(id, member);
      for (const child of children) builder.child(id, child);
      builder.closeGroup(id);
    }
    builder.closeList('people');
    builder.closeList('groups');
    const reads = [{ what: 'people', pages: 1, items: this.people.length, calls: 1 }];
    return builder.seal({ tenant: `file:${this.#name}`, scope: ALL, reads, basis, fullAt: 1000 });
  }
}

interface Pair {
  readonly hq: Source;
  readonly lab: Source;
  readonly both: DirectorySource;
}

function pair(
  hq: readonly Person[],
  lab: readonly Person[],
  options: Partial<MergeOptions> & { domains?: readonly string[] } = {},
): Pair {
  const ids = (people: readonly Person[]) => people.map(([id]) => id);
  const first = new Source('one', hq, { g1: { members: ids(hq) } });
  const second = new Source('two', lab, { g1: { members: ids(lab), children: ['g2'] }, g2: { members: [] } });
  const sources = [
    { name: 'hq', domains: [], source: first },
    { name: 'lab', domains: options.domains ?? [], source: second },
  ];
  const addressOf = (email: string | null) => normaliseEmail(email, { 'corp-old.example': 'corp.example' });
  return {
    hq: first,
    lab: second,
    both: mergeSources({ sources, authority: 'order', addressOf, ...options }),
  };
}

const messages = (snapshot: DirectorySnapshot) => snapshot.notices.map(({ message }) => message);

test('one address in two sources is one person, with the memberships of both', async () => {
  const { both } = pair(
    [
      ['1', 'Ada@Corp.example'],
      ['2', 'bob@corp.example'],
    ],
    [
      ['1', 'ada@corp-old.example'],
      ['2', 'cleo@corp.example'],
    ],
  );
  const snapshot = await both.read(ALL, context());
  expect(plainSnapshot(snapshot)).toEqual({
    people: {
      'hq/1': { email: 'Ada@Corp.example', status: 'active' },
      'hq/2': { email: 'bob@corp.example', status: 'active' },
      'lab/2': { email: 'cleo@corp.example', status: 'active' },
    },
    groups: {
      'hq/g1': { name: 'team g1', members: ['hq/1', 'hq/2'], children: [] },
      'lab/g1': { name: 'team g1', members: ['hq/1', 'lab/2'], children: ['lab/g2'] },
      'lab/g2': { name: 'team g2', members: [], children: [] },
    },
  });
  expect(snapshot).toMatchObject({ basis: 'full', fullAt: 1000, notices: [] });
  expect(snapshot.reads.map(({ what }) => what)).toEqual(['hq: people', 'lab: people']);
  expect(snapshot.tenant).toBe('several:hq=file:one,lab=file:two');
  expect(await both.tenant(context().signal)).toBe(snapshot.tenant);
});

test('an address that one source has twice links nobody', async () => {
  const { both } = pair(
    [['1', 'ada@corp.example']],
    [
      ['1', 'ada@corp.example'],
      ['2', 'ada@corp.example'],
    ],
  );
  expect(Object.keys(plainSnapshot(await both.read(ALL, context())).people)).toEqual([
    'hq/1',
    'lab/1',
    'lab/2',
  ]);
});

const DIFFER = {
  hq: [['1', 'ada@corp.example', 'active']],
  lab: [['7', 'ada@corp.example', 'deactivated']],
} satisfies Record<string, Person[]>;

test.each([
  ['the source that is listed first', {}, 'hq/1', 'active', 'hq decides, because it is listed first'],
  [
    'the source that names the mail domain',
    { domains: ['corp.example'] },
    'lab/7',
    'deactivated',
    'lab decides, because it names corp.example',
  ],
  [
    'whoever disables the account, where nobody decides',
    { authority: 'none' as const },
    'hq/1',
    'deactivated',
    'no source decides, so a disabled account counts',
  ],
])(
  'active in one source and deactivated in another is decided by %s',
  async (_, options, id, status, why) => {
    const { both } = pair(DIFFER.hq, DIFFER.lab, options);
    const snapshot = await both.read(ALL, context());
    expect(plainSnapshot(snapshot).people).toEqual({ [id]: { email: 'ada@corp.example', status } });
    expect(messages(snapshot)).toEqual([`active in hq, deactivated in lab: ${why}`]);
    expect((await both.confirm({ people: [id], groups: [] }, context())).people.get(id)).toBe(status);
  },
);

test('a source that cannot be read leaves its people and groups as they were, and nobody else', async () => {
  const { hq, lab, both } = pair(
    [
      ['1', 'ada@corp.example'],
      ['2', 'bob@corp.example'],
    ],
    [
      ['1', 'ada@corp.example'],
      ['9', 'cleo@corp.example'],
    ],
  );
  const before = await both.read(ALL, context());
  lab.down = 'lab users, page 2: answered 503';
  hq.people = [...hq.people, ['3', 'dan@corp.example']];
  expect(await both.tenant(context().signal, before)).toBe(before.tenant);
  const snapshot = await both.update?.(before, context());
  if (snapshot === undefined) throw new Error('nothing was read');
  const statuses = Object.entries(plainSnapshot(snapshot).people).map(([id, { status }]) => [id, status]);
  expect(Object.fromEntries(statuses)).toEqual({
    'hq/1': 'unread',
    'hq/2': 'active',
    'hq/3': 'active',
    'lab/9': 'unread',
  });
  expect(plainSnapshot(snapshot).groups).toEqual(plainSnapshot(before).groups);
  const groups = [0, 1, 2].map((group) => snapshot.group(group));
  expect(groups.map(({ id, unread }) => [id, unread ?? false])).toEqual([
    ['hq/g1', false],
    ['lab/g1', true],
    ['lab/g2', true],
  ]);
  expect(snapshot.basis).toBe('update');
  expect(snapshot.listedCount).toBe(4);
  expect(messages(snapshot)).toEqual([
    'the source lab could not be read, so nothing is decided about its 2 people and 2 groups: lab users, page 2: answered 503',
  ]);
  const evidence = await both.confirm({ people: ['hq/2', 'lab/9'], groups: ['lab/g1', 'hq/g1'] }, context());
  expect([...evidence.people]).toEqual([['hq/2', 'active']]);
  expect([...evidence.groups.keys()]).toEqual(['hq/g1']);
  lab.down = null;
  const healed = await both.update?.(snapshot, context());
  expect(healed?.notices).toEqual([]);
  expect(healed?.person(healed.personIndex('lab/9')).status).toBe('active');
});

test('a deactivation by the source that decides counts although the other one cannot be read', async () => {
  const { hq, lab, both } = pair([['1', 'ada@corp.example']], [['1', 'ada@corp.example']]);
  const before = await both.read(ALL, context());
  lab.down = 'answered 503';
  hq.people = [['1', 'ada@corp.example', 'deactivated']];
  const snapshot = await both.update?.(before, context());
  expect(snapshot?.person(0)).toMatchObject({ id: 'hq/1', status: 'deactivated' });
  const { people } = await both.confirm({ people: ['hq/1'], groups: [] }, context());
  expect([...people]).toEqual([['hq/1', 'deactivated']]);
});

test('a source that lists nobody counts as one that cannot be read', async () => {
  const { lab, both } = pair([['1', 'ada@corp.example']], [['2', 'bob@corp.example']]);
  const before = await both.read(ALL, context());
  lab.people = [];
  lab.groups = { g1: { members: [] } };
  const snapshot = await both.update?.(before, context());
  expect(snapshot?.person(snapshot.personIndex('lab/2')).status).toBe('unread');
  expect(snapshot?.notices[0]?.message).toContain('it lists nobody or no group');
});

test('a source that was never read, and all sources at once, end the read', async () => {
  const { hq, lab, both } = pair([['1', 'ada@corp.example']], [['2', 'bob@corp.example']]);
  lab.down = 'answered 503';
  expect(await failureOf(both.read(ALL, context()))).toBe(
    'the source lab could not be read, and there is no earlier reading of it to stand in: answered 503',
  );
  await expect(both.tenant(context().signal, null)).rejects.toThrow('answered 503');
  lab.down = null;
  const before = await both.read(ALL, context());
  lab.down = hq.down = 'the network is gone';
  expect(await failureOf(both.update?.(before, context()) ?? Promise.resolve())).toBe(
    'hq: the network is gone\nlab: the network is gone',
  );
});

test('a read that was stopped is no unreadable source', async () => {
  const { lab, both } = pair([['1', 'ada@corp.example']], [['2', 'bob@corp.example']]);
  const before = await both.read(ALL, context());
  const stop = new AbortController();
  lab.read = lab.update = async () => {
    stop.abort();
    throw new SourceReadError('reading was stopped');
  };
  expect(await failureOf(both.update?.(before, context(stop.signal)) ?? Promise.resolve())).toContain(
    'stopped',
  );
});

test('each source is asked by its own ids, about a linked person all of them are', async () => {
  const { hq, lab, both } = pair(
    [['1', 'ada@corp.example']],
    [
      ['7', 'ada@corp.example'],
      ['8', null],
    ],
  );
  await both.read(ALL, context());
  const questions = { people: ['hq/1', 'hq/gone/x', 'lab/8'], groups: ['lab/g1', 'lab/g9'] };
  const { people, groups } = await both.confirm(questions, context());
  expect(hq.calls.at(-1)).toBe('confirm 1 gone/x');
  expect(lab.calls.at(-1)).toBe('confirm 7 8 g1 g9');
  expect([...people]).toEqual([
    ['hq/1', 'active'],
    ['hq/gone/x', 'gone'],
    ['lab/8', 'active'],
  ]);
  expect(groups.get('lab/g1')).toEqual({ people: new Set(['hq/1', 'lab/8']), groups: new Set(['lab/g2']) });
  expect(groups.get('lab/g9')).toBe('gone');
  lab.down = 'answered 503';
  const silent = await both.confirm({ people: ['lab/8'], groups: [] }, context());
  expect(silent.people.size).toBe(0);
});

test('each source goes on from its own reading, and is read from its beginning when that is too old', async () => {
  let now = 1000;
  const { hq, lab } = pair([['1', 'ada@corp.example']], [['2', 'bob@corp.example']]);
  const aged = (source: DirectorySource) => fullEvery(source, { maxAgeMs: 500, clock: () => now });
  const both = mergeSources({
    sources: [
      { name: 'hq', domains: [], source: aged(hq) },
      { name: 'lab', domains: [], source: lab },
    ],
    authority: 'order',
    addressOf: (email) => email,
  });
  const full = await both.read(ALL, context());
  now = 1499;
  expect((await both.update?.(full, context()))?.basis).toBe('update');
  now = 1500;
  await both.update?.(full, context());
  now = 999;
  await both.update?.(full, context());
  expect(hq.calls).toEqual(['read', 'update', 'read', 'read']);
  expect(lab.calls).toEqual(['read', 'update', 'update', 'update']);
});

test('progress and findings say which source they are about', async () => {
  const { both } = pair([['1', 'ada@corp.example']], [['2', 'bob@corp.example']]);
  const seen = context();
  await both.read(ALL, seen);
  expect(seen.seen.map(({ what }) => what)).toEqual(['hq: people', 'lab: people']);
  expect(await both.check(seen.signal)).toEqual([
    { level: 'ok', what: 'hq: people', detail: '1' },
    { level: 'ok', what: 'lab: people', detail: '1' },
  ]);
});
