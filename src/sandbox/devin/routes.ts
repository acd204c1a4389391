/** Every path of the contract that membership needs, with the permission it asks for. */
import type { Route } from '../http/routes.ts';
import type { DevinContext } from './context.ts';
import { createOrg, getOrg, getSelf, listAudit, listOrgs, listRoles, updateOrg } from './enterprise.ts';
import {
  assignGroupRole,
  changeGroupRole,
  getGroup,
  listGroups,
  listNames,
  registerNames,
  takeGroupRole,
  unregisterName,
} from './groups.ts';
import { assignOrgRole, changeOrgRole, listOrgIdpUsers, listOrgUsers, removeOrgRole } from './org-users.ts';
import {
  addPermissions,
  deletePermission,
  listConnections,
  listCycles,
  listPermissions,
  listSessions,
  userConsumption,
} from './usage.ts';
import { getUser, inviteUsers, listIdpUsers, listUsers, removeUser, setEnterpriseRole } from './users.ts';
import {
  v2Audit,
  v2CreateOrg,
  v2DeleteMember,
  v2GetMember,
  v2GetOrg,
  v2Invite,
  v2ListMembers,
  v2ListOrgs,
  v2ListRoles,
  v2MemberOrgs,
  v2SetRoles,
} from './v2.ts';
import {
  v2AddGroups,
  v2AddOrgGroup,
  v2AddOrgMembers,
  v2GetGroup,
  v2ListGroups,
  v2ListOrgGroups,
  v2ListOrgMembers,
  v2RemoveOrgGroup,
  v2RemoveOrgMember,
  v2SetOrgRoles,
} from './v2-orgs.ts';

