/** Who has which role where and why: what an access review signs. */
import type { TenantPair } from './change.ts';
import type { PersonStatus } from './directory.ts';
import type { HistoryEntry } from './history.ts';
import type { Ownership } from './memory.ts';

/**
 * `rule`, `grant` the configuration asks for exactly this · `default` the enterprise role that a role in an organization
 * needs · `none` the configuration does not ask for it · `residual` it stays through a group although it should end ·
 * `unknown` what asked for it is not kept.
 */
export type ReviewBasis = 'rule' | 'grant' | 'default' | 'none' | 'residual' | 'unknown';

/** One role that one Devin user holds in one place. */
export interface ReviewRow {
  /** As Devin has it; null: the user has no address. */
  readonly email: string | null;
  readonly name: string | null;
  /** Devin's id. */
  readonly user: string;
  /** null: nobody in the directory is this user. `not-kept`: a plan does not keep it. */
  readonly status: PersonStatus | 'not-kept' | null;
  /** Name of the organization; null: the enterprise itself. */
  readonly org: string | null;
  readonly role: string;
  /** null: not kept. */
  readonly admin: boolean | null;
  /** The registered group that gives it; null: held directly. */
  readonly group: string | null;
  /** Who gave it; `group`: whoever put the person into the group; `unknown`: not kept. */
  readonly origin: Ownership | 'group' | 'unknown';
  readonly basis: ReviewBasis;
  /** In words: the rule and the path of groups, the grant, or why nothing asks for it. */
  readonly why: string;
  /** The newest write of this daemon about it; null: none that the journal still knows. */
  readonly lastWrite: HistoryEntry | null;
}

export interface Review {
  /** Epoch ms of the readings. */
  readonly at: number;
  /** Id of the plan that it was made from; null: from readings of now. */
  readonly plan: string | null;
  readonly tenants: TenantPair;
  /** Name of the only organization that is shown; null: everything. */
  readonly org: string | null;
  /** By address, then by place. */
  readonly rows: readonly ReviewRow[];
  /** What such a review cannot know, in words. */
  readonly unknown: readonly string[];
}
