import { afterEach, beforeEach, expect, test } from 'vitest';
import { invitePlaceholder, type Operation } from '../../src/core/model/operation.ts';
import type { DevinTarget, Resolver } from '../../src/devin/target.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import type { FaultAction } from '../../src/sandbox/faults.ts';
import {
  answerJson,
  asIs,
  deadline,
  failure,
  operation,
  startStub,
  targetError,
  targetFor,
} from './helpers.ts';

let fake: FakeDevin;
let target: DevinTarget;
let org: string;
let ann: string;
beforeEach(async () => {
  fake = await startFakeDevin({ orgs: ['Payments'] });
  target = targetFor(fake.url);
  org = fake.state.org('Payments').id;
  ann = fake.state.addUser({ email: 'ann@corp.example' }).id;
});
afterEach(() => fake.close());

const apply = (wanted: Operation) => target.apply(wanted, asIs, deadline());
const readBack = (wanted: Operation) => target.readBack(wanted, asIs, deadline());
const effects = () => fake.state.effects.map(({ kind, before, after }) => `${kind}: ${before} → ${after}`);
const lose = (action: FaultAction) => fake.faults.add({ method: 'POST', action });

/** How the enterprise must be before each operation, the operation, and what it leaves behind. */
interface Scene {
  readonly name: string;
  readonly given?: () => void;
  readonly wanted: () => Operation;
  readonly effect: string;
}

const inOrg = () => fake.state.setUserRole(fake.state.user(ann), org, 'org_member');
const group = (...places: string[]) => {
  const registered = fake.state.registerGroup('Pay/EU');
  for (const place of places)
    fake.state.setGroupRole(registered, place, place === '' ? 'account_member' : 'org_member');
};
const named = { group: 'Pay/EU' };

const scenes: Scene[] = [
  {
    name: 'a direct enterprise role is changed',
    wanted: () => operation('set-enterprise-role', { user: ann, role: 'account_admin' }),
    effect: 'set-enterprise-role: account_member → account_admin',
  },
  {
    name: 'a user is removed',
    wanted: () => operation('remove-user', { user: ann }),
    effect: 'remove-user: account_member → null',
  },
  {
    name: 'a user is added to an organization',
    wanted: () => operation('add-to-org', { user: ann, org, role: 'org_member' }),
    effect: 'add-to-org: null → org_member',
  },
  {
    name: 'a role in an organization is changed',
    given: inOrg,
    wanted: () => operation('change-org-role', { user: ann, org, role: 'org_admin' }),
    effect: 'change-org-role: org_member → org_admin',
  },
  {
    name: 'a user is taken out of an organization',
    given: inOrg,
    wanted: () => operation('remove-from-org', { user: ann, org }),
    effect: 'remove-from-org: org_member → null',
  },
  {
    name: 'a group is registered',
    wanted: () => operation('register-groups', { batch: ['Pay/EU'] }),
    effect: 'register-group: null → Pay/EU',
  },
  {
    name: 'a group gets an enterprise role',
    given: () => group(),
    wanted: () => operation('give-group-role', { ...named, role: 'account_member' }),
    effect: 'give-group-role: null → account_member',
  },
  {
    name: 'the enterprise role of a group is changed',
    given: () => group(''),
    wanted: () => operation('change-group-role', { ...named, role: 'account_admin' }),
    effect: 'change-group-role: account_member → account_admin',
  },
  {
    name: 'the enterprise role of a group is taken',
    given: () => group(''),
    wanted: () => operation('take-group-role', named),
    effect: 'take-group-role: account_member → null',
  },
  {
    name: 'a group gets a role in an organization',
    given: () => group(''),
    wanted: () => operation('add-group-to-org', { ...named, org, role: 'org_member' }),
    effect: 'add-group-to-org: null → org_member',
  },
  {
    name: 'the role of a group in an organization is changed',
    given: () => group('', org),
    wanted: () => operation('change-group-org-role', { ...named, org, role: 'org_admin' }),
    effect: 'change-group-org-role: org_member → org_admin',
  },
  {
    name: 'the role of a group in an organization is taken',
    given: () => group('', org),
    wanted: () => operation('remove-group-from-org', { ...named, org }),
    effect: 'remove-group-from-org: org_member → null',
  },
  {
    name: 'a group is unregistered',
    given: () => group(),
    wanted: () => operation('unregister-group', named),
    effect: 'unregister-group: Pay/EU → null',
  },
];