export const PERMISSIONS = [
  'ViewAccountMembership',
  'ManageAccountMembership',
  'ManageOrganizations',
  'ManageEnterpriseSettings',
  'ManageGitIntegrations',
  'ManageBilling',
  'ViewAccountSessions',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface DevinRoute extends Route<DevinContext> {
  /** null: every key may. */
  readonly permission: Permission | null;
}

type Handle = DevinRoute['handle'];

const USERS = '/v3/enterprise/members/users';
const NAMES = '/v3/enterprise/idp-groups';
const GROUPS = '/v3/enterprise/members/idp-groups';
const ORGS = '/v3/enterprise/organizations';
const ORG = `${ORGS}/{org_id}`;
const CONSUMPTION = '/v3/enterprise/consumption';

function view(method: string, path: string, handle: Handle): DevinRoute {
  return { method, path, permission: 'ViewAccountMembership', handle };
}

function manage(method: string, path: string, handle: Handle): DevinRoute {
  return { method, path, permission: 'ManageAccountMembership', handle };
}

function orgs(method: string, path: string, handle: Handle): DevinRoute {
  return { method, path, permission: 'ManageOrganizations', handle };
}

function settings(method: string, path: string, handle: Handle): DevinRoute {
  return { method, path, permission: 'ManageEnterpriseSettings', handle };
}

function git(method: string, path: string, handle: Handle): DevinRoute {
  return { method, path, permission: 'ManageGitIntegrations', handle };
}

function groupRoutes(collection: string): readonly DevinRoute[] {
  const item = `${collection}/{idp_group_name}`;
  return [
    view('GET', collection, listGroups),
    view('GET', item, getGroup),
    manage('POST', item, assignGroupRole),
    manage('PATCH', item, changeGroupRole),
    manage('DELETE', item, takeGroupRole),
  ];
}

export const DEVIN_ROUTES: readonly DevinRoute[] = [
  { method: 'GET', path: '/v3/self', permission: null, handle: getSelf },
  view('GET', USERS, listUsers),
  manage('POST', USERS, inviteUsers),
  view('GET', `${USERS}/{user_id}`, getUser),
  manage('PATCH', `${USERS}/{user_id}`, setEnterpriseRole),
  manage('DELETE', `${USERS}/{user_id}`, removeUser),
  view('GET', '/v3/enterprise/members/idp-users', listIdpUsers),
  view('GET', `${ORG}/members/users`, listOrgUsers),
  manage('POST', `${ORG}/members/users/{user_id}`, assignOrgRole),
  manage('PATCH', `${ORG}/members/users/{user_id}`, changeOrgRole),
  manage('DELETE', `${ORG}/members/users/{user_id}`, removeOrgRole),
  view('GET', `${ORG}/members/idp-users`, listOrgIdpUsers),
  view('GET', NAMES, listNames),
  manage('POST', NAMES, registerNames),
  manage('DELETE', `${NAMES}/{idp_group_name}`, unregisterName),
  ...groupRoutes(GROUPS),
  ...groupRoutes(`${ORG}/members/idp-groups`),
  orgs('GET', ORGS, listOrgs),
  orgs('POST', ORGS, createOrg),
  orgs('GET', ORG, getOrg),
  orgs('PATCH', ORG, updateOrg),
  view('GET', '/v3/enterprise/roles', listRoles),
  settings('GET', '/v3/enterprise/audit-logs', listAudit),
  settings('GET', `${ORG}/audit-logs`, listAudit),
  git('GET', '/v3/enterprise/git-providers/connections', listConnections),
  git('GET', `${ORG}/git-providers/permissions`, listPermissions),
  git('POST', `${ORG}/git-providers/permissions`, addPermissions),
  git('DELETE', `${ORG}/git-providers/permissions/{git_permission_id}`, deletePermission),
  { method: 'GET', path: `${CONSUMPTION}/cycles`, permission: 'ManageBilling', handle: listCycles },
  {
    method: 'GET',
    path: `${CONSUMPTION}/daily/users/{user_id}`,
    permission: 'ManageBilling',
    handle: userConsumption,
  },
  {
    method: 'GET',
    path: '/v3/enterprise/sessions',
    permission: 'ViewAccountSessions',
    handle: listSessions,
  },
];

const OWN = '/v3beta1/organizations/{org_id}/members';

/** What a key of one organization may ask. */
export const ORG_ROUTES: readonly DevinRoute[] = [
  { method: 'GET', path: '/v3/self', permission: null, handle: getSelf },
  { method: 'GET', path: `${OWN}/users`, permission: null, handle: listOrgUsers },
  { method: 'GET', path: `${OWN}/users/{user_id}`, permission: null, handle: getUser },
  { method: 'GET', path: `${OWN}/idp-users`, permission: null, handle: listOrgIdpUsers },
];

const V2 = '/v2/enterprise';
const V2_ORG = `${V2}/organizations/{org_id}`;

function v2(method: string, path: string, handle: Handle): DevinRoute {
  return { method, path, permission: null, handle };
}

/** What the personal key of an administrator may ask. */
export const V2_ROUTES: readonly DevinRoute[] = [
  v2('GET', `${V2}/members`, v2ListMembers),
  v2('POST', `${V2}/members/invite`, v2Invite),
  v2('PATCH', `${V2}/members/roles`, v2SetRoles),
  v2('GET', `${V2}/members/{user_id}`, v2GetMember),
  v2('DELETE', `${V2}/members/{user_id}`, v2DeleteMember),
  v2('GET', `${V2}/members/{user_id}/organizations`, v2MemberOrgs),
  v2('GET', `${V2}/roles`, v2ListRoles),
  v2('GET', `${V2}/groups`, v2ListGroups),
  v2('PUT', `${V2}/groups`, v2AddGroups),
  v2('GET', `${V2}/groups/{group_name}`, v2GetGroup),
  v2('GET', `${V2}/organizations`, v2ListOrgs),
  v2('POST', `${V2}/organizations`, v2CreateOrg),
  v2('GET', V2_ORG, v2GetOrg),
  v2('GET', `${V2_ORG}/members`, v2ListOrgMembers),
  v2('POST', `${V2_ORG}/members`, v2AddOrgMembers),
  v2('PATCH', `${V2_ORG}/members/roles`, v2SetOrgRoles),
  v2('DELETE', `${V2_ORG}/members/{user_id}`, v2RemoveOrgMember),
  v2('GET', `${V2_ORG}/groups`, v2ListOrgGroups),
  v2('POST', `${V2_ORG}/groups`, v2AddOrgGroup),
  v2('DELETE', `${V2_ORG}/groups/{group_name}`, v2RemoveOrgGroup),
  v2('GET', `${V2}/audit-logs`, v2Audit),
];
