/** The one vocabulary of every format and page: what each kind, cause, verdict, bucket and notice is called. */
import type {
  Cause,
  Change,
  ChangeKind,
  Effect,
  NoticeKind,
  PersonBucket,
  UserBucket,
  Verdict,
} from '../core/model/change.ts';
import type { PersonStatus } from '../core/model/directory.ts';
import type { TrialOutcome } from '../core/model/explanation.ts';
import type { Ownership } from '../core/model/memory.ts';
import type { OperationKind } from '../core/model/operation.ts';
import type { PolicyLevel, ResourceKind } from '../core/model/settings.ts';
import { capital, plural, time } from './text.ts';

/** What one change does to its subject; names the place and the roles before and after. */
export function actionOf(change: Change): string {
  const action = ACTIONS[change.kind](change);
  const reach =
    change.subject.type === 'group' && change.kind !== 'register-group' && change.scim === undefined;
  return reach ? `${action} (${plural(change.people, 'person', 'people')})` : action;
}

const ACTIONS: Readonly<Record<ChangeKind, (change: Change) => string>> = {
  'create-org': () => 'Create the organization',
  'update-org': (change) => `Change the organization${fromTo(change)}`,
  invite: (change) => `Invite to the enterprise${as(change)}`,
  'set-enterprise-role': (change) => `Change the enterprise role${fromTo(change)}`,
  'remove-user': (change) => `Remove from the enterprise${was(change)}`,
  'add-to-org': (change) => `Add to ${org(change)}${as(change)}`,
  'change-org-role': (change) => `Change the role in ${org(change)}${fromTo(change)}`,
  'remove-from-org': (change) => `Remove from ${org(change)}${was(change)}`,
  'register-group': () => 'Register the group',
  'give-group-role': (change) => `Give the group an enterprise role${named(change.after)}`,
  'change-group-role': (change) => `Change the group's enterprise role${fromTo(change)}`,
  'take-group-role': (change) => `Take the group's enterprise role${was(change)}`,
  'add-group-to-org': (change) => `Add the group to ${org(change)}${as(change)}`,
  'change-group-org-role': (change) => `Change the group's role in ${org(change)}${fromTo(change)}`,
  'remove-group-from-org': (change) => `Remove the group from ${org(change)}${was(change)}`,
  'unregister-group': () => 'Unregister the group',
  'allow-repository': (change) => `Allow the repository${named(change.after)}`,
  'deny-repository': (change) => `Take the repository away${named(change.before)}`,
  'scim-create-user': (change) => `Create the user through SCIM${as(change)}`,
  'scim-activate-user': (change) => `Switch the user on through SCIM${as(change)}`,
  'scim-update-user': (change) => `Change the user through SCIM${fromTo(change)}`,
  'scim-deactivate-user': (change) => `Switch the user off through SCIM${was(change)}`,
  'scim-create-group': () => 'Create the group through SCIM',
  'scim-update-group': (change) => `Change the group through SCIM${fromTo(change)}`,
  'scim-add-member': (change) => `Put into the group through SCIM${named(change.after)}`,
  'scim-remove-member': (change) => `Take out of the group through SCIM${named(change.before)}`,
};

function org(change: Change): string {
  return change.org?.name ?? 'the enterprise';
}

function as(change: Change): string {
  return change.after === null ? '' : ` as ${change.after.name}`;
}

function was(change: Change): string {
  return change.before === null ? '' : ` (was ${change.before.name})`;
}

function named(role: { readonly name: string } | null): string {
  return role === null ? '' : `: ${role.name}`;
}

function fromTo(change: Change): string {
  const before = change.before?.name ?? 'none';
  return `: ${before} → ${change.after?.name ?? 'none'}`;
}

export const EFFECTS: Readonly<Record<Effect, string>> = {
  revoke: 'Removals',
  change: 'Role changes',
  grant: 'Grants',
};

