import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fileOptions } from '../../src/directory/file/options.ts';
import { createFileSource } from '../../src/directory/file/source.ts';
import { ALL, context, failureOf, plainSnapshot } from './setup.ts';

const COMPANY = `
people:
  - { id: u1, email: Ada@corp.example, name: Ada, status: active }
  - { id: u2, email: bob@corp.example, name: Bob, status: suspended }
  - { id: 3, email: null, name: Robot, status: deactivated }
  - { id: u4, email: eve@corp.example }
groups:
  - { id: g1, name: devin-users, members: [u1, u2, u1], children: [g2] }
  - { id: g2, name: devin-night, members: [3], children: [g1] }
  - { id: g3, name: other }
`;

function file(text: string, name = 'company.yaml'): { path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'directory-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return { path };
}

function sourceOf(options: { path: string; name?: string }) {
  return createFileSource(fileOptions.parse(options));
}

test('a file is read as it is written, in YAML and in JSON', async () => {
  const yaml = plainSnapshot(await sourceOf(file(COMPANY)).read(ALL, context()));
  expect(yaml).toEqual({
    people: {
      u1: { email: 'Ada@corp.example', status: 'active' },
      u2: { email: 'bob@corp.example', status: 'suspended' },
      '3': { email: null, status: 'deactivated' },
      u4: { email: 'eve@corp.example', status: 'active' },
    },
    groups: {
      g1: { name: 'devin-users', members: ['u1', 'u2'], children: ['g2'] },
      g2: { name: 'devin-night', members: ['3'], children: ['g1'] },
      g3: { name: 'other', members: [], children: [] },
    },
  });
  const json = JSON.stringify({ people: [{ id: 'u1', email: 'a@corp.example', name: 'A' }], groups: [] });
  const snapshot = await sourceOf(file(json, 'company.json')).read(ALL, context());
  expect(snapshot.tenant).toBe('file:company.json');
  expect(snapshot.person(0)).toEqual({ id: 'u1', email: 'a@corp.example', name: 'A', status: 'active' });
});

test('the name of a file directory is its own when configured', async () => {
  const source = sourceOf({ ...file(COMPANY), name: 'acme' });
  expect(await source.tenant(new AbortController().signal)).toBe('file:acme');
});

test('every problem is told at once, with its line and entry', async () => {
  const { path } = file(`people:
  - { id: u1, email: a@corp.example, status: activ }
  - { id: u2, mail: b@corp.example }
groups:
  - id: g1
    members: [u1]
`);
  const words = await failureOf(sourceOf({ path }).read(ALL, context()));
  expect(words).toContain(`${path}:2: people[0].status: `);
  expect(words).toMatch(/company\.yaml:3: people\[1\]: .*mail/);
  expect(words).toContain(`${path}:5: groups[0].name: `);
});

test('ids that are used twice and ids that nobody has are refused', async () => {
  const { path } = file(`people:
  - { id: u1, email: a@corp.example }
  - { id: u1, email: b@corp.example }
groups:
  - { id: g1, name: one, members: [u9], children: [g9] }
`);
  const words = await failureOf(sourceOf({ path }).read(ALL, context()));
  expect(words).toContain(`${path}:3: people[1].id: the id "u1" is used twice`);
  expect(words).toContain(`${path}:5: groups[0].members[0]: no person has the id "u9"`);
  expect(words).toContain(`${path}:5: groups[0].children[0]: no group has the id "g9"`);
});

test('a missing, an empty, a broken and a half-written file are errors, not empty companies', async () => {
  const { path } = file(COMPANY);
  expect(await failureOf(sourceOf({ path: `${path}.none` }).read(ALL, context()))).toContain(
    'there is no such file',
  );
  expect(await failureOf(sourceOf(file('')).read(ALL, context()))).toContain('cannot be used');
  expect(await failureOf(sourceOf(file('people: [{ id: u1')).read(ALL, context()))).toMatch(
    /company\.yaml:1: /,
  );
  expect(await failureOf(sourceOf(file('people: []\n')).read(ALL, context()))).toContain('groups: ');
  expect(
    await failureOf(sourceOf(file('people: []\npeople: []\ngroups: []\n')).read(ALL, context())),
  ).toMatch(/:2: /);
});

test('proof reads the file again', async () => {
  const { path } = file(COMPANY);
  const source = sourceOf({ path });
  await source.read(ALL, context());
  writeFileSync(
    path,
    'people: [{ id: u1, status: deactivated }]\ngroups: [{ id: g1, name: devin-users, members: [u1] }]\n',
  );
  const evidence = await source.confirm({ people: ['u1', 'u2'], groups: ['g1', 'g2'] }, context());
  expect(Object.fromEntries(evidence.people)).toEqual({ u1: 'deactivated', u2: 'gone' });
  expect(evidence.groups.get('g1')).toEqual({ people: new Set(['u1']), groups: new Set() });
  expect(evidence.groups.get('g2')).toBe('gone');
});

test('doctor counts the file and warns when others may write it', async () => {
  const { path } = file(COMPANY);
  const source = sourceOf({ path });
  const { signal } = new AbortController();
  expect(await source.check(signal)).toEqual([
    { level: 'ok', what: 'directory file', detail: `${path} has 4 people and 3 groups` },
  ]);
  chmodSync(path, 0o666);
  expect((await source.check(signal)).map(({ level }) => level)).toEqual(['ok', 'warn']);
  writeFileSync(path, 'people: 1\n');
  expect((await source.check(signal))[0]).toMatchObject({ level: 'fail' });
});
