/** Reads the whole enterprise ("have") in the fewest calls: pages of 200, and no call per person or edge. */
import pLimit from 'p-limit';
import { DevinBuilder, type DevinState, type Org, type Role } from '../core/model/devin.ts';
import type { ReadReport } from '../core/model/directory.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { DevinClient } from './client.ts';
import { LIST_WORDS, listsOf } from './lists.ts';
import type { DevinOptions, TargetOptions } from './options.ts';
import { readList, type WholeList } from './pages.ts';
import { readRepositories } from './repositories.ts';
import type { Assignment, DirectUser, Group, IdpUser, ListedRole, Organization } from './schema.ts';
import { type KeyOwner, readKeyOwner } from './self.ts';
import { readUnlistedOrgs } from './unlisted-orgs.ts';

/** Lists that are read at the same time; the shared gate paces the calls within. */
const PARALLEL = 4;

interface Parts {
  readonly owner: KeyOwner;
  readonly users: WholeList<DirectUser>;
  readonly idpUsers: WholeList<IdpUser>;
  readonly groupNames: WholeList<{ readonly idp_group_name: string }>;
  readonly groupRoles: WholeList<Group>;
  readonly roles: WholeList<ListedRole>;
  readonly organizations: WholeList<Organization>;
}

/**
 * `owner`: the key's owner where the caller has just asked for it; null asks.
 * @throws SourceReadError when any list was not read to its end or holds something odd.
 */
export async function readEnterprise(
  client: DevinClient,
  options: TargetOptions,
  context: ReadContext,
  owner: KeyOwner | null = null,
): Promise<DevinState> {
  const parts = await readParts(client, options, context, owner);
  const roles = rolesOf(parts);
  const unlisted = await readUnlistedOrgs(client, options, unlistedOrgs(parts), context);
  const orgs = [...parts.organizations.items.map(orgOf), ...unlisted.orgs];
  const git = await readRepositories(client, options, orgs, context);
  const head = {
    url: options.url,
    principal: parts.owner.principal,
    roles,
    orgs,
    reads: reportsOf(parts, [...unlisted.reads, ...git.reads]),
    ...(git.reading === null ? {} : { repositories: git.reading }),
  };
  return assemble(new DevinBuilder(head), parts);
}

/** Limits are known where Devin said something of them, if only that there are none. */
function orgOf(org: Organization): Org {
  const { org_id: id, name, max_session_acu_limit: session, max_cycle_acu_limit: cycle } = org;
  if (session === undefined || cycle === undefined) return { id, name };
  return { id, name, limits: { maxSessionAcuLimit: session, maxCycleAcuLimit: cycle } };
}

/** The first list that fails stops the others, and nothing is returned before all of them have ended. */
async function readParts(
  client: DevinClient,
  options: DevinOptions,
  context: ReadContext,
  known: KeyOwner | null,
): Promise<Parts> {
  const stop = new AbortController();
  const inner = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  const lists = listsOf(options.prefix);
  const limit = pLimit(PARALLEL);
  const tasks = [
    limit(async () => known ?? readKeyOwner(client, options.prefix, inner.signal)),
    limit(() => readList(client, lists.roles, inner)),
    limit(() => organizationsOf(client, options, inner)),
    limit(() => readList(client, lists.users, inner)),
    limit(() => readList(client, lists.idpUsers, inner)),
    limit(() => readList(client, lists.groupNames, inner)),
    limit(() => readList(client, lists.groupRoles, inner)),
  ] as const;
  try {
    const [owner, roles, organizations, users, idpUsers, groupNames, groupRoles] = await Promise.all(tasks);
    return { owner, roles, organizations, users, idpUsers, groupNames, groupRoles };
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(tasks);
    if (context.signal.aborted) throw context.signal.reason;
    throw error;
  }
}

async function organizationsOf(
  client: DevinClient,
  options: DevinOptions,
  context: ReadContext,
): Promise<WholeList<Organization>> {
  const declared = options.organizations;
  if (declared === undefined) return readList(client, listsOf(options.prefix).organizations, context);
  const items = declared.map(
    (org): Organization => ({
      org_id: org.id,
      name: org.name,
      max_session_acu_limit: undefined,
      max_cycle_acu_limit: undefined,
    }),
  );
  const what = `${LIST_WORDS.organizations} (from the configuration)`;
  return { items, report: { what, pages: 0, items: items.length, calls: 0 } };
}

/** Listed roles, and those that somebody holds although Devin no longer lists them as assignable. */
function rolesOf(parts: Parts): Role[] {
  const roles = new Map<string, Role>();
  for (const { role_id: id, role_name: name, role_type: scope } of parts.roles.items)
    roles.set(id, { id, name, scope });
  for (const { role, org_id } of assignmentsOf(parts)) {
    if (roles.has(role.role_id)) continue;
    const scope = role.role_type ?? (org_id == null ? 'enterprise' : 'org');
    roles.set(role.role_id, { id: role.role_id, name: role.role_name ?? role.role_id, scope });
  }
  return [...roles.values()];
}

function unlistedOrgs(parts: Parts): string[] {
  const listed = new Set(parts.organizations.items.map((org) => org.org_id));
  const missing = new Set<string>();
  for (const { org_id } of assignmentsOf(parts))
    if (org_id != null && !listed.has(org_id)) missing.add(org_id);
  return [...missing].sort();
}

function* assignmentsOf(parts: Parts): Generator<Assignment> {
  for (const user of parts.users.items) yield* user.role_assignments;
  for (const user of parts.idpUsers.items) yield* user.idp_role_assignments;
  for (const group of parts.groupRoles.items) yield* group.role_assignments;
}

function reportsOf(parts: Parts, more: readonly ReadReport[]): ReadReport[] {
  const { owner, roles, organizations, users, idpUsers, groupNames, groupRoles } = parts;
  const self = { what: 'owner of the Devin key', pages: 1, items: 1, calls: owner.calls };
  const lists = [users, idpUsers, groupNames, groupRoles, roles, organizations];
  return [self, ...lists.map((list) => list.report), ...more];
}

/** Both lists may name one person; the two readings are joined by user id. */
function assemble(builder: DevinBuilder, parts: Parts): DevinState {
  for (const row of parts.users.items) {
    const user = builder.user({ id: row.user_id, email: row.email, name: row.name ?? null });
    for (const { role, org_id } of row.role_assignments) builder.direct(user, org_id ?? null, role.role_id);
  }
  for (const row of parts.idpUsers.items) {
    const user = builder.user({ id: row.user_id, email: row.email, name: row.name ?? null });
    for (const { role, org_id, idp_group_name } of row.idp_role_assignments)
      builder.derived(user, idp_group_name, org_id ?? null, role.role_id);
  }
  for (const row of parts.groupNames.items) builder.registered(row.idp_group_name);
  for (const row of parts.groupRoles.items) {
    for (const { role, org_id } of row.role_assignments)
      builder.groupRole(row.idp_group_name, org_id ?? null, role.role_id);
  }
  return builder.build();
}
