/** Reads the enterprise over v2: members, groups and organizations, and the members of each organization. */
import pLimit from 'p-limit';
import { z } from 'zod';
import {
  DevinBuilder,
  type DevinState,
  type KeyLimits,
  type Org,
  type Principal,
  type Role,
} from '../../core/model/devin.ts';
import type { ReadReport } from '../../core/model/directory.ts';
import { SourceReadError } from '../../lib/errors.ts';
import type { ReadContext } from '../../lib/reading.ts';
import type { DevinClient } from '../client.ts';
import { LIST_WORDS } from '../lists.ts';
import type { DevinOptions } from '../options.ts';
import { asSourceError } from '../pages.ts';
import { firstIssue } from '../schema.ts';
import { GROUPS, MEMBERS, membersOf, ORGANIZATIONS, ROLES_PATH } from './lists.ts';
import { readV2List, type WholeV2List } from './pages.ts';
import { type Group, type Member, type Organization, type OrgMember, Role as RoleRow } from './schema.ts';

/** Lists that are read at the same time; the shared gate paces the calls within. */
const PARALLEL = 4;

const OLDER = 'the v2 API has no call for it; a service user and the v3 API do';

/** What the older API leaves out. Built-in roles are the only ones that its calls take, where they take one at all. */
export const V2_LIMITS: KeyLimits = {
  cannot: {
    'update-org': OLDER,
    'give-group-role': OLDER,
    'change-group-role': OLDER,
    'take-group-role': OLDER,
    'change-group-org-role': OLDER,
    'unregister-group': OLDER,
    'allow-repository': OLDER,
    'deny-repository': OLDER,
  },
  onlyRoles: {
    invite: ['account_member'],
    'add-to-org': ['org_admin', 'org_member'],
    'add-group-to-org': ['org_admin', 'org_member'],
  },
  groupsNeedNoEnterpriseRole: true,
};

interface Parts {
  readonly members: WholeV2List<Member>;
  readonly groups: WholeV2List<Group>;
  readonly orgs: WholeV2List<Organization>;
  readonly roles: { readonly items: readonly Role[]; readonly report: ReadReport };
  readonly inOrgs: readonly WholeV2List<OrgMember>[];
}

/** @throws SourceReadError when any list was not read to its end or holds something odd. */
export async function readV2(
  client: DevinClient,
  options: DevinOptions,
  context: ReadContext,
): Promise<DevinState> {
  const parts = await readParts(client, options, context);
  const orgs = parts.orgs.items.map(orgOf);
  const lists = [parts.members, parts.groups, parts.roles, parts.orgs, ...parts.inOrgs];
  const head = {
    url: options.url,
    principal: ownerAmong(parts.members.items, options),
    roles: rolesOf(parts),
    orgs,
    reads: lists.map(({ report }) => report),
    keyLimits: V2_LIMITS,
    repositories: { connections: [], permissions: {}, unread: OLDER },
  };
  return assemble(new DevinBuilder(head), parts);
}

async function readParts(client: DevinClient, options: DevinOptions, context: ReadContext): Promise<Parts> {
  const stop = new AbortController();
  const inner = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  const limit = pLimit(PARALLEL);
  const orgs = limit(() => organizationsOf(client, options, inner));
  const inOrgs = orgs.then(({ items }) =>
    limit.map(items, ({ org_id }) => readV2List(client, membersOf(org_id), inner)),
  );
  const tasks = [
    limit(() => readV2List(client, MEMBERS, inner)),
    limit(() => readV2List(client, GROUPS, inner)),
    limit(() => readRoles(client, inner)),
    orgs,
    inOrgs,
  ] as const;
  try {
    const [members, groups, roles, organizations, membersOfEach] = await Promise.all(tasks);
    return { members, groups, roles, orgs: organizations, inOrgs: membersOfEach };
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(tasks);
    if (context.signal.aborted) throw context.signal.reason;
    throw error;
  }
}

