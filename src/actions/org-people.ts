/** Who holds a role in an organization, as Devin says now; the directory is not read. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { DevinState } from '../core/model/devin.ts';

export interface OrgPerson {
  /** Devin id. */
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  /** Name of the role. */
  readonly role: string;
  /** Name of the group through which it is held; null: directly. */
  readonly through: string | null;
}

export interface OrgPeople {
  /** Epoch ms of the reading. */
  readonly at: number;
  /** One entry a role, by address. */
  readonly people: readonly OrgPerson[];
}

/** Users between two chances to breathe. */
const STRIDE = 4096;

/** @param org Devin id; nobody holds anything in one that Devin does not list. */
export async function peopleOfOrg(devin: DevinState, org: string, search: string): Promise<OrgPerson[]> {
  const place = devin.head.orgs.findIndex(({ id }) => id === org);
  const words = search.toLowerCase();
  const found: OrgPerson[] = [];
  for (let user = 0; place >= 0 && user < devin.userCount; user++) {
    if (user % STRIDE === STRIDE - 1) await breathe();
    const { id, email, name } = devin.user(user);
    if (![email, name, id].some((text) => text?.toLowerCase().includes(words) === true)) continue;
    const role = (index: number) => devin.head.roles[index]?.name ?? '';
    for (const edge of devin.directRoles(user))
      if (edge.org === place) found.push({ id, email, name, role: role(edge.role), through: null });
    for (const edge of devin.derivedRoles(user))
      if (edge.org === place)
        found.push({ id, email, name, role: role(edge.role), through: devin.groupName(edge.group) });
  }
  return found.sort((a, b) => ((a.email ?? a.id) < (b.email ?? b.id) ? -1 : 1));
}