test.each(scenes)('$name: not done before, one effect, done after', async ({ given, wanted, effect }) => {
  given?.();
  expect(await readBack(wanted())).toEqual({ state: 'not-done' });
  expect(await apply(wanted())).toEqual({ users: {}, orgId: null });
  expect(effects()).toEqual([effect]);
  expect(await readBack(wanted())).toEqual({ state: 'done', result: { users: {}, orgId: null } });
  expect(fake.requests.filter(({ method }) => method !== 'GET')).toHaveLength(1);
});

test.each(scenes)(
  '$name, but the answer is lost: unknown, then found done',
  async ({ given, wanted, effect }) => {
    given?.();
    fake.faults.add({ action: { kind: 'lose-answer' } });
    expect(await targetError(apply(wanted()))).toMatchObject({ status: null, outcome: 'unknown' });
    expect(await readBack(wanted())).toMatchObject({ state: 'done' });
    expect(effects()).toEqual([effect]);
  },
);

const invite = () =>
  operation('invite', { batch: ['bea@corp.example', 'cy@corp.example'], role: 'account_member' });

test('an invite gives the ids of everybody invited, whatever the case of the answer', async () => {
  fake.state.addUser({ email: 'Bea@Corp.Example', id: 'email|bea' });
  const { users, orgId } = await apply(invite());
  expect(users).toEqual({
    'bea@corp.example': 'email|bea',
    'cy@corp.example': fake.state.user('cy@corp.example').id,
  });
  expect(orgId).toBeNull();
});

test('an invite whose answer is lost is found by its addresses', async () => {
  expect(await readBack(invite())).toEqual({ state: 'not-done' });
  lose({ kind: 'cut' });
  expect(await targetError(apply(invite()))).toMatchObject({ outcome: 'unknown' });
  const users = Object.fromEntries(invite().batch.map((email) => [email, fake.state.user(email).id]));
  expect(await readBack(invite())).toEqual({ state: 'done', result: { users, orgId: null } });
  expect(effects().filter((effect) => effect.startsWith('invite'))).toHaveLength(2);
});

test('an invite of which only a part is there is not done', async () => {
  fake.state.addUser({ email: 'bea@corp.example' });
  expect(await readBack(invite())).toEqual({ state: 'not-done' });
});

test('an invite whose answer lacks somebody is unknown, and reading back finds the id', async () => {
  lose({ kind: 'replace', body: JSON.stringify([{ user_id: 'email|1', email: 'bea@corp.example' }]) });
  const error = await targetError(apply(invite()));
  expect(error.outcome).toBe('unknown');
  expect(error.message).toContain('lacks 1 of 2 invited addresses (cy@corp.example)');
  expect(await readBack(invite())).toMatchObject({ state: 'done' });
});

test('two users on one invited address are named, not chosen from', async () => {
  fake.state.addUser({ email: 'bea@corp.example', id: 'okta|bea' });
  fake.state.addUser({ email: 'bea@corp.example', id: 'email|bea' });
  const error = await targetError(readBack(invite()));
  expect(error.outcome).toBe('unknown');
  expect(error.message).toContain('two users for bea@corp.example: email|bea and okta|bea');
});

test('the older version has no filter by address, so everybody is read', async () => {
  const rows = ['ann', 'bea', 'cy'].map((name) => ({
    user_id: name,
    email: `${name}@corp.example`,
    role_assignments: [],
  }));
  const server = await startStub((_, response) => answerJson(response, 200, { items: rows }));
  try {
    const older = targetFor(server.url, { prefix: '/v3beta1' });
    const result = { users: { 'bea@corp.example': 'bea', 'cy@corp.example': 'cy' }, orgId: null };
    expect(await older.readBack(invite(), asIs, deadline())).toEqual({ state: 'done', result });
    expect(server.requests.map(({ url }) => url)).toEqual(['/v3beta1/enterprise/members/users?first=200']);
  } finally {
    await server.close();
  }
});

