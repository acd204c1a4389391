/** A change that builds on another is never freer than what it builds on: no org role without the invite, and so on. */
import type { Change, ChangeKind, Verdict } from './model/change.ts';

/** Building up goes outside in, tearing down inside out; a later step looks at the verdicts of the earlier ones. */
const STEP: Readonly<Record<ChangeKind, 0 | 1 | 2>> = {
  'create-org': 0,
  'update-org': 0,
  invite: 0,
  'register-group': 0,
  'remove-group-from-org': 0,
  'give-group-role': 1,
  'change-group-role': 1,
  'take-group-role': 1,
  'set-enterprise-role': 2,
  'remove-user': 2,
  'add-to-org': 2,
  'change-org-role': 2,
  'remove-from-org': 2,
  'add-group-to-org': 2,
  'change-group-org-role': 2,
  'unregister-group': 2,
  'allow-repository': 2,
  'deny-repository': 2,
  'scim-create-user': 0,
  'scim-create-group': 0,
  'scim-activate-user': 0,
  'scim-update-user': 2,
  'scim-update-group': 2,
  'scim-add-member': 2,
  'scim-remove-member': 2,
  'scim-deactivate-user': 2,
};

export function follow(changes: readonly Change[]): Change[] {
  const blocked = missing(changes);
  const followed = [...changes];
  if (blocked.size === 0 && changes.every(({ verdict }) => verdict.state === 'ready')) return followed;
  for (const step of [0, 1, 2] as const) {
    for (const [at, change] of followed.entries()) {
      if (STEP[change.kind] !== step) continue;
      const verdict =
        change.verdict.state === 'ready' && blocked.size > 0 ? inherited(change, blocked) : change.verdict;
      if (verdict !== change.verdict) followed[at] = { ...change, verdict };
      const base = verdict.state === 'ready' ? null : baseOf(change);
      if (base !== null) blocked.set(base, verdict);
    }
  }
  return followed;
}

/** In a plan that was narrowed, the invite or the organization that a change builds on may have been cut off. */
function missing(changes: readonly Change[]): Map<string, Verdict> {
  const made = new Set<string>();
  for (const { kind, subject } of changes) {
    if (kind === 'invite' || kind === 'create-org') made.add(subject.label);
    if (kind === 'scim-create-group') made.add(`scim group ${subject.directoryId}`);
  }
  const verdict: Verdict = { state: 'waiting', until: null, why: 'what it builds on is not in this plan' };
  const absent = new Map<string, Verdict>();
  for (const { kind, subject, org, after, scim } of changes) {
    if (org?.id === null && !made.has(org.name)) absent.set(`org ${org.name}`, verdict);
    const newcomer = kind === 'add-to-org' && subject.devinId === null;
    if (newcomer && !made.has(subject.label)) absent.set(`person ${subject.label}`, verdict);
    const group = `scim group ${after?.id}`;
    if (kind === 'scim-add-member' && scim?.group === null && !made.has(group)) absent.set(group, verdict);
  }
  return absent;
}

function inherited(change: Change, blocked: ReadonlyMap<string, Verdict>): Verdict {
  for (const need of needsOf(change)) {
    const verdict = blocked.get(need);
    if (verdict?.state === 'barred')
      return { state: 'barred', why: `it builds on a change that is barred: ${verdict.why}` };
    if (verdict !== undefined) return verdict;
  }
  return change.verdict;
}

/** What others may build on, once this change is done. */
function baseOf({ kind, subject }: Change): string | null {
  switch (kind) {
    case 'create-org':
      return `org ${subject.label}`;
    case 'invite':
      return `person ${subject.label}`;
    case 'register-group':
    case 'give-group-role':
      return `group ${subject.label}`;
    case 'scim-create-user':
    case 'scim-activate-user':
      return `scim user ${subject.directoryId}`;
    case 'scim-create-group':
      return `scim group ${subject.directoryId}`;
    case 'remove-group-from-org':
    case 'take-group-role':
      return `emptied ${subject.label}`;
    default:
      return null;
  }
}

function needsOf({ kind, subject, org, after }: Change): string[] {
  const needs = org !== null && org.id === null ? [`org ${org.name}`] : [];
  switch (kind) {
    case 'add-to-org':
      if (subject.devinId === null) needs.push(`person ${subject.label}`);
      return needs;
    case 'scim-add-member':
      return [`scim user ${subject.directoryId}`, `scim group ${after?.id}`];
    case 'scim-update-group':
    case 'give-group-role':
    case 'change-group-role':
    case 'add-group-to-org':
    case 'change-group-org-role':
      return [...needs, `group ${subject.label}`];
    case 'take-group-role':
    case 'unregister-group':
      return [`emptied ${subject.label}`];
    default:
      return needs;
  }
}
