/** What a fake Devin enterprise consists of. A place is an org id, or `ENTERPRISE`. */

export const ENTERPRISE = '';

export interface FakeRole {
  id: string;
  name: string;
  scope: 'enterprise' | 'org';
}

export interface FakeOrg {
  id: string;
  name: string;
  /** Unix seconds. */
  createdAt: number;
  updatedAt: number;
  maxSessionAcuLimit: number | null;
  maxCycleAcuLimit: number | null;
}

export interface FakeUser {
  id: string;
  /** Changed by `changeEmail` of the state, which finds users by it. */
  readonly email: string | null;
  name: string | null;
  /** Unix seconds. */
  joinedAt: number;
  /** Direct roles: place → role id. */
  direct: Map<string, string>;
  /** Unix seconds of the last sign-in; absent: never. */
  lastLogin?: number;
  /** Group names that the IdP sent at the last login, registered here or not. */
  groups: Set<string>;
}

/** A connection to a git provider. */
export interface FakeConnection {
  id: string;
  name: string;
  host: string;
}

/** What an organization may use through a connection: one of the three is given. */
export interface FakePermission {
  id: string;
  org: string;
  connection: string;
  repo: string | null;
  prefix: string | null;
  group: string | null;
}

export interface FakeSession {
  id: string;
  /** User id. */
  user: string;
  /** Unix seconds. */
  createdAt: number;
  updatedAt: number;
  acus: number;
}

/** A registered group name. */
export interface FakeGroup {
  name: string;
  /** Place → role id. */
  roles: Map<string, string>;
}

export interface DerivedRole {
  group: string;
  place: string;
  role: string;
}

export type EffectKind =
  | 'invite'
  | 'set-enterprise-role'
  | 'remove-user'
  | 'add-to-org'
  | 'change-org-role'
  | 'remove-from-org'
  | 'register-group'
  | 'give-group-role'
  | 'change-group-role'
  | 'take-group-role'
  | 'add-group-to-org'
  | 'change-group-org-role'
  | 'remove-group-from-org'
  | 'unregister-group'
  | 'create-org'
  | 'update-org'
  | 'allow-repository'
  | 'deny-repository';

/** One thing that a call of the API really changed; a call that changed nothing leaves none. */
export interface Effect {
  kind: EffectKind;
  /** User id, group name or org id. */
  subject: string;
  /** E-mail of a user; name of a group or an org. */
  label: string | null;
  /** Org id; null: the enterprise. */
  org: string | null;
  /** Role ids; for an org its names; null: none. */
  before: string | null;
  after: string | null;
  /** Unix time in ms. */
  at: number;
}

export interface AuditEntry {
  id: string;
  action: string;
  /** Unix seconds. */
  at: number;
  org: string | null;
  data: Record<string, unknown>;
  /** E-mail of the person who acted; null: the service user did. */
  person: string | null;
}

/** The key that the enterprise was started with. */
export interface FakePrincipal {
  type: 'service_user' | 'pat_user';
  id: string;
  name: string;
}

export const BUILT_IN_ROLES: readonly FakeRole[] = [
  { id: 'account_admin', name: 'Admin', scope: 'enterprise' },
  { id: 'account_member', name: 'Member', scope: 'enterprise' },
  { id: 'org_admin', name: 'Admin', scope: 'org' },
  { id: 'org_member', name: 'Member', scope: 'org' },
];
