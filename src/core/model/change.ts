/** A change is one small sorted value; a plan is changes, what holds them, and the exact writes. */

import type { Baseline } from './baseline.ts';
import type { ChangeKind } from './change-kind.ts';
import type { ReadReport } from './directory.ts';
import type { Operation } from './operation.ts';
import type { RunScope } from './run-scope.ts';
import type { ScimIds } from './scim.ts';
import type { DeclaredOrg, PolicyLevel, ResourceKind } from './settings.ts';

export { CHANGE_KINDS, type ChangeKind, type Effect } from './change-kind.ts';

/**
 * Why a removal is wanted (it sets proof and delay), `rule`: a rule or a grant gives or changes access, or `rollback`:
 * a named person takes back what was written.
 */
export type Cause =
  | 'rule'
  | 'deactivated'
  | 'suspended'
  | 'left-group'
  | 'out-of-scope'
  | 'vanished'
  | 'rule-changed'
  | 'group-deleted'
  | 'grant-expired'
  | 'foreign'
  | 'rollback';

export interface Subject {
  readonly type: 'person' | 'group' | 'org';
  /** IdP's immutable id; null where the directory has no such object. */
  readonly directoryId: string | null;
  /** Devin's user id, or the group or org as Devin knows it; null until it exists. */
  readonly devinId: string | null;
  /** E-mail of a person, name of a group or org: what a reviewer reads. */
  readonly label: string;
}

export interface NamedRef {
  /** null: not created yet. */
  readonly id: string | null;
  readonly name: string;
}

/**
 * `ready` may be written · `held` a guard or a missing approval keeps it · `waiting` needs time or another
 * reading · `barred` the policy level does not allow it.
 */
export type Verdict =
  | { readonly state: 'ready' }
  | { readonly state: 'held'; readonly by: readonly string[] }
  | { readonly state: 'waiting'; readonly until: number | null; readonly why: string }
  | { readonly state: 'barred'; readonly why: string };

export interface Change {
  /** Item key: stable name of this change (subject, place, before, after, cause); survives a new plan. */
  readonly key: string;
  readonly kind: ChangeKind;
  readonly subject: Subject;
  /** null: the enterprise itself. */
  readonly org: NamedRef | null;
  readonly before: NamedRef | null;
  readonly after: NamedRef | null;
  readonly cause: Cause;
  /** In words: the rule and the group path, or what was seen that proves the cause. */
  readonly reason: string;
  /** Gives, changes or takes a role that counts as admin. */
  readonly privileged: boolean;
  /** People it reaches: 1 for a person, the group's active members for a group. */
  readonly people: number;
  /** The directory groups that gave it and that the person left, where that is known; else all that could have given it. */
  readonly left?: readonly NamedRef[];
  /** Roles in organizations that go with a person who is removed; absent: none. */
  readonly loses?: readonly RoleIn[];
  /** Whose the role is once it is given; absent: ours. A rollback gives back what was somebody else's. */
  readonly owner?: 'foreign';
  /** Of the kinds that are written through SCIM, and only of them. */
  readonly scim?: ScimIds;
  readonly verdict: Verdict;
}

export interface RoleIn {
  readonly org: NamedRef;
  readonly role: NamedRef;
}

/** A guard that holds something, with the figures that tripped it. */
export interface Violation {
  readonly guard: string;
  /** In words, with numerator, denominator and limit. */
  readonly message: string;
  /** The org or group it counts in; null: the whole enterprise. */
  readonly place: string | null;
  readonly count: number;
  readonly base: number;
  readonly limit: string;
  /** Item keys that it holds. */
  readonly items: readonly string[];
}

/** Access that stays through a group after all that we may do, and the lever that ends it. */
export interface Residual {
  readonly email: string;
  readonly devinId: string;
  readonly group: string;
  readonly org: string | null;
  readonly role: string;
  readonly lever: string;
}

