import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type Company,
  CompanyDirectory,
  companyFromOrgChart,
  DEMO_COMPANY,
  directoryOf,
  emptyCompany,
  FOUNDED,
  fictionalCompany,
} from '../../src/sandbox/company.ts';

const CHART = JSON.parse(readFileSync(new URL('../fixtures/open-source-org.json', import.meta.url), 'utf8'));

function plain(company: Company): unknown {
  return {
    people: [...company.people.values()],
    groups: Array.from(company.groups.values(), (group) => ({ ...group, members: [...group.members] })),
  };
}

function groupNamed(company: Company, name: string) {
  const group = [...company.groups.values()].find((one) => one.name === name);
  if (group === undefined) throw new Error(`no group ${name}`);
  return group;
}

test('the same seed founds the same company and another seed another one', () => {
  const first = plain(fictionalCompany({ seed: 1, people: 80 }));
  expect(plain(fictionalCompany({ seed: 1, people: 80 }))).toEqual(first);
  expect(plain(fictionalCompany({ seed: 2, people: 80 }))).not.toEqual(first);
});

test('the demo company has 120 people in 8 teams of very different sizes that overlap', () => {
  const company = fictionalCompany(DEMO_COMPANY);
  const teams = [...company.groups.values()].filter(
    ({ name }) => /^devin-[a-z]+$/.test(name) && name !== 'devin-users',
  );
  const sizes = teams.map(({ members }) => members.size).sort((a, b) => b - a);
  const everybody = new Set(teams.flatMap(({ members }) => [...members]));
  expect(company.people.size).toBe(120);
  expect(teams).toHaveLength(8);
  expect(sizes[0]).toBeGreaterThan(3 * (sizes.at(-1) ?? 0));
  expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(everybody.size);
  expect([...everybody].every((id) => groupNamed(company, 'devin-users').members.has(id))).toBe(true);
  expect(new Set(Array.from(company.people.values(), ({ email }) => email)).size).toBe(120);
  expect(new Set(Array.from(company.people.values(), ({ status }) => status)).size).toBe(4);
});

test('every team has at least two active admins who are its members', () => {
  const company = fictionalCompany(DEMO_COMPANY);
  const admins = [...company.groups.values()].filter(({ name }) => name.endsWith('-admins'));
  expect(admins).toHaveLength(8);
  for (const group of admins) {
    const team = groupNamed(company, group.name.replace(/-admins$/, ''));
    expect(group.members.size).toBeGreaterThanOrEqual(2);
    for (const id of group.members) {
      expect(team.members.has(id)).toBe(true);
      expect(company.people.get(id)?.status).toBe('active');
    }
  }
});

test('the organization chart keeps its 774 groups and 6,281 memberships and gains maintainer groups', () => {
  const company = companyFromOrgChart(CHART);
  const groups = [...company.groups.values()];
  const charted = groups.slice(0, 774);
  const added = groups.slice(774);
  expect(company.people.size).toBe(1509);
  expect(charted.reduce((sum, { members }) => sum + members.size, 0)).toBe(6281);
  expect(charted.map(({ name }) => name)).toEqual(CHART.groups.map((group: { name: string }) => group.name));
  expect(added.length).toBeGreaterThan(0);
  expect(added.every(({ name, members }) => name.endsWith('-maintainers') && members.size > 0)).toBe(true);
});

test('a maintainer group holds the union over all teams of its organization', () => {
  const company = companyFromOrgChart(CHART);
  const wanted = new Set<string>();
  for (const group of CHART.groups) {
    if (group.org === 'kubernetes') for (const id of group.maintainers) wanted.add(id);
  }
  expect([...groupNamed(company, 'org-kubernetes-maintainers').members].sort()).toEqual([...wanted].sort());
});

test('a team with a parent in the chart is nested in it', () => {
  const company = companyFromOrgChart(CHART);
  const parent = groupNamed(company, 'kubernetes/sig-release');
  expect(parent.children.has(groupNamed(company, 'kubernetes/release-engineering').id)).toBe(true);
  const nested = [...company.groups.values()].reduce((sum, { children }) => sum + children.size, 0);
  expect(nested).toBe(CHART.groups.filter((group: { parent?: string | null }) => group.parent).length);
});

test('a chart that names an unknown member is refused', () => {
  const chart = { users: [], groups: [{ name: 'a', kind: 'team', members: ['u1'] }] };
  expect(() => companyFromOrgChart(chart)).toThrow('group a names an unknown person: u1');
});

test('no two changes share a time even when the clock stands still', () => {
  const directory = new CompanyDirectory(fictionalCompany(DEMO_COMPANY), { now: () => FOUNDED });
  const hired = directory.hire({
    firstName: 'New',
    lastName: 'Hire',
    email: 'new@corp.example',
    groups: ['devin-users'],
  });
  directory.join('devin-payments', 'new@corp.example');
  directory.suspend('new@corp.example');
  expect(directory.changes.map(({ kind }) => kind)).toEqual(['person', 'membership', 'membership', 'person']);
  expect(directory.changes.map(({ at }) => at)).toEqual([1, 2, 3, 4].map((step) => FOUNDED + step));
  expect(directory.stamp(hired)).toEqual({
    created: FOUNDED + 1,
    updated: FOUNDED + 4,
    membership: FOUNDED + 1,
  });
});

test('moving somebody stamps the membership of both groups and neither their name', () => {
  const company = fictionalCompany(DEMO_COMPANY);
  const directory = new CompanyDirectory(company, { now: () => FOUNDED + 1000 });
  const from = directory.group('devin-payments');
  const to = directory.group('devin-search');
  const id = [...from.members].find((member) => !to.members.has(member)) as string;
  directory.move(id, 'devin-payments', 'devin-search');
  expect(from.members.has(id)).toBe(false);
  expect(to.members.has(id)).toBe(true);
  expect(directory.stamp(from)).toEqual({ created: FOUNDED, updated: FOUNDED, membership: FOUNDED + 1000 });
  expect(directory.stamp(to).membership).toBe(FOUNDED + 1001);
});

test('a deleted person leaves every group and a deleted group every parent', () => {
  const directory = new CompanyDirectory(emptyCompany());
  const person = directory.hire({ firstName: 'A', lastName: 'B', email: 'a@corp.example' });
  const outer = directory.createGroup('outer');
  const inner = directory.createGroup('inner');
  directory.nest('outer', 'inner');
  directory.join('inner', person.id);
  directory.deletePerson('A@CORP.example');
  directory.deleteGroup('inner');
  expect(directory.company.people.size).toBe(0);
  expect(inner.members.size).toBe(0);
  expect([...outer.children]).toEqual([]);
  expect(directory.changes.slice(-4).map(({ kind, id }) => [kind, id])).toEqual([
    ['membership', inner.id],
    ['person-deleted', person.id],
    ['membership', outer.id],
    ['group-deleted', inner.id],
  ]);
});

test('a mutator names the person or group that the company does not have', () => {
  const directory = new CompanyDirectory(emptyCompany());
  directory.createGroup('team');
  directory.hire({ firstName: 'A', lastName: 'B', email: 'a@corp.example' });
  expect(() => directory.suspend('ghost@corp.example')).toThrow('no person ghost@corp.example');
  expect(() => directory.renameGroup('ghosts', 'x')).toThrow('no group ghosts');
  expect(() => directory.leave('team', 'a@corp.example')).toThrow('a@corp.example is not in team');
});

test('two users of one company share its directory', () => {
  const company = emptyCompany();
  expect(directoryOf(company)).toBe(directoryOf(company));
  const own = new CompanyDirectory(company);
  expect(directoryOf(own)).toBe(own);
});
