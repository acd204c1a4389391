import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFileSource } from '../../src/directory/file/source.ts';
import { type MergeOptions, mergeSources } from '../../src/directory/merge.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { SourceReadError } from '../../src/lib/errors.ts';

const CONTEXT = { signal: new AbortController().signal, onProgress: () => {} };
const ALL = { kind: 'all' } as const;

const ONE = `people:
  - { id: '1', email: Ada@corp.example, status: active }
  - { id: '2', email: bob@corp.example, status: active }
groups:
  - { id: g, name: first, members: ['1', '2'] }
`;
const TWO = `people:
  - { id: x, email: ada@corp.example, status: active }
  - { id: y, email: eve@corp.example, status: active }
groups:
  - { id: h, name: second, members: [x] }
  - { id: i, name: around, members: [], children: [h] }
`;

async function two(
  options: Partial<MergeOptions> = {},
  second?: (source: DirectorySource) => DirectorySource,
) {
  const folder = await mkdtemp(join(tmpdir(), 'idp-look-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) => writeFile(join(folder, `${name}.yaml`), text);
  await write('one', ONE);
  await write('two', TWO);
  const source = (name: string) => createFileSource({ path: join(folder, `${name}.yaml`), name });
  const merged = mergeSources({
    sources: [
      { name: 'a', domains: [], source: source('one') },
      { name: 'b', domains: [], source: second?.(source('two')) ?? source('two') },
    ],
    authority: 'order',
    addressOf: (email) => email?.toLowerCase() ?? null,
    oneSpelling: true,
    ...options,
  });
  const look = (people: string[], emails: string[], groups: string[] = []) =>
    merged.look?.({ people, emails, groups }, CONTEXT);
  return { merged, look, write };
}

const ADA = {
  person: { id: 'a/1', email: 'Ada@corp.example', name: expect.any(String), status: 'active' },
  groups: [
    { id: 'a/g', name: 'first' },
    { id: 'b/h', name: 'second' },
    { id: 'b/i', name: 'around' },
  ],
};

test('one person of two sources is seen as one, by address and by either id, with the groups of both', async () => {
  const { merged, look } = await two();
  await merged.read(ALL, CONTEXT);
  expect((await look([], ['ada@corp.example']))?.people).toEqual([ADA]);
  expect((await look(['a/1'], []))?.people).toEqual([ADA]);
  expect((await look(['b/x'], [], ['b/h', 'a/h']))?.people).toEqual([ADA]);
  expect(await look(['b/y'], ['nobody@corp.example'], ['b/h', 'a/h'])).toMatchObject({
    tenant: 'several:a=file:one,b=file:two',
    people: [{ person: { id: 'b/y' }, groups: [] }],
    existing: ['b/h'],
  });
});

test('a person is seen as the source that decides says now, and a proof by id says the same', async () => {
  const { merged, look, write } = await two();
  await merged.read(ALL, CONTEXT);
  await write('one', ONE.replace(/(Ada.*)active/, '$1deactivated'));
  expect((await look([], ['ada@corp.example']))?.people[0]?.person.status).toBe('deactivated');
  const { people } = await merged.confirm({ people: ['a/1'], groups: [] }, CONTEXT);
  expect([...people]).toEqual([['a/1', 'deactivated']]);
});

test.each([
  ['somebody new', ONE, TWO.replace('id: y', 'id: z'), 'eve@corp.example'],
  ['an account that is gone', ONE, TWO.replace('ada@', 'ann@'), 'ada@corp.example'],
  ['an account that is new', ONE, TWO.replace('eve@', 'bob@'), 'bob@corp.example'],
])(
  '%s leaves it to a whole turn, and so does a process that has read nothing yet',
  async (_, one, other, email) => {
    const { merged, look, write } = await two();
    await expect(look([], [email])).rejects.toThrow('has not read all sources yet');
    await merged.read(ALL, CONTEXT);
    await write('one', one);
    await write('two', other);
    await expect(look([], [email])).rejects.toThrow('not those of the last whole reading');
  },
);

test('nobody is looked at alone where addresses have several spellings or a source cannot be asked', async () => {
  expect((await two({ oneSpelling: false })).merged.look).toBeUndefined();
  const { look: _, ...deaf } = (await two()).merged;
  expect((await two({}, () => deaf)).merged.look).toBeUndefined();
});

test('a source that does not answer, and addresses that lead on and on, are errors', async () => {
  const failing = async () => {
    throw new SourceReadError('no answer');
  };
  const { merged, look } = await two({}, (source) => ({ ...source, look: failing }));
  await merged.read(ALL, CONTEXT);
  await expect(look([], ['ada@corp.example'])).rejects.toThrow('no answer');
  let next = 0;
  const endless = await two({}, (source) => ({
    ...source,
    look: async () => {
      const id = String(next++);
      const person = { id, email: `${id}@corp.example`, name: id, status: 'active' } as const;
      return { tenant: 't', people: [{ person, groups: [] }], existing: [], reads: [] };
    },
  }));
  await endless.merged.read(ALL, CONTEXT);
  await expect(endless.look([], ['ada@corp.example'])).rejects.toThrow('too many others');
});
