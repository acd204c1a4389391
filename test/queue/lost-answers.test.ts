/** For each kind of write: it took effect, and nobody got to know. There must be no second effect, and no second call. */
import { expect, test } from 'vitest';
import type { Operation, OperationKind } from '../../src/core/model/operation.ts';
import type { FakeDevinState } from '../../src/sandbox/devin/state.ts';
import { entryOf } from '../../src/state/store.ts';
import { operation, plan } from '../lib/plan-builder.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { type Desk, desk, email, MEMBER, writesOf } from './writing.ts';

const redis = await privateRedis();
const ADMIN = 'org_admin';
const ACCOUNT = 'account_member';
const ALWAYS = Number.POSITIVE_INFINITY;
const NOBODY = { user: (name: string) => name, org: (name: string) => name };

interface Case {
  readonly kind: OperationKind;
  readonly effects: readonly string[];
  /** Prepares the enterprise and says what the write is about. */
  readonly make: (state: FakeDevinState) => Partial<Operation>;
}

function person(state: FakeDevinState, orgs: Record<string, string> = {}): Partial<Operation> {
  return { user: state.addUser({ email: email('ada'), orgs }).id, subject: 'person:ada' };
}

/** A registered group with roles by place; `''` is the enterprise. */
function group(state: FakeDevinState, roles: Readonly<Record<string, string>>): Partial<Operation> {
  const made = state.registerGroup('devs');
  for (const [place, role] of Object.entries(roles)) state.setGroupRole(made, place, role);
  return { group: 'devs', subject: 'group:devs' };
}

const payments = (state: FakeDevinState): string => state.org('Payments').id;

const CASES: readonly Case[] = [
  {
    kind: 'create-org',
    effects: ['create-org Ledger'],
    make: () => ({ create: { name: 'Ledger', maxSessionAcuLimit: null, maxCycleAcuLimit: null } }),
  },
  {
    kind: 'invite',
    effects: [`invite ${email('ada')}`, `invite ${email('bob')}`],
    make: () => ({ role: ACCOUNT, batch: [email('ada'), email('bob')] }),
  },
  {
    kind: 'set-enterprise-role',
    effects: [`set-enterprise-role ${email('ada')}`],
    make: (state) => ({ ...person(state), role: 'account_admin' }),
  },
  { kind: 'remove-user', effects: [`remove-user ${email('ada')}`], make: (state) => person(state) },
  {
    kind: 'add-to-org',
    effects: [`add-to-org ${email('ada')}`],
    make: (state) => ({ ...person(state), org: payments(state), role: MEMBER }),
  },
  {
    kind: 'change-org-role',
    effects: [`change-org-role ${email('ada')}`],
    make: (state) => ({ ...person(state, { Payments: MEMBER }), org: payments(state), role: ADMIN }),
  },
  {
    kind: 'remove-from-org',
    effects: [`remove-from-org ${email('ada')}`],
    make: (state) => ({ ...person(state, { Payments: MEMBER }), org: payments(state) }),
  },
  {
    kind: 'register-groups',
    effects: ['register-group devs', 'register-group ops'],
    make: () => ({ batch: ['devs', 'ops'] }),
  },
  {
    kind: 'give-group-role',
    effects: ['give-group-role devs'],
    make: (state) => ({ ...group(state, {}), role: ACCOUNT }),
  },
  {
    kind: 'change-group-role',
    effects: ['change-group-role devs'],
    make: (state) => ({ ...group(state, { '': ACCOUNT }), role: 'account_admin' }),
  },
  {
    kind: 'take-group-role',
    effects: ['take-group-role devs'],
    make: (state) => group(state, { '': ACCOUNT }),
  },
  {
    kind: 'add-group-to-org',
    effects: ['add-group-to-org devs'],
    make: (state) => ({ ...group(state, { '': ACCOUNT }), org: payments(state), role: MEMBER }),
  },
  {
    kind: 'change-group-org-role',
    effects: ['change-group-org-role devs'],
    make: (state) => ({
      ...group(state, { '': ACCOUNT, [payments(state)]: MEMBER }),
      org: payments(state),
      role: ADMIN,
    }),
  },
  {
    kind: 'remove-group-from-org',
    effects: ['remove-group-from-org devs'],
    make: (state) => ({ ...group(state, { '': ACCOUNT, [payments(state)]: MEMBER }), org: payments(state) }),
  },
  { kind: 'unregister-group', effects: ['unregister-group devs'], make: (state) => group(state, {}) },
];

/** The compiler keeps this list whole. */
const KINDS = {
  'create-org': true,
  invite: true,
  'set-enterprise-role': true,
  'remove-user': true,
  'add-to-org': true,
  'change-org-role': true,
  'remove-from-org': true,
  'register-groups': true,
  'give-group-role': true,
  'change-group-role': true,
  'take-group-role': true,
  'add-group-to-org': true,
  'change-group-org-role': true,
  'remove-group-from-org': true,
  'unregister-group': true,
} satisfies Record<OperationKind, true>;

test('every kind of write is among the cases', () => {
  expect(CASES.map(({ kind }) => kind).toSorted()).toEqual(Object.keys(KINDS).toSorted());
});

function effectsOf({ devin }: Desk): string[] {
  return devin.state.effects.map(({ kind, label }) => `${kind} ${label}`).sort();
}

test.each(CASES)('$kind: no answer comes', async ({ kind, effects, make }) => {
  const at = await desk(redis);
  const one = operation({ key: 'op', kind, ...make(at.devin.state) });
  for (const method of ['POST', 'PATCH', 'DELETE'])
    at.devin.faults.add({ method, times: ALWAYS, action: { kind: 'lose-answer' } });
  at.writer();
  expect(await at.run(plan('P', [one]))).toMatchObject({ done: 1, failed: 0 });
  expect(effectsOf(at)).toEqual(effects);
  expect(writesOf(at.devin)).toHaveLength(1);
  expect(at.devin.faults.fired).toHaveLength(1);
});

test.each(CASES)('$kind: the writer died after it was sent', async ({ kind, effects, make }) => {
  const at = await desk(redis);
  const one = operation({ key: 'op', kind, ...make(at.devin.state) });
  const entry = entryOf({ at: Date.now(), kind: 'sending', planId: 'P', opKey: 'op' });
  await at.store.writes.intend('P', { opKey: 'op', at: Date.now() }, entry);
  await at.target.apply(one, NOBODY, new AbortController().signal);
  at.writer();
  expect(await at.run(plan('P', [one]))).toMatchObject({ done: 1, failed: 0 });
  expect(effectsOf(at)).toEqual(effects);
  expect(writesOf(at.devin)).toHaveLength(1);
  expect((await at.store.writes.outcomes('P', ['op']))[0]).toMatchObject({
    state: 'done',
    attempts: 0,
    reason: 'sent before an interruption, and found done',
  });
});
