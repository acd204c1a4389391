/**
 * What the Devin enterprise holds now ("have"), as one complete reading: direct users, users that are in through
 * IdP groups, registered group names, roles of groups, roles and organizations.
 */

import { edgesByRow, IntColumn, inRowOrder } from './columns.ts';
import type { DerivedEdge, DevinHead, DevinUser, RoleEdge } from './devin-head.ts';
import type { ReadReport } from './directory.ts';
import type { ScimReading } from './scim.ts';

export type * from './devin-head.ts';

/** Index that stands for the enterprise wherever an org index is expected. */
export const ENTERPRISE = -1;

interface Columns {
  readonly users: readonly DevinUser[];
  readonly userIndex: ReadonlyMap<string, number>;
  /** Direct edges in the order of users; those of user `u` start at `directFrom[u]`. */
  readonly directFrom: Int32Array;
  readonly directOrg: Int32Array;
  readonly directRole: Int32Array;
  /** The same for derived edges. */
  readonly derivedFrom: Int32Array;
  readonly derivedGroup: Int32Array;
  readonly derivedOrg: Int32Array;
  readonly derivedRole: Int32Array;
  readonly groups: readonly string[];
  readonly groupIndex: ReadonlyMap<string, number>;
  readonly registered: ReadonlySet<number>;
  readonly groupRoles: ReadonlyMap<number, readonly RoleEdge[]>;
}

/** A complete reading of one enterprise. Users, groups, orgs and roles are addressed by index. */
export class DevinState {
  readonly head: DevinHead;
  readonly #columns: Columns;

  constructor(head: DevinHead, columns: Columns) {
    this.head = head;
    this.#columns = columns;
  }

  /** The same enterprise with what its SCIM service holds. */
  with(scim: ScimReading, reads: readonly ReadReport[]): DevinState {
    return new DevinState({ ...this.head, scim, reads: [...this.head.reads, ...reads] }, this.#columns);
  }

  get userCount(): number {
    return this.#columns.users.length;
  }

  get groupCount(): number {
    return this.#columns.groups.length;
  }

  user(index: number): DevinUser {
    return this.#columns.users[index] as DevinUser;
  }

  /** -1 when the enterprise has no such user. */
  userIndex(id: string): number {
    return this.#columns.userIndex.get(id) ?? -1;
  }

  /** Direct roles of a user; at most one with org -1. A user without any is in only through groups. */
  directRoles(user: number): RoleEdge[] {
    const edges: RoleEdge[] = [];
    for (let edge = this.firstDirect(user); edge < this.firstDirect(user + 1); edge++)
      edges.push({ org: this.directOrgAt(edge), role: this.directRoleAt(edge) });
    return edges;
  }

  /**
   * The same for walks over everybody, which must not allocate: the direct roles of a user are the edges from
   * `firstDirect(user)` up to, not including, `firstDirect(user + 1)`.
   */
  firstDirect(user: number): number {
    return this.#columns.directFrom[user] as number;
  }

  directOrgAt(edge: number): number {
    return this.#columns.directOrg[edge] as number;
  }

  directRoleAt(edge: number): number {
    return this.#columns.directRole[edge] as number;
  }

  /** The direct role of a user in an org (or `ENTERPRISE`); -1 when there is none. */
  directRole(user: number, org: number): number {
    const { directFrom, directOrg, directRole } = this.#columns;
    const end = directFrom[user + 1] as number;
    for (let edge = directFrom[user] as number; edge < end; edge++) {
      if (directOrg[edge] === org) return directRole[edge] as number;
    }
    return -1;
  }

  directCount(user: number): number {
    return this.firstDirect(user + 1) - this.firstDirect(user);
  }

  /** Roles that a user has through registered groups. */
  derivedRoles(user: number): DerivedEdge[] {
    const { derivedFrom, derivedGroup, derivedOrg, derivedRole } = this.#columns;
    const edges: DerivedEdge[] = [];
    for (let edge = derivedFrom[user] as number; edge < (derivedFrom[user + 1] as number); edge++) {
      edges.push({
        group: derivedGroup[edge] as number,
        org: derivedOrg[edge] as number,
        role: derivedRole[edge] as number,
      });
    }
    return edges;
  }

  /** The exact name the enterprise knows the group by. */
  groupName(group: number): string {
    return this.#columns.groups[group] as string;
  }

  /** -1 when no group of that exact name is registered or holds a role. */
  groupIndex(name: string): number {
    return this.#columns.groupIndex.get(name) ?? -1;
  }

  isRegistered(group: number): boolean {
    return this.#columns.registered.has(group);
  }

  groupRoles(group: number): readonly RoleEdge[] {
    return this.#columns.groupRoles.get(group) ?? [];
  }
}

/** Collects the pages of one whole-state read. Indexes of orgs and roles are their places in `head`. */
export class DevinBuilder {
  readonly #head: DevinHead;
  readonly #orgIndex: ReadonlyMap<string, number>;
  readonly #roleIndex: ReadonlyMap<string, number>;
  readonly #users: DevinUser[] = [];
  readonly #userIndex = new Map<string, number>();
  readonly #groups: string[] = [];
  readonly #groupIndex = new Map<string, number>();
  readonly #registered = new Set<number>();
  readonly #groupRoles = new Map<number, RoleEdge[]>();
  readonly #direct = { user: new IntColumn(256), org: new IntColumn(256), role: new IntColumn(256) };
  readonly #derived = {
    user: new IntColumn(),
    group: new IntColumn(),
    org: new IntColumn(),
    role: new IntColumn(),
  };

