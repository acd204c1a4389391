/** Operation → request of the v2 API. Paths and bodies are typed by the vendored contract, as those of v3 are. */
import type { Operation } from '../../core/model/operation.ts';
import type { paths } from '../contract/types.ts';
import { batchOf, needed, orgOf, segment, userOf } from '../requests.ts';
import type { ApiRequest, Resolver } from '../target.ts';

type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete';
type V2Path = keyof paths & `/v2/${string}`;
type PathWith<V extends Verb> = { [P in V2Path]: paths[P][V] extends object ? P : never }[V2Path];
type NamesIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
type Names<P extends string> = Readonly<Record<NamesIn<P>, string>>;
type BodyOf<P extends V2Path, V extends Verb> = paths[P][V] extends {
  requestBody: { content: { 'application/json': infer Body } };
}
  ? Body
  : null;

const ROOT = '/v2/enterprise';
const ORG_MEMBERS = `${ROOT}/organizations/{org_id}/members`;

/** A path with its names filled in, each as one percent-encoded segment, and with a query. */
export function v2Path<P extends PathWith<'get'>>(
  path: P,
  names: Names<P>,
  query: Readonly<Record<string, string>> = {},
): string {
  const encoded = Object.entries<string>(names).map(([name, value]) => [name, segment(value)] as const);
  const search = new URLSearchParams(query).toString();
  return filled(path, Object.fromEntries(encoded)) + (search === '' ? '' : `?${search}`);
}

/** @throws Error when the operation lacks what its kind needs, or is one that this API does not have. */
export function v2Request(operation: Operation, resolver: Resolver | null): ApiRequest {
  const user = () => userOf(operation, resolver);
  const org = () => orgOf(operation, resolver);
  const group = () => needed(operation, 'group');
  const role = () => needed(operation, 'role');
  // A body holds the id itself, not its encoded form; a plan that is only shown keeps its placeholder.
  const inBody = (kind: 'user' | 'org') => {
    const value = needed(operation, kind);
    return resolver === null ? value : resolver[kind](value);
  };
  switch (operation.kind) {
    case 'create-org':
      return request('post', `${ROOT}/organizations`, {}, orgBody(operation));
    case 'invite':
      return request('post', `${ROOT}/members/invite`, {}, { emails: batchOf(operation) });
    case 'set-enterprise-role':
      return request('patch', `${ROOT}/members/roles`, {}, { role_id: role(), user_ids: [inBody('user')] });
    case 'remove-user':
      return request('delete', `${ROOT}/members/{user_id}`, user(), null);
    case 'add-to-org': {
      const body = { org_ids: [inBody('org')], user_ids: [inBody('user')], org_role: role() };
      return request('post', ORG_MEMBERS, org(), body);
    }
    case 'change-org-role': {
      const body = { role_id: role(), user_ids: [inBody('user')] };
      return request('patch', `${ORG_MEMBERS}/roles`, org(), body);
    }
    case 'remove-from-org':
      return request('delete', `${ORG_MEMBERS}/{user_id}`, { ...org(), ...user() }, null);
    case 'register-groups':
      return request('put', `${ROOT}/groups`, {}, { group_names: batchOf(operation) });
    case 'add-group-to-org': {
      const body = { group_name: group(), role: role() };
      return request('post', `${ROOT}/organizations/{org_id}/groups`, org(), body);
    }
    case 'remove-group-from-org': {
      const names = { ...org(), group_name: segment(group()) };
      return request('delete', `${ROOT}/organizations/{org_id}/groups/{group_name}`, names, null);
    }
    default:
      throw new Error(`operation ${operation.key} (${operation.kind}) has no request in the v2 API`);
  }
}

/** This API takes one limit. The owner of the key would become a member unless told otherwise. */
function orgBody(operation: Operation) {
  const { create } = operation;
  if (create === null)
    throw new Error(`operation ${operation.key} (${operation.kind}) names no organization`);
  return { display_name: create.name, acu_limit: create.maxCycleAcuLimit, add_creator_as_member: false };
}

function request<V extends Verb, P extends PathWith<V>>(
  verb: V,
  path: P,
  names: Names<P>,
  body: BodyOf<P, V>,
): ApiRequest {
  return { method: verb.toUpperCase() as Uppercase<V>, path: filled(path, names), body };
}

/** `names` are encoded already. */
function filled(path: string, names: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] as string);
}
