/**
 * How the company stood at the last decision about everything: what a decision about a few people needs of the
 * rest, and no more. It is stored with the reading, so that a resync of one person reads that person alone.
 */
import type { Baseline } from './baseline.ts';
import type { NamedRef, TenantPair } from './change.ts';
import type { Org, Role } from './devin.ts';
import type { Lever } from './settings.ts';

export interface StandingGroup {
  readonly id: string;
  readonly name: string;
  readonly hidden: boolean;
}

/** People whom one guard counted in one place and who were not held by anything else yet; `invitesPerDay`: invited. */
export interface Pending {
  readonly guard: string;
  readonly place: string | null;
  readonly count: number;
  /** IdP or Devin ids of some of them, all where they are few. */
  readonly people: readonly string[];
  /** How many of them came after the decision about everything, in decisions about a few people; absent: none. */
  readonly later?: number;
}

/** The counts of Devin that guards measure against; see `Census`. */
export interface StandingCounts {
  readonly everybody: number;
  readonly users: number;
  readonly orgPeople: number;
  /** Org id → people. */
  readonly peopleByOrg: Readonly<Record<string, number>>;
  /** Id of a directory group that a rule is bound to → people whom it reaches. */
  readonly groupPeople: Readonly<Record<string, number>>;
}

/** What one rule gives through one directory group. */
export interface Gift {
  /** IdP id of the group. */
  readonly group: string;
  /** Name of the rule. */
  readonly rule: string;
  readonly via: Lever;
  /** null: the enterprise itself. */
  readonly org: NamedRef | null;
  /** Name of the role. */
  readonly role: string;
}

export interface Standing {
  /** Epoch ms of the decision. */
  readonly at: number;
  readonly tenants: TenantPair;
  readonly configHash: string;
  readonly size: Baseline;
  readonly groups: readonly StandingGroup[];
  readonly roles: readonly Role[];
  readonly orgs: readonly Pick<Org, 'id' | 'name'>[];
  readonly counts: StandingCounts;
  readonly pending: readonly Pending[];
  /** In the order of the configuration. */
  readonly gifts: readonly Gift[];
}

/** Changes by verdict. */
export interface ChangeCounts {
  readonly ready: number;
  readonly held: number;
  readonly waiting: number;
  readonly barred: number;
}

/** What the plan of that decision says of each organization and group; those of which it says nothing are left out. */
export interface PlaceCounts {
  /** Epoch ms of the plan. */
  readonly at: number;
  readonly planId: string;
  /** `foreign`: accesses that this daemon neither gave nor adopted, and leaves alone. */
  readonly orgs: readonly ({ readonly name: string; readonly foreign: number } & ChangeCounts)[];
  readonly groups: readonly ({ readonly name: string } & ChangeCounts)[];
}
