/** The older API: the same enterprise behind the personal key of an administrator, in its own words. */
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { type DevinContext, memberOf, orgOf } from './context.ts';
import { ENTERPRISE, type FakeOrg, type FakeUser } from './model.ts';
import {
  bodyOf,
  queryOf,
  V2AuditQuery,
  V2InviteBody,
  V2MembersQuery,
  V2OrgBody,
  V2Query,
  V2RolesBody,
} from './parse.ts';
import { Problem } from './problem.ts';
import { hasEmail, refuseGroupOnly } from './users.ts';

type Params = Readonly<Record<string, string>>;

const SUCCESS = { status: 'success' };

export function v2Page<T>(
  items: readonly T[],
  { skip, limit }: { readonly skip: number; readonly limit: number },
  render: (item: T) => unknown,
): Answer {
  const rows = items.slice(skip, skip + limit);
  const more = skip + rows.length < items.length;
  return jsonAnswer(200, {
    items: rows.map(render),
    has_more: more,
    limit,
    skip,
    total: items.length,
    next_cursor: more ? skip + rows.length : null,
  });
}

/** Refuses a role of the other scope with 400, as this API documents. */
export function v2Role({ state }: DevinContext, id: string, scope: 'enterprise' | 'org'): void {
  if (state.roles.get(id)?.scope !== scope)
    throw new Problem(400, `Role ${id} is not ${scope === 'org' ? 'org' : 'account'} level.`);
}

function memberObject({ state }: DevinContext, user: FakeUser) {
  const sessions = state.sessions.filter(({ user: id }) => id === user.id);
  return {
    user_id: user.id,
    email: user.email ?? '',
    name: user.name ?? '',
    enterprise_role: user.direct.get(ENTERPRISE) ?? 'account_member',
    created_at: iso(user.joinedAt),
    last_login: user.lastLogin === undefined ? null : iso(user.lastLogin),
    login_count: user.lastLogin === undefined ? null : 1,
    saml_id: null,
    searches_created_count: 0,
    sessions_created_count: sessions.length,
  };
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

export function v2ListMembers(context: DevinContext, _params: Params, exchange: Exchange): Answer {
  const query = queryOf(exchange, V2MembersQuery);
  const members = [...context.state.users.values()].filter(
    (user) => user.direct.size > 0 && user.email !== null && hasEmail(user, query.email),
  );
  return v2Page(members, query, (user) => memberObject(context, user));
}

export function v2GetMember(context: DevinContext, params: Params): Answer {
  return jsonAnswer(200, memberObject(context, memberOf(context, params)));
}

export function v2Invite({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  const { emails } = bodyOf(exchange, V2InviteBody);
  if (emails.length === 0) throw new Problem(400, 'No e-mail addresses were given.');
  const fresh = emails.filter((email) => !state.usersByEmail(email).some((user) => state.isMember(user)));
  const made = fresh.map((email) => [state.addUser({ email }, 'api').id, email] as const);
  return jsonAnswer(200, {
    ...SUCCESS,
    invited_count: made.length,
    invitee_user_id_to_email: Object.fromEntries(made),
  });
}

export function v2SetRoles(context: DevinContext, _params: Params, exchange: Exchange): Answer {
  const { role_id, user_ids } = bodyOf(exchange, V2RolesBody);
  v2Role(context, role_id, 'enterprise');
  const users = user_ids.map((user_id) => memberOf(context, { user_id }));
  for (const user of users) refuseGroupOnly(context, user, ENTERPRISE);
  for (const user of users) context.state.setUserRole(user, ENTERPRISE, role_id, 'api');
  return jsonAnswer(200, SUCCESS);
}

export function v2DeleteMember(context: DevinContext, params: Params): Answer {
  context.state.removeUser(memberOf(context, params), 'api');
  return jsonAnswer(200, SUCCESS);
}

export function v2MemberOrgs(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const user = memberOf(context, params);
  const orgs = [...context.state.orgs.values()].filter(({ id }) => user.direct.has(id));
  return v2Page(orgs, queryOf(exchange, V2Query), (org) => orgMember(context, user, org));
}

export function orgMember({ state }: DevinContext, user: FakeUser, org: FakeOrg) {
  const role = user.direct.get(org.id) as string;
  return {
    user_id: user.id,
    email: user.email ?? '',
    name: user.name ?? '',
    org_id: org.id,
    org_name: org.name,
    org_role: role,
    org_role_name: state.roles.get(role)?.name ?? null,
    enterprise_role: user.direct.get(ENTERPRISE) ?? null,
  };
}

export function v2ListRoles({ state }: DevinContext): Answer {
  const rows = [...state.roles.values()].map(({ id, name, scope }) => ({
    role_id: id,
    role_name: name,
    role_type: scope === 'org' ? 'org' : 'account',
  }));
  return jsonAnswer(200, rows);
}

function orgObject(context: DevinContext, org: FakeOrg) {
  const roles = [...context.state.users.values()].flatMap(({ direct }) => direct.get(org.id) ?? []);
  return {
    org_id: org.id,
    org_name: org.name,
    created_at: iso(org.createdAt),
    max_cycle_acu_limit: org.maxCycleAcuLimit,
    max_session_acu_limit: org.maxSessionAcuLimit,
    org_admin_count: roles.filter((role) => role === 'org_admin').length,
    org_member_count: roles.filter((role) => role === 'org_member').length,
    org_user_count: roles.length,
  };
}

export function v2ListOrgs(context: DevinContext, _params: Params, exchange: Exchange): Answer {
  const query = queryOf(exchange, V2Query);
  return v2Page([...context.state.orgs.values()], query, (org) => orgObject(context, org));
}

export function v2GetOrg(context: DevinContext, params: Params): Answer {
  return jsonAnswer(200, orgObject(context, orgOf(context, params)));
}

export function v2CreateOrg(context: DevinContext, _params: Params, exchange: Exchange): Answer {
  const { display_name, acu_limit, add_creator_as_member } = bodyOf(exchange, V2OrgBody);
  const { state, owner } = context;
  const org = state.addOrg(display_name, { maxCycleAcuLimit: acu_limit ?? null }, 'api');
  if (add_creator_as_member && owner !== null)
    state.setUserRole(state.user(owner), org.id, 'org_admin', 'api');
  return jsonAnswer(200, orgObject(context, org));
}

export function v2Audit({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  const { limit, after, before } = queryOf(exchange, V2AuditQuery);
  const from = after === undefined ? 0 : Date.parse(after) / 1000;
  const to = before === undefined ? Number.POSITIVE_INFINITY : Date.parse(before) / 1000;
  const entries = state.audit.filter(({ at }) => at >= from && at <= to).slice(-limit);
  const rows = entries.reverse().map(({ id, action, at, person, org, data }) => ({
    audit_log_id: id,
    action,
    created_at: iso(at),
    user_email: person,
    org_id: org,
    data,
  }));
  return jsonAnswer(200, { audit_logs: rows });
}
