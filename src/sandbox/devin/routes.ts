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
import { getUser, inviteUsers, listIdpUsers, listUsers, removeUser, setEnterpriseRole } from './users.ts';

export const PERMISSIONS = [
  'ViewAccountMembership',
  'ManageAccountMembership',
  'ManageOrganizations',
  'ManageEnterpriseSettings',
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
];
