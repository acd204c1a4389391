/** The records of a reading of Devin, beside its columns: who, where, which role, and what the key cannot do. */
import type { ChangeKind } from './change.ts';
import type { ReadReport } from './directory.ts';
import type { RepositoryReading } from './repository.ts';
import type { ScimReading } from './scim.ts';

export type RoleScope = 'enterprise' | 'org';

export interface Role {
  readonly id: string;
  readonly name: string;
  readonly scope: RoleScope;
}

export interface Org {
  readonly id: string;
  readonly name: string;
  /** ACU limits, null: none; absent where they were not read. */
  readonly limits?: AcuLimits;
}

export interface AcuLimits {
  readonly maxSessionAcuLimit: number | null;
  readonly maxCycleAcuLimit: number | null;
}

/** What the key, or the version of the API that it is for, cannot do: shown in the plan and never tried. */
export interface KeyLimits {
  /** Kind of change → why it cannot be made. */
  readonly cannot: Readonly<Partial<Record<ChangeKind, string>>>;
  /** Kind of change → the only roles that it can give, by id, where not every role. */
  readonly onlyRoles: Readonly<Partial<Record<ChangeKind, readonly string[]>>>;
  /** A group holds roles of organizations without one of the enterprise. */
  readonly groupsNeedNoEnterpriseRole: boolean;
}

/** The key we act with: never removed, never changed, and half of the tenant pair. */
export interface Principal {
  readonly id: string;
  readonly name: string;
}

export interface DevinUser {
  readonly id: string;
  /** null: never matched, never touched. */
  readonly email: string | null;
  readonly name: string | null;
}

/** `org` and `role` are indexes; org -1 is the enterprise itself. */
export interface RoleEdge {
  readonly org: number;
  readonly role: number;
}

/** A role that a person has through a registered group; REST cannot take it from the person alone. */
export interface DerivedEdge extends RoleEdge {
  readonly group: number;
}

export interface DevinHead {
  /** Base URL of the API, the other half of the tenant pair together with the principal. */
  readonly url: string;
  readonly principal: Principal;
  readonly roles: readonly Role[];
  readonly orgs: readonly Org[];
  readonly reads: readonly ReadReport[];
  /** Absent: the key may be able to do everything. */
  readonly keyLimits?: KeyLimits;
  /** Absent: no organization declares repositories. */
  readonly repositories?: RepositoryReading;
  /** Absent: nothing is written through SCIM. */
  readonly scim?: ScimReading;
}