async function organizationsOf(
  client: DevinClient,
  { organizations }: DevinOptions,
  context: ReadContext,
): Promise<WholeV2List<Organization>> {
  if (organizations === undefined) return readV2List(client, ORGANIZATIONS, context);
  const items = organizations.map(({ id, name }) => ({ org_id: id, org_name: name }));
  const what = `${LIST_WORDS.organizations} (from the configuration)`;
  return { items, report: { what, pages: 0, items: items.length, calls: 0 } };
}

/** A plain list without pages; `account` is what this API calls the enterprise. */
async function readRoles(client: DevinClient, { signal }: ReadContext): Promise<Parts['roles']> {
  const { json, calls } = await asSourceError(`${LIST_WORDS.roles} (${ROLES_PATH})`, signal, () =>
    client.get(ROLES_PATH, signal),
  );
  const rows = z.array(RoleRow).safeParse(json);
  if (!rows.success)
    throw new SourceReadError(`${ROLES_PATH} is not as the API promises: ${firstIssue(rows.error)}.`);
  const items = rows.data.map(
    ({ role_id: id, role_name: name, role_type }): Role => ({
      id,
      name,
      scope: role_type === 'org' ? 'org' : 'enterprise',
    }),
  );
  return { items, report: { what: LIST_WORDS.roles, pages: 1, items: items.length, calls } };
}

function orgOf(org: Organization): Org {
  const { org_id: id, org_name: name, max_session_acu_limit: session, max_cycle_acu_limit: cycle } = org;
  if (session === undefined || cycle === undefined) return { id, name };
  return { id, name, limits: { maxSessionAcuLimit: session, maxCycleAcuLimit: cycle } };
}

/** Listed roles, and those that somebody holds although they are not listed. */
function rolesOf({ roles, members, groups, inOrgs }: Parts): Role[] {
  const known = new Map(roles.items.map((role) => [role.id, role]));
  const add = (id: string, scope: Role['scope']) => {
    if (!known.has(id)) known.set(id, { id, name: id, scope });
  };
  for (const { enterprise_role: role } of members.items) if (role != null) add(role, 'enterprise');
  for (const { items } of inOrgs) for (const { org_role } of items) add(org_role, 'org');
  for (const { role_by_org_id: byOrg } of groups.items) {
    for (const role of Object.values(byOrg)) add(role, 'org');
  }
  return [...known.values()];
}

/** @throws SourceReadError when nobody has the address that the key is said to belong to. */
export function ownerAmong(members: readonly Member[], { keyOwner }: DevinOptions): Principal {
  const owner = members.find(({ email }) => email?.trim().toLowerCase() === keyOwner);
  if (owner !== undefined) return { id: owner.user_id, name: keyOwner as string };
  throw new SourceReadError(
    `devin.keyOwner is ${keyOwner}, but the enterprise has no such member. Name the person whose personal key this is, so that no plan ever touches them.`,
  );
}

function assemble(builder: DevinBuilder, { members, inOrgs, groups, orgs }: Parts): DevinState {
  for (const row of members.items) {
    const user = builder.user({ id: row.user_id, email: row.email, name: row.name ?? null });
    if (row.enterprise_role != null) builder.direct(user, null, row.enterprise_role);
  }
  for (const [index, { items }] of inOrgs.entries()) {
    const org = orgs.items[index]?.org_id as string;
    for (const row of items) {
      const user = builder.user({ id: row.user_id, email: row.email, name: row.name ?? null });
      builder.direct(user, org, row.org_role);
    }
  }
  const listed = new Set(orgs.items.map(({ org_id }) => org_id));
  for (const { group_name: name, role_by_org_id: byOrg } of groups.items) {
    builder.registered(name);
    for (const [org, role] of Object.entries(byOrg)) if (listed.has(org)) builder.groupRole(name, org, role);
  }
  return builder.build();
}
