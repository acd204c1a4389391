import type { Act } from '../core/model/act.ts';
import type { DriftedEdge, ImpactReading } from '../core/model/change.ts';
import type { DevinHead, DevinState, Principal } from '../core/model/devin.ts';
import type { Operation } from '../core/model/operation.ts';
import type { Finding, ReadContext } from '../lib/reading.ts';

/** The very HTTP request that carries out an operation. `path` has the prefix and is percent-encoded. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body: unknown;
}

/** Fills placeholders: user ids that an invite returned, ids of orgs that were created. */
export interface Resolver {
  /** @throws Error when the placeholder is not known yet. */
  user(userOrPlaceholder: string): string;
  org(orgOrPlaceholder: string): string;
}

export interface OperationResult {
  /** invite: normalised address → Devin user id, of every invited address. */
  readonly users: Readonly<Record<string, string>>;
  /** create-org: the new id. */
  readonly orgId: string | null;
}

/** Somebody who would lose access. */
export interface Loser {
  readonly devinId: string;
  readonly email: string;
}

/** What a read of the subject says about an operation whose outcome is unknown. */
export type ReadBack =
  | { readonly state: 'done'; readonly result: OperationResult }
  | { readonly state: 'not-done' };

export type KnownPlaces = Pick<DevinHead, 'roles' | 'orgs'>;

/**
 * A Devin enterprise. An implementer owes: reads in the fewest calls (page size 200, no GET per person or edge),
 * a whole state or a `SourceReadError`; `apply` throws `TargetError`, with `outcome: 'unknown'` whenever the
 * request may have been processed, and never repeats a POST or PATCH after anything but 429.
 */
export interface DevinTarget {
  identify(signal: AbortSignal): Promise<Principal>;
  /** Asks who the key is, and for one row of a list. @throws when it may not even do that, or gets no answer. */
  probe(signal: AbortSignal): Promise<void>;
  read(context: ReadContext): Promise<DevinState>;
  /**
   * The users on these addresses and nobody else, in two calls an address, with roles and organizations as an earlier
   * reading lists them. null: this enterprise cannot be asked so, or a role is held that is not in those lists.
   */
  look?(emails: readonly string[], known: KnownPlaces, context: ReadContext): Promise<DevinState | null>;
  /** In words, why there is no `look` although REST has one. */
  readonly wholeBecause?: string;
  /** The request as it would be sent; placeholders stay as they are when `resolver` is null. Pure. */
  describe(operation: Operation, resolver: Resolver | null): ApiRequest;
  /**
   * Sends it once. 404 on DELETE is success. @throws TargetError; the caller owns all waiting and repeating.
   */
  apply(operation: Operation, resolver: Resolver, signal: AbortSignal): Promise<OperationResult>;
  /** Reads the subject to learn whether an operation took effect. */
  readBack(operation: Operation, resolver: Resolver, signal: AbortSignal): Promise<ReadBack>;
  /** Epoch ms at which the key ends; null: Devin names no end. @throws where that cannot be read. */
  keyEnd?(signal: AbortSignal): Promise<number | null>;
  /** Who gave what, oldest first; absent: this API keeps no log of that. @throws SourceReadError */
  acts?(context: ReadContext): Promise<readonly Act[]>;
  /**
   * What these people do with the access that they would lose. `now`: epoch ms. Absent: this API does not tell.
   * @throws SourceReadError or TargetError when it could not be read; a missing permission is in the reading.
   */
  impact?(losers: readonly Loser[], now: number, context: ReadContext): Promise<ImpactReading>;
  /**
   * Who made each edge what it is, in words, or null where the audit log names nobody; null as a whole where the key
   * may not read it. `name`: what the log may call the holder. Absent: this API has no such log.
   */
  authors?(
    edges: readonly (DriftedEdge & { readonly name: string })[],
    context: ReadContext,
  ): Promise<readonly (string | null)[] | null>;
  /** Where `authors` is absent: why nobody is named, for the plan. */
  readonly noAuthors?: string;
  /** Key, permissions, reachability: for `doctor`. Never throws. */
  check(signal: AbortSignal): Promise<readonly Finding[]>;
}
