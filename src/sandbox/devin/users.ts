/** Enterprise users: direct members, members through groups, invitations, roles, removal. */

import type { z } from 'zod';
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { checkRole, type DevinContext, memberOf } from './context.ts';
import { ENTERPRISE, type FakeUser } from './model.ts';
import {
  derivedAssignments,
  enterpriseUserObject,
  idpUserObject,
  pageAnswer,
  userObject,
} from './objects.ts';
import { bodyOf, InviteBody, PageQuery, PeopleQuery, queryOf, RoleBody } from './parse.ts';
import { Problem } from './problem.ts';

type Params = Readonly<Record<string, string>>;

export function hasEmail(user: FakeUser, email: string | undefined): boolean {
  return email === undefined || user.email?.toLowerCase() === email.toLowerCase();
}

export function listUsers(context: DevinContext, _params: Params, exchange: Exchange): Answer {
  const { state, beta } = context;
  const query: z.output<typeof PeopleQuery> = queryOf(exchange, beta ? PageQuery : PeopleQuery);
  const items = [...state.users.values()].filter(
    (user) => user.direct.size > 0 && hasEmail(user, query.email),
  );
  const render = (user: FakeUser) => enterpriseUserObject(state, user);
  return pageAnswer({ kind: 'users', items, keyOf: ({ id }) => id, render }, query);
}

export function listIdpUsers(context: DevinContext, _params: Params, exchange: Exchange): Answer {
  const { state } = context;
  const query = queryOf(exchange, PeopleQuery);
  const items = [...state.users.values()].filter(
    (user) => inThroughGroup(context, user) && hasEmail(user, query.email),
  );
  const render = (user: FakeUser) => idpUserObject(state, user);
  return pageAnswer({ kind: 'idp-users', items, keyOf: ({ id }) => id, render }, query);
}

export function inThroughGroup({ state, directInIdpUsers }: DevinContext, user: FakeUser): boolean {
  return (directInIdpUsers || user.direct.size === 0) && state.derived(user).length > 0;
}

/** An address that is a member already is passed over and returned; one bad address refuses the batch. */
export function inviteUsers(context: DevinContext, _params: Params, exchange: Exchange): Answer {
  const { state } = context;
  const body = bodyOf(exchange, InviteBody);
  checkRole(context, body.enterprise_role_id, 'enterprise', 'enterprise_role_id');
  const users = new Set<FakeUser>();
  for (const email of body.emails) {
    const member = state.usersByEmail(email).find((user) => state.isMember(user));
    users.add(member ?? state.addUser({ email, role: body.enterprise_role_id }, 'api'));
  }
  return jsonAnswer(
    200,
    Array.from(users, (user) => userObject(state, user)),
  );
}

export function getUser(context: DevinContext, params: Params): Answer {
  const { state, beta } = context;
  const user = memberOf(context, params);
  if (beta) return jsonAnswer(200, userObject(state, user));
  return jsonAnswer(200, {
    ...enterpriseUserObject(state, user),
    idp_role_assignments: derivedAssignments(state, user),
  });
}

export function setEnterpriseRole(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const { role_id } = bodyOf(exchange, RoleBody);
  const user = memberOf(context, params);
  checkRole(context, role_id, 'enterprise');
  refuseGroupOnly(context, user, ENTERPRISE);
  context.state.setUserRole(user, ENTERPRISE, role_id, 'api');
  return jsonAnswer(200, userObject(context.state, user));
}

export function removeUser(context: DevinContext, params: Params): Answer {
  const user = memberOf(context, params);
  if (user.direct.size === 0) throw groupOnly(context, user);
  const removed = userObject(context.state, user);
  context.state.removeUser(user, 'api');
  return jsonAnswer(200, removed);
}

/** @throws Problem when the user has no direct role in that place: group-only, or 404 without any. */
export function refuseGroupOnly(context: DevinContext, user: FakeUser, place: string): void {
  if (user.direct.has(place)) return;
  if (context.state.derived(user).some((derived) => derived.place === place)) throw groupOnly(context, user);
  throw new Problem(
    404,
    `User ${user.id} has no role in ${place === ENTERPRISE ? 'the enterprise' : place}.`,
  );
}

function groupOnly({ codes }: DevinContext, user: FakeUser): Problem {
  return new Problem(codes.groupOnly, `User ${user.id} has no direct role here, only roles of an IdP group.`);
}
