/** Ready changes as API writes: batches as large as the API takes, grants in phases, revocations after them. */
import { CHANGE_KINDS, type Change, type ChangeKind, type NamedRef } from './model/change.ts';
import {
  invitePlaceholder,
  type Lane,
  MAX_BATCH,
  type Operation,
  type OperationKind,
  orgPlaceholder,
} from './model/operation.ts';
import { orgNameOf } from './model/org-code.ts';
import { isScimKind, memberName, type ScimIds, scimGroupPlaceholder } from './model/scim.ts';
import type { DeclaredOrg } from './model/settings.ts';
import { effectOf, isDeactivation } from './policy.ts';

/** Phases of lanes 3 to 5; a phase starts when the one before it is done. */
const PHASES: Readonly<Record<ChangeKind, number>> = {
  'create-org': 1,
  'update-org': 1,
  invite: 2,
  'register-group': 2,
  'set-enterprise-role': 3,
  'give-group-role': 3,
  'change-group-role': 3,
  'add-to-org': 4,
  'change-org-role': 4,
  'add-group-to-org': 4,
  'change-group-org-role': 4,
  'remove-from-org': 5,
  'remove-user': 6,
  'remove-group-from-org': 7,
  'take-group-role': 8,
  'unregister-group': 9,
  'allow-repository': 4,
  'deny-repository': 5,
  'scim-create-user': 2,
  'scim-activate-user': 2,
  'scim-update-user': 3,
  'scim-create-group': 2,
  'scim-add-member': 4,
  // Under its new name a group counts once that name has its roles in Devin.
  'scim-update-group': 5,
  'scim-remove-member': 5,
  'scim-deactivate-user': 6,
};
/** Downgrades wait with the revocations, so that no grant of the same plan is missing when they happen. */
const REVOKE_PHASE = 5;

/**
 * In the order in which they may run, else in that of the changes: deactivations are phase 0, phases are barriers.
 * `urgent`: the plan is about one person, who overtakes a bulk apply.
 */
export function toOperations(
  changes: readonly Change[],
  declared: readonly DeclaredOrg[],
  urgent = false,
): Operation[] {
  const ready = changes.filter(({ verdict }) => verdict.state === 'ready');
  const single = ready.filter(({ kind }) => !BATCHED.includes(kind));
  const operations = [
    ...batches(
      ready.filter(({ kind }) => kind === 'invite'),
      'invite',
    ),
    ...batches(
      ready.filter(({ kind }) => kind === 'register-group'),
      'register-groups',
    ),
    ...memberBatches(ready),
    ...single.map((change) => (isScimKind(change.kind) ? throughScim(change) : one(change, declared))),
  ];
  const sorted = operations.sort((a, b) => a.phase - b.phase || a.lane - b.lane);
  return urgent ? hurried(sorted) : sorted;
}

const BATCHED: readonly ChangeKind[] = ['invite', 'register-group', 'scim-add-member', 'scim-remove-member'];

/** Lane 2 is behind no barrier, so what takes access stays behind the grants that replace it. */
function hurried(operations: readonly Operation[]): Operation[] {
  const grants = operations.some(({ lane }) => lane === 4);
  return operations.map((operation) => {
    const hurries = operation.lane === 4 || (operation.lane === 3 && !grants);
    return hurries ? { ...operation, lane: 2 } : operation;
  });
}

/** Invites of one role, or registrations, in hundreds; the key names the first and the size of its batch. */
function batches(changes: readonly Change[], kind: 'invite' | 'register-groups'): Operation[] {
  const byRole = new Map<string, Change[]>();
  for (const change of changes) {
    const role = change.after?.id ?? '';
    const same = byRole.get(role);
    if (same === undefined) byRole.set(role, [change]);
    else same.push(change);
  }
  const operations: Operation[] = [];
  for (const [role, same] of byRole) {
    for (let start = 0; start < same.length; start += MAX_BATCH) {
      const part = same.slice(start, start + MAX_BATCH);
      const labels = part.map(({ subject }) => subject.label);
      operations.push({
        ...BLANK,
        key: `${kind}/${encodeURIComponent(role)}/${encodeURIComponent((labels[0] as string).toWellFormed())}/${part.length}`,
        kind,
        lane: 4,
        phase: PHASES.invite,
        role: role === '' ? null : role,
        batch: labels,
        items: part.map(({ key }) => key),
      });
    }
  }
  return operations;
}

