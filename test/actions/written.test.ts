/** Single items of a run, as `rollback --item` names them. */
import { expect, test } from 'vitest';
import { writtenBy } from '../../src/actions/written.ts';
import type { WrittenChange } from '../../src/core/model/written.ts';

type Store = Parameters<typeof writtenBy>[0];

function write(item: string, kind: WrittenChange['kind'], name: string, user: string | null): WrittenChange {
  const ids = { url: 'https://scim.example.com/v2', user, group: kind === 'scim-add-member' ? 'g1' : null };
  return {
    ...{ item, kind, cause: 'rule', org: null, before: null, after: null },
    subject: { type: 'person', directoryId: `p-${name}`, devinId: null, label: `${name}@corp.example` },
    ...(user === null ? {} : { scim: ids }),
  };
}

/** A run with these writes, of which each was done. */
function journal(writes: readonly WrittenChange[]): Store {
  const rows = writes.map((change, at) => ({
    id: String(at),
    kind: 'write',
    run: 'r1',
    outcome: 'done',
    change,
  }));
  return {
    journal: { read: async () => rows },
    runs: { get: async () => ({ id: 'r1', planId: 'p1', trigger: { at: 0 } }) },
  } as unknown as Store;
}

test('memberships of the same run go with the user that was made for them, and not the other way round', async () => {
  const store = journal([
    write('aaaaaaaa1', 'scim-create-user', 'ada', 's1'),
    write('bbbbbbbb2', 'scim-add-member', 'ada', 's1'),
    write('cccccccc3', 'scim-create-user', 'bob', 's2'),
    write('dddddddd4', 'scim-add-member', 'bob', 's2'),
    write('eeeeeeee5', 'scim-create-user', 'old', null),
  ]);
  const items = async (...asked: string[]) => {
    const { writes } = await writtenBy(store, 'r1', asked);
    return writes.map(({ item }) => item);
  };
  expect(await items('AAAAAAAA')).toEqual(['aaaaaaaa1', 'bbbbbbbb2']);
  expect(await items('bbbbbbbb')).toEqual(['bbbbbbbb2']);
  // Journalled by an older version: nobody can say which user it was.
  expect(await items('eeeeeeee')).toEqual(['eeeeeeee5']);
});