  constructor(head: DevinHead) {
    this.#head = head;
    this.#orgIndex = new Map(head.orgs.map((org, index) => [org.id, index]));
    this.#roleIndex = new Map(head.roles.map((role, index) => [role.id, index]));
  }

  /** Adds a user once; a second row of the same id (direct and IdP lists overlap) keeps the first. */
  user(user: DevinUser): number {
    const known = this.#userIndex.get(user.id);
    if (known !== undefined) return known;
    const index = this.#users.push(user) - 1;
    this.#userIndex.set(user.id, index);
    return index;
  }

  /** @throws Error when the org or the role is not in the lists that were read. */
  direct(user: number, orgId: string | null, roleId: string): void {
    this.#direct.user.push(user);
    this.#direct.org.push(this.#org(orgId));
    this.#direct.role.push(this.#role(roleId));
  }

  /** @throws Error when the org or the role is not in the lists that were read. */
  derived(user: number, groupName: string, orgId: string | null, roleId: string): void {
    this.#derived.user.push(user);
    this.#derived.group.push(this.group(groupName));
    this.#derived.org.push(this.#org(orgId));
    this.#derived.role.push(this.#role(roleId));
  }

  /** Interns a group name. */
  group(name: string): number {
    const known = this.#groupIndex.get(name);
    if (known !== undefined) return known;
    const index = this.#groups.push(name) - 1;
    this.#groupIndex.set(name, index);
    return index;
  }

  registered(name: string): void {
    this.#registered.add(this.group(name));
  }

  groupRole(name: string, orgId: string | null, roleId: string): void {
    const group = this.group(name);
    const edges = this.#groupRoles.get(group) ?? [];
    edges.push({ org: this.#org(orgId), role: this.#role(roleId) });
    this.#groupRoles.set(group, edges);
  }

  build(): DevinState {
    const direct = edgesByRow(this.#direct.user.view(), this.#users.length);
    const derived = edgesByRow(this.#derived.user.view(), this.#users.length);
    return new DevinState(this.#head, {
      users: this.#users,
      userIndex: this.#userIndex,
      directFrom: direct.offsets,
      directOrg: inRowOrder(direct, this.#direct.org.view()),
      directRole: inRowOrder(direct, this.#direct.role.view()),
      derivedFrom: derived.offsets,
      derivedGroup: inRowOrder(derived, this.#derived.group.view()),
      derivedOrg: inRowOrder(derived, this.#derived.org.view()),
      derivedRole: inRowOrder(derived, this.#derived.role.view()),
      groups: this.#groups,
      groupIndex: this.#groupIndex,
      registered: this.#registered,
      groupRoles: this.#groupRoles,
    });
  }

  #org(id: string | null): number {
    if (id === null) return ENTERPRISE;
    const index = this.#orgIndex.get(id);
    if (index === undefined) throw new Error(`a role assignment names an unknown organization: ${id}`);
    return index;
  }

  #role(id: string): number {
    const index = this.#roleIndex.get(id);
    if (index === undefined) throw new Error(`a role assignment names an unknown role: ${id}`);
    return index;
  }
}
