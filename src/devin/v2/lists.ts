/** The lists of the v2 API that make up one enterprise. */
import { LIST_WORDS } from '../lists.ts';
import type { V2List } from './pages.ts';
import { v2Path } from './requests.ts';
import * as schema from './schema.ts';

const ROOT = '/v2/enterprise';

export const MEMBERS: V2List<schema.Member> = {
  what: LIST_WORDS.users,
  item: schema.Member,
  idOf: (member) => member.user_id,
  pathFrom: (query) => v2Path(`${ROOT}/members`, {}, query),
};

export const GROUPS: V2List<schema.Group> = {
  what: LIST_WORDS.groupRoles,
  item: schema.Group,
  idOf: (group) => group.group_name,
  pathFrom: (query) => v2Path(`${ROOT}/groups`, {}, query),
};

export const ORGANIZATIONS: V2List<schema.Organization> = {
  what: LIST_WORDS.organizations,
  item: schema.Organization,
  idOf: (org) => org.org_id,
  pathFrom: (query) => v2Path(`${ROOT}/organizations`, {}, query),
};

export function membersOf(orgId: string): V2List<schema.OrgMember> {
  return {
    what: `members of ${orgId}`,
    item: schema.OrgMember,
    idOf: (member) => member.user_id,
    pathFrom: (query) => v2Path(`${ROOT}/organizations/{org_id}/members`, { org_id: orgId }, query),
  };
}

export const ROLES_PATH = v2Path(`${ROOT}/roles`, {});
