/**
 * What the daemon remembers between runs: a value that is loaded before `decide` and saved after it. It holds
 * nothing that Devin or the IdP could not tell again, except who gave what; losing it manages nothing and
 * therefore removes nothing.
 */
import type { Baseline } from './baseline.ts';
import type { TenantPair } from './change.ts';
import type { Roll } from './roll.ts';

export type { Baseline } from './baseline.ts';

/** `managed` we wrote it · `adopted` a named person took it over · `foreign` all else and everything at first sight. */
export type Ownership = 'managed' | 'adopted' | 'foreign';

/** One linked person: IdP id ↔ Devin user id, with the places whose roles are ours. */
export interface LedgerPerson {
  readonly directoryId: string;
  readonly devinId: string;
  /** Normalised e-mail at the time of linking. */
  readonly email: string;
  /** `''` is the enterprise, else an org id → who owns the role there. Absent: foreign. */
  readonly places: Readonly<Record<string, Exclude<Ownership, 'foreign'>>>;
  /** Place → id of the role that was last given or adopted there; absent: not known. */
  readonly applied?: Readonly<Record<string, string>>;
}

/** A group name in Devin that this daemon registered, bound to the IdP's id. */
export interface LedgerGroup {
  readonly directoryId: string;
  readonly name: string;
  readonly places: Readonly<Record<string, Exclude<Ownership, 'foreign'>>>;
  /** As for people. */
  readonly applied?: Readonly<Record<string, string>>;
}

/** Something that this daemon wrote through SCIM: a membership, or the user itself. */
export interface ScimMark {
  /** Directory ids; a group of `''` is the user itself. */
  readonly person: string;
  readonly group: string;
  /** Base URL of the service that it was written to. */
  readonly url: string;
  /** Of a user: how it was left. */
  readonly active: boolean;
}

/** First sight of an absence, and how many distinct fresh readings have confirmed it since. */
export interface Tombstone {
  readonly subject: string;
  readonly cause: 'out-of-scope' | 'vanished';
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/** A guarded write that was done, for the 24-hour windows of the guards. */
export interface RecentWrite {
  readonly at: number;
  readonly guard: string;
  readonly place: string | null;
  readonly people: number;
  /** IdP or Devin id of the person or group, so that nobody counts twice; absent in what an older version wrote. */
  readonly who?: string;
}

export interface Approval {
  readonly item: string;
  readonly by: string;
  readonly at: number;
  readonly why: string;
}

/** A person said no: the item stays held until it is approved, or until its cause, and with it its key, is another. */
export interface Rejection {
  readonly item: string;
  readonly by: string;
  readonly at: number;
  readonly why: string;
}

/** An item that a guard holds; it never expires, and is told again as it grows old. */
export interface Hold {
  readonly item: string;
  /** Epoch ms of the first plan that held it, without a break since. */
  readonly since: number;
  /** Age in ms up to which it was told; 0: told when it was new. */
  readonly toldAge: number;
}

/** A grant of ours that somebody took back in Devin. */
export interface Flip {
  /** Item key of the grant that would give it again. */
  readonly item: string;
  /** How often it was taken back. */
  readonly count: number;
  /** Epoch ms at which it was last seen to be taken back. */
  readonly lastAt: number;
  /** Still taken back, as far as the last reading says. */
  readonly undone: boolean;
}

/** An organization was taken over: nothing adopted there is taken before `until`, but from deactivated people. */
export interface Adoption {
  /** Org id; `''` is the enterprise. */
  readonly place: string;
  /** Epoch ms. */
  readonly at: number;
  readonly until: number;
  readonly by: string;
  /** What the owner of the organization attested, in their words. */
  readonly attest: string;
}

/** A budget of the configuration that a person has let go ahead of its window. */
export interface BudgetApproval {
  readonly name: string;
  /** The terms that were approved; another window or another number is another budget. */
  readonly terms: string;
  readonly by: string;
  readonly at: number;
  readonly why: string;
}

export interface Memory {
  readonly tenants: TenantPair | null;
  readonly people: readonly LedgerPerson[];
  readonly groups: readonly LedgerGroup[];
  readonly scim: readonly ScimMark[];
  /** Rule name → the immutable ids of the groups it was bound to at first match, with their names then. */
  readonly bindings: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly tombstones: readonly Tombstone[];
  readonly baseline: Baseline | null;
  readonly recent: readonly RecentWrite[];
  /** Who was in each group that gives something. */
  readonly rolls: readonly Roll[];
  readonly approvals: readonly Approval[];
  /** Approvals of admin items that still need a second person; see `approvals.adminNeedsTwo`. */
  readonly halfApprovals: readonly Approval[];
  readonly rejections: readonly Rejection[];
  readonly holds: readonly Hold[];
  readonly flips: readonly Flip[];
  readonly adoptions: readonly Adoption[];
  readonly budgets: readonly BudgetApproval[];
  /** Hash of rules, policy and source whose first plan a person approved; null: nothing was ever approved. */
  readonly approvedConfig: string | null;
}

export const EMPTY_MEMORY: Memory = {
  tenants: null,
  people: [],
  groups: [],
  scim: [],
  bindings: {},
  tombstones: [],
  baseline: null,
  recent: [],
  rolls: [],
  approvals: [],
  halfApprovals: [],
  rejections: [],
  holds: [],
  flips: [],
  adoptions: [],
  budgets: [],
  approvedConfig: null,
};
