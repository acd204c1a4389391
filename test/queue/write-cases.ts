/** One case for each kind of write: what it is about, what it needs to be there, and what it leaves behind. */
import type { Operation, OperationKind } from '../../src/core/model/operation.ts';
import type { FakeDevinState } from '../../src/sandbox/devin/state.ts';
import { type Api, email, MEMBER } from './writing.ts';

const ADMIN = 'org_admin';
const ACCOUNT = 'account_member';

export interface Case {
  readonly kind: OperationKind;
  readonly effects: readonly string[];
  /** Prepares the enterprise and says what the write is about. */
  readonly make: (state: FakeDevinState, who?: string) => Partial<Operation>;
}

function person(state: FakeDevinState, who: string, orgs: Record<string, string> = {}): Partial<Operation> {
  return { user: state.addUser({ email: email(who), orgs }).id, subject: `person:${who}` };
}

/** A registered group with roles by place; `''` is the enterprise. */
function group(
  state: FakeDevinState,
  who: string,
  roles: Readonly<Record<string, string>>,
): Partial<Operation> {
  const name = who === 'ada' ? 'devs' : `devs of ${who}`;
  const made = state.registerGroup(name);
  for (const [place, role] of Object.entries(roles)) state.setGroupRole(made, place, role);
  return { group: name, subject: `group:${name}` };
}

const payments = (state: FakeDevinState): string => state.org('Payments').id;

export const CASES: readonly Case[] = [
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
    make: (state, who = 'ada') => ({ ...person(state, who), role: 'account_admin' }),
  },
  {
    kind: 'remove-user',
    effects: [`remove-user ${email('ada')}`],
    make: (state, who = 'ada') => person(state, who),
  },
  {
    kind: 'add-to-org',
    effects: [`add-to-org ${email('ada')}`],
    make: (state, who = 'ada') => ({ ...person(state, who), org: payments(state), role: MEMBER }),
  },
  {
    kind: 'change-org-role',
    effects: [`change-org-role ${email('ada')}`],
    make: (state, who = 'ada') => ({
      ...person(state, who, { Payments: MEMBER }),
      org: payments(state),
      role: ADMIN,
    }),
  },
  {
    kind: 'remove-from-org',
    effects: [`remove-from-org ${email('ada')}`],
    make: (state, who = 'ada') => ({ ...person(state, who, { Payments: MEMBER }), org: payments(state) }),
  },
  {
    kind: 'register-groups',
    effects: ['register-group devs', 'register-group ops'],
    make: () => ({ batch: ['devs', 'ops'] }),
  },
  {
    kind: 'give-group-role',
    effects: ['give-group-role devs'],
    make: (state, who = 'ada') => ({ ...group(state, who, {}), role: ACCOUNT }),
  },
  {
    kind: 'change-group-role',
    effects: ['change-group-role devs'],
    make: (state, who = 'ada') => ({ ...group(state, who, { '': ACCOUNT }), role: 'account_admin' }),
  },
  {
    kind: 'take-group-role',
    effects: ['take-group-role devs'],
    make: (state, who = 'ada') => group(state, who, { '': ACCOUNT }),
  },
  {
    kind: 'add-group-to-org',
    effects: ['add-group-to-org devs'],
    make: (state, who = 'ada') => ({
      ...group(state, who, { '': ACCOUNT }),
      org: payments(state),
      role: MEMBER,
    }),
  },
  {
    kind: 'change-group-org-role',
    effects: ['change-group-org-role devs'],
    make: (state, who = 'ada') => ({
      ...group(state, who, { '': ACCOUNT, [payments(state)]: MEMBER }),
      org: payments(state),
      role: ADMIN,
    }),
  },
  {
    kind: 'remove-group-from-org',
    effects: ['remove-group-from-org devs'],
    make: (state, who = 'ada') => ({
      ...group(state, who, { '': ACCOUNT, [payments(state)]: MEMBER }),
      org: payments(state),
    }),
  },
  {
    kind: 'unregister-group',
    effects: ['unregister-group devs'],
    make: (state, who = 'ada') => group(state, who, {}),
  },
  {
    kind: 'update-org',
    effects: ['update-org Paid'],
    make: (state) => ({
      org: payments(state),
      create: { name: 'Paid', maxSessionAcuLimit: null, maxCycleAcuLimit: 5 },
    }),
  },
  {
    kind: 'allow-repository',
    effects: ['allow-repository Payments'],
    make: (state) => ({
      org: payments(state),
      role: `repo/${state.addConnection('GitHub').id}/corp%2Fpay`,
    }),
  },
  {
    kind: 'deny-repository',
    effects: ['deny-repository Payments'],
    make: (state) => {
      const connection = state.addConnection('GitHub').id;
      const wanted = { connection, repo: 'corp/old', prefix: null, group: null };
      const { id } = state.allow(state.org('Payments'), wanted);
      return { org: payments(state), before: `repo/${connection}/corp%2Fold/${id}` };
    },
  },
];

/** Kinds that the v2 API has no call for; the plan says so, and none is made. */
export const V2_LACKS =
  /^(update-org|(give|change|take)-group-role|change-group-org-role|unregister-group|.*-repository)$/;

export function casesOf(api: Api): readonly Case[] {
  return api === 'v3' ? CASES : CASES.filter(({ kind }) => !V2_LACKS.test(kind));
}

/** The compiler keeps this list whole. */
export const KINDS = {
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
  'update-org': true,
  'allow-repository': true,
  'deny-repository': true,
} satisfies Record<Exclude<OperationKind, `scim-${string}`>, true>;
