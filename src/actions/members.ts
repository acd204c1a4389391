/** Who is in Devin and what each of them holds, as it is now; the directory is not read. */
import { type DevinState, ENTERPRISE, type RoleEdge } from '../core/model/devin.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { LoopDeps } from '../sync/run.ts';

export interface Member {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  /** In the order of places, the enterprise (`org` null) first. `group`: through which it is held; null: directly. */
  readonly roles: readonly {
    readonly org: string | null;
    readonly role: string;
    readonly group: string | null;
  }[];
}

/** By address. @param org name or id; only who holds something there. @throws SourceReadError */
export async function members(
  { target }: Pick<LoopDeps, 'target'>,
  org: string | null,
  context: ReadContext,
): Promise<Member[]> {
  const devin = await target.read(context);
  const all = Array.from({ length: devin.userCount }, (_, user) => memberOf(devin, user));
  const id = devin.head.orgs.find((one) => one.id === org)?.name ?? org;
  const shown = org === null ? all : all.filter(({ roles }) => roles.some((one) => one.org === id));
  return shown.sort((a, b) => ((a.email ?? a.id) < (b.email ?? b.id) ? -1 : 1));
}

function memberOf(devin: DevinState, user: number): Member {
  const { id, email, name } = devin.user(user);
  const place = ({ org }: RoleEdge) => (org === ENTERPRISE ? null : (devin.head.orgs[org]?.name ?? null));
  const role = (edge: RoleEdge) => devin.head.roles[edge.role]?.name ?? '';
  const roles = [
    ...devin.directRoles(user).map((edge) => ({ org: place(edge), role: role(edge), group: null })),
    ...devin
      .derivedRoles(user)
      .map((edge) => ({ org: place(edge), role: role(edge), group: devin.groupName(edge.group) })),
  ];
  return { id, email, name, roles: roles.sort((a, b) => ((a.org ?? '') < (b.org ?? '') ? -1 : 1)) };
}
