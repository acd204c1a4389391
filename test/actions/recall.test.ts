/** The ledger from the audit log of a fake Devin, over HTTP: everything that was written comes back as ours. */
import { expect, onTestFinished, test } from 'vitest';
import { recallLedger } from '../../src/actions/recall.ts';
import { fictionalCompany } from '../../src/sandbox/company.ts';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import { CONTEXT, live } from '../e2e/live.ts';

async function enterprise(permissions?: Parameters<typeof startFakeDevin>[0]) {
  const okta = await startFakeOkta({ company: fictionalCompany({ seed: 3, people: 30, teams: 2 }) });
  const devin = await startFakeDevin({ orgs: ['web'], ...permissions });
  onTestFinished(() => Promise.all([okta.close(), devin.close()]).then(() => {}));
  const program = () =>
    live(`directory: { okta: { url: ${okta.url}, token: ${okta.token} } }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules:
  - { group: devin-users, org: web, role: Member }
limits: { devin: { maxPerSecond: 500 } }
`);
  return { devin, program };
}

test('a lost ledger comes back from the audit log; what a person gave in Devin stays foreign', async () => {
  const { devin, program } = await enterprise();
  await (await program()).apply('held');
  const users = [...devin.state.users.values()];
  const [first] = users;
  if (first === undefined) throw new Error('nobody was invited');
  const org = devin.state.org('web').id;
  devin.state.setUserRole(first, org, null);
  devin.state.setUserRole(first, org, 'org_member');
  const lost = await program();
  const blind = (await lost.plan()).notices.filter(({ kind }) => kind === 'blind');
  expect(blind).toMatchObject([{ message: expect.stringContaining('ledger recall') }]);
  const { edges, unclear, acts } = await recallLedger(await lost.bench.loop(), 'os:eve', CONTEXT);
  expect([edges.length, unclear, acts]).toEqual([users.length * 2 - 1, 0, devin.state.audit.length]);
  const after = await lost.plan();
  expect(after.notices.filter(({ kind }) => kind === 'blind')).toEqual([]);
  expect(after.changes).toEqual([]);
});

test('a key that may not read the audit log is told which permission it lacks', async () => {
  const { program } = await enterprise({
    permissions: ['ManageAccountMembership', 'ManageOrganizations'],
  });
  const { bench } = await program();
  await expect(recallLedger(await bench.loop(), 'os:eve', CONTEXT)).rejects.toThrow(
    /ManageEnterpriseSettings/,
  );
});
