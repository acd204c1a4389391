/** Git permissions of organizations, sessions and what they cost. */
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { type DevinContext, memberOf, orgOf } from './context.ts';
import type { FakeConnection, FakePermission, FakeSession } from './model.ts';
import { pageAnswer } from './objects.ts';
import { bodyOf, ConsumptionQuery, PageQuery, PermissionsBody, queryOf, SessionQuery } from './parse.ts';
import { Problem } from './problem.ts';

type Params = Readonly<Record<string, string>>;

export function listConnections({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  const render = ({ id, name, host }: FakeConnection) => ({
    git_connection_id: id,
    git_provider_type: 'github_app',
    name,
    host,
    created_at: null,
  });
  const items = [...state.connections.values()];
  return pageAnswer(
    { kind: 'connections', items, keyOf: ({ id }) => id, render },
    queryOf(exchange, PageQuery),
  );
}

function permissionObject({ id, connection, repo, prefix, group }: FakePermission) {
  return {
    git_permission_id: id,
    git_connection_id: connection,
    created_at: null,
    repo_path: repo,
    prefix_path: prefix,
    group_prefix: group,
  };
}

export function listPermissions(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const org = orgOf(context, params);
  const items = [...context.state.permissions.values()].filter((one) => one.org === org.id);
  const list = { kind: `permissions of ${org.id}`, items, keyOf: ({ id }: FakePermission) => id };
  return pageAnswer({ ...list, render: permissionObject }, queryOf(exchange, PageQuery));
}

/** All or nothing. Whether one that is there already is refused is not documented; `codes.alreadyAssigned` says how. */
export function addPermissions(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const { state, codes } = context;
  const org = orgOf(context, params);
  const wanted = bodyOf(exchange, PermissionsBody).permissions.map((row) => ({
    connection: row.git_connection_id,
    repo: row.repo_path ?? null,
    prefix: row.prefix_path ?? null,
    group: row.group_prefix ?? null,
  }));
  for (const row of wanted) {
    if (!state.connections.has(row.connection))
      throw new Problem(404, `No git connection ${row.connection}.`);
    if (state.permissionLike(org, row) !== undefined)
      throw new Problem(codes.alreadyAssigned, 'The permission is there already.');
  }
  const added = wanted.map((row) => permissionObject(state.allow(org, row, 'api')));
  return jsonAnswer(200, added);
}

export function deletePermission(context: DevinContext, params: Params): Answer {
  const { id } = orgOf(context, params);
  const permission = context.state.permissions.get(params.git_permission_id as string);
  if (permission?.org !== id) throw new Problem(404, `No git permission ${params.git_permission_id}.`);
  context.state.deny(permission, 'api');
  return jsonAnswer(200, permissionObject(permission));
}

export function listCycles({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  const render = ({ after, before }: { after: number; before: number }) => ({ after, before });
  const keyOf = ({ after }: { after: number }) => String(after).padStart(12, '0');
  const list = { kind: 'cycles', items: state.cycles, keyOf, render, descending: true };
  return pageAnswer(list, queryOf(exchange, PageQuery));
}

const DAY = 86_400;

export function userConsumption(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const { time_after: from = 0, time_before: to = Number.MAX_SAFE_INTEGER } = queryOf(
    exchange,
    ConsumptionQuery,
  );
  const user = memberOf(context, params);
  const mine = context.state.sessions.filter(
    (one) => one.user === user.id && one.createdAt >= from && one.createdAt < to,
  );
  const byDate = Map.groupBy(mine, ({ createdAt }) => createdAt - (createdAt % DAY));
  const sum = (sessions: readonly FakeSession[]) => sessions.reduce((acus, one) => acus + one.acus, 0);
  return jsonAnswer(200, {
    total_acus: sum(mine),
    consumption_by_date: [...byDate].map(([date, sessions]) => ({
      date,
      acus: sum(sessions),
      acus_by_product: { devin: sum(sessions) },
    })),
  });
}

export function listSessions({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  const { user_ids, created_after = 0, ...page } = queryOf(exchange, SessionQuery, ['user_ids']);
  const items = state.sessions.filter(
    (one) => one.createdAt >= created_after && (user_ids === undefined || user_ids.includes(one.user)),
  );
  const render = (one: FakeSession) => ({
    session_id: one.id,
    user_id: one.user,
    service_user_id: null,
    org_id: null,
    created_at: one.createdAt,
    updated_at: one.updatedAt,
    acus_consumed: one.acus,
    status: 'exit',
    title: null,
  });
  return pageAnswer({ kind: 'sessions', items, keyOf: ({ id }) => id, render }, page);
}
