/** Direct roles of users in one organization. */
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { checkRole, type DevinContext, memberOf, orgOf } from './context.ts';
import type { FakeUser } from './model.ts';
import { idpUserObject, pageAnswer, userObject } from './objects.ts';
import { bodyOf, PeopleQuery, queryOf, RoleBody } from './parse.ts';
import { Problem } from './problem.ts';
import { hasEmail, inThroughGroup, refuseGroupOnly } from './users.ts';

type Params = Readonly<Record<string, string>>;

export function listOrgUsers(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const { state } = context;
  const query = queryOf(exchange, PeopleQuery);
  const { id } = orgOf(context, params);
  const items = [...state.users.values()].filter(
    (user) => user.direct.has(id) && hasEmail(user, query.email),
  );
  const render = (user: FakeUser) => userObject(state, user);
  return pageAnswer({ kind: `users of ${id}`, items, keyOf: (user) => user.id, render }, query);
}

export function listOrgIdpUsers(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const { state } = context;
  const query = queryOf(exchange, PeopleQuery);
  const { id } = orgOf(context, params);
  const items = [...state.users.values()].filter(
    (user) =>
      inThroughGroup(context, user) &&
      state.derived(user).some(({ place }) => place === id) &&
      hasEmail(user, query.email),
  );
  const render = (user: FakeUser) => idpUserObject(state, user, id);
  return pageAnswer({ kind: `idp-users of ${id}`, items, keyOf: (user) => user.id, render }, query);
}

export function assignOrgRole(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const { state, codes } = context;
  const { role_id } = bodyOf(exchange, RoleBody);
  const org = orgOf(context, params);
  const user = memberOf(context, params);
  checkRole(context, role_id, 'org');
  if (user.direct.has(org.id)) {
    throw new Problem(codes.alreadyAssigned, `User ${user.id} already has a role in organization ${org.id}.`);
  }
  state.setUserRole(user, org.id, role_id, 'api');
  return jsonAnswer(200, userObject(state, user));
}

export function changeOrgRole(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const { role_id } = bodyOf(exchange, RoleBody);
  const org = orgOf(context, params);
  const user = memberOf(context, params);
  checkRole(context, role_id, 'org');
  refuseGroupOnly(context, user, org.id);
  context.state.setUserRole(user, org.id, role_id, 'api');
  return jsonAnswer(200, userObject(context.state, user));
}

export function removeOrgRole(context: DevinContext, params: Params): Answer {
  const org = orgOf(context, params);
  const user = memberOf(context, params);
  refuseGroupOnly(context, user, org.id);
  context.state.setUserRole(user, org.id, null, 'api');
  return jsonAnswer(200, userObject(context.state, user));
}
