import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { csvRecords } from '../../src/directory/file/csv.ts';
import { fileOptions } from '../../src/directory/file/options.ts';
import { createFileSource } from '../../src/directory/file/source.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { ALL, context, failureOf, plainSnapshot } from './setup.ts';

const COMPANY = {
  people: 'id,email,name,status\nu1,Ada@corp.example,"Lovelace, Ada",active\nu2,,Robot,Deactivated\n',
  groups: 'id,name\ng1,devin-users\ng2,"devin ""night"""\n',
  memberships: 'group,member,type\ng1,u1,person\ng1,g2,group\ng2,u2,Person\ng2,g1,group\ng1,u1,person\n',
};

function folderOf(files: Partial<typeof COMPANY> = {}): { source: DirectorySource; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'directory-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries({ ...COMPANY, ...files })) {
    if (text !== '-') writeFileSync(join(folder, `${name}.csv`), text, { mode: 0o600 });
  }
  return { source: createFileSource(fileOptions.parse({ path: folder, name: 'export' })), folder };
}

test('a folder of CSV files is one directory, with groups in groups', async () => {
  const { source } = folderOf();
  const snapshot = await source.read(ALL, context());
  expect(plainSnapshot(snapshot)).toEqual({
    people: {
      u1: { email: 'Ada@corp.example', status: 'active' },
      u2: { email: null, status: 'deactivated' },
    },
    groups: {
      g1: { name: 'devin-users', members: ['u1'], children: ['g2'] },
      g2: { name: 'devin "night"', members: ['u2'], children: ['g1'] },
    },
  });
  expect(snapshot.person(0).name).toBe('Lovelace, Ada');
  expect(snapshot.tenant).toBe('file:export');
  const { people, groups } = await source.confirm({ people: ['u2', 'u9'], groups: ['g2'] }, context());
  expect([...people]).toEqual([
    ['u2', 'deactivated'],
    ['u9', 'gone'],
  ]);
  expect(groups.get('g2')).toEqual({ people: new Set(['u2']), groups: new Set(['g1']) });
});

test('columns may stand in any order, optional ones be left out, and lines end as in other systems', async () => {
  const { source } = folderOf({
    people: '\uFEFFEmail,ID\r\na@corp.example,u1\r\n\r\nb@corp.example,u2',
    memberships: 'member,group\r\nu2,g1\r\n',
  });
  expect(plainSnapshot(await source.read(ALL, context()))).toMatchObject({
    people: { u1: { status: 'active' }, u2: { email: 'b@corp.example' } },
    groups: { g1: { members: ['u2'] } },
  });
});

const MALFORMED: readonly [string, Partial<typeof COMPANY>, string][] = [
  ['a column that is missing', { groups: 'id\ng1\n' }, 'groups.csv:1: the column name is missing'],
  ['a misspelt column', { people: 'id,email,statuss\n' }, 'people.csv:1: the column "statuss" is not known'],
  [
    'a column twice',
    { groups: 'id,name,name\n' },
    'groups.csv:1: the column "name" is not known or stands there twice',
  ],
  ['an empty file', { people: '' }, 'people.csv:1: the column id is missing, the column email is missing'],
  ['a field too few', { groups: 'id,name\ng1,a\ng2\n' }, 'groups.csv:3: 1 fields under 2 columns'],
  ['an empty id', { groups: 'id,name\n,a\n' }, 'groups.csv:2: id: '],
  ['an unknown status', { people: 'id,email,status\nu1,,left\n' }, 'people.csv:2: status: '],
  ['an empty status', { people: 'id,email,status\nu1,,\n' }, 'people.csv:2: status: '],
  ['a person twice', { people: 'id,email\nu1,\nu1,\n' }, 'people.csv:3: the id "u1" is used twice'],
  ['a group twice', { groups: 'id,name\ng1,a\ng1,b\n' }, 'groups.csv:3: the id "g1" is used twice'],
  [
    'a member of no group',
    { memberships: 'group,member\ng9,u1\n' },
    'memberships.csv:2: no group has the id "g9"',
  ],
  [
    'a member who is nobody',
    { memberships: 'group,member\ng1,u9\n' },
    'memberships.csv:2: no person has the id "u9"',
  ],
  [
    'a group in a group that is none',
    { memberships: 'group,member,type\ng1,u1,group\n' },
    'memberships.csv:2: no group has the id "u1"',
  ],
  [
    'a member of another kind',
    { memberships: 'group,member,type\ng1,u1,robot\n' },
    'memberships.csv:2: type is "robot"',
  ],
  [
    'a quote that never ends',
    { people: 'id,email,name\nu1,,"Ada\nu2,,Bob\n' },
    'people.csv: line 2: a quote is never closed',
  ],
  ['a quote inside', { people: 'id,email,name\nu1,,Ada "L"\n' }, 'people.csv: line 2: a quote stands inside'],
  [
    'text after a quote',
    { people: 'id,email,name\nu1,,"Ada" L\n' },
    'people.csv: line 2: something follows a closing quote',
  ],
];

for (const [what, files, words] of MALFORMED) {
  test(`a CSV folder with ${what} ends the read and names the line`, async () => {
    const message = await failureOf(folderOf(files).source.read(ALL, context()));
    expect(message).toContain(words);
    expect(message).toContain('nothing is changed because of it');
  });
}

test('a file that is missing from the folder is named', async () => {
  const { source, folder } = folderOf({ memberships: '-' });
  expect(await failureOf(source.read(ALL, context()))).toContain(
    `directory file ${join(folder, 'memberships.csv')}: there is no such file`,
  );
  expect(await source.check(context().signal)).toMatchObject([{ level: 'fail', what: 'directory file' }]);
});

test('a folder that is written to while it is read is no reading', async () => {
  const { source, folder } = folderOf({ people: `id,email\n${'x'.repeat(3_000_000)},\n` });
  const reading = failureOf(source.read(ALL, context()));
  let over = false;
  const words = reading.finally(() => {
    over = true;
  });
  for (let second = 1; !over; second++) {
    utimesSync(join(folder, 'memberships.csv'), second, second);
    await new Promise(setImmediate);
  }
  expect(await words).toContain('was written to while it was read');
});

test('a CSV file that others may write is a warning of its own', async () => {
  const { source, folder } = folderOf();
  chmodSync(join(folder, 'people.csv'), 0o666);
  const findings = await source.check(context().signal);
  expect(findings.map(({ level }) => level)).toEqual(['ok', 'warn']);
  expect(findings[1]?.detail).toContain(`${join(folder, 'people.csv')} can be written by others`);
});

test('a quoted field may hold line breaks, and the next record still knows its line', () => {
  const records = [...csvRecords('a,b\n"x\r\ny",1\n"",\nlast,2')];
  expect(records).toEqual([
    { line: 1, fields: ['a', 'b'] },
    { line: 2, fields: ['x\r\ny', '1'] },
    { line: 4, fields: ['', ''] },
    { line: 5, fields: ['last', '2'] },
  ]);
});