const create = () =>
  operation('create-org', { create: { name: 'Data', maxSessionAcuLimit: 5, maxCycleAcuLimit: 50 } });

test('a new organization gives its id, now or when its answer was lost', async () => {
  expect(await readBack(create())).toEqual({ state: 'not-done' });
  lose({ kind: 'lose-answer' });
  await targetError(apply(create()));
  const made = fake.state.org('Data');
  expect(made).toMatchObject({ maxSessionAcuLimit: 5, maxCycleAcuLimit: 50 });
  expect(await readBack(create())).toEqual({ state: 'done', result: { users: {}, orgId: made.id } });
  const other = await apply(create());
  expect(other.orgId).not.toBe(made.id);
  expect((await targetError(readBack(create()))).message).toContain('two organizations named "Data"');
});

test('placeholders are filled in before anything is sent', async () => {
  const placeholder = invitePlaceholder('ann@corp.example');
  const add = operation('add-to-org', { user: placeholder, org: '{org:Payments}', role: 'org_member' });
  const resolver: Resolver = { user: () => ann, org: () => org };
  await target.apply(add, resolver, deadline());
  expect(fake.state.user(ann).direct.get(org)).toBe('org_member');
  const unknown: Resolver = {
    ...asIs,
    user: () => {
      throw new Error('not invited yet');
    },
  };
  expect((await failure(target.apply(add, unknown, deadline()))).message).toBe('not invited yet');
});

test('removing what is gone already is a success', async () => {
  const gone = [
    operation('remove-user', { user: 'email|gone' }),
    operation('remove-from-org', { user: ann, org }),
    operation('take-group-role', { group: 'never' }),
    operation('unregister-group', { group: 'never' }),
  ];
  for (const wanted of gone) expect(await apply(wanted)).toEqual({ users: {}, orgId: null });
  expect(fake.requests.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  expect(effects()).toEqual([]);
});

test('changing what is gone is refused', async () => {
  const change = operation('set-enterprise-role', { user: 'email|gone', role: 'account_member' });
  expect(await targetError(apply(change))).toMatchObject({ status: 404, outcome: 'refused' });
});

test('a second assignment is refused in the words of Devin, and nobody guesses that it was done', async () => {
  inOrg();
  const add = operation('add-to-org', { user: ann, org, role: 'org_admin' });
  const error = await targetError(apply(add));
  expect(error).toMatchObject({ status: 409, outcome: 'refused' });
  expect(error.message).toContain('already has a role in organization');
  expect(await readBack(add)).toEqual({ state: 'not-done' });
});

test('a user who stays through a group is removed when no direct role is left', async () => {
  group('');
  fake.state.login('ann@corp.example', ['Pay/EU']);
  const remove = operation('remove-user', { user: ann });
  await apply(remove);
  expect(await readBack(remove)).toMatchObject({ state: 'done' });
  expect(fake.state.isMember(fake.state.user(ann))).toBe(true);
});

test('a busy Devin refuses a write and says how long to wait; nothing is sent again', async () => {
  fake.faults.add({ action: { kind: 'status', status: 429, headers: { 'retry-after': '32' } } });
  const error = await targetError(apply(operation('remove-user', { user: ann })));
  expect(error).toMatchObject({ status: 429, outcome: 'refused', retryAfterMs: 32_000 });
  expect(error.message).toContain('asks to wait 32 s');
  expect(fake.requests).toHaveLength(1);
});

test('a write stays unknown when reading it back fails', async () => {
  fake.faults.add({ method: 'GET', action: { kind: 'status', status: 403 } });
  const error = await targetError(readBack(operation('remove-user', { user: ann })));
  expect(error).toMatchObject({ status: 403, outcome: 'unknown' });
  expect(error.message).toContain('Whether the write took effect could not be read');
  fake.faults.add({ method: 'GET', action: { kind: 'status', status: 403 } });
  expect(await targetError(readBack(create()))).toMatchObject({ outcome: 'unknown' });
});
