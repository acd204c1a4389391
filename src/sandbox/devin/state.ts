/**
 * The whole state of a fake Devin enterprise. Tests read it freely and change it by hand through the same methods
 * that the API uses; a change by hand is in the audit log under `HAND` and leaves no effect.
 */
import { createHash } from 'node:crypto';
import { type Actor, DevinJournal, groupKind, type Happening, orgKind } from './journal.ts';
import {
  BUILT_IN_ROLES,
  type DerivedRole,
  ENTERPRISE,
  type FakeConnection,
  type FakeGroup,
  type FakeOrg,
  type FakePermission,
  type FakeRole,
  type FakeSession,
  type FakeUser,
} from './model.ts';

/** The person behind changes that no API call made. */
export const HAND: Actor = { person: 'admin@corp.example' };

export interface OrgLimits {
  maxSessionAcuLimit?: number | null;
  maxCycleAcuLimit?: number | null;
}

export interface NewUser {
  /** null: a user without an address. */
  email: string | null;
  /** Made from the address when absent; give one for two users on one address. */
  id?: string;
  name?: string | null;
  /** Enterprise role; `account_member` when absent. */
  role?: string;
  /** Name or id of an org → role id. */
  orgs?: Record<string, string>;
}

export class FakeDevinState {
  readonly users = new Map<string, FakeUser>();
  readonly orgs = new Map<string, FakeOrg>();
  readonly roles = new Map<string, FakeRole>(BUILT_IN_ROLES.map((role) => [role.id, role]));
  readonly groups = new Map<string, FakeGroup>();
  readonly connections = new Map<string, FakeConnection>();
  readonly permissions = new Map<string, FakePermission>();
  readonly sessions: FakeSession[] = [];
  /** Billing cycles, in Unix seconds. */
  readonly cycles: { after: number; before: number }[] = [];
  readonly journal: DevinJournal;
  readonly #byEmail = new Map<string, Set<FakeUser>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.journal = new DevinJournal(now);
  }

  /** Committed by API calls, in order. */
  get effects() {
    return this.journal.effects;
  }

  get audit() {
    return this.journal.audit;
  }

  /** By id or e-mail. @throws Error when there is none. */
  user(key: string): FakeUser {
    const user = this.users.get(key) ?? this.usersByEmail(key)[0];
    if (user === undefined) throw new Error(`the enterprise has no user ${key}`);
    return user;
  }

  usersByEmail(email: string): FakeUser[] {
    return [...(this.#byEmail.get(email.toLowerCase()) ?? [])];
  }

  changeEmail(user: FakeUser, email: string | null): void {
    if (user.email !== null) this.#byEmail.get(user.email.toLowerCase())?.delete(user);
    (user as { email: string | null }).email = email;
    this.#index(user);
  }

  /** By id or name. @throws Error when there is none. */
  org(key: string): FakeOrg {
    const org = this.orgs.get(key) ?? [...this.orgs.values()].find(({ name }) => name === key);
    if (org === undefined) throw new Error(`the enterprise has no organization ${key}`);
    return org;
  }

  /** Roles that a user has through registered groups. */
  derived(user: FakeUser): DerivedRole[] {
    return [...user.groups].flatMap((group) =>
      Array.from(this.groups.get(group)?.roles ?? [], ([place, role]) => ({ group, place, role })),
    );
  }

  isMember(user: FakeUser): boolean {
    return user.direct.size > 0 || this.derived(user).length > 0;
  }

  addRole(role: { name: string; scope: FakeRole['scope']; id?: string }): FakeRole {
    const id = role.id ?? `role-${digest(`${role.scope}:${role.name}`, 32)}`;
    const added = { id, name: role.name, scope: role.scope };
    this.roles.set(id, added);
    return added;
  }

  addUser(wanted: NewUser, by: Actor = HAND): FakeUser {
    const { email, name = null, role = 'account_member' } = wanted;
    const known = wanted.id === undefined && email !== null ? this.usersByEmail(email)[0] : undefined;
    const id = wanted.id ?? known?.id ?? this.#freshId('email|', email ?? 'nobody', 24);
    const user = known ?? this.#newUser(id, email, name);
    user.direct.set(ENTERPRISE, role);
    this.#record({ kind: 'invite', subject: id, label: email, org: null, before: null, after: role }, by);
    for (const [org, orgRole] of Object.entries(wanted.orgs ?? {})) {
      this.setUserRole(user, this.org(org).id, orgRole, by);
    }
    return user;
  }

  /** `role` null takes it. */
  setUserRole(user: FakeUser, place: string, role: string | null, by: Actor = HAND): void {
    const before = user.direct.get(place) ?? null;
    if (before === role) return;
    if (role === null) user.direct.delete(place);
    else user.direct.set(place, role);
    const org = place === ENTERPRISE ? null : place;
    const kind = org === null ? 'set-enterprise-role' : orgKind(before, role);
    this.#record({ kind, subject: user.id, label: user.email, org, before, after: role }, by);
  }

  /** Direct roles go; a user who is also in through a group stays as that. */
  removeUser(user: FakeUser, by: Actor = HAND): void {
    const before = user.direct.get(ENTERPRISE) ?? null;
    user.direct.clear();
    if (user.groups.size === 0) this.#forget(user);
    this.#record(
      { kind: 'remove-user', subject: user.id, label: user.email, org: null, before, after: null },
      by,
    );
  }

  /** An SSO login: the IdP says which groups the person is in now. An unknown person becomes a user. */
  login(email: string, groups: Iterable<string>): FakeUser {
    const known = this.usersByEmail(email)[0];
    const user = known ?? this.#newUser(this.#freshId('okta|corp-example|', email, 20), email, null);
    user.groups = new Set(groups);
    user.lastLogin = this.#seconds();
    const label = [...user.groups].join(', ');
    this.#record(
      { kind: 'login', subject: user.id, label, org: null, before: null, after: null },
      { person: email },
    );
    return user;
  }

  registerGroup(name: string, by: Actor = HAND): FakeGroup {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const group = { name, roles: new Map<string, string>() };
    this.groups.set(name, group);
    this.#record(
      { kind: 'register-group', subject: name, label: name, org: null, before: null, after: name },
      by,
    );
    return group;
  }

  unregisterGroup(group: FakeGroup, by: Actor = HAND): void {
    const { name } = group;
    this.groups.delete(name);
    this.#record(
      { kind: 'unregister-group', subject: name, label: name, org: null, before: name, after: null },
      by,
    );
  }

  /** `role` null takes it. */
  setGroupRole(group: FakeGroup, place: string, role: string | null, by: Actor = HAND): void {
    const before = group.roles.get(place) ?? null;
    if (before === role) return;
    if (role === null) group.roles.delete(place);
    else group.roles.set(place, role);
    const org = place === ENTERPRISE ? null : place;
    const kind = groupKind(org, before, role);
    this.#record({ kind, subject: group.name, label: group.name, org, before, after: role }, by);
  }

  addOrg(name: string, limits: OrgLimits = {}, by: Actor = HAND): FakeOrg {
    const id = `org-${digest(`${this.orgs.size}:${name}:${this.audit.length}`, 24)}`;
    const createdAt = this.#seconds();
    const { maxSessionAcuLimit = null, maxCycleAcuLimit = null } = limits;
    const org = { id, name, createdAt, updatedAt: createdAt, maxSessionAcuLimit, maxCycleAcuLimit };
    this.orgs.set(id, org);
    this.#record({ kind: 'create-org', subject: id, label: name, org: id, before: null, after: name }, by);
    return org;
  }

  updateOrg(org: FakeOrg, change: OrgLimits & { name?: string }, by: Actor = HAND): void {
    const before = org.name;
    Object.assign(org, change, { updatedAt: this.#seconds() });
    this.#record(
      { kind: 'update-org', subject: org.id, label: org.name, org: org.id, before, after: org.name },
      by,
    );
  }

  addConnection(name: string): FakeConnection {
    const connection = { id: `git-connection-${digest(name, 12)}`, name, host: 'github.com' };
    this.connections.set(connection.id, connection);
    return connection;
  }

  /** A permission for exactly the same, or undefined. */
  permissionLike(org: FakeOrg, wanted: Omit<FakePermission, 'id' | 'org'>): FakePermission | undefined {
    return [...this.permissions.values()].find(
      (one) => one.org === org.id && pathOf(one) === pathOf(wanted) && one.connection === wanted.connection,
    );
  }

  allow(org: FakeOrg, wanted: Omit<FakePermission, 'id' | 'org'>, by: Actor = HAND): FakePermission {
    const id = `git-permission-${digest(`${org.id}:${this.permissions.size}:${pathOf(wanted)}`, 12)}`;
    const permission = { id, org: org.id, ...wanted };
    this.permissions.set(id, permission);
    const after = pathOf(permission);
    this.#record(
      { kind: 'allow-repository', subject: org.id, label: org.name, org: org.id, before: null, after },
      by,
    );
    return permission;
  }

  deny(permission: FakePermission, by: Actor = HAND): void {
    this.permissions.delete(permission.id);
    const { id, name } = this.org(permission.org);
    const before = pathOf(permission);
    this.#record({ kind: 'deny-repository', subject: id, label: name, org: id, before, after: null }, by);
  }

  /** With every role in it. The API that is served here cannot do that. */
  deleteOrg(org: FakeOrg): void {
    for (const user of this.users.values()) user.direct.delete(org.id);
    for (const group of this.groups.values()) group.roles.delete(org.id);
    this.orgs.delete(org.id);
    const { id, name } = org;
    this.#record({ kind: 'delete-org', subject: id, label: name, org: id, before: name, after: null }, HAND);
  }

  #newUser(id: string, email: string | null, name: string | null): FakeUser {
    if (this.users.has(id)) throw new Error(`the enterprise already has a user ${id}`);
    const user = { id, email, name, joinedAt: this.#seconds(), direct: new Map(), groups: new Set<string>() };
    this.users.set(id, user);
    this.#index(user);
    return user;
  }

  /** Made from the address; another one when somebody who once had that address still holds it. */
  #freshId(prefix: string, email: string, length: number): string {
    for (let attempt = 0; ; attempt += 1) {
      const salt = attempt === 0 ? '' : `#${attempt}`;
      const id = `${prefix}${digest(`${email.toLowerCase()}${salt}`, length)}`;
      if (!this.users.has(id)) return id;
    }
  }

  #forget(user: FakeUser): void {
    this.users.delete(user.id);
    if (user.email !== null) this.#byEmail.get(user.email.toLowerCase())?.delete(user);
  }

  #index(user: FakeUser): void {
    if (user.email === null) return;
    const address = user.email.toLowerCase();
    this.#byEmail.set(address, (this.#byEmail.get(address) ?? new Set()).add(user));
  }

  #record(happening: Happening, by: Actor): void {
    this.journal.record(happening, by);
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }
}

function pathOf({ repo, prefix, group }: Omit<FakePermission, 'id' | 'org'>): string {
  return repo ?? (prefix === null ? `group ${group}` : `${prefix}*`);
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
