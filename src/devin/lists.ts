/** The lists that make up one enterprise, with the words a reader sees for each. */

import type { ListSpec } from './pages.ts';
import { type Prefix, pathOf } from './requests.ts';
import * as schema from './schema.ts';

const LIST_PATHS = {
  users: '/v3/enterprise/members/users',
  idpUsers: '/v3/enterprise/members/idp-users',
  groupNames: '/v3/enterprise/idp-groups',
  groupRoles: '/v3/enterprise/members/idp-groups',
  roles: '/v3/enterprise/roles',
  organizations: '/v3/enterprise/organizations',
} as const;

export type ListName = keyof typeof LIST_PATHS;

export const LIST_WORDS: Readonly<Record<ListName, string>> = {
  users: 'Devin users',
  idpUsers: 'Devin users through IdP groups',
  groupNames: 'IdP groups registered in Devin',
  groupRoles: 'roles of IdP groups in Devin',
  roles: 'Devin roles',
  organizations: 'Devin organizations',
};

/** The path of one page; `query` adds to it. */
export function listPath(
  prefix: Prefix,
  name: ListName,
  cursor: string | null,
  query: Readonly<Record<string, string>> = { first: String(schema.PAGE_SIZE) },
): string {
  return pathOf(prefix, LIST_PATHS[name], {}, { ...query, ...(cursor === null ? {} : { after: cursor }) });
}

export function listsOf(prefix: Prefix) {
  return {
    users: list(prefix, 'users', schema.DirectUser, (user) => user.user_id),
    idpUsers: list(prefix, 'idpUsers', schema.IdpUser, (user) => user.user_id),
    groupNames: list(prefix, 'groupNames', schema.GroupName, (group) => group.idp_group_name),
    groupRoles: list(prefix, 'groupRoles', schema.Group, (group) => group.idp_group_name),
    roles: list(prefix, 'roles', schema.ListedRole, (role) => role.role_id),
    organizations: list(prefix, 'organizations', schema.Organization, (org) => org.org_id),
  };
}

function list<Item>(
  prefix: Prefix,
  name: ListName,
  item: ListSpec<Item>['item'],
  idOf: (item: Item) => string,
): ListSpec<Item> {
  return { what: LIST_WORDS[name], item, idOf, pathAfter: (cursor) => listPath(prefix, name, cursor) };
}
