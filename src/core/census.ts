/** The counts that guards measure against, taken once from the Devin reading. */
import { type DevinState, ENTERPRISE } from './model/devin.ts';
import type { Atlas } from './places.ts';

export interface Census {
  /** Users with a direct role. */
  readonly users: number;
  /** Users with a direct role in at least one org. */
  readonly orgPeople: number;
  /** Users with a direct role, by org name. */
  readonly peopleByOrg: ReadonlyMap<string, number>;
  /** Users who are admin there, directly or through a group, by org id; `''` is the enterprise. */
  readonly adminsByPlace: ReadonlyMap<string, number>;
}

export function takeCensus(devin: DevinState, atlas: Atlas): Census {
  const peopleByOrg = new Map<string, number>();
  const adminsByPlace = new Map<string, number>();
  let users = 0;
  let orgPeople = 0;
  for (let user = 0; user < devin.userCount; user++) {
    const direct = devin.directRoles(user);
    if (direct.length > 0) users++;
    if (direct.some(({ org }) => org !== ENTERPRISE)) orgPeople++;
    const adminIn = new Set<string>();
    for (const { org, role } of direct) {
      if (org !== ENTERPRISE) count(peopleByOrg, atlas.places[org]?.name ?? '');
      if (atlas.roles[role]?.admin === true) adminIn.add(atlas.places[org]?.id ?? '');
    }
    for (const { org, role } of devin.derivedRoles(user)) {
      if (atlas.roles[role]?.admin === true) adminIn.add(atlas.places[org]?.id ?? '');
    }
    for (const place of adminIn) count(adminsByPlace, place);
  }
  return { users, orgPeople, peopleByOrg, adminsByPlace };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** How many admins a place (org id, `''` for the enterprise) has now. */
export function admins(census: Census, place: string): number {
  return census.adminsByPlace.get(place) ?? 0;
}
