/** The counts that guards measure against, taken once from the Devin reading. */
import { type DevinState, ENTERPRISE } from './model/devin.ts';
import { type Atlas, placeKey, placeRef, type RankedRole } from './places.ts';

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
  /** Users with a direct role, by org id. */
  readonly peopleByOrg: ReadonlyMap<string, number>;
  /** By org id; `''` is the enterprise. */
  readonly admins: ReadonlyMap<string, AdminSeats>;
  /** Ids of the roles that count as admin. */
  readonly adminRoles: ReadonlySet<string>;
}

export function takeCensus(devin: DevinState, atlas: Atlas): Census {
  const peopleByOrg = new Map<string, number>();
  const admins = new Map<string, { name: string; seats: AdminSeat[] }>();
  const seat = (place: number, role: number, user: number, group: string | null) => {
    if (!(atlas.roles[role] as RankedRole).admin) return;
    const key = placeKey(atlas, place);
    const known = admins.get(key) ?? { name: placeRef(atlas, place)?.name ?? 'the enterprise', seats: [] };
    known.seats.push({ user: devin.user(user).id, group });
    admins.set(key, known);
  };
  let users = 0;
  let orgPeople = 0;
  for (let user = 0; user < devin.userCount; user++) {
    const direct = devin.directRoles(user);
    if (direct.length > 0) users++;
    if (direct.some(({ org }) => org !== ENTERPRISE)) orgPeople++;
    for (const { org, role } of direct) {
      seat(org, role, user, null);
      if (org === ENTERPRISE) continue;
      const key = placeKey(atlas, org);
      peopleByOrg.set(key, (peopleByOrg.get(key) ?? 0) + 1);
    }
    for (const { org, role, group } of devin.derivedRoles(user))
      seat(org, role, user, devin.groupName(group));
  }
  const adminRoles = new Set(atlas.roles.filter(({ admin }) => admin).map(({ id }) => id));
  return { everybody: devin.userCount, users, orgPeople, peopleByOrg, admins, adminRoles };
}
