/** The part of Graph v1.0 that a reader of people, groups and memberships needs. */
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import type { Route } from '../http/routes.ts';
import type { RecycleBin } from './bin.ts';
import { addressTest, listMemberOf } from './by-user.ts';
import type { GraphDelta } from './delta.ts';
import { graphRefusal, notFound } from './errors.ts';
import {
  type GraphDirectory,
  graphGroup,
  graphUser,
  membersOf,
  objectById,
  selected,
  selectOf,
  type Typed,
  typedObject,
} from './objects.ts';
import { checkQuery, listAnswer, PAGED, place } from './paging.ts';
import {
  listSubscriptions,
  makeSubscription,
  prolongSubscription,
  type Subscription,
} from './subscriptions.ts';

export interface GraphContext extends GraphDirectory {
  readonly tenantId: string;
  /** Most items on a page, whatever is asked for. */
  readonly pageSize: number;
  readonly delta: GraphDelta;
  readonly bin: RecycleBin;
  /** Users and groups by the application (appId) that they are assigned to. */
  readonly assignments: ReadonlyMap<string, ReadonlySet<string>>;
  readonly subscriptions: Subscription[];
  /** Without Member.Read.Hidden a hidden membership looks empty. */
  readonly seesHidden: boolean;
}

export interface GraphRoute extends Route<GraphContext> {
  /** Any of these application permissions will do. */
  readonly permissions: readonly string[];
}

type Params = Readonly<Record<string, string>>;

const SECURITY_ONLY = 'securityEnabled eq true';
/** Ids that `getByIds` takes at once. */
const MAX_IDS = 1000;

function getOrganization(context: GraphContext, _params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['$select']);
  const organization = { id: context.tenantId, displayName: 'Corp Example' };
  return jsonAnswer(200, {
    '@odata.context': `${context.url}/v1.0/$metadata#organization`,
    value: [exchange.query.get('$select') === 'id' ? { id: organization.id } : organization],
  });
}

function listUsers(context: GraphContext, _params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, [...PAGED, '$filter']);
  const filter = exchange.query.get('$filter');
  const everybody = [...context.company.company.people.values()];
  const passes = filter === null ? null : addressTest(filter);
  const select = selectOf(exchange.query, context, ['user']);
  return listAnswer(
    {
      ...place(context, exchange),
      kind: 'users',
      context: 'users',
      items: passes === null ? everybody : everybody.filter((person) => passes(graphUser(context, person))),
      keyOf: ({ id }) => id,
      render: (person) => selected('user', graphUser(context, person), select),
    },
    exchange.query,
  );
}

function listGroups(context: GraphContext, _params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, [...PAGED, '$filter']);
  const select = selectOf(exchange.query, context, ['group']);
  const filter = exchange.query.get('$filter');
  if (filter !== null && filter !== SECURITY_ONLY)
    throw graphRefusal(400, 'Request_UnsupportedQuery', `The filter '${filter}' is not supported here.`);
  const all = [...context.company.company.groups.values()];
  return listAnswer(
    {
      ...place(context, exchange),
      kind: 'groups',
      context: 'groups',
      items:
        filter === null ? all : all.filter((group) => graphGroup(context, group).securityEnabled === true),
      keyOf: ({ id }) => id,
      render: (group) => selected('group', graphGroup(context, group), select),
    },
    exchange.query,
  );
}

function listMembers(context: GraphContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, PAGED);
  const select = selectOf(exchange.query, context, ['user', 'group']);
  const id = params.id as string;
  const items = membersOf(context, id);
  if (items === null) throw notFound(id);
  const hidden = objectById(context, id)?.object.visibility === 'HiddenMembership' && !context.seesHidden;
  return listAnswer(
    {
      ...place(context, exchange),
      kind: `members of ${id}`,
      context: 'directoryObjects',
      items: hidden ? [] : items,
      keyOf: ({ object }) => object.id,
      render: (member) => typedObject(member, select),
    },
    exchange.query,
  );
}

function getUser(context: GraphContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['$select']);
  const { people } = context.company.company;
  const key = params.id as string;
  const named = key.toLowerCase();
  const person = people.get(key) ?? [...people.values()].find(({ email }) => email.toLowerCase() === named);
  if (person === undefined) throw notFound(key);
  const select = selectOf(exchange.query, context, ['user']);
  return entity(context, 'users', selected('user', graphUser(context, person), select));
}

function getGroup(context: GraphContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['$select']);
  const group = context.company.company.groups.get(params.id as string);
  if (group === undefined) throw notFound(params.id as string);
  const select = selectOf(exchange.query, context, ['group']);
  return entity(context, 'groups', selected('group', graphGroup(context, group), select));
}

function getDeleted(context: GraphContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['$select']);
  const id = params.id as string;
  const deleted = context.bin.soft.get(id);
  if (deleted === undefined) throw notFound(id);
  const select = selectOf(exchange.query, context, ['user']);
  const object = typedObject({ kind: 'user', object: graphUser(context, deleted.person) }, select);
  return entity(context, 'directoryObjects', object as object);
}

/** `servicePrincipals(appId='…')`: the only segment here with its key in brackets. */
const BY_APP = /^servicePrincipals\(appId='([^']+)'\)$/;

