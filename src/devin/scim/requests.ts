/** Operation → the very SCIM request (RFC 7644), behind `describe` and `apply` alike. */
import type { Operation } from '../../core/model/operation.ts';
import { type ScimBody, scimBodyOf } from '../../core/model/scim.ts';
import { batchOf, needed, segment } from '../requests.ts';
import type { ApiRequest, Resolver } from '../target.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The path of the service on its host: `/scim/v2`, or nothing. */
export function basePath(url: string): string {
  return new URL(url).pathname.replace(/\/+$/, '');
}

/** @throws Error when the operation lacks what its kind needs, or the resolver does not know a placeholder. */
export function scimRequest(url: string, operation: Operation, resolver: Resolver | null): ApiRequest {
  const base = basePath(url);
  const user = () => `${base}/Users/${segment(needed(operation, 'user'))}`;
  const group = () => `${base}/Groups/${segment(resolved(needed(operation, 'group'), resolver))}`;
  const body = () => scimBodyOf(needed(operation, 'role'));
  switch (operation.kind) {
    case 'scim-create-user':
      return { method: 'POST', path: `${base}/Users`, body: newUser(body()) };
    case 'scim-activate-user':
    case 'scim-update-user':
      return patch(user(), replaceOps(body(), scimBodyOf(needed(operation, 'before'))));
    case 'scim-deactivate-user':
      return patch(user(), [{ op: 'replace', path: 'active', value: false }]);
    case 'scim-create-group':
      return { method: 'POST', path: `${base}/Groups`, body: { schemas: [GROUP], ...body() } };
    case 'scim-update-group':
      return patch(group(), replaceOps(body(), scimBodyOf(needed(operation, 'before'))));
    case 'scim-add-members': {
      const value = membersOf(operation, resolver).map((id) => ({ value: id }));
      return patch(group(), [{ op: 'add', path: 'members', value }]);
    }
    case 'scim-remove-members': {
      const ids = membersOf(operation, resolver);
      return patch(
        group(),
        ids.map((id) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]` })),
      );
    }
    default:
      throw new Error(`operation ${operation.key} (${operation.kind}) is not written through SCIM`);
  }
}

export function membersOf(operation: Operation, resolver: Resolver | null): string[] {
  return batchOf(operation).map((name) => resolved(name, resolver));
}

/** What a reviewer reads keeps a placeholder as it is; what is sent never holds one. */
function resolved(name: string, resolver: Resolver | null): string {
  return resolver === null ? name : resolver.user(name);
}

function newUser({ externalId, userName = '', displayName, active }: ScimBody) {
  const name = displayName === undefined ? {} : { displayName, name: { formatted: displayName } };
  const emails = [{ value: userName, type: 'work', primary: true }];
  return { schemas: [USER], externalId, userName, ...name, emails, active };
}

/** Only what differs: one path an attribute is what every service knows. */
function replaceOps(after: ScimBody, before: ScimBody): object[] {
  const keys = ['externalId', 'userName', 'displayName', 'active'] as const;
  const ops: object[] = keys
    .filter((key) => after[key] !== undefined && after[key] !== before[key])
    .map((key) => ({ op: 'replace', path: key, value: after[key] }));
  const isMoved = after.userName !== undefined && after.userName !== before.userName;
  if (!isMoved) return ops;
  return [
    ...ops,
    { op: 'replace', path: 'emails', value: [{ value: after.userName, type: 'work', primary: true }] },
  ];
}

function patch(path: string, operations: readonly object[]): ApiRequest {
  return { method: 'PATCH', path, body: { schemas: [PATCH], Operations: operations } };
}
