import { expect, test } from 'vitest';
import { CompanyDirectory, emptyCompany } from '../../src/sandbox/company.ts';
import type { OktaApp } from '../../src/sandbox/okta/context.ts';
import { ALL, callsOf, context, failureOf, oktaOf, pages, plainSnapshot, smallCompany } from './setup.ts';

const APP = '0oadevin';
const app = { id: APP };

interface Assigned {
  readonly company: CompanyDirectory;
  readonly apps: ReadonlyMap<string, OktaApp>;
  readonly groups: Set<string>;
  readonly people: Set<string>;
}

/** The application of a small company: a group of its users, and one person by name. */
function assigned(company = smallCompany(), names = ['devin-users']): Assigned {
  const groups = new Set(names.map((name) => company.group(name).id));
  const people = new Set<string>();
  return { company, groups, people, apps: new Map([[APP, { groups, people }]]) };
}

test('an application costs its pages of users, its groups, and their members; nobody else is read', async () => {
  const company = new CompanyDirectory(emptyCompany());
  const team = company.createGroup('team');
  company.createGroup('other');
  for (let person = 0; person < 1_050; person++)
    company.hire({
      firstName: 'P',
      lastName: `${person}`,
      email: `p${person}@corp.example`,
      groups: person < 1_001 ? [team.id] : [],
    });
  const { apps } = assigned(company, ['team']);
  const { okta, source } = await oktaOf({ company, apps, pageSize: 500 }, { app });
  const snapshot = await source.read(ALL, context());
  expect([snapshot.personCount, snapshot.groupCount, snapshot.edgeCount]).toEqual([1_001, 1, 1_001]);
  // One more call names the org.
  expect(okta.requests).toHaveLength(pages(1_001, 500) + 1 + pages(1_001, 200) + 1);
  expect(callsOf(snapshot)).toBe(okta.requests.length);
});

test('people come through a group or by name, with the state of the user, not of the assignment', async () => {
  const { company, apps, people } = assigned();
  const [suspended = '', ...others] = company.group('devin-users').members;
  company.suspend(suspended);
  const outside = company.hire({ firstName: 'By', lastName: 'Name', email: 'by.name@corp.example' });
  const gone = company.hire({ firstName: 'Was', lastName: 'Here', email: 'was@corp.example' });
  const never = company.hire({ firstName: 'Not', lastName: 'Assigned', email: 'not@corp.example' });
  for (const id of [outside.id, gone.id]) people.add(id);
  company.deactivate(gone.id);
  const { source } = await oktaOf({ company, apps }, { app });
  const { people: read } = plainSnapshot(await source.read(ALL, context()));
  expect(read[suspended]?.status).toBe('suspended');
  expect(read[outside.id]?.status).toBe('active');
  expect(read[gone.id]?.status).toBe('deactivated');
  expect(read[never.id]).toBeUndefined();
  expect(read[others[0] as string]?.status).toBe('active');
});

test('somebody deactivated, whom a group still names, is told as deactivated', async () => {
  const { company, apps } = assigned();
  const [fired = ''] = company.group('devin-users').members;
  company.deactivate(fired);
  const { okta, source } = await oktaOf({ company, apps }, { app });
  const { people } = plainSnapshot(await source.read(ALL, context()));
  expect(people[fired]?.status).toBe('deactivated');
  expect(okta.requests.filter(({ path }) => /\/users\?.*id\+eq/.test(path))).toHaveLength(1);
});

test('somebody active in a group of the application and not yet assigned stays unknown, so nothing is decided', async () => {
  const { company, apps } = assigned();
  const [late = ''] = company.group('devin-users').members;
  const { okta, source } = await oktaOf({ company, apps }, { app });
  const users = [...company.group('devin-users').members].filter((id) => id !== late);
  const rows = users.map((id) => ({ id, _embedded: { user: { id, status: 'ACTIVE', profile: {} } } }));
  okta.faults.add({ path: /\/apps\/[^/]+\/users/, action: { kind: 'replace', body: JSON.stringify(rows) } });
  const { people } = plainSnapshot(await source.read(ALL, context()));
  expect(people[late]?.status).toBe('unknown');
});

test('include and exclude choose among the assigned groups', async () => {
  const company = smallCompany();
  const names = [...company.company.groups.values()].map(({ name }) => name);
  const { apps } = assigned(company, names);
  const groups = { include: ['devin-*'], exclude: ['*-admins'] };
  const { source } = await oktaOf({ company, apps }, { app, groups });
  const read = Object.values(plainSnapshot(await source.read(ALL, context())).groups).map(({ name }) => name);
  expect(read.sort()).toEqual(names.filter((name) => /^devin-(?!.*-admins$)/.test(name)).sort());
});

test('a group that is taken from the application is out of scope at the next cheap turn', async () => {
  const { company, apps, groups } = assigned(smallCompany(), ['devin-users', 'all-staff']);
  const { source } = await oktaOf({ company, apps }, { app });
  const first = await source.read(ALL, context());
  groups.delete(company.group('all-staff').id);
  const second = await source.update?.(first, context());
  expect(second?.basis).toBe('update');
  expect(second?.groupIndex(company.group('all-staff').id)).toBe(-1);
  expect(second?.personCount).toBe(company.group('devin-users').members.size);
});

test('an idle turn costs the pages of users and of groups of the application', async () => {
  const { company, apps } = assigned();
  for (const { id, status } of company.company.people.values())
    if (status === 'deactivated') company.restore(id);
  const { okta, source } = await oktaOf({ company, apps }, { app });
  const first = await source.read(ALL, context());
  okta.requests.length = 0;
  await source.update?.(first, context());
  expect(okta.requests.map(({ path }) => path.replace(/\?.*/, '')).sort()).toEqual([
    `/api/v1/apps/${APP}/groups`,
    `/api/v1/apps/${APP}/users`,
  ]);
});

test('an application that Okta does not know ends the read and names the setting', async () => {
  const { source } = await oktaOf({}, { app });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toMatch(/^Okta application (users|groups), page 1 .*answered 404/);
  expect(words).toContain('Check directory.okta.app.id');
});

test('groups are chosen by an expression of Okta before any is listed', async () => {
  const company = smallCompany();
  const { id } = company.group('devin-users');
  const wanted = [
    { groups: { include: ['*'], exclude: [], filter: `id eq "${id}"` } },
    { groups: { include: ['*'], exclude: [], search: 'profile.name eq "devin-users"' } },
  ];
  for (const options of wanted) {
    const { source } = await oktaOf({ company }, options);
    const snapshot = await source.read(ALL, context());
    expect(Object.keys(plainSnapshot(snapshot).groups)).toEqual([id]);
    expect(snapshot.listedCount).toBe(company.company.people.size);
  }
});
