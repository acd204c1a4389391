/** Plans of a fictional company, the same at every run. */
import { createHash } from 'node:crypto';
import type { Buckets, Change, ChangeKind, NamedRef, Plan, Verdict } from '../../src/core/model/change.ts';
import type { Explanation } from '../../src/core/model/explanation.ts';
import type { Operation } from '../../src/core/model/operation.ts';
import { type ExplanationFormat, type PlanFormat, renderPlan } from '../../src/report/render.ts';

export const READY: Verdict = { state: 'ready' };
export const NOW = Date.UTC(2026, 10, 22, 14, 5);
export const MEMBER: NamedRef = { id: 'account_member', name: 'Member' };
export const ADMIN: NamedRef = { id: 'account_admin', name: 'Admin' };
export const PAYMENTS: NamedRef = { id: 'org-payments', name: 'Payments' };

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A change with its unremarkable parts filled in; `kind` and the e-mail or name are enough. */
export function change(kind: ChangeKind, label: string, rest: Partial<Change> = {}): Change {
  const type = /(create|update)-org|repository/.test(kind)
    ? 'org'
    : kind.includes('group')
      ? 'group'
      : 'person';
  return {
    key: hash(`${kind} ${label} ${rest.org?.name ?? ''}`).slice(0, 16),
    kind,
    subject: { type, directoryId: `00u${hash(label).slice(0, 8)}`, devinId: null, label },
    org: null,
    before: null,
    after: null,
    cause: 'rule',
    reason: 'rule "members" through devin-users',
    privileged: false,
    people: 1,
    verdict: READY,
    ...rest,
  };
}

export const NO_BUCKETS: Buckets = {
  people: {
    'in-sync': 0,
    'to-change': 0,
    'to-invite': 0,
    waiting: 0,
    'no-access-wanted': 0,
    'not-matchable': 0,
  },
  users: {
    'in-sync': 0,
    'to-change': 0,
    'to-remove': 0,
    waiting: 0,
    foreign: 0,
    'group-only': 0,
    'not-matchable': 0,
  },
};

/** Only what configuration declares is ever created. */
function createdIn(changes: readonly Change[]): Plan['declaredOrgs'] {
  const created = changes.filter(({ kind }) => kind === 'create-org' || kind === 'update-org');
  return created.map(({ subject }) => ({
    name: subject.label,
    create: true,
    maxSessionAcuLimit: 10,
    maxCycleAcuLimit: 500,
  }));
}

export function plan(rest: Partial<Plan> = {}): Plan {
  return {
    id: hash(JSON.stringify(rest.changes ?? [])),
    createdAt: NOW,
    tenants: { directory: 'okta:00o1corp', devin: 'https://api.devin.ai as svc-idp-sync' },
    configHash: hash('configuration'),
    policy: { users: 'leavers', groups: 'observe', memberships: 'full', organizations: 'create-only' },
    reads: {
      directory: [
        { what: 'people', pages: 1, items: 120, calls: 1 },
        { what: 'groups', pages: 1, items: 14, calls: 1 },
        { what: 'group members', pages: 15, items: 1204, calls: 16 },
      ],
      devin: [
        { what: 'enterprise users', pages: 1, items: 115, calls: 1 },
        { what: 'organizations', pages: 1, items: 6, calls: 1 },
      ],
    },
    changes: [],
    violations: [],
    only: null,
    declaredOrgs: createdIn(rest.changes ?? []),
    residual: [],
    notices: [],
    buckets: NO_BUCKETS,
    operations: [],
    budget: { writes: 0, proofs: 0, perSecond: 4, etaSeconds: 0 },
    ...rest,
  };
}

export function nothingToDo(): Plan {
  return plan({
    buckets: {
      people: { ...NO_BUCKETS.people, 'in-sync': 115, 'no-access-wanted': 5 },
      users: { ...NO_BUCKETS.users, 'in-sync': 115 },
    },
  });
}

