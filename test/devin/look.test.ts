/** The users on a few addresses: two calls an address, and nobody else. */
import { expect, onTestFinished, test } from 'vitest';
import { SourceReadError } from '../../src/lib/errors.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { answerJson, failure, reading, startStub, targetFor } from './helpers.ts';

async function enterprise(): Promise<FakeDevin> {
  const fake = await startFakeDevin({ orgs: ['Web', 'Lab'] });
  onTestFinished(() => fake.close());
  fake.state.addUser({ email: 'Ann@corp.example', orgs: { Web: 'org_member' } });
  fake.state.addUser({ email: 'bob@corp.example' });
  const group = fake.state.registerGroup('devin-data');
  fake.state.setGroupRole(group, '', 'account_member');
  fake.state.login('ann@corp.example', ['devin-data']);
  fake.state.login('eve@corp.example', ['devin-data']);
  return fake;
}

test('users are found by address from both lists, with roles and places as an earlier reading has them', async () => {
  const fake = await enterprise();
  const target = targetFor(fake.url);
  const { head } = await target.read(reading());
  fake.requests.length = 0;
  await target.identify(reading().signal);
  const state = await target.look?.(
    ['ann@corp.example', 'ANN@corp.example', 'eve@corp.example'],
    head,
    reading(),
  );
  expect(fake.requests).toHaveLength(1 + 2 * 3);
  const users = Array.from({ length: state?.userCount ?? 0 }, (_, user) => state?.user(user).email);
  expect(users.sort()).toEqual(['Ann@corp.example', 'eve@corp.example']);
  const roles = [0, 1].map((user) => [state?.directRoles(user).length, state?.derivedRoles(user).length]);
  expect(roles.sort()).toEqual([
    [0, 1],
    [2, 0],
  ]);
  const alone = await target.look?.(['nobody@corp.example'], head, reading());
  expect([alone?.userCount, alone?.head.reads.reduce((sum, { calls }) => sum + calls, 0)]).toEqual([0, 3]);
});

test('a role or an organization that the earlier reading does not list is no answer', async () => {
  const fake = await enterprise();
  const target = targetFor(fake.url);
  const { head } = await target.read(reading());
  expect(await target.look?.(['ann@corp.example'], { ...head, orgs: [] }, reading())).toBeNull();
  expect(await target.look?.(['eve@corp.example'], { ...head, roles: [] }, reading())).toBeNull();
});

test('an API that does not know the filter is not asked, or not believed', async () => {
  const old = targetFor('http://127.0.0.1:9', { prefix: '/v3beta1' });
  expect(await old.look?.(['ann@corp.example'], { roles: [], orgs: [] }, reading())).toBeNull();
  const row = { user_id: 'u1', email: 'somebody@corp.example', name: null };
  const bodies: readonly object[] = [
    { items: [{ ...row, role_assignments: [], idp_role_assignments: [] }], has_next_page: false },
    { items: [], has_next_page: true, end_cursor: 'x' },
  ];
  for (const body of bodies) {
    const stub = await startStub((request, response) => {
      const self = { principal_type: 'service_user', service_user_id: 's1', service_user_name: 'sync' };
      answerJson(response, 200, request.url?.includes('/self') ? self : body);
    });
    onTestFinished(() => stub.close());
    expect(
      await targetFor(stub.url).look?.(['ann@corp.example'], { roles: [], orgs: [] }, reading()),
    ).toBeNull();
  }
});

test('an odd answer ends the look and names the list', async () => {
  const stub = await startStub((request, response) => {
    const self = { principal_type: 'service_user', service_user_id: 's1', service_user_name: 'sync' };
    answerJson(response, 200, request.url?.includes('/self') ? self : { items: [{}] });
  });
  onTestFinished(() => stub.close());
  const looking = targetFor(stub.url).look?.(['ann@corp.example'], { roles: [], orgs: [] }, reading());
  const error = await failure(looking ?? Promise.resolve());
  expect(error).toBeInstanceOf(SourceReadError);
  expect(error.message).toMatch(/Devin users.* on one address .*is not as the API promises: items\.0/);
});
