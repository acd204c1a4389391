/** The rehearsal of faults: with guards nobody loses access, without them the rehearsal says who would. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { RehearsedFault } from '../../src/actions/gameday.ts';
import { gameday } from '../../src/compose/gameday/gameday.ts';
import { parseConfigText } from '../../src/config/load.ts';
import { DirectoryBuilder } from '../../src/core/model/directory.ts';
import { CONTEXT, scratch } from './live.ts';

vi.setConfig({ testTimeout: 400_000 });

const RULES = `
directory: { file: { path: people.yaml } }
devin: { key: cog_x }
roles: { rank: [Viewer] }
rules:
  - { group: everybody, role: Member }
  - { groupId: g-pay, org: Payments, role: Viewer, name: pay }
  - { pattern: 'team-(?<org>[a-z]+)', org: '{org}', role: Member }
  - { group: team-web, role: Member, via: group }
`;

function settings(more: string) {
  return parseConfigText(RULES + more, { file: '/x.yaml', env: {}, readFile: () => '' }).settings;
}

function reading() {
  const builder = new DirectoryBuilder();
  const groups = {
    'g-all': 'everybody',
    'g-pay': 'Payments people',
    'g-web': 'team-web',
    'g-ops': 'team-ops',
  };
  for (let at = 0; at < 90; at++)
    builder.person({ id: `p${at}`, email: `secret.${at}@corp.example`, name: 'Secret', status: 'active' });
  for (const [id, name] of Object.entries(groups)) builder.group({ id, name });
  for (let at = 0; at < 90; at++) builder.member('g-all', `p${at}`);
  for (let at = 0; at < 20; at++) builder.member('g-pay', `p${at}`);
  for (let at = 30; at < 60; at++) builder.member(at < 45 ? 'g-web' : 'g-ops', `p${at}`);
  for (const id of Object.keys(groups)) builder.closeGroup(id);
  builder.closeList('people');
  builder.closeList('groups');
  return builder.seal({ tenant: 'file:x', scope: { kind: 'all' }, reads: [] });
}

async function rehearsed(more: string, people = 60) {
  const { stage, faults } = gameday(settings(more), reading(), { people }, CONTEXT.signal);
  const rows: RehearsedFault[] = [];
  for await (const row of faults) rows.push(row);
  return { stage, rows };
}

test('with the guards as they are nobody loses access in any fault, and hundreds would without them', async () => {
  const { stage, rows } = await rehearsed('guards: { deactivations: { count: 5 } }');
  expect(stage[0]).toBe(
    'Sizes are those of the last reading, scaled down from 90 people: 60 people, 4 groups, 4 rules. No name of a person is used.',
  );
  expect(JSON.stringify([stage, rows])).not.toMatch(/secret|Payments people/i);
  expect(rows.length).toBeGreaterThan(14);
  expect(rows.filter(({ lost }) => lost > 0)).toEqual([]);
  const told = Object.fromEntries(
    rows.map(({ fault, without, happened }) => [fault, `${without} ${happened}`]),
  );
  expect(told).toMatchObject({
    'The list of people comes back empty': '60 the read failed and the run ended: nothing was decided',
    'Every group answers without members, for days': expect.stringMatching(
      /^6\d held for approval: .*smaller directory/,
    ),
    'A third of the people are deactivated at once': '20 held for approval: number of deactivations',
    'The first rule is deleted from the configuration': expect.stringContaining('held for approval'),
  });
});

test('guards that let everything pass are found out', async () => {
  const open = `guards:
  shrink: 100%
  deactivations: { count: 1000 }
  enterpriseRemovals: { share: 100%, count: none }
  orgRoles: { share: 100%, count: none }
  perGroup: { share: 100% }`;
  const { rows } = await rehearsed(open, 30);
  const harmed = rows.filter(({ lost }) => lost > 0).map(({ fault }) => fault);
  expect(harmed).toContain('A third of the people are deactivated at once');
  expect(harmed).toContain('Half of the people are gone, after a wrong filter');
});

test('without a reading the sizes are made up, and rules that no group is known for are refused', () => {
  const none = gameday(settings(''), null, { people: 1000 }, CONTEXT.signal);
  expect(none.stage[0]).toContain(
    'No reading is stored, so the sizes are made up: 200 people, 2 groups, 3 rules.',
  );
  const patterns = { ...settings(''), rules: settings('').rules.slice(2, 3) };
  expect(() => gameday(patterns, null, { people: 1000 }, CONTEXT.signal)).toThrow('make a plan first');
});

test('sizes may come from a file, and what is wrong with it is named', async () => {
  const file = join(await scratch(), 'sizes.json');
  const open = () => gameday(settings(''), null, { people: 100, shape: file }, CONTEXT.signal);
  await writeFile(
    file,
    '{"people": 400, "groups": [{"name": "everybody", "members": 400}, {"name": "x", "members": 9}]}',
  );
  expect(open().stage[0]).toContain(
    `Sizes are those of ${file}, scaled down from 400 people: 100 people, 1 group, 3 rules.`,
  );
  await writeFile(file, '{"people": 0, "groups": []}');
  expect(open).toThrow(/sizes.json: people: /);
  await writeFile(file, 'no');
  expect(open).toThrow(/cannot be read as JSON/);
});