/** Title of a cause, and the proof that it needs before anything is taken. */
export const CAUSES: Readonly<Record<Cause, { readonly title: string; readonly proof: string }>> = {
  deactivated: {
    title: 'Deactivated in the directory',
    proof: 'The directory was asked for each of them by id.',
  },
  suspended: {
    title: 'Suspended in the directory',
    proof: 'The directory was asked for each of them by id.',
  },
  'left-group': {
    title: 'Left the group that gave it',
    proof: 'Each person is active, and the group was read again without them.',
  },
  'out-of-scope': {
    title: 'No longer in scope',
    proof: 'Two fresh readings, apart in time, agree.',
  },
  vanished: {
    title: 'No longer in the directory',
    proof: 'Two fresh readings, apart in time, agree.',
  },
  'rule-changed': {
    title: 'A rule changed',
    proof: 'The configuration no longer gives this; a person always approves it.',
  },
  'group-deleted': {
    title: 'The group was deleted',
    proof: 'The directory says that the group is gone; a person always approves it.',
  },
  'grant-expired': {
    title: 'A grant ended',
    proof: 'The configuration said until when, and no rule gives it instead.',
  },
  foreign: {
    title: 'Given outside of this configuration',
    proof: 'Nothing that this daemon wrote or adopted; the configuration asks to remove it.',
  },
  rollback: { title: 'Taken back by a rollback', proof: 'A person asked for it by name.' },
  rule: { title: 'A rule replaces it', proof: 'Another rule decides for this place.' },
};

export const VERDICTS: Readonly<Record<Verdict['state'], string>> = {
  ready: 'Ready',
  held: 'Held',
  waiting: 'Waiting',
  barred: 'Not allowed',
};

/** Why a change is or is not written now. */
export function statusOf(verdict: Verdict): string {
  switch (verdict.state) {
    case 'ready':
      return 'Ready';
    case 'held':
      return `Held by ${guardNames(verdict.by)}`;
    case 'waiting':
      return verdict.until === null
        ? `Waits: ${verdict.why}`
        : `Waits until ${time(verdict.until)}: ${verdict.why}`;
    case 'barred':
      return `Not allowed: ${verdict.why}`;
  }
}

const GUARDS: Readonly<Record<string, string>> = {
  deactivations: 'number of deactivations',
  enterpriseRemovals: 'number of removals',
  orgRoles: 'number of organization roles taken',
  perGroup: 'share of one organization or group',
  grants: 'number of grants',
  roleChanges: 'number of role changes',
  minAdmins: 'last admins',
  shrink: 'smaller directory',
  'admin-grant': 'admin role',
  outsider: 'person outside of the directory',
  'break-glass': 'emergency account',
  'role-ceiling': 'role ceiling of the organization',
  'by-hand': 'removal made in Devin by somebody else',
  rejected: 'a rejection',
  'rolled-back': 'a rollback',
  'group-renamed': 'new name of a group',
  flapping: 'another writer who keeps taking it back',
};

/** A guard in words; one that has none keeps its name, spaced. */
export function guardName(guard: string): string {
  return GUARDS[guard] ?? guard.replaceAll('-', ' ');
}

export function guardNames(guards: readonly string[]): string {
  return guards.length === 0 ? 'a guard' : guards.map(guardName).join(', ');
}

export const PERSON_BUCKETS: Readonly<Record<PersonBucket, string>> = {
  'in-sync': 'Access is as wanted',
  'to-change': 'Access changes',
  'to-invite': 'To invite',
  waiting: 'Waiting',
  'no-access-wanted': 'No rule gives access',
  'not-matchable': 'Cannot be matched',
};

export const USER_BUCKETS: Readonly<Record<UserBucket, string>> = {
  'in-sync': 'Access is as wanted',
  'to-change': 'Access changes',
  'to-remove': 'To remove',
  waiting: 'Waiting',
  foreign: 'Given outside of this configuration',
  'group-only': 'In through groups only',
  'not-matchable': 'Cannot be matched',
};

