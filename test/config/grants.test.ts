/** Grants, denies, windows and budgets as the configuration writes them, and the file that is read at each run. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keptGrantFile, readGrantFile } from '../../src/config/grant-file.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { scratch } from '../e2e/live.ts';
import { parse, problems, yaml } from './helper.ts';

function withLines(lines: string): string {
  return yaml(lines);
}

test('a grant has an owner, a reason and an end; a date lasts to its end', () => {
  const { settings } = parse(
    withLines(`grants:
  - { email: Ada@Corp.example, org: Payments, role: Member, reason: on call, owner: Lin, until: 2026-12-31 }
denies:
  - { email: bob@corp.example, reason: audit, owner: Lin, ticket: OPS-1, until: '2026-12-31T18:00+01:00' }`),
  );
  expect(settings.grants).toEqual([
    {
      email: 'ada@corp.example',
      org: 'Payments',
      role: 'Member',
      reason: 'on call',
      owner: 'Lin',
      ticket: null,
      until: Date.UTC(2027, 0, 1),
      allowAdmin: false,
      notInDirectory: false,
      breakGlass: false,
    },
  ]);
  expect(settings.denies).toEqual([
    {
      email: 'bob@corp.example',
      org: null,
      reason: 'audit',
      owner: 'Lin',
      ticket: 'OPS-1',
      until: Date.UTC(2026, 11, 31, 17),
    },
  ]);
});

test.each<[string, string, string]>([
  [
    'an admin role',
    'role: Admin',
    'grants[0].role: counts as admin; a grant of it must say allowAdmin: true (here: "Admin")',
  ],
  [
    'a day that does not exist',
    'role: Member, until: 2026-02-30',
    'grants[0].until: must be a date such as 2026-12-31, or a time with its offset such as 2026-12-31T18:00+01:00 (here: "2026-02-30")',
  ],
  [
    'a time without an offset',
    "role: Member, until: '2026-12-31T18:00'",
    'grants[0].until: must be a date such as 2026-12-31, or a time with its offset such as 2026-12-31T18:00+01:00 (here: "2026-12-31T18:00")',
  ],
  [
    'an outsider without an end',
    'role: Member, notInDirectory: true',
    'grants[0].notInDirectory: needs until: nobody in the directory ever says that this person has left',
  ],
  [
    'an emergency account outside',
    'role: Member, notInDirectory: true, until: 2026-12-31, breakGlass: true',
    'grants[0].notInDirectory: excludes breakGlass: an emergency account is only watched',
  ],
])('a grant with %s is refused with its place', (_what, rest, message) => {
  const found = problems(withLines(`grants:\n  - { email: a@b.example, reason: r, owner: o, ${rest} }`));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(message);
});

test('freeze windows are dates or a part of each week', () => {
  const { settings } = parse(
    withLines(`freeze:
  - { name: year end, from: 2026-12-20, to: 2027-01-03 }
  - { name: weekend, weekly: { from: Fri 18:00, to: Mon 07:00, timeZone: Europe/Berlin } }`),
  );
  expect(settings.freeze).toEqual([
    { name: 'year end', when: { kind: 'once', from: Date.UTC(2026, 11, 20), to: Date.UTC(2027, 0, 4) } },
    { name: 'weekend', when: { kind: 'weekly', from: 4 * 1440 + 1080, to: 420, timeZone: 'Europe/Berlin' } },
  ]);
});

test.each<[string, string]>([
  ['{ name: x }', 'needs from and to, or weekly'],
  ['{ name: x, from: 2026-12-20, to: 2026-12-01 }', 'ends before it begins'],
  [
    '{ name: x, from: 2026-12-20, weekly: { from: Fri 18:00, to: Mon 07:00 } }',
    'has weekly, which excludes from and to',
  ],
  ['{ name: x, weekly: { from: Fri 18:00, to: Fri 18:00 } }', 'must end at another time than it begins'],
  ['{ name: x, weekly: { from: Friday, to: Mon 07:00 } }', 'must be a day and a time, such as Fri 18:00'],
  [
    '{ name: x, weekly: { from: Fri 18:00, to: Mon 07:00, timeZone: Mars } }',
    'must be a time zone such as Europe/Berlin or UTC',
  ],
])('the window %s is refused', (window, message) => {
  expect(problems(withLines(`freeze:\n  - ${window}`))[0]).toContain(message);
});

test.each<[string, string]>([
  ['{ name: x, from: 2026-12-01, to: 2026-12-31, guards: { grants: 5 } }', 'is more than 7 days after from'],
  ['{ name: x, from: 2026-12-10, to: 2026-12-01, guards: { grants: 5 } }', 'is before from'],
  ['{ name: x, from: 2026-12-01, to: 2026-12-01, guards: {} }', 'must name at least one guard'],
  ['{ name: x, from: 2026-12-01, to: 2026-12-01, guards: { minAdmins: 0 } }', 'minAdmins'],
])('the budget %s is refused', (budget, message) => {
  expect(problems(withLines(`budgets:\n  - ${budget}`)).join('\n')).toContain(message);
});

test('rules may be empty only where there are grants', () => {
  const empty = yaml('').replace(/rules:[\s\S]*$/, 'rules: []');
  expect(problems(empty)[0]).toContain('must have at least one rule');
  const grant = 'grants: [{ email: a@b.example, role: Member, reason: r, owner: o }]';
  expect(parse(`${empty}\n${grant}`).settings.rules).toEqual([]);
  expect(parse(`${empty}\ngrantsFile: grants.yaml`).grantsFile).toMatch(/\/grants\.yaml$/);
});

test('the file of grants is read again each time, and a broken one leaves what it said before', async () => {
  const file = join(await scratch(), 'grants.yaml');
  const said: string[] = [];
  const read = keptGrantFile(file, (message) => said.push(message));
  expect(read).toThrow(/grants.yaml cannot be read \(ENOENT\)/);
  await writeFile(
    file,
    'grants:\n  - { email: a@b.example, role: Member, reason: r, owner: o }\ndenies: []\n',
  );
  expect(read().grants.map(({ email }) => email)).toEqual(['a@b.example']);
  await writeFile(file, '');
  expect(read().grants.map(({ email }) => email)).toEqual(['a@b.example']);
  expect(said[0]).toContain('what grantsFile said before stays in force');
  await writeFile(file, 'grants: []\ndenies:\n  - { email: a@b.example, reason: r, owner: o }\n');
  expect(read()).toMatchObject({ grants: [], denies: [{ email: 'a@b.example' }] });
});

test('what is wrong in the file of grants is named with its line', async () => {
  const file = join(await scratch(), 'grants.yaml');
  await writeFile(file, 'grants:\n  - { email: ab, role: Member, reason: r, owner: o }\n');
  const failed = (() => {
    try {
      return readGrantFile(file);
    } catch (error) {
      return (error as ConfigError).problems;
    }
  })();
  expect(failed).toEqual([
    `${file}:2:7: grants[0].email: must be an e-mail address (here: "ab")`,
    `${file}:1:1: denies: missing; it must be a list`,
  ]);
  await writeFile(file, 'grants: [\n');
  expect(() => readGrantFile(file)).toThrow(ConfigError);
});
