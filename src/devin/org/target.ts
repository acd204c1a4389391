/**
 * One organization, with the key of a service user of it (Teams plan). Its members can be read; no call that
 * changes a membership is described for such a key, so every change is shown in the plan and none is tried.
 */
import pLimit from 'p-limit';
import { CHANGE_KINDS, type ChangeKind } from '../../core/model/change.ts';
import {
  DevinBuilder,
  type DevinState,
  type KeyLimits,
  type Principal,
  type Role,
} from '../../core/model/devin.ts';
import { errorText, SourceReadError } from '../../lib/errors.ts';
import type { Finding, ReadContext } from '../../lib/reading.ts';
import { type ClientDeps, DevinClient } from '../client.ts';
import type { paths } from '../contract/types.ts';
import type { DevinOptions, TargetOptions } from '../options.ts';
import { asSourceError, type ListSpec, readList, type WholeList } from '../pages.ts';
import { requestOf, segment } from '../requests.ts';
import { impatiently } from '../rest-target.ts';
import { type Assignment, DirectUser, firstIssue, IdpUser, PAGE_SIZE, Self } from '../schema.ts';
import { selfPath } from '../self.ts';
import type { DevinTarget } from '../target.ts';

const WHY = 'a service user of one organization may look, and no call for it changes a membership';

const NO_REPOSITORIES = 'a service user of one organization cannot see the git permissions of it';

export const ORG_LIMITS: KeyLimits = {
  cannot: Object.fromEntries((Object.keys(CHANGE_KINDS) as ChangeKind[]).map((kind) => [kind, WHY])),
  onlyRoles: {},
  groupsNeedNoEnterpriseRole: true,
};

/** Such a key lists no roles; these are the ones that every organization has. */
const BUILT_IN: readonly Role[] = [
  { id: 'account_member', name: 'Member', scope: 'enterprise' },
  { id: 'org_admin', name: 'Admin', scope: 'org' },
  { id: 'org_member', name: 'Member', scope: 'org' },
];

export function makeOrgTarget(options: TargetOptions, deps: ClientDeps): DevinTarget {
  const client = new DevinClient(options, deps);
  const impatient = new DevinClient(impatiently(options), deps);
  const never = async (): Promise<never> => {
    throw new Error(`nothing is written with this key: ${WHY}`);
  };
  return {
    identify: async (signal) => identify(client, options, signal),
    probe: async (signal) => {
      await identify(impatient, options, signal);
    },
    read: async (context) => readOrg(client, options, context),
    describe: (operation, resolver) => requestOf(options.prefix, operation, resolver),
    apply: never,
    readBack: never,
    noAuthors:
      "who made the drift is not shown: the audit log is the enterprise's, and this key opens one organization",
    check: async (signal) => checkOrg(impatient, options, signal),
  };
}

async function identify(client: DevinClient, options: DevinOptions, signal: AbortSignal): Promise<Principal> {
  const path = selfPath(options.prefix);
  const { json } = await asSourceError(`The owner of the Devin key (${path})`, signal, () =>
    client.get(path, signal),
  );
  const self = Self.safeParse(json);
  if (!self.success)
    throw new SourceReadError(`${path} is not as the API promises: ${firstIssue(self.error)}.`);
  const { service_user_id: id, service_user_name: name, org_id: org } = self.data;
  const { id: wanted } = orgOf(options);
  if (id == null)
    throw new SourceReadError(
      'The Devin key belongs to a person, not to a service user of the organization.',
    );
  if (org == null)
    throw new SourceReadError(
      `The Devin key belongs to service user ${name ?? id} of the whole enterprise. Set devin.api to v3 to use all of it.`,
    );
  if (org !== wanted)
    throw new SourceReadError(
      `The Devin key belongs to a service user of organization ${org}, and devin.organizations names ${wanted}.`,
    );
  return { id, name: name ?? id };
}

/** Checked with the configuration: there is exactly one. */
function orgOf({ organizations }: DevinOptions): { id: string; name: string } {
  return organizations?.[0] as { id: string; name: string };
}

type OrgPath = keyof paths & `/v3beta1/organizations/${string}`;
const USERS: OrgPath = '/v3beta1/organizations/{org_id}/members/users';
const IDP_USERS: OrgPath = '/v3beta1/organizations/{org_id}/members/idp-users';

function listOf<Item extends { user_id: string }>(
  template: OrgPath,
  orgId: string,
  what: string,
  item: ListSpec<Item>['item'],
): ListSpec<Item> {
  const path = template.replace('{org_id}', segment(orgId));
  return {
    what,
    item,
    idOf: (user) => user.user_id,
    pathAfter: (cursor) => {
      const query = { first: String(PAGE_SIZE), ...(cursor === null ? {} : { after: cursor }) };
      return `${path}?${new URLSearchParams(query)}`;
    },
  };
}

async function readOrg(
  client: DevinClient,
  options: DevinOptions,
  context: ReadContext,
): Promise<DevinState> {
  const org = orgOf(options);
  const limit = pLimit(2);
  const [principal, users, idpUsers] = await Promise.all([
    identify(client, options, context.signal),
    limit(() => readList(client, listOf(USERS, org.id, 'Devin users', DirectUser), context)),
    limit(() =>
      readList(client, listOf(IDP_USERS, org.id, 'Devin users through IdP groups', IdpUser), context),
    ),
  ]);
  const head = {
    url: options.url,
    principal,
    roles: rolesOf(users, idpUsers),
    orgs: [org],
    reads: [users.report, idpUsers.report],
    keyLimits: ORG_LIMITS,
    repositories: { connections: [], permissions: {}, unread: NO_REPOSITORIES },
  };
  const builder = new DevinBuilder(head);
  for (const row of users.items) {
    const user = builder.user({ id: row.user_id, email: row.email, name: row.name ?? null });
    for (const { role, org_id } of row.role_assignments) {
      if (org_id === org.id) builder.direct(user, org.id, role.role_id);
    }
  }
  for (const row of idpUsers.items) {
    const user = builder.user({ id: row.user_id, email: row.email, name: row.name ?? null });
    for (const { role, org_id, idp_group_name } of row.idp_role_assignments) {
      if (org_id === org.id) builder.derived(user, idp_group_name, org.id, role.role_id);
    }
  }
  return builder.build();
}

function rolesOf(users: WholeList<DirectUser>, idpUsers: WholeList<IdpUser>): Role[] {
  const roles = new Map(BUILT_IN.map((role) => [role.id, role]));
  const add = ({ role: { role_id: id, role_name: name } }: Assignment) => {
    if (!roles.has(id)) roles.set(id, { id, name: name ?? id, scope: 'org' });
  };
  for (const { role_assignments } of users.items) role_assignments.forEach(add);
  for (const { idp_role_assignments } of idpUsers.items) idp_role_assignments.forEach(add);
  return [...roles.values()];
}

async function checkOrg(client: DevinClient, options: DevinOptions, signal: AbortSignal): Promise<Finding[]> {
  const org = orgOf(options);
  try {
    const { id, name } = await identify(client, options, signal);
    await client.get(listOf(USERS, org.id, 'Devin users', DirectUser).pathAfter(null), signal);
    const detail = `service user ${name} (${id}) of ${org.name}; its members are readable (ViewOrgMembership).`;
    return [
      { level: 'ok', what: 'Devin key', detail },
      { level: 'advice', what: 'Devin key', detail: `Plans only: ${WHY}.` },
    ];
  } catch (error) {
    return [{ level: 'fail', what: 'Devin key', detail: errorText(error) }];
  }
}