const BLANK = {
  subject: null,
  user: null,
  group: null,
  org: null,
  role: null,
  batch: [],
  create: null,
  before: null,
} as const satisfies Partial<Operation>;

/** Members of one group, a hundred a call; what goes for another cause may have another lane. */
function memberBatches(ready: readonly Change[]): Operation[] {
  const members = ready.filter(({ kind }) => kind === 'scim-add-member' || kind === 'scim-remove-member');
  const calls = Map.groupBy(members, (change) =>
    JSON.stringify([change.kind, groupOf(change), laneOf(change), phaseOf(change)]),
  );
  return [...calls.values()].flatMap((same) => {
    const operations: Operation[] = [];
    for (let start = 0; start < same.length; start += MAX_BATCH)
      operations.push(memberBatch(same.slice(start, start + MAX_BATCH)));
    return operations;
  });
}

function memberBatch(part: readonly Change[]): Operation {
  const first = part[0] as Change;
  return {
    ...BLANK,
    key: `${first.kind}s/${first.key}/${part.length}`,
    kind: first.kind === 'scim-add-member' ? 'scim-add-members' : 'scim-remove-members',
    lane: laneOf(first),
    phase: phaseOf(first),
    group: groupOf(first),
    batch: part.map(({ subject, scim }) => memberName(subject, scim as ScimIds)),
    items: part.map(({ key }) => key),
  };
}

/** Nobody is taken out of a group that is not there. */
function groupOf({ after, scim }: Change): string {
  return (scim as ScimIds).group ?? scimGroupPlaceholder((after as NamedRef).id as string);
}

function throughScim(change: Change): Operation {
  const { key, kind, subject, before, after } = change;
  const { user, group } = change.scim as ScimIds;
  return {
    ...BLANK,
    key,
    kind: kind as OperationKind,
    lane: laneOf(change),
    phase: phaseOf(change),
    subject: `${subject.type}:${subject.directoryId}`,
    user,
    group,
    role: after?.id ?? null,
    before: before?.id ?? null,
    items: [key],
  };
}

function one(change: Change, declared: readonly DeclaredOrg[]): Operation {
  const { subject, org } = change;
  const isPerson = subject.type === 'person';
  return {
    key: change.key,
    kind: change.kind as OperationKind,
    lane: laneOf(change),
    phase: phaseOf(change),
    subject: subject.type === 'org' ? null : `${subject.type}:${subject.directoryId ?? subject.devinId}`,
    user: isPerson ? (subject.devinId ?? invitePlaceholder(subject.label)) : null,
    group: subject.type === 'group' ? subject.label : null,
    org: org === null ? null : (org.id ?? orgPlaceholder(org.name)),
    role: change.kind === 'update-org' ? null : (change.after?.id ?? null),
    batch: [],
    create: change.kind === 'create-org' || change.kind === 'update-org' ? createOf(change, declared) : null,
    before: change.before?.id ?? null,
    items: [change.key],
  };
}

/** What is sent as the name of an existing organization is the one that it shall have. */
function createOf({ kind, subject, after }: Change, declared: readonly DeclaredOrg[]): Operation['create'] {
  const line = declared.find((org) => org.name === subject.label) as DeclaredOrg;
  const { maxSessionAcuLimit, maxCycleAcuLimit } = line;
  const name = kind === 'create-org' ? line.name : orgNameOf((after as NamedRef).id as string);
  return { name, maxSessionAcuLimit, maxCycleAcuLimit };
}

function laneOf(change: Change): Lane {
  if (isDeactivation(change)) return 1;
  if (effectOf(change) !== 'revoke') return 4;
  return change.subject.type === 'group' && CHANGE_KINDS[change.kind].effect === 'revoke' ? 5 : 3;
}

/** Lane 1 is behind no barrier. */
function phaseOf(change: Change): number {
  if (isDeactivation(change)) return 0;
  const phase = PHASES[change.kind];
  return effectOf(change) === 'revoke' ? Math.max(phase, REVOKE_PHASE) : phase;
}
