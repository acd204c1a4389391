/** What takes access from a person is read by id before and after the call. */
import { expect, test } from 'vitest';
import { privateRedis } from '../lib/private-redis.ts';
import {
  addToOrg,
  type Desk,
  desk,
  downgrade,
  email,
  planOf,
  removeFromOrg,
  removeUser,
  TENANTS,
  writesOf,
} from './writing.ts';

const redis = await privateRedis();
const ALWAYS = Number.POSITIVE_INFINITY;
const BY_ID = /^\/v3\/enterprise\/members\/users\/[^/?]+$/;

function calls({ devin }: Desk): string[] {
  return devin.requests.map(({ method }) => method);
}

test('a removal is read by id before and after, a grant is not', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const ada = at.devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  const bob = at.devin.state.addUser({ email: email('bob') });
  at.writer({ concurrency: 1 });
  await at.run(planOf('grant', addToOrg({ who: 'bob', user: bob.id, org })));
  expect(calls(at)).toEqual(['POST']);
  at.devin.requests.length = 0;
  expect(await at.run(planOf('take', removeFromOrg({ who: 'ada', user: ada.id, org })))).toMatchObject({
    done: 1,
  });
  expect(calls(at)).toEqual(['GET', 'DELETE', 'GET']);
  at.devin.requests.length = 0;
  expect(await at.run(planOf('leave', removeUser('ada', ada.id)))).toMatchObject({ done: 1 });
  expect(calls(at)).toEqual(['GET', 'DELETE', 'GET']);
});

test('a downgrade of a person is proven like a removal', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const ada = at.devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_admin' } });
  at.writer();
  expect(await at.run(planOf('P', downgrade({ who: 'ada', user: ada.id, org })))).toMatchObject({ done: 1 });
  expect(calls(at)).toEqual(['GET', 'PATCH', 'GET']);
  expect(at.devin.state.user(ada.id).direct.get(org)).toBe('org_member');
});

test('what is gone already is recorded as such, nothing is sent, and the ledger forgets it', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const ada = at.devin.state.addUser({ email: email('ada') });
  at.writer();
  await at.run(planOf('give', addToOrg({ who: 'ada', user: ada.id, org })));
  const before = await at.store.memory.load(TENANTS);
  expect(before.people[0]?.places[org]).toBe('managed');
  at.devin.state.setUserRole(ada, org, null);
  const plan = planOf('take', removeFromOrg({ who: 'ada', user: ada.id, org }));
  expect(await at.run(plan)).toMatchObject({ done: 1 });
  expect(writesOf(at.devin).map(({ method }) => method)).toEqual(['POST']);
  const [outcome] = await at.store.writes.outcomes('take', [`remove/ada:${org}`]);
  expect(outcome).toMatchObject({
    state: 'already',
    attempts: 0,
    reason: 'it was gone already, so nothing was sent',
  });
  const { people, recent } = await at.store.memory.load(TENANTS);
  expect(people[0]?.places[org]).toBeUndefined();
  expect(recent).toEqual(before.recent);
});

test('a removal whose person cannot be read fails with words, and nothing is sent', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const ada = at.devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  at.devin.faults.add({
    method: 'GET',
    path: BY_ID,
    times: ALWAYS,
    action: { kind: 'status', status: 503 },
  });
  at.writer();
  const plan = planOf('P', removeFromOrg({ who: 'ada', user: ada.id, org }));
  expect(await at.run(plan)).toMatchObject({ failed: 1 });
  expect(writesOf(at.devin)).toEqual([]);
  const [letter] = await at.queue.failures('P');
  expect(letter).toMatchObject({ attempts: 0, status: 503 });
  expect(letter?.reason).toMatch(/^nothing was sent, because it could not be read before: .*503/);
});

test('a deactivation is sent also when the person cannot be read', async () => {
  const at = await desk(redis);
  const ada = at.devin.state.addUser({ email: email('ada') });
  at.devin.faults.add({
    method: 'GET',
    path: BY_ID,
    times: ALWAYS,
    action: { kind: 'status', status: 503 },
  });
  at.writer();
  expect(await at.run(planOf('P', removeUser('ada', ada.id)))).toMatchObject({ done: 1 });
  expect(at.devin.state.effects.map(({ kind }) => kind)).toEqual(['remove-user']);
  const [outcome] = await at.store.writes.outcomes('P', ['leave/ada']);
  expect(outcome?.reason).toMatch(/^Devin answered that it is done; it could not be read afterwards: .*503/);
});

test('a deactivation whose answer is lost while nothing can be read is sent again', async () => {
  const at = await desk(redis);
  const ada = at.devin.state.addUser({ email: email('ada') });
  at.devin.faults.add({ method: 'DELETE', action: { kind: 'reset' } });
  at.devin.faults.add({
    method: 'GET',
    path: BY_ID,
    times: ALWAYS,
    action: { kind: 'status', status: 503 },
  });
  at.writer();
  expect(await at.run(planOf('P', removeUser('ada', ada.id)))).toMatchObject({ done: 1 });
  expect(writesOf(at.devin)).toHaveLength(2);
  expect(at.devin.state.effects).toHaveLength(1);
});

test('a removal that Devin calls done but that did not happen is a failure that says so', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const ada = at.devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  const bob = at.devin.state.addUser({ email: email('bob'), orgs: { Payments: 'org_admin' } });
  const claims = { status: 200, body: '{}', contentType: 'application/json' };
  at.devin.faults.add({ method: 'DELETE', action: { kind: 'status', ...claims } });
  at.devin.faults.add({ method: 'PATCH', action: { kind: 'status', ...claims } });
  at.writer();
  const plan = planOf(
    'P',
    removeFromOrg({ who: 'ada', user: ada.id, org }),
    downgrade({ who: 'bob', user: bob.id, org }),
  );
  expect(await at.run(plan)).toMatchObject({ failed: 2, done: 0 });
  const reasons = (await at.queue.failures('P')).map(({ reason }) => reason).sort();
  expect(reasons).toEqual([
    'Devin answered that it is done, but ada@corp.example still has it when read by id afterwards',
    'Devin answered that it is done, but bob@corp.example does not have the lower role when read by id afterwards',
  ]);
  expect((await at.store.memory.load(TENANTS)).people).toEqual([]);
});

test('an access that is gone only a moment after the answer counts as done', async () => {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const ada = at.devin.state.addUser({ email: email('ada'), orgs: { Payments: 'org_member' } });
  const stale = JSON.stringify({
    user_id: ada.id,
    email: ada.email,
    name: null,
    role_assignments: [
      { org_id: org, role: { role_id: 'org_member', role_name: 'Member', role_type: 'org' } },
    ],
  });
  at.devin.faults.add({
    method: 'GET',
    path: BY_ID,
    skip: 1,
    action: { kind: 'status', status: 200, body: stale, contentType: 'application/json' },
  });
  at.writer();
  expect(await at.run(planOf('P', removeFromOrg({ who: 'ada', user: ada.id, org })))).toMatchObject({
    done: 1,
  });
  expect(calls(at)).toEqual(['GET', 'DELETE', 'GET', 'GET']);
});