export function operation(rest: Partial<Operation> = {}): Operation {
  return {
    key: 'op-1',
    kind: 'invite',
    lane: 4,
    phase: 1,
    subject: null,
    user: null,
    group: null,
    org: null,
    role: 'account_member',
    batch: ['new@corp.example'],
    create: null,
    before: null,
    items: [],
    ...rest,
  };
}

const RISK: NamedRef = { id: 'org-risk', name: 'Risk & Compliance' };

/** A little of everything: each section of the report has something to say. */
export function mixed(): Plan {
  const changes: Change[] = [
    change('remove-user', 'ana.ruiz@corp.example', {
      before: MEMBER,
      cause: 'deactivated',
      reason: 'Okta says DEPROVISIONED since 2026-11-21, asked by id',
    }),
    change('remove-user', 'bo.lind@corp.example', {
      before: ADMIN,
      cause: 'deactivated',
      reason: 'Okta says DEPROVISIONED since 2026-11-22, asked by id',
      privileged: true,
    }),
    change('change-org-role', 'chen.wu@corp.example', {
      org: PAYMENTS,
      before: MEMBER,
      after: ADMIN,
      reason: 'rule "payments-admins" through devin-payments-admins > Payments leads',
      privileged: true,
      verdict: { state: 'held', by: ['admin-grant'] },
    }),
    change('remove-from-org', 'dora.f@corp.example', {
      org: PAYMENTS,
      before: MEMBER,
      cause: 'rule-changed',
      reason: 'rule "payments" no longer names devin-contractors',
      verdict: { state: 'held', by: ['perGroup', 'rule-changed'] },
    }),
    change('remove-from-org', 'emil.h@corp.example', {
      org: PAYMENTS,
      before: MEMBER,
      cause: 'rule-changed',
      reason: 'rule "payments" no longer names devin-contractors',
      verdict: { state: 'held', by: ['perGroup', 'rule-changed'] },
    }),
    change('remove-from-org', 'fay.king@corp.example', {
      org: RISK,
      before: MEMBER,
      cause: 'left-group',
      reason: 'no longer in devin-risk, read again at 14:03 UTC',
    }),
    change('remove-from-org', 'gil.moss@corp.example', {
      org: RISK,
      before: MEMBER,
      cause: 'out-of-scope',
      reason: 'in none of 14 groups at 13:40 UTC and at 14:03 UTC',
    }),
    change('change-org-role', 'hana.k@corp.example', {
      org: RISK,
      before: ADMIN,
      after: MEMBER,
      reason: 'rule "risk" through devin-risk',
    }),
    ...['ida', 'jon', 'kai'].map((name) =>
      change('invite', `${name}@corp.example`, {
        after: MEMBER,
        reason: 'rule "members" through devin-users',
      }),
    ),
    change('add-to-org', 'ida@corp.example', {
      org: PAYMENTS,
      after: MEMBER,
      reason: 'rule "payments" through devin-payments > Payments engineering',
    }),
    change('add-group-to-org', 'devin-platform', {
      org: { id: null, name: 'Platform' },
      after: MEMBER,
      people: 42,
      reason: 'rule "platform" binds this group',
    }),
    change('create-org', 'Platform', { reason: 'organizations names it with create: true' }),
    change('remove-user', 'lea.m@corp.example', {
      before: MEMBER,
      cause: 'vanished',
      reason: 'not in the reading of 14:03 UTC',
      verdict: { state: 'waiting', until: NOW + 15 * 60_000, why: 'a second reading must agree' },
    }),
    change('register-group', 'devin-legal', {
      people: 1,
      reason: 'rule "legal" binds this group',
      verdict: { state: 'barred', why: 'policy for groups is observe' },
    }),
  ];
  return plan({
    changes,
    violations: [
      {
        guard: 'perGroup',
        message: '2 of 6 people of Payments would lose access; the limit is 25 %, from 2 on',
        place: 'Payments',
        count: 2,
        base: 6,
        limit: '25 %, from 2 on',
        items: changes.slice(3, 5).map(({ key }) => key),
      },
    ],
    residual: [
      {
        email: 'ana.ruiz@corp.example',
        devinId: 'user-ana',
        group: 'devin-risk',
        org: 'Risk & Compliance',
        role: 'Member',
        lever: 'unassign the Devin app from the person in Okta',
      },
    ],
    notices: [
      {
        kind: 'foreign',
        subject: 'max@corp.example',
        message: 'Member of Payments since before this daemon',
      },
      { kind: 'collision', subject: 'sam@corp.example', message: 'two Devin users: user-1, user-2' },
      { kind: 'unused-rule', subject: 'rule "design"', message: 'no group is called devin-design' },
      { kind: 'suppressed', subject: 'root@corp.example', message: 'protected; 1 removal was not planned' },
    ],
    buckets: {
      people: { ...NO_BUCKETS.people, 'in-sync': 101, 'to-change': 8, 'to-invite': 3, 'no-access-wanted': 8 },
      users: { ...NO_BUCKETS.users, 'in-sync': 103, 'to-change': 6, 'to-remove': 2, waiting: 1, foreign: 3 },
    },
    operations: [
      operation({ key: 'op-1', kind: 'remove-user', lane: 1, user: 'user-ana', batch: [] }),
      operation({ key: 'op-2', kind: 'remove-user', lane: 1, user: 'user-bo', batch: [] }),
      operation({
        key: 'op-3',
        batch: ['ida@corp.example', 'jon@corp.example', 'kai@corp.example'],
      }),
      operation({ key: 'op-4', kind: 'add-to-org', user: '{invite:ida@corp.example}', org: 'org-payments' }),
    ],
    budget: { writes: 4, proofs: 2, perSecond: 4, etaSeconds: 2 },
  });
}

