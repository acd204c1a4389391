/** What every handler gets, and the look-ups that refuse what is not there. */
import type { FakeGroup, FakeOrg, FakePrincipal, FakeUser } from './model.ts';
import { invalid } from './parse.ts';
import { Problem } from './problem.ts';
import type { FakeDevinState } from './state.ts';

/** Status of refusals whose real code nobody has published. */
export interface RefusalCodes {
  alreadyAssigned: 400 | 409 | 422;
  wrongScope: 400 | 409 | 422;
  /** A registration that still has roles or members; an enterprise role under which org roles hang. */
  groupInUse: 400 | 403 | 409 | 422;
  /** An org role for a group without an enterprise role. */
  noEnterpriseRole: 400 | 409 | 422;
  /** A write to somebody who is in through a group only. */
  groupOnly: 400 | 403 | 409 | 422;
}

export const USUAL_CODES: RefusalCodes = {
  alreadyAssigned: 409,
  wrongScope: 422,
  groupInUse: 409,
  noEnterpriseRole: 422,
  groupOnly: 422,
};

export interface DevinContext {
  readonly state: FakeDevinState;
  readonly principal: FakePrincipal;
  readonly codes: RefusalCodes;
  /** The key may have a user with direct roles in `idp-users` as well; the documentation says it has not. */
  readonly directInIdpUsers: boolean;
  /** Address of the person whose personal key opens v2; null: nobody has one. */
  readonly owner: string | null;
  /** Asked under /v3beta1, which knew less. */
  readonly beta: boolean;
  /** Id of the organization whose key asks; null: a key of the enterprise. */
  readonly keyOrg: string | null;
}

/** A member by id. @throws Problem 404 */
export function memberOf({ state }: DevinContext, params: Readonly<Record<string, string>>): FakeUser {
  const user = state.users.get(params.user_id as string);
  if (user === undefined || !state.isMember(user)) {
    throw new Problem(404, `User ${params.user_id} is not a member of the enterprise.`);
  }
  return user;
}

/** @throws Problem 404 */
export function orgOf({ state }: DevinContext, params: Readonly<Record<string, string>>): FakeOrg {
  const org = state.orgs.get(params.org_id as string);
  if (org === undefined) throw new Problem(404, `Organization ${params.org_id} not found.`);
  return org;
}

/** A registered group. @throws Problem 404 */
export function groupOf({ state }: DevinContext, params: Readonly<Record<string, string>>): FakeGroup {
  const group = state.groups.get(params.idp_group_name as string);
  if (group === undefined) throw new Problem(404, `IdP group ${params.idp_group_name} is not registered.`);
  return group;
}

/** @throws Problem 422 for an unknown role, the configured code for one of the other scope */
export function checkRole(
  { state, codes }: DevinContext,
  id: string,
  scope: 'enterprise' | 'org',
  field = 'role_id',
): void {
  const role = state.roles.get(id);
  if (role === undefined) {
    throw invalid([{ loc: ['body', field], msg: `role ${id} does not exist`, type: 'value_error' }]);
  }
  if (role.scope !== scope) {
    throw new Problem(codes.wrongScope, `Role ${id} has role_type ${role.scope}; this call needs ${scope}.`);
  }
}