export const NOTICES: Readonly<Record<NoticeKind, string>> = {
  collision: 'Several accounts on one e-mail',
  'no-email': 'People without an e-mail',
  staged: 'Accounts that are not active yet',
  foreign: 'Given outside of this configuration',
  'unused-rule': 'Rules that match nobody',
  'unresolved-member': 'Members that could not be read',
  'email-changed': 'Changed e-mails',
  'group-renamed': 'Renamed groups',
  tombstone: 'Absences that are still being proved',
  suppressed: 'Protected, never touched',
  'protected-missing': 'Protected, but not in Devin',
  'devin-no-email': 'Devin users without an e-mail',
  'not-possible': 'Wanted, but not possible',
  'sources-differ': 'Sources that say different things',
  'source-unread': 'Sources that could not be read',
  'changed-by-hand': 'Taken or changed in Devin by somebody else',
  'other-writer': 'Other writers',
  blind: 'Removals are blind',
  'break-glass': 'Emergency accounts that are not as they should be',
  'grant-ending': 'Grants that end soon',
  'grant-unmatched': 'Grants that reach nobody',
  denied: 'Denied, never given anything',
  calendar: 'Windows and budgets',
  irreversible: 'What a rollback cannot bring back',
  'not-undone': 'Not taken back',
  'not-told': 'Not shown, because this key cannot ask',
  unassigned: 'Pushed as inactive, which is not trusted as a deactivation',
};

export const RESOURCES: Readonly<Record<ResourceKind, string>> = {
  users: 'users',
  groups: 'groups',
  memberships: 'memberships',
  organizations: 'organizations',
};

/** `observe (everything)` when all agree, else each kind with its level. */
export function policyWords(policy: Readonly<Record<ResourceKind, PolicyLevel>>): string {
  const kinds = Object.keys(RESOURCES) as ResourceKind[];
  const levels = new Set(kinds.map((kind) => policy[kind]));
  if (levels.size === 1) return `${policy.users} for everything`;
  return kinds.map((kind) => `${RESOURCES[kind]} ${policy[kind]}`).join(', ');
}

export const OPERATIONS: Readonly<Record<OperationKind, string>> = {
  'create-org': 'Create an organization',
  'update-org': 'Change name or limits of an organization',
  invite: 'Invite people, up to 100 a call',
  'set-enterprise-role': 'Change an enterprise role',
  'remove-user': 'Remove a person from the enterprise',
  'add-to-org': 'Add a person to an organization',
  'change-org-role': 'Change a role in an organization',
  'remove-from-org': 'Remove a person from an organization',
  'register-groups': 'Register groups, up to 100 a call',
  'give-group-role': 'Give a group an enterprise role',
  'change-group-role': "Change a group's enterprise role",
  'take-group-role': "Take a group's enterprise role",
  'add-group-to-org': 'Add a group to an organization',
  'change-group-org-role': "Change a group's role in an organization",
  'remove-group-from-org': 'Remove a group from an organization',
  'unregister-group': 'Unregister a group',
  'allow-repository': 'Allow a repository in an organization',
  'deny-repository': 'Take a repository from an organization',
  'scim-create-user': 'Create a user through SCIM',
  'scim-activate-user': 'Switch a user on through SCIM',
  'scim-update-user': 'Change a user through SCIM',
  'scim-deactivate-user': 'Switch a user off through SCIM',
  'scim-create-group': 'Create a group through SCIM',
  'scim-update-group': 'Change a group through SCIM',
  'scim-add-members': 'Put people into a group through SCIM, up to 100 a call',
  'scim-remove-members': 'Take people out of a group through SCIM, up to 100 a call',
};

export const STATUSES: Readonly<Record<PersonStatus, string>> = {
  active: 'Active',
  staged: 'Not active yet; nothing is decided',
  suspended: 'Suspended',
  deactivated: 'Deactivated',
  unknown: 'Named by a group, but no record was read',
  unread: 'Their source could not be read in this run; nothing is decided',
};

export const OUTCOMES: Readonly<Record<TrialOutcome, string>> = {
  won: 'Won',
  outranked: 'Outranked',
  'no-match': 'No match',
  refused: 'Refused',
};

export const OWNERSHIPS: Readonly<Record<Ownership, string>> = {
  managed: 'given by this daemon',
  adopted: 'adopted',
  foreign: 'given outside of this configuration',
};

/** The reason of a change, with its cause in front unless a rule gives it or a heading names it. */
export function reasonOf(change: Change, withCause: boolean): string {
  const { title, proof } = CAUSES[change.cause];
  const said = change.reason.trim();
  if (change.cause === 'rule') return said === '' ? 'A rule of the configuration decides it' : said;
  if (said === '') return withCause ? `${title}. ${proof}` : proof;
  if (!withCause) return said;
  return said.toLowerCase().startsWith(title.toLowerCase()) ? capital(said) : `${title}: ${said}`;
}
