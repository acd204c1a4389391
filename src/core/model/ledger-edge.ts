/** What `adopt`, `release` and a rebuilt ledger move. */
import type { ScimMark } from './memory.ts';

/** One role that changes owner. */
export interface LedgerEdge {
  readonly type: 'person' | 'group';
  readonly directoryId: string;
  /** Devin user id, or the name of the group. */
  readonly devinId: string;
  readonly label: string;
  /** `''` is the enterprise, else an org id. */
  readonly place: string;
  readonly placeName: string;
  readonly role: { readonly id: string; readonly name: string } | null;
  /** It is no role, but what was written through SCIM. */
  readonly scim?: ScimEdge;
}

/** A membership, or a user of the SCIM service. */
export interface ScimEdge {
  readonly mark: ScimMark;
  /** Where rules give something to its group; `''` for the user itself. */
  readonly places: readonly string[];
}