export type NoticeKind =
  | 'collision'
  | 'no-email'
  | 'staged'
  | 'foreign'
  | 'unused-rule'
  | 'unresolved-member'
  | 'email-changed'
  | 'group-renamed'
  | 'tombstone'
  | 'suppressed'
  | 'protected-missing'
  | 'devin-no-email'
  | 'not-possible'
  | 'sources-differ'
  | 'source-unread'
  | 'changed-by-hand'
  | 'other-writer'
  | 'blind'
  | 'break-glass'
  | 'grant-ending'
  | 'grant-unmatched'
  | 'denied'
  | 'calendar'
  | 'irreversible'
  | 'not-undone'
  | 'not-told'
  | 'unassigned';

/** Something not touched that a reviewer should know. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly subject: string;
  readonly message: string;
  /** Access that somebody else gave or took: what the audit log is asked about. */
  readonly edge?: DriftedEdge;
  /** Who did it and when, in words; null: asked, and nothing was found. Absent: not asked. */
  readonly by?: string | null;
}

export interface DriftedEdge {
  /** Devin user id, or the name of a group. */
  readonly holder: string;
  /** Org id; null: the enterprise. */
  readonly org: string | null;
}

/** What somebody who would lose access does with it. */
export interface Impact {
  readonly devinId: string;
  readonly email: string;
  /** Epoch ms; null: never, as far as Devin tells, or not known. */
  readonly lastActiveAt: number | null;
  /** Sessions and ACUs since the cycle began; null: not known. */
  readonly sessions: number | null;
  readonly acus: number | null;
}

export interface ImpactReading {
  readonly people: readonly Impact[];
  /** Epoch ms since which sessions and ACUs are counted; null: since ever. */
  readonly since: number | null;
  /** What could not be read, and which permission is missing, each said once. */
  readonly lacks: readonly string[];
  /** People who would lose access and were not asked about, because there are too many. */
  readonly leftOut: number;
}

/** Every person of the directory and every Devin user is in exactly one bucket each; the sums add up. */
export interface Buckets {
  readonly people: Readonly<Record<PersonBucket, number>>;
  readonly users: Readonly<Record<UserBucket, number>>;
}

export type PersonBucket =
  | 'in-sync'
  | 'to-change'
  | 'to-invite'
  | 'waiting'
  | 'no-access-wanted'
  | 'not-matchable';
export type UserBucket =
  | 'in-sync'
  | 'to-change'
  | 'to-remove'
  | 'waiting'
  | 'foreign'
  | 'group-only'
  | 'not-matchable';

export interface TenantPair {
  readonly directory: string;
  readonly devin: string;
}

export interface CallBudget {
  /** API writes, and proof-by-id reads around removals and downgrades. */
  readonly writes: number;
  readonly proofs: number;
  /** Calls a second that Devin may be asked; null: unlimited. */
  readonly perSecond: number | null;
  /** At the configured rate; null when the rate is unknown. */
  readonly etaSeconds: number | null;
}

export interface Plan {
  /** SHA-256 over canonical changes, configuration hash and tenant pair; not over time, budget or ETA. */
  readonly id: string;
  readonly createdAt: number;
  readonly tenants: TenantPair;
  readonly configHash: string;
  readonly policy: Readonly<Record<ResourceKind, PolicyLevel>>;
  /** What a scoped run was asked to look at; null: everything. */
  readonly only: RunScope | null;
  /** Organizations that configuration declares, with the limits they would be created with. */
  readonly declaredOrgs: readonly DeclaredOrg[];
  readonly reads: { readonly directory: readonly ReadReport[]; readonly devin: readonly ReadReport[] };
  /** In subject order, every verdict. */
  readonly changes: readonly Change[];
  readonly violations: readonly Violation[];
  readonly residual: readonly Residual[];
  readonly notices: readonly Notice[];
  readonly buckets: Buckets;
  /** What removals of people mean to them; absent where none is planned or the key tells nothing. */
  readonly impact?: ImpactReading;
  /** Size of the directory that it was made from; absent for the reading of a part. */
  readonly size?: Baseline;
  /** The writes of the ready changes only. */
  readonly operations: readonly Operation[];
  readonly budget: CallBudget;
}
