/** The key itself, organizations, roles and the audit log. */
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { type DevinContext, orgOf } from './context.ts';
import type { AuditEntry, FakePrincipal } from './model.ts';
import { orgObject, pageAnswer, roleObject } from './objects.ts';
import { AuditQuery, bodyOf, invalid, OrgBody, OrgChange, PageQuery, queryOf } from './parse.ts';

type Params = Readonly<Record<string, string>>;

/** Longest span between `time_after` and `time_before`. */
const MAX_AUDIT_DAYS = 100;

export function getSelf({ principal, keyOrg, beta }: DevinContext): Answer {
  if (principal.type !== 'service_user') return jsonAnswer(200, { principal_type: principal.type });
  return jsonAnswer(200, {
    ...(beta ? {} : { principal_type: 'service_user' }),
    service_user_id: principal.id,
    service_user_name: principal.name,
    org_id: keyOrg,
  });
}

export function listRoles({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  const query = queryOf(exchange, PageQuery);
  return pageAnswer(
    { kind: 'roles', items: [...state.roles.values()], keyOf: ({ id }) => id, render: roleObject },
    query,
  );
}

export function listOrgs({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  const query = queryOf(exchange, PageQuery);
  return pageAnswer(
    { kind: 'orgs', items: [...state.orgs.values()], keyOf: ({ id }) => id, render: orgObject },
    query,
  );
}

export function getOrg(context: DevinContext, params: Params): Answer {
  return jsonAnswer(200, orgObject(orgOf(context, params)));
}

/** Names need not be unique: nothing published says so. */
export function createOrg({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  const body = bodyOf(exchange, OrgBody);
  const limits = {
    maxSessionAcuLimit: body.max_session_acu_limit ?? null,
    maxCycleAcuLimit: body.max_cycle_acu_limit ?? null,
  };
  return jsonAnswer(200, orgObject(state.addOrg(body.name, limits, 'api')));
}

export function updateOrg(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const body = bodyOf(exchange, OrgChange);
  const org = orgOf(context, params);
  const change = {
    ...(typeof body.name === 'string' ? { name: body.name } : {}),
    ...(body.max_session_acu_limit === undefined ? {} : { maxSessionAcuLimit: body.max_session_acu_limit }),
    ...(body.max_cycle_acu_limit === undefined ? {} : { maxCycleAcuLimit: body.max_cycle_acu_limit }),
  };
  context.state.updateOrg(org, change, 'api');
  return jsonAnswer(200, orgObject(org));
}

export function listAudit(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const query = queryOf(exchange, AuditQuery);
  const { time_after: from, time_before: to } = query;
  if (to !== undefined && from === undefined) throw span('needs time_after');
  if (from !== undefined && to !== undefined && to - from > MAX_AUDIT_DAYS * 86_400) {
    throw span(`is more than ${MAX_AUDIT_DAYS} days after time_after`);
  }
  const org = params.org_id === undefined ? null : orgOf(context, params).id;
  const items = context.state.audit.filter(
    (entry) =>
      (org === null || entry.org === org) &&
      (from === undefined || entry.at >= from) &&
      (to === undefined || entry.at <= to) &&
      (query.action === undefined || entry.action === query.action),
  );
  return pageAnswer(
    {
      kind: `audit ${query.order} ${org}`,
      items,
      keyOf: ({ id }) => id,
      render: (entry) => auditObject(entry, context.principal),
      descending: query.order === 'desc',
    },
    query,
  );
}

function span(msg: string) {
  return invalid([{ loc: ['query', 'time_before'], msg, type: 'value_error' }]);
}

function auditObject(entry: AuditEntry, principal: FakePrincipal) {
  const byKey = entry.person === null;
  return {
    audit_log_id: entry.id,
    action: entry.action,
    created_at: entry.at,
    data: entry.data,
    org_id: entry.org,
    user_id: null,
    user_email: entry.person,
    service_user_id: byKey ? principal.id : null,
    service_user_name: byKey ? principal.name : null,
  };
}
