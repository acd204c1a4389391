import { expect, test } from 'vitest';
import { contradicts } from '../../src/core/doubt.ts';
import { DirectoryBuilder, type PersonStatus } from '../../src/core/model/directory.ts';
import { NO_EVIDENCE } from '../../src/core/model/evidence.ts';
import { type World, world } from '../helpers/world.ts';

function company(): World {
  return world().staff('ada', 'bob').group('eng', 'ada', 'cleo');
}

function doubts(of: World, people: readonly string[], groups: readonly string[]): boolean {
  const questions = { people: people.map((name) => `p-${name}`), groups: groups.map((name) => `g-${name}`) };
  return contradicts(of.directory(), of.ask(questions));
}

test.each<[string, PersonStatus | 'gone', boolean]>([
  ['ada', 'active', false],
  ['ada', 'deactivated', true],
  ['ada', 'gone', false],
  // Named by a group only, and in no list at all.
  ['cleo', 'active', false],
  ['dan', 'active', false],
])('%s is %s by id', (name, answer, expected) => {
  expect(doubts(company().answer(name, answer), [name], [])).toBe(expected);
});

test('a group that has somebody more by id is doubted, one that lost somebody or is gone is not', () => {
  const of = company();
  expect(doubts(of, [], ['eng'])).toBe(false);
  expect(doubts(of.freshly('eng', { people: ['ada', 'bob'] }), [], ['eng'])).toBe(true);
  expect(doubts(of.freshly('eng', { people: [] }), [], ['eng'])).toBe(false);
  expect(doubts(of.freshly('eng', 'gone'), [], ['eng'])).toBe(false);
  expect(doubts(of.freshly('eng', { people: ['ada', 'stranger'] }), [], ['eng'])).toBe(false);
  expect(doubts(of.freshly('ops', { people: ['ada'] }), [], ['ops'])).toBe(false);
  expect(contradicts(of.directory(), NO_EVIDENCE)).toBe(false);
});

test('a doubted reading has the same content, no age, and nothing to go on from', () => {
  const directory = company().directory();
  const doubted = directory.doubted();
  expect(doubted).toMatchObject({ tenant: directory.tenant, basis: 'full', fullAt: null, resume: null });
  expect([doubted.personCount, doubted.groupCount, doubted.edgeCount]).toEqual([3, 1, 2]);
});

test('of several sources a doubted reading doubts each', () => {
  const one = company().directory();
  const builder = new DirectoryBuilder();
  builder.closeList('people');
  builder.closeList('groups');
  const parts = [{ name: 'okta', snapshot: one, unread: null }];
  const merged = builder.seal({
    tenant: 't',
    scope: { kind: 'all' },
    reads: [],
    fullAt: 1,
    resume: 1,
    parts,
  });
  const [part] = merged.doubted().parts;
  expect(part).toMatchObject({ name: 'okta', unread: null });
  expect(part?.snapshot).toMatchObject({ tenant: one.tenant, fullAt: null, resume: null });
  expect(part?.snapshot.edgeCount).toBe(one.edgeCount);
});