function listAssignments(context: GraphContext, params: Params, exchange: Exchange): Answer {
  const appId = BY_APP.exec(params.principal as string)?.[1] ?? '';
  checkQuery(exchange, PAGED);
  const assigned = context.assignments.get(appId);
  if (assigned === undefined) throw notFound(appId);
  const typed = [...assigned].map((id) => objectById(context, id)).filter((object) => object !== null);
  return listAnswer(
    {
      ...place(context, exchange),
      kind: `assignments of ${appId}`,
      context: 'appRoleAssignments',
      items: typed,
      keyOf: ({ object }) => object.id,
      render: ({ kind, object }) => ({
        principalId: object.id,
        principalType: kind === 'user' ? 'User' : 'Group',
        principalDisplayName: object.displayName,
        appRoleId: '00000000-0000-0000-0000-000000000000',
      }),
    },
    exchange.query,
  );
}

function entity(context: GraphContext, set: string, object: object): Answer {
  return jsonAnswer(200, { '@odata.context': `${context.url}/v1.0/$metadata#${set}/$entity`, ...object });
}

/** Ids that nobody has are left out of the answer, without an error. */
function getByIds(context: GraphContext, _params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['$select']);
  const select = selectOf(exchange.query, context, ['user', 'group']);
  const { ids, types } = idsOf(exchange.text);
  const found = ids
    .map((id) => objectById(context, id))
    .filter((typed): typed is Typed => typed !== null && (types?.includes(typed.kind) ?? true));
  return jsonAnswer(200, {
    '@odata.context': `${context.url}/v1.0/$metadata#directoryObjects`,
    value: found.map((typed) => typedObject(typed, select)),
  });
}

function idsOf(text: string): { ids: readonly string[]; types: readonly string[] | undefined } {
  let body: { ids?: unknown; types?: unknown };
  try {
    body = JSON.parse(text) as typeof body;
  } catch {
    throw graphRefusal(400, 'BadRequest', 'Unable to read JSON request payload.');
  }
  const { ids, types, ...rest } = body;
  const extra = Object.keys(rest)[0];
  if (extra !== undefined) throw graphRefusal(400, 'BadRequest', `The property '${extra}' does not exist.`);
  if (!isStrings(ids) || ids.length > MAX_IDS || ids.length === 0) {
    throw graphRefusal(400, 'Request_BadRequest', `'ids' must be a list of 1 to ${MAX_IDS} ids.`);
  }
  if (types !== undefined && !isStrings(types)) {
    throw graphRefusal(400, 'Request_BadRequest', `'types' must be a list of type names.`);
  }
  return { ids: [...new Set(ids)], types };
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

const ALL = ['Directory.Read.All'];
const USERS = ['User.Read.All', ...ALL];
/** Memberships of a user, by either side of them. */
const MEMBERSHIPS = ['User.Read.All', 'GroupMember.Read.All', 'Group.Read.All', ...ALL];
const GROUPS = ['GroupMember.Read.All', 'Group.Read.All', ...ALL];

export const GRAPH_ROUTES: readonly GraphRoute[] = [
  { method: 'GET', path: '/v1.0/subscriptions', permissions: USERS, handle: listSubscriptions },
  { method: 'POST', path: '/v1.0/subscriptions', permissions: USERS, handle: makeSubscription },
  { method: 'PATCH', path: '/v1.0/subscriptions/{id}', permissions: USERS, handle: prolongSubscription },
  {
    method: 'GET',
    path: '/v1.0/organization',
    permissions: ['Organization.Read.All', ...USERS],
    handle: getOrganization,
  },
  { method: 'GET', path: '/v1.0/users', permissions: USERS, handle: listUsers },
  {
    method: 'GET',
    path: '/v1.0/users/delta',
    permissions: USERS,
    handle: (context, _params, exchange) => context.delta.answer('user', exchange),
  },
  { method: 'GET', path: '/v1.0/users/{id}', permissions: USERS, handle: getUser },
  {
    method: 'GET',
    path: '/v1.0/users/{id}/memberOf',
    permissions: MEMBERSHIPS,
    handle: listMemberOf(false),
  },
  {
    method: 'GET',
    path: '/v1.0/users/{id}/transitiveMemberOf',
    permissions: MEMBERSHIPS,
    handle: listMemberOf(true),
  },
  { method: 'GET', path: '/v1.0/groups', permissions: GROUPS, handle: listGroups },
  {
    method: 'GET',
    path: '/v1.0/groups/delta',
    permissions: GROUPS,
    handle: (context, _params, exchange) => context.delta.answer('group', exchange),
  },
  { method: 'GET', path: '/v1.0/directory/deletedItems/{id}', permissions: USERS, handle: getDeleted },
  {
    method: 'GET',
    path: '/v1.0/{principal}/appRoleAssignedTo',
    permissions: ['Application.Read.All', ...ALL],
    handle: listAssignments,
  },
  { method: 'GET', path: '/v1.0/groups/{id}', permissions: GROUPS, handle: getGroup },
  { method: 'GET', path: '/v1.0/groups/{id}/members', permissions: GROUPS, handle: listMembers },
  {
    method: 'POST',
    path: '/v1.0/directoryObjects/getByIds',
    permissions: [...USERS, ...GROUPS],
    handle: getByIds,
  },
];
