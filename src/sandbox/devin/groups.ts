/** IdP groups: registered names, and roles of a group in the enterprise or in one organization. */
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { checkRole, type DevinContext, groupOf, orgOf } from './context.ts';
import { ENTERPRISE, type FakeGroup } from './model.ts';
import { groupObject, pageAnswer } from './objects.ts';
import { bodyOf, PageQuery, queryOf, RegisterBody, RoleBody } from './parse.ts';
import { Problem } from './problem.ts';

type Params = Readonly<Record<string, string>>;

const nameOf = ({ name }: FakeGroup) => name;

export function listNames({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  const query = queryOf(exchange, PageQuery);
  const render = ({ name }: FakeGroup) => ({ idp_group_name: name });
  return pageAnswer({ kind: 'names', items: [...state.groups.values()], keyOf: nameOf, render }, query);
}

/** Names that are registered already are ignored and returned like the rest. */
export function registerNames({ state }: DevinContext, _params: Params, exchange: Exchange): Answer {
  const names = new Set(bodyOf(exchange, RegisterBody).idp_group_names);
  return jsonAnswer(
    200,
    Array.from(names, (name) => ({ idp_group_name: state.registerGroup(name, 'api').name })),
  );
}

export function unregisterName(context: DevinContext, params: Params): Answer {
  const { state, codes } = context;
  const group = groupOf(context, params);
  const members = [...state.users.values()].filter((user) => user.groups.has(group.name)).length;
  if (group.roles.size > 0 || members > 0) {
    const what = `${group.roles.size} role assignments and ${members} user members`;
    throw new Problem(codes.groupInUse, `IdP group ${group.name} cannot be deleted: it has ${what}.`);
  }
  state.unregisterGroup(group, 'api');
  return jsonAnswer(200, { idp_group_name: group.name });
}

/** The place that a path is about: one organization, or the enterprise. */
function placeOf(context: DevinContext, params: Params): string {
  return params.org_id === undefined ? ENTERPRISE : orgOf(context, params).id;
}

/** Of the enterprise a group shows all its roles, of an organization only those in it. */
function shown({ state }: DevinContext, group: FakeGroup, place: string): unknown {
  return groupObject(state, group, place === ENTERPRISE ? undefined : place);
}

export function listGroups(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const query = queryOf(exchange, PageQuery);
  const place = placeOf(context, params);
  const items = [...context.state.groups.values()].filter(({ roles }) =>
    place === ENTERPRISE ? roles.size > 0 : roles.has(place),
  );
  const render = (group: FakeGroup) => shown(context, group, place);
  return pageAnswer({ kind: `groups of ${place}`, items, keyOf: nameOf, render }, query);
}

/** A registered group without a role is no member: 404. */
export function getGroup(context: DevinContext, params: Params): Answer {
  const place = placeOf(context, params);
  const group = groupOf(context, params);
  if (place === ENTERPRISE ? group.roles.size === 0 : !group.roles.has(place)) throw noRole(group, place);
  return jsonAnswer(200, shown(context, group, place));
}

export function assignGroupRole(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const { role_id } = bodyOf(exchange, RoleBody);
  const place = placeOf(context, params);
  const group = groupOf(context, params);
  checkRole(context, role_id, place === ENTERPRISE ? 'enterprise' : 'org');
  if (group.roles.has(place)) {
    throw new Problem(context.codes.alreadyAssigned, `IdP group ${group.name} already has a role here.`);
  }
  if (place !== ENTERPRISE && !group.roles.has(ENTERPRISE)) {
    throw new Problem(
      context.codes.noEnterpriseRole,
      `IdP group ${group.name} needs an enterprise role before a role in an organization.`,
    );
  }
  return changed(context, group, place, role_id);
}

export function changeGroupRole(context: DevinContext, params: Params, exchange: Exchange): Answer {
  const { role_id } = bodyOf(exchange, RoleBody);
  const place = placeOf(context, params);
  const group = groupOf(context, params);
  checkRole(context, role_id, place === ENTERPRISE ? 'enterprise' : 'org');
  if (!group.roles.has(place)) throw noRole(group, place);
  return changed(context, group, place, role_id);
}

export function takeGroupRole(context: DevinContext, params: Params): Answer {
  const place = placeOf(context, params);
  const group = groupOf(context, params);
  if (!group.roles.has(place)) throw noRole(group, place);
  if (place === ENTERPRISE && group.roles.size > 1) {
    throw new Problem(
      context.codes.groupInUse,
      `IdP group ${group.name} still has roles in ${group.roles.size - 1} organizations.`,
    );
  }
  return changed(context, group, place, null);
}

function changed(context: DevinContext, group: FakeGroup, place: string, role: string | null): Answer {
  context.state.setGroupRole(group, place, role, 'api');
  return jsonAnswer(200, shown(context, group, place));
}

function noRole(group: FakeGroup, place: string): Problem {
  const where = place === ENTERPRISE ? 'the enterprise' : `organization ${place}`;
  return new Problem(404, `IdP group ${group.name} has no role in ${where}.`);
}
