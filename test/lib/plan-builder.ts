/** Plans for tests of state and queues: only what those rooms look at is varied. */
import type { Change, Plan } from '../../src/core/model/change.ts';
import type { Lane, Operation, OperationKind } from '../../src/core/model/operation.ts';

export function operation(over: Partial<Operation> & { key: string; kind: OperationKind }): Operation {
  const lane: Lane = over.kind === 'remove-user' ? 1 : 4;
  return {
    lane,
    phase: 0,
    subject: null,
    user: null,
    group: null,
    org: null,
    role: null,
    batch: [],
    create: null,
    before: null,
    items: [],
    ...over,
  };
}

export function change(over: Partial<Change> & { key: string; kind: Change['kind'] }): Change {
  return {
    subject: { type: 'person', directoryId: 'p1', devinId: null, label: 'ada@corp.example' },
    org: null,
    before: null,
    after: { id: 'role-member', name: 'Member' },
    cause: 'rule',
    reason: 'rule "everyone": group devin-users',
    privileged: false,
    people: 1,
    verdict: { state: 'ready' },
    ...over,
  };
}

export function plan(id: string, operations: readonly Operation[], changes: readonly Change[] = []): Plan {
  return {
    id,
    createdAt: Date.UTC(2026, 10, 22),
    tenants: { directory: 'okta:corp', devin: 'https://devin.example#svc' },
    configHash: 'hash',
    policy: { users: 'full', groups: 'full', memberships: 'full', organizations: 'full' },
    reads: { directory: [{ what: 'Okta users', pages: 1, items: 3, calls: 1 }], devin: [] },
    changes,
    violations: [],
    only: null,
    declaredOrgs: [],
    residual: [],
    notices: [{ kind: 'foreign', subject: 'x@corp.example', message: 'not ours' }],
    buckets: {
      people: {
        'in-sync': 1,
        'to-change': 0,
        'to-invite': 0,
        waiting: 0,
        'no-access-wanted': 0,
        'not-matchable': 0,
      },
      users: {
        'in-sync': 1,
        'to-change': 0,
        'to-remove': 0,
        waiting: 0,
        foreign: 0,
        'group-only': 0,
        'not-matchable': 0,
      },
    },
    operations,
    budget: { writes: operations.length, proofs: 0, perSecond: 4, etaSeconds: null },
  };
}
