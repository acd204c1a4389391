/** State as the API words it. */

import { decodeCursor, encodeCursor, sliceAfter } from '../http/cursor.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import { ENTERPRISE, type FakeGroup, type FakeOrg, type FakeRole, type FakeUser } from './model.ts';
import { invalid } from './parse.ts';
import type { FakeDevinState } from './state.ts';

export function roleObject(role: FakeRole) {
  return { role_id: role.id, role_name: role.name, role_type: role.scope };
}

function assignments(state: FakeDevinState, roles: ReadonlyMap<string, string>) {
  return Array.from(roles, ([place, role]) => ({
    role: roleObject(state.roles.get(role) as FakeRole),
    org_id: place === ENTERPRISE ? null : place,
  }));
}

export function userObject(state: FakeDevinState, user: FakeUser) {
  const { id, email, name, direct } = user;
  return { user_id: id, email, name, role_assignments: assignments(state, direct) };
}

export function enterpriseUserObject(state: FakeDevinState, user: FakeUser) {
  return { ...userObject(state, user), enterprise_joined_at: user.joinedAt };
}

/** `place` keeps the roles of one org only. */
export function derivedAssignments(state: FakeDevinState, user: FakeUser, place?: string) {
  return state
    .derived(user)
    .filter((derived) => place === undefined || derived.place === place)
    .map((derived) => ({
      idp_group_name: derived.group,
      role: roleObject(state.roles.get(derived.role) as FakeRole),
      org_id: derived.place === ENTERPRISE ? null : derived.place,
    }));
}

export function idpUserObject(state: FakeDevinState, user: FakeUser, place?: string) {
  const { id, email, name } = user;
  return { user_id: id, email, name, idp_role_assignments: derivedAssignments(state, user, place) };
}

/** `place` keeps the roles of one org only. */
export function groupObject(state: FakeDevinState, group: FakeGroup, place?: string) {
  const roles = place === undefined ? group.roles : [...group.roles].filter(([where]) => where === place);
  return { idp_group_name: group.name, role_assignments: assignments(state, new Map(roles)) };
}

export function orgObject(org: FakeOrg) {
  return {
    org_id: org.id,
    name: org.name,
    created_at: org.createdAt,
    updated_at: org.updatedAt,
    max_session_acu_limit: org.maxSessionAcuLimit,
    max_cycle_acu_limit: org.maxCycleAcuLimit,
  };
}

export interface PageOf<T> {
  /** Cursors of one list are refused by another. */
  readonly kind: string;
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly render: (item: T) => unknown;
  readonly descending?: boolean;
}

/** @throws Problem 422 for a cursor that this list did not give. */
export function pageAnswer<T>(
  list: PageOf<T>,
  query: { readonly first: number; readonly after?: string | undefined },
): Answer {
  const after = query.after === undefined ? null : decodeCursor(list.kind, query.after);
  if (query.after !== undefined && after === null) {
    throw invalid([{ loc: ['query', 'after'], msg: 'not a cursor of this list', type: 'value_error' }]);
  }
  const slice = sliceAfter(list, after, query.first);
  return jsonAnswer(200, {
    items: slice.items.map(list.render),
    end_cursor: slice.last === null ? null : encodeCursor(list.kind, slice.last),
    has_next_page: slice.last !== null,
    total: list.items.length,
  });
}
