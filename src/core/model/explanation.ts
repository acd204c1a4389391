/** Why one person has, lacks or loses each access. Core computes it from the same readings as a plan. */
import type { Change, NamedRef, Notice, Residual, TenantPair } from './change.ts';
import type { DevinUser } from './devin.ts';
import type { PersonRecord } from './directory.ts';
import type { HistoryEntry } from './history.ts';
import type { Ownership } from './memory.ts';
import type { Lever } from './settings.ts';

/**
 * `won` gives the role in its place · `outranked` matched, but another rule won the place · `no-match` the person
 * is in no group of this rule · `refused` matched, but may not give (an admin role without `allowAdmin`, a
 * group whose name was taken over, a person who waits).
 */
export type TrialOutcome = 'won' | 'outranked' | 'no-match' | 'refused';

/** A group that the person is in. */
export interface GroupPath {
  /** Names from this group down to the one that has the person as a direct member; one name: direct. */
  readonly path: readonly string[];
  readonly groupId: string;
}

/** One rule that was tried on the person. */
export interface RuleTrial {
  readonly rule: string;
  /** Line in the configuration file; null when it is not known. */
  readonly line: number | null;
  readonly via: Lever;
  /** Name of the org; null: the enterprise itself. */
  readonly org: string | null;
  readonly role: string;
  readonly priority: number;
  readonly outcome: TrialOutcome;
  /** In words: the group path that matched, the rule that outranked it, or what was missing. */
  readonly why: string;
}

/** A role that the person holds in a place. */
export interface HeldRole {
  readonly role: string;
  /** The registered group that gives it; null: given to the person directly. */
  readonly group: string | null;
  readonly ownership: Ownership;
}

/** Wanted against held access in one place. */
export interface PlaceAccess {
  /** null: the enterprise itself. */
  readonly org: NamedRef | null;
  /** null: no rule gives a role here. */
  readonly wanted: {
    readonly role: string;
    /** Name of the rule; of a grant, who granted it and why. */
    readonly rule: string;
    readonly granted?: true;
  } | null;
  readonly held: readonly HeldRole[];
}

export interface Explanation {
  /** The address that was asked for, normalised. */
  readonly email: string;
  /** When both readings were complete, in ms since the epoch. */
  readonly createdAt: number;
  readonly tenants: TenantPair;
  /** null: the directory has nobody with this address. */
  readonly person: PersonRecord | null;
  /** Every Devin user with this address or linked to this person; empty: there is none. */
  readonly users: readonly DevinUser[];
  readonly groups: readonly GroupPath[];
  /** In the order of the configuration. */
  readonly rules: readonly RuleTrial[];
  /** The enterprise first, then organizations by name. */
  readonly places: readonly PlaceAccess[];
  /** Pending changes of this person, every verdict. */
  readonly changes: readonly Change[];
  readonly residual: readonly Residual[];
  readonly notices: readonly Notice[];
  /** Where the lines of rules stand; null: not known. */
  readonly configFile: string | null;
  /** What was written and decided about this person last, the newest first. */
  readonly writes: readonly HistoryEntry[];
}
