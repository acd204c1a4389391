/** The endpoints of Okta that a reader of people, groups and memberships needs. */

import type { CompanyPerson } from '../company/model.ts';
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import type { Route } from '../http/routes.ts';
import { getAppGroup, getAppUser, listAppGroups, listAppUsers } from './apps.ts';
import type { OktaContext } from './context.ts';
import { oktaRefusal } from './errors.ts';
import {
  compileFilter,
  GROUP_FILTER,
  GROUP_SEARCH,
  type Grammar,
  type Test,
  USER_FILTER,
  USER_SEARCH,
} from './filter.ts';
import { membersOf, oktaGroups, oktaUser, projected, rowOf } from './objects.ts';
import { checkQuery, pageAnswer } from './paging.ts';
import { listEvents } from './system-log.ts';

export interface OktaRoute extends Route<OktaContext> {
  /** OAuth scope; null: public. */
  readonly scope: string | null;
}

/** Lists of users and of groups take at most 200 (documented for users; advised for groups). */
const MAX_LIST = 200;
/** Members of a group: 1,000 accepted, 200 advised. */
const MAX_MEMBERS = 1000;

type Params = Readonly<Record<string, string>>;

function listUsers(context: OktaContext, _params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['after', 'limit', 'filter', 'search', 'fields', 'expand', 'sortBy', 'sortOrder']);
  const test = chosen(exchange, USER_FILTER, USER_SEARCH);
  const items = [...context.company.company.people.values()];
  // Without an expression the list silently leaves out everybody who was deactivated.
  const keep = (person: CompanyPerson) => {
    const user = oktaUser(context, person);
    return test === null ? user.status !== 'DEPROVISIONED' : test(rowOf(user));
  };
  const fields = exchange.query.get('fields');
  const render = (person: CompanyPerson) => projected(oktaUser(context, person), fields);
  const { pageSize: cap, url } = context;
  return pageAnswer({ kind: 'users', items, keep, render, maxLimit: MAX_LIST, cap, url }, exchange);
}

function chosen(exchange: Exchange, filter: Grammar, search: Grammar): Test | null {
  const filtered = exchange.query.get('filter');
  const searched = exchange.query.get('search');
  if (filtered !== null && searched !== null) {
    throw oktaRefusal('validation', 'filter and search cannot be combined');
  }
  if (filtered !== null) return compileFilter(filtered, filter, true);
  return searched === null ? null : compileFilter(searched, search, false);
}

function getUser(context: OktaContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['fields', 'expand']);
  const { people } = context.company.company;
  const key = params.id as string;
  const person = people.get(key) ?? [...people.values()].find(({ email }) => email === key);
  if (person === undefined) throw oktaRefusal('notFound', `${key} (User)`);
  return jsonAnswer(200, projected(oktaUser(context, person), exchange.query.get('fields')));
}

/** Every group of one person, the group of everybody too. */
function listUserGroups(context: OktaContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['after', 'limit']);
  const id = params.id as string;
  const { people, groups } = context.company.company;
  if (!people.has(id)) throw oktaRefusal('notFound', `${id} (User)`);
  const items = oktaGroups(context).filter((group) => groups.get(group.id)?.members.has(id) ?? true);
  const { pageSize: cap, url } = context;
  const render = (group: (typeof items)[number]) => group;
  return pageAnswer({ kind: `groups of ${id}`, items, render, maxLimit: MAX_LIST, cap, url }, exchange);
}

function listGroups(context: OktaContext, _params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['after', 'limit', 'filter', 'search', 'expand', 'sortBy', 'sortOrder']);
  const test = chosen(exchange, GROUP_FILTER, GROUP_SEARCH);
  const items = oktaGroups(context).filter((group) => test?.(rowOf(group)) ?? true);
  const { pageSize: cap, url } = context;
  return pageAnswer(
    { kind: 'groups', items, render: (group) => group, maxLimit: MAX_LIST, cap, url },
    exchange,
  );
}

function getGroup(context: OktaContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, []);
  const group = oktaGroups(context).find(({ id }) => id === params.id);
  if (group === undefined) throw oktaRefusal('notFound', `${params.id} (UserGroup)`);
  return jsonAnswer(200, group);
}

function listMembers(context: OktaContext, params: Params, exchange: Exchange): Answer {
  checkQuery(exchange, ['after', 'limit']);
  const id = params.id as string;
  const items = membersOf(context, id);
  if (items === null) throw oktaRefusal('notFound', `${id} (UserGroup)`);
  const { pageSize: cap, url } = context;
  const render = (person: CompanyPerson) => oktaUser(context, person);
  return pageAnswer({ kind: `members of ${id}`, items, render, maxLimit: MAX_MEMBERS, cap, url }, exchange);
}

function getOrg({ orgId, url }: OktaContext): Answer {
  return jsonAnswer(200, {
    id: orgId,
    companyName: 'Corp Example',
    status: 'ACTIVE',
    subdomain: 'corp',
    _links: { organization: { href: `${url}/api/v1/org` } },
  });
}

function getMetadata({ orgId, url }: OktaContext): Answer {
  return jsonAnswer(200, { id: orgId, pipeline: 'idx', _links: { organization: { href: url } } });
}

const USERS = 'okta.users.read';
const GROUPS = 'okta.groups.read';
const APPS = 'okta.apps.read';

export const OKTA_ROUTES: readonly OktaRoute[] = [
  { method: 'GET', path: '/api/v1/users', scope: USERS, handle: listUsers },
  { method: 'GET', path: '/api/v1/users/{id}', scope: USERS, handle: getUser },
  { method: 'GET', path: '/api/v1/users/{id}/groups', scope: GROUPS, handle: listUserGroups },
  { method: 'GET', path: '/api/v1/groups', scope: GROUPS, handle: listGroups },
  { method: 'GET', path: '/api/v1/groups/{id}', scope: GROUPS, handle: getGroup },
  { method: 'GET', path: '/api/v1/groups/{id}/users', scope: GROUPS, handle: listMembers },
  { method: 'GET', path: '/api/v1/apps/{app}/users', scope: APPS, handle: listAppUsers },
  { method: 'GET', path: '/api/v1/apps/{app}/users/{id}', scope: APPS, handle: getAppUser },
  { method: 'GET', path: '/api/v1/apps/{app}/groups', scope: APPS, handle: listAppGroups },
  { method: 'GET', path: '/api/v1/apps/{app}/groups/{id}', scope: APPS, handle: getAppGroup },
  { method: 'GET', path: '/api/v1/logs', scope: 'okta.logs.read', handle: listEvents },
  { method: 'GET', path: '/api/v1/org', scope: 'okta.orgs.read', handle: getOrg },
  { method: 'GET', path: '/.well-known/okta-organization', scope: null, handle: getMetadata },
];
