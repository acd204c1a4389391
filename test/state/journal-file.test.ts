/** The copy of the journal on disk: one chain over restarts, replicas, crashes and a lost Redis. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { verifyJournal } from '../../src/actions/verify-journal.ts';
import { textFile } from '../../src/cli/text-files.ts';
import {
  type Anchor,
  exportJournal,
  type JournalFileOptions,
  journalFiles,
} from '../../src/state/journal-file.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { entryOf, type Store } from '../../src/state/store.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const DAY_ONE = Date.UTC(2026, 10, 22, 12);

interface Desk {
  readonly store: Store;
  readonly folder: string;
  readonly troubles: string[];
  readonly options: JournalFileOptions;
  now: number;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'idp-journal-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function freshStore(): Promise<Store> {
  return openStore(redis.client(), redis.prefix(), DAY_ONE);
}

async function desk(
  rest: { store?: Store; folder?: string; host?: string; maxBytes?: number } = {},
): Promise<Desk> {
  const store = rest.store ?? (await freshStore());
  const troubles: string[] = [];
  const made: Desk = {
    store,
    folder: rest.folder ?? (await folder()),
    troubles,
    now: DAY_ONE,
    get options() {
      return {
        folder: made.folder,
        maxBytes: rest.maxBytes ?? 1_000_000,
        host: rest.host ?? 'here',
        journal: store.journal,
        anchor: store.anchor,
        clock: () => made.now,
        onTrouble: (message: string) => void troubles.push(message),
      };
    },
  };
  return made;
}

let count = 0;

async function said(store: Store, ...names: string[]): Promise<void> {
  await store.journal.append(
    names.map((subject) => entryOf({ at: DAY_ONE + count++, kind: 'write', subject })),
  );
}

async function verify(of: Desk, ...more: Desk[]) {
  const found = await Promise.all([of, ...more].map(async (one) => paths(one)));
  return verifyJournal(found.flat().map(textFile), await of.store.anchor.get());
}

async function paths(of: Desk): Promise<string[]> {
  return (await journalFiles(of.folder)).map((name) => join(of.folder, name));
}

async function subjects(of: Desk): Promise<string[]> {
  const texts = await Promise.all((await paths(of)).map((path) => readFile(path, 'utf8')));
  return texts.flatMap((text) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).subject),
  );
}

test('entries are written once, over restarts, and a new file begins each day and once one is large', async () => {
  const of = await desk({ maxBytes: 600 });
  await said(of.store, 'a', 'b');
  expect(await exportJournal(of.options)).toMatchObject({ lines: 2, head: { seq: 2 } });
  expect(await exportJournal(of.options)).toMatchObject({ lines: 0, head: { seq: 2 } });
  await said(of.store, 'c');
  await exportJournal(of.options);
  await said(of.store, 'd');
  await exportJournal(of.options);
  const next = await desk({ store: of.store, folder: of.folder });
  next.now += 24 * 3_600_000;
  await said(of.store, 'e');
  await exportJournal(next.options);
  expect(await journalFiles(of.folder)).toEqual([
    'journal-2026-11-22-000000000001.jsonl',
    'journal-2026-11-22-000000000003.jsonl',
    'journal-2026-11-23-000000000005.jsonl',
  ]);
  expect(await subjects(of)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(await verify(of)).toMatchObject({ lines: 5, first: 1, head: { seq: 5 }, problem: null });
  expect(of.troubles).toEqual([]);
});

type Tamper = (lines: string[]) => string[];

const TAMPERED: readonly [string, Tamper, RegExp][] = [
  [
    'an edited line',
    (all) => all.map((line) => line.replace('"c"', '"x"')),
    /line 3: it is not as it was written/,
  ],
  [
    'a deleted line',
    (all) => all.toSpliced(1, 1),
    /line 2: it is number 3, and 2 to 2 are missing before it/,
  ],
  ['a line put in', (all) => all.toSpliced(2, 0, '{"kind":"write"}'), /line 3: it is not as it was written/],
  [
    'a copied line',
    (all) => all.toSpliced(3, 0, all[1] as string),
    /line 4: it is number 2, which was there before/,
  ],
  ['two lines swapped', (all) => [all[1], all[0], ...all.slice(2)] as string[], /line 2: it is number 1/],
  [
    'the end cut off',
    (all) => all.slice(0, 3),
    /the last line is number 3, but 5 was written: 2 are missing at the end/,
  ],
  [
    'half a line',
    (all) => [...all.slice(0, 4), (all[4] as string).slice(0, 40)],
    /line 5: it is not as it was written/,
  ],
];

test.each(TAMPERED)('%s is found, and the line is named', async (_, tamper, message) => {
  const of = await desk();
  await said(of.store, 'a', 'b', 'c', 'd', 'e');
  await exportJournal(of.options);
  const [path = ''] = await paths(of);
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  await writeFile(path, `${tamper(lines).join('\n')}\n`);
  expect((await verify(of)).problem).toMatch(message);
});

test('a chain that was written anew from the first line does not have the head that is kept', async () => {
  const of = await desk();
  await said(of.store, 'a', 'b', 'c');
  await exportJournal(of.options);
  const forged = await desk();
  await said(forged.store, 'a', 'x', 'c');
  await exportJournal(forged.options);
  const files = (await paths(forged)).map(textFile);
  expect((await verifyJournal(files, null)).problem).toBeNull();
  expect((await verifyJournal(files, await of.store.anchor.get())).problem).toMatch(
    /number 3 is not the line/,
  );
});

test('a writer that dies after the disk and before Redis leaves no line twice; half a line it leaves goes', async () => {
  const of = await desk();
  await said(of.store, 'a');
  await exportJournal(of.options);
  await said(of.store, 'b');
  const { anchor } = of.store;
  const dying: Store['anchor'] = {
    ...anchor,
    hold: (work) => anchor.hold(() => work(async () => Promise.reject(new Error('killed')))),
  };
  await expect(exportJournal({ ...of.options, anchor: dying })).rejects.toThrow('killed');
  const [path = ''] = await paths(of);
  await writeFile(path, `${await readFile(path, 'utf8')}{"half":`);
  await said(of.store, 'c');
  await exportJournal(of.options);
  expect(await subjects(of)).toEqual(['a', 'b', 'c']);
  expect(await verify(of)).toMatchObject({ lines: 3, problem: null });
  expect(of.troubles).toEqual([]);
});

test('a lost Redis: the chain goes on where the file ends', async () => {
  const of = await desk();
  await said(of.store, 'a', 'b');
  await exportJournal(of.options);
  const after = await desk({ folder: of.folder });
  await said(after.store, 'c');
  await exportJournal(after.options);
  expect(await subjects(after)).toEqual(['a', 'b', 'c']);
  expect(await verify(after)).toMatchObject({ lines: 3, first: 1, problem: null });
});

test('replicas with folders of their own write one chain, which their files show together', async () => {
  const of = await desk();
  const other = await desk({ store: of.store, host: 'there' });
  await said(of.store, 'a');
  await exportJournal(of.options);
  await said(of.store, 'b');
  await exportJournal(other.options);
  await said(of.store, 'c');
  await exportJournal(of.options);
  expect(await subjects(of)).toEqual(['a', 'c']);
  expect((await verify(of)).problem).toMatch(/number 3, and 2 to 2 are missing/);
  expect(await verify(of, other)).toMatchObject({ lines: 3, problem: null });
  expect([...of.troubles, ...other.troubles]).toEqual([]);
});

test('a file that is gone or was cut is told as soon as the journal is written again', async () => {
  const of = await desk();
  await said(of.store, 'a', 'b', 'c');
  await exportJournal(of.options);
  const [path = ''] = await paths(of);
  const lines = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, `${lines[0]}\n`);
  await exportJournal(of.options);
  expect(of.troubles).toEqual([expect.stringContaining('ends with number 1, but 3 was written')]);
  await rm(path);
  await exportJournal(of.options);
  expect(of.troubles[1]).toMatch(/is gone; it held journal lines up to number 3/);
});

test('while one writer is at it another one writes nothing', async () => {
  const of = await desk();
  await said(of.store, 'a');
  const other = await desk({ store: of.store, host: 'there' });
  await of.store.anchor.hold(async () => {
    expect(await exportJournal(other.options)).toBeNull();
  });
  expect(await exportJournal(other.options)).toMatchObject({ lines: 1 });
});

test('a writer that lost its place moves the anchor no more', async () => {
  const { store } = await desk();
  const next: Anchor = { seq: 1, hash: 'a'.repeat(64), id: '1-0', file: 'here:f' };
  const client = redis.client();
  await store.anchor.hold(async (move) => {
    const [lock = ''] = (await client.keys('*journal:lock')).slice(-1);
    for (const key of await client.keys('*journal:lock')) await client.del(key);
    expect(lock).not.toBe('');
    expect(await move(next)).toBe(false);
  });
  expect(await store.anchor.get()).toBeNull();
});
