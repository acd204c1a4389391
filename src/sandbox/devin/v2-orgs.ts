/** The older API: members and groups of organizations, and groups of the enterprise. */
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { type DevinContext, groupOf, memberOf, orgOf } from './context.ts';
import { ENTERPRISE, type FakeGroup } from './model.ts';
import { bodyOf, queryOf, V2AddBody, V2GroupBody, V2GroupsBody, V2Query, V2RolesBody } from './parse.ts';
import { Problem } from './problem.ts';
import { refuseGroupOnly } from './users.ts';
import { orgMember, v2Page, v2Role } from './v2.ts';

type Params = Readonly<Record<string, string>>;

const SUCCESS = { status: 'success' };

export function v2ListOrgMembers(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const org = orgOf(context, params);
  const members = [...context.state.users.values()].filter(({ direct }) => direct.has(org.id));
  return v2Page(members, queryOf(exchange, V2Query), (user) => orgMember(context, user, org));
}

/** All or nothing, and a present role is overwritten. */
export function v2AddOrgMembers(context: DevinContext, params: Params, exchange: Exchange): Answer {
  orgOf(context, params);
  const { org_ids, user_ids, org_role } = bodyOf(exchange, V2AddBody);
  const role = org_role ?? 'org_member';
  if (role !== 'org_admin' && role !== 'org_member')
    throw new Problem(400, 'org_role must be org_admin or org_member.');
  const orgs = org_ids.map((org_id) => orgOf(context, { org_id }));
  const users = user_ids.map((user_id) => memberOf(context, { user_id }));
  for (const org of orgs) for (const user of users) context.state.setUserRole(user, org.id, role, 'api');
  return jsonAnswer(200, SUCCESS);
}

export function v2SetOrgRoles(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const org = orgOf(context, params);
  const { role_id, user_ids } = bodyOf(exchange, V2RolesBody);
  v2Role(context, role_id, 'org');
  const users = user_ids.map((user_id) => memberOf(context, { user_id }));
  for (const user of users) refuseGroupOnly(context, user, org.id);
  for (const user of users) context.state.setUserRole(user, org.id, role_id, 'api');
  return jsonAnswer(200, SUCCESS);
}

export function v2RemoveOrgMember(context: DevinContext, params: Params): Answer {
  const org = orgOf(context, params);
  const user = memberOf(context, params);
  refuseGroupOnly(context, user, org.id);
  context.state.setUserRole(user, org.id, null, 'api');
  return jsonAnswer(200, SUCCESS);
}

function groupObject({ name, roles }: FakeGroup) {
  const byOrg = [...roles].filter(([place]) => place !== ENTERPRISE);
  return { group_name: name, org_count: byOrg.length, role_by_org_id: Object.fromEntries(byOrg) };
}

export function v2ListGroups({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  return v2Page([...state.groups.values()], queryOf(exchange, V2Query), groupObject);
}

export function v2AddGroups({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  for (const name of bodyOf(exchange, V2GroupsBody).group_names) state.registerGroup(name, 'api');
  return jsonAnswer(200, [...state.groups.keys()]);
}

export function v2GetGroup(context: DevinContext, params: Params): Answer {
  return jsonAnswer(200, groupObject(named(context, params.group_name as string)));
}

function named(context: DevinContext, name: string): FakeGroup {
  return groupOf(context, { idp_group_name: name });
}

function assignment(name: string, org: string, role: string) {
  return { group_name: name, org_id: org, role };
}

export function v2ListOrgGroups(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const org = orgOf(context, params);
  const groups = [...context.state.groups.values()].filter(({ roles }) => roles.has(org.id));
  return v2Page(groups, queryOf(exchange, V2Query), ({ name, roles }) =>
    assignment(name, org.id, roles.get(org.id) as string),
  );
}

export function v2AddOrgGroup(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const org = orgOf(context, params);
  const { group_name, role } = bodyOf(exchange, V2GroupBody);
  if (role !== 'org_admin' && role !== 'org_member')
    throw new Problem(400, 'role must be org_admin or org_member.');
  const group = named(context, group_name);
  if (group.roles.has(org.id))
    throw new Problem(context.codes.alreadyAssigned, `Group ${group_name} already has a role here.`);
  context.state.setGroupRole(group, org.id, role, 'api');
  return jsonAnswer(200, assignment(group_name, org.id, role));
}

export function v2RemoveOrgGroup(context: DevinContext, params: Params): Answer {
  const org = orgOf(context, params);
  const group = named(context, params.group_name as string);
  if (!group.roles.has(org.id)) throw new Problem(404, `Group ${group.name} has no role in ${org.id}.`);
  context.state.setGroupRole(group, org.id, null, 'api');
  return jsonAnswer(200, SUCCESS);
}
