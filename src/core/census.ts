/** The counts that guards measure against, taken once from the Devin reading. */
import { type DevinState, ENTERPRISE } from './model/devin.ts';
import { type Atlas, placeKey, placeRef, type RankedRole } from './places.ts';
import { breather } from './steps.ts';

/** One way in which a user is admin of a place: directly (`group` null) or through a group of that name. */
export interface AdminSeat {
  readonly user: string;
  readonly group: string | null;
}

export interface AdminSeats {
  /** The place in words. */
  readonly name: string;
  readonly seats: readonly AdminSeat[];
}

export interface Census {
  /** Users with any role, directly or through a group. */
  readonly everybody: number;
  /** Users with a direct role. */
  readonly users: number;
  /** Users with a direct role in at least one org. */
  readonly orgPeople: number;
  /** Active users of the SCIM service; 0 where nothing is written through it. */
  readonly scimPeople: number;
  /** Members of each group of that service, by its id there. */
  readonly scimMembers: ReadonlyMap<string, number>;
  /** Users with a direct role, by org id. */
  readonly peopleByOrg: ReadonlyMap<string, number>;
  /** By org id; `''` is the enterprise. */
  readonly admins: ReadonlyMap<string, AdminSeats>;
  /** Ids of the roles that count as admin. */
  readonly adminRoles: ReadonlySet<string>;
  /** People whom a directory group reached before and reaches now, by its id. */
  readonly groupPeople: (directoryId: string) => number;
}

/** Users between two chances to breathe. */
const STRIDE = 4096;

export function* censusSteps(
  devin: DevinState,
  atlas: Atlas,
  groupPeople: Census['groupPeople'],
): Generator<void, Census> {
  const inOrg = new Int32Array(atlas.places.length);
  const seats = new Seats(devin, atlas);
  const isDue = breather(STRIDE);
  let users = 0;
  let orgPeople = 0;
  for (let user = 0; user < devin.userCount; user++) {
    const end = devin.firstDirect(user + 1);
    let orgs = 0;
    for (let edge = devin.firstDirect(user); edge < end; edge++) {
      const org = devin.directOrgAt(edge);
      seats.take(org, devin.directRoleAt(edge), user, -1);
      if (org === ENTERPRISE) continue;
      inOrg[org] = (inOrg[org] as number) + 1;
      orgs++;
    }
    if (devin.directCount(user) > 0) users++;
    if (orgs > 0) orgPeople++;
    for (const { org, role, group } of devin.derivedRoles(user)) seats.take(org, role, user, group);
    if (isDue()) yield;
  }
  const counted = [...inOrg.keys()].filter((org) => inOrg[org] !== 0);
  const peopleByOrg = new Map(counted.map((org) => [placeKey(atlas, org), inOrg[org] as number]));
  const adminRoles = new Set(atlas.roles.filter(({ admin }) => admin).map(({ id }) => id));
  const admins = seats.admins;
  const scimPeople = devin.head.scim?.users.filter(({ active }) => active).length ?? 0;
  const scimMembers = new Map(devin.head.scim?.groups.map(({ id, members }) => [id, members.length]));
  const counts = { everybody: devin.userCount, users, orgPeople, scimPeople, scimMembers };
  return { ...counts, peopleByOrg, admins, adminRoles, groupPeople };
}

/** Collects the admin seats of each place. */
class Seats {
  readonly admins = new Map<string, { name: string; seats: AdminSeat[] }>();
  readonly #devin: DevinState;
  readonly #atlas: Atlas;

  constructor(devin: DevinState, atlas: Atlas) {
    this.#devin = devin;
    this.#atlas = atlas;
  }

  /** `group` -1: held directly. */
  take(place: number, role: number, user: number, group: number): void {
    if (!(this.#atlas.roles[role] as RankedRole).admin) return;
    const key = placeKey(this.#atlas, place);
    const name = placeRef(this.#atlas, place)?.name ?? 'the enterprise';
    const known = this.admins.get(key) ?? { name, seats: [] };
    const through = group < 0 ? null : this.#devin.groupName(group);
    known.seats.push({ user: this.#devin.user(user).id, group: through });
    this.admins.set(key, known);
  }
}