/** The first plan ever: everything waits for one approval. */
export function everythingHeld(): Plan {
  const held: Verdict = { state: 'held', by: ['first-plan'] };
  const changes = mixed().changes.map((one) => ({ ...one, verdict: held }));
  return {
    ...mixed(),
    changes,
    violations: [
      {
        guard: 'first-plan',
        message: 'the first plan for this directory and this enterprise waits for approval',
        place: null,
        count: changes.length,
        base: 120,
        limit: 'any change',
        items: changes.map(({ key }) => key),
      },
    ],
    operations: [],
    budget: { writes: 0, proofs: 0, perSecond: 4, etaSeconds: 0 },
  };
}

/** `size` changes over 40 organizations: three grants to each removal. */
export function large(size: number): Plan {
  const changes = Array.from({ length: size }, (_, index) => {
    const number = String(index).padStart(6, '0');
    const org = { id: `org-${index % 40}`, name: `Team ${String(index % 40).padStart(2, '0')}` };
    const label = `person.${number}@corp.example`;
    return index % 4 === 0
      ? change('remove-from-org', label, {
          org,
          before: MEMBER,
          cause: 'left-group',
          reason: `no longer in devin-team-${index % 40}, read again at 14:03 UTC`,
        })
      : change('add-to-org', label, {
          org,
          after: MEMBER,
          reason: `rule "teams" through devin-team-${index % 40}`,
        });
  });
  const buckets = { ...NO_BUCKETS, people: { ...NO_BUCKETS.people, 'to-change': size } };
  return plan({
    changes,
    buckets,
    budget: { writes: size, proofs: size / 4, perSecond: 4, etaSeconds: size / 4 },
  });
}

export function describeRequest({ kind, user, org, batch, role }: Operation) {
  if (kind === 'remove-user') {
    return { method: 'DELETE', path: `/v3/enterprise/members/users/${user}`, body: null };
  }
  if (kind === 'invite') {
    return {
      method: 'POST',
      path: '/v3/enterprise/members/users',
      body: { emails: batch, enterprise_role_id: role },
    };
  }
  return {
    method: 'POST',
    path: `/v3/organizations/${org}/members/users/${user}`,
    body: { role_id: role },
  };
}

