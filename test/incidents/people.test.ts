/** What went wrong elsewhere for single people and groups, over HTTP. */
import { expect, onTestFinished, test } from 'vitest';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeGraph } from '../../src/sandbox/fake-graph.ts';
import { live } from '../e2e/live.ts';
import { ALWAYS, guardsOf, hire, staff, takes, town } from './town.ts';

const THROUGH_GROUPS = [
  '{ group: everybody, role: Member, via: group }',
  '{ pattern: "team-(?<org>[a-z]+)", org: "{org}", role: Member, via: group }',
];
const here = await town();
const groups = await town({ rules: THROUGH_GROUPS, company: staff(20) });

function address(name: string): string {
  return `${name}@corp.example`;
}

test('ssosync 278: a 503 for one person is not an absent person', async () => {
  const { okta, company, apply, plan, writes } = here;
  const person = company.person(address('p00'));
  const { id } = person;
  company.deletePerson(id);
  okta.faults.add({
    path: new RegExp(`/users/${id}`),
    times: ALWAYS,
    action: { kind: 'status', status: 503 },
  });
  await expect(apply('held')).rejects.toThrow(/503/);
  expect(okta.faults.unfired()).toEqual([]);
  expect(takes(writes())).toEqual([]);
  okta.faults.clear();
  company.company.people.set(id, person);
  for (const group of ['everybody', 'team-web']) company.join(group, id);
  expect((await plan()).operations).toEqual([]);
  expect((await plan()).changes).toEqual([]);
});

test('ssosync 291: a membership change neither deletes nor recreates its group', async () => {
  const { company, apply, writes } = groups;
  const before = writes().length;
  company.move(address('p02'), 'team-web', 'team-pay');
  await apply('held');
  expect(writes().slice(before)).toEqual([]);
});

test('ssosync 88: groups that this daemon did not register are never taken down', async () => {
  const { devin, apply, restart, writes } = groups;
  const foreign = devin.state.registerGroup('control-tower');
  devin.state.setGroupRole(foreign, '', 'account_admin');
  await restart({ more: 'foreign: remove' });
  await apply('held');
  expect(takes(writes())).toEqual([]);
  expect(devin.state.groups.get('control-tower')?.roles.get('')).toBe('account_admin');
});

test('opencloud 304: a renamed group keeps its access, and the new name has the roles before the old one goes', async () => {
  const { company, devin, apply, writes } = groups;
  company.renameGroup('everybody', 'all-of-us');
  await apply('ready');
  expect(takes(writes())).toEqual([]);
  expect(devin.state.groups.get('all-of-us')?.roles).toEqual(devin.state.groups.get('everybody')?.roles);
});

test('firezone 10898: what a guard holds is let go by an approval, and no limit is raised for it', async () => {
  const { company, apply, devin, writes } = here;
  const names = ['p04', 'p06', 'p08', 'p10', 'p12', 'p14'];
  for (const name of names) company.leave('team-web', address(name));
  const refused = await apply('ready');
  expect(refused.state).toBe('nothing');
  expect(guardsOf(refused.plan)).toContain('perGroup');
  expect(await apply('held')).toMatchObject({ state: 'applied', after: { changes: [] } });
  expect(takes(writes())).toHaveLength(6);
  const org = devin.state.org('web').id;
  for (const name of names) expect(devin.state.user(address(name)).direct.has(org)).toBe(false);
});

test('github roadmap 521: somebody who was taken out by hand is not invited again and again', async () => {
  const { devin, apply, writes } = here;
  const before = writes().length;
  devin.state.removeUser(devin.state.user(address('p01')));
  for (let turn = 0; turn < 3; turn++) {
    const { plan } = await apply('ready');
    expect(guardsOf(plan)).toEqual(['by-hand']);
    expect(plan.notices).toMatchObject([{ kind: 'changed-by-hand', subject: address('p01') }]);
  }
  expect(writes()).toHaveLength(before);
});

test('test-infra 22723: one person whom Devin refuses does not stop the others, and is named', async () => {
  const { company, devin, apply } = here;
  for (const name of ['new1', 'new2', 'new3']) hire(company, name, 'team-pay');
  devin.faults.add({
    method: 'POST',
    path: /\/organizations\/[^/]+\/members\/users/,
    action: {
      kind: 'status',
      status: 403,
      body: '{"title":"Blocked","status":403,"detail":"This member is blocked."}',
    },
  });
  const result = await apply('ready');
  if (result.state !== 'applied') throw new Error('nothing was written');
  expect(result.progress).toMatchObject({ done: 3, failed: 1 });
  const org = devin.state.org('pay').id;
  const there = ['new1', 'new2', 'new3'].filter((name) => devin.state.user(address(name)).direct.has(org));
  expect(there).toHaveLength(2);
  expect(result.after.operations).toHaveLength(1);
});

test('moodle 2150: each removal says through which group, and what proves it', async () => {
  const { company, apply } = here;
  company.leave('team-pay', address('p03'));
  const result = await apply('ready');
  expect(result.plan.changes.filter(({ kind }) => kind === 'remove-from-org')).toMatchObject([
    { cause: 'left-group', reason: 'no longer in team-pay, read twice', left: [{ name: 'team-pay' }] },
  ]);
});

test('a SCIM bridge suspended every user when its groups went empty: here everybody keeps what they have', async () => {
  const other = await town({ company: staff(20) });
  for (const { name, members } of other.company.company.groups.values())
    for (const id of [...members]) other.company.leave(name, id);
  for (let turn = 0; turn < 2; turn++) {
    const { state, plan } = await other.apply('ready');
    expect(state).toBe('nothing');
    expect(guardsOf(plan)).toEqual(expect.arrayContaining(['orgRoles', 'perGroup', 'shrink']));
  }
  expect(other.writes()).toEqual([]);
});

test('fleet 46374: people of nested groups are people of the group, not an error', async () => {
  const company = staff(4);
  const graph = await startFakeGraph({ company });
  const devin = await startFakeDevin();
  onTestFinished(() => Promise.all([graph.close(), devin.close()]).then(() => {}));
  company.createGroup('top');
  company.nest('top', 'team-web');
  const { url, tenantId, clientId, clientSecret } = graph;
  const { plan } = await live(`directory:
  entra: { tenantId: ${tenantId}, clientId: ${clientId}, clientSecret: ${clientSecret}, graphUrl: ${url}, authorityUrl: ${url} }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules: [{ group: top, role: Member }]
`);
  expect((await plan()).changes).toMatchObject([
    { kind: 'invite', subject: { label: address('p00') }, reason: expect.stringContaining('top > team-web') },
    { kind: 'invite', subject: { label: address('p02') } },
  ]);
});