/** Every format at its fullest: requests shown, nothing cut. */
export function everything(plan: Plan, format: PlanFormat): string {
  const options = { requests: describeRequest, limit: Number.POSITIVE_INFINITY, maxLength: 10_000_000 };
  return [...renderPlan(plan, format, options)].join('');
}

export const FORMATS: readonly ExplanationFormat[] = ['terminal', 'markdown', 'html', 'json'];

export function ana(): Explanation {
  return {
    email: 'ana.ruiz@corp.example',
    createdAt: NOW,
    tenants: { directory: 'okta:00o1corp', devin: 'https://api.devin.ai as svc-idp-sync' },
    person: { id: '00u1', email: 'ana.ruiz@corp.example', name: 'Ana Ruiz', status: 'active' },
    users: [{ id: 'user-ana', email: 'ana.ruiz@corp.example', name: 'Ana Ruiz' }],
    groups: [
      { path: ['devin-users'], groupId: '00g1' },
      { path: ['devin-payments', 'Payments engineering'], groupId: '00g2' },
    ],
    rules: [
      {
        rule: 'payments',
        line: 12,
        via: 'direct',
        org: 'Payments',
        role: 'Member',
        priority: 0,
        outcome: 'outranked',
        why: 'member of devin-payments > Payments engineering; rule "payments-admins" wins there',
      },
      {
        rule: 'payments-admins',
        line: 15,
        via: 'direct',
        org: 'Payments',
        role: 'Admin',
        priority: 10,
        outcome: 'won',
        why: 'member of devin-payments-admins',
      },
      {
        rule: 'design',
        line: null,
        via: 'group',
        org: 'Design',
        role: 'Member',
        priority: 0,
        outcome: 'no-match',
        why: 'no group of the directory matches this rule',
      },
    ],
    places: [
      {
        org: null,
        wanted: { role: 'Member', rule: 'defaultEnterpriseRole' },
        held: [{ role: 'Member', group: null, ownership: 'managed' }],
      },
      {
        org: PAYMENTS,
        wanted: { role: 'Admin', rule: 'payments-admins' },
        held: [{ role: 'Member', group: null, ownership: 'managed' }],
      },
      {
        org: { id: 'org-risk', name: 'Risk' },
        wanted: null,
        held: [{ role: 'Member', group: 'devin-risk', ownership: 'foreign' }],
      },
    ],
    changes: [
      change('change-org-role', 'ana.ruiz@corp.example', {
        org: PAYMENTS,
        before: MEMBER,
        after: ADMIN,
        privileged: true,
        reason: 'rule "payments-admins", member of devin-payments-admins',
        verdict: { state: 'held', by: ['admin-grant'] },
      }),
    ],
    residual: [
      {
        email: 'ana.ruiz@corp.example',
        devinId: 'user-ana',
        group: 'devin-risk',
        org: 'Risk',
        role: 'Member',
        lever: 'take the person out of the group',
      },
    ],
    notices: [
      {
        kind: 'email-changed',
        subject: 'ana.ruiz@corp.example',
        message: 'was ana.r@corp.example until today',
      },
    ],
    configFile: '/etc/devin-idp-sync/config.yaml',
    writes: [
      {
        at: NOW - 86_400_000,
        kind: 'add-to-org',
        subject: 'ana.ruiz@corp.example',
        org: 'Payments',
        before: null,
        after: 'Member',
        outcome: 'done',
        reason: 'rule "payments", member of devin-payments',
        actor: 'devin-idp-sync on sync-0',
        plan: 'a1b2c3d4'.repeat(8),
        run: 'r1',
        item: '0123456789abcdef0123',
      },
    ],
  };
}
