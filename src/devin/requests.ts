/**
 * Operation → the very HTTP request, behind `describe` and `apply` alike. Paths and bodies are typed by the
 * vendored contract, so that a change of the contract breaks the build here and not a write in production.
 */
import { MAX_BATCH, type Operation } from '../core/model/operation.ts';
import { repositoryOf } from '../core/model/repository.ts';
import { isScimKind } from '../core/model/scim.ts';
import type { paths } from './contract/types.ts';
import type { ApiRequest, Resolver } from './target.ts';

export type Prefix = '/v3' | '/v3beta1';

type Verb = 'get' | 'post' | 'patch' | 'delete';
/** The paths of the current version; `prefix` moves them to another. */
type V3Path = keyof paths & `/v3/${string}`;
type PathWith<V extends Verb> = { [P in V3Path]: paths[P][V] extends object ? P : never }[V3Path];
type NamesIn<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
type Names<P extends string> = Readonly<Record<NamesIn<P>, string>>;
type BodyOf<P extends V3Path, V extends Verb> = paths[P][V] extends {
  requestBody: { content: { 'application/json': infer Body } };
}
  ? Body
  : null;

const USERS = '/v3/enterprise/members/users';
const USER = '/v3/enterprise/members/users/{user_id}';
const ORGS = '/v3/enterprise/organizations';
const ORG_USER = '/v3/enterprise/organizations/{org_id}/members/users/{user_id}';
const ORG = '/v3/enterprise/organizations/{org_id}';
const REPOSITORIES = '/v3/enterprise/organizations/{org_id}/git-providers/permissions';
const REPOSITORY = '/v3/enterprise/organizations/{org_id}/git-providers/permissions/{git_permission_id}';
const GROUPS = '/v3/enterprise/idp-groups';
const GROUP = '/v3/enterprise/idp-groups/{idp_group_name}';
const GROUP_ROLE = '/v3/enterprise/members/idp-groups/{idp_group_name}';
const ORG_GROUP = '/v3/enterprise/organizations/{org_id}/members/idp-groups/{idp_group_name}';

/** A contract path with its names filled in, each as one percent-encoded segment, and with a query. */
export function pathOf<P extends PathWith<'get'>>(
  prefix: Prefix,
  path: P,
  names: Names<P>,
  query: Readonly<Record<string, string>> = {},
): string {
  const search = new URLSearchParams(query).toString();
  const segments = Object.fromEntries(
    Object.entries<string>(names).map(([name, value]) => [name, segment(value)]),
  );
  return filled(prefix, path, segments) + (search === '' ? '' : `?${search}`);
}

/** @throws Error when the operation lacks what its kind needs, or the resolver does not know a placeholder. */
export function requestOf(prefix: Prefix, operation: Operation, resolver: Resolver | null): ApiRequest {
  const { kind } = operation;
  if (kind === 'create-org' || kind === 'invite' || kind === 'register-groups')
    return batchRequest(prefix, operation, kind);
  if (isScimKind(kind)) throw new Error(`operation ${operation.key} (${kind}) is not written through REST`);
  const user = () => userOf(operation, resolver);
  const org = () => orgOf(operation, resolver);
  const group = () => ({ idp_group_name: segment(needed(operation, 'group')) });
  const role = () => ({ role_id: needed(operation, 'role') });
  switch (kind) {
    case 'set-enterprise-role':
      return request(prefix, 'patch', USER, user(), role());
    case 'remove-user':
      return request(prefix, 'delete', USER, user(), null);
    case 'add-to-org':
      return request(prefix, 'post', ORG_USER, { ...org(), ...user() }, role());
    case 'change-org-role':
      return request(prefix, 'patch', ORG_USER, { ...org(), ...user() }, role());
    case 'remove-from-org':
      return request(prefix, 'delete', ORG_USER, { ...org(), ...user() }, null);
    case 'give-group-role':
      return request(prefix, 'post', GROUP_ROLE, group(), role());
    case 'change-group-role':
      return request(prefix, 'patch', GROUP_ROLE, group(), role());
    case 'take-group-role':
      return request(prefix, 'delete', GROUP_ROLE, group(), null);
    case 'add-group-to-org':
      return request(prefix, 'post', ORG_GROUP, { ...org(), ...group() }, role());
    case 'change-group-org-role':
      return request(prefix, 'patch', ORG_GROUP, { ...org(), ...group() }, role());
    case 'remove-group-from-org':
      return request(prefix, 'delete', ORG_GROUP, { ...org(), ...group() }, null);
    case 'unregister-group':
      return request(prefix, 'delete', GROUP, group(), null);
    case 'update-org':
      return request(prefix, 'patch', ORG, org(), orgBody(operation));
    case 'allow-repository':
      return request(prefix, 'post', REPOSITORIES, org(), { permissions: [repositoryBody(operation)] });
    case 'deny-repository':
      return request(prefix, 'delete', REPOSITORY, { ...org(), ...permissionOf(operation) }, null);
  }
}

function batchRequest(
  prefix: Prefix,
  operation: Operation,
  kind: 'create-org' | 'invite' | 'register-groups',
): ApiRequest {
  switch (kind) {
    case 'create-org':
      return request(prefix, 'post', ORGS, {}, orgBody(operation));
    case 'invite': {
      const body = { emails: batchOf(operation), enterprise_role_id: needed(operation, 'role') };
      return request(prefix, 'post', USERS, {}, body);
    }
    case 'register-groups':
      return request(prefix, 'post', GROUPS, {}, { idp_group_names: batchOf(operation) });
  }
}

function request<V extends Verb, P extends PathWith<V>>(
  prefix: Prefix,
  verb: V,
  path: P,
  names: Names<P>,
  body: BodyOf<P, V>,
): ApiRequest {
  const method = verb.toUpperCase() as Uppercase<V>;
  return { method, path: filled(prefix, path, names), body };
}

/** `names` are encoded already. */
function filled(prefix: Prefix, path: V3Path, names: Readonly<Record<string, string>>): string {
  const whole = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] as string);
  return prefix + whole.slice('/v3'.length);
}

export function segment(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** What a reviewer reads keeps a placeholder as it is; what is sent never holds one. */
function readable(value: string): string {
  return /^\{(invite|org):.*\}$/s.test(value) ? value : segment(value);
}

export function userOf(operation: Operation, resolver: Resolver | null): { user_id: string } {
  const user = needed(operation, 'user');
  return { user_id: resolver === null ? readable(user) : segment(resolver.user(user)) };
}

export function orgOf(operation: Operation, resolver: Resolver | null): { org_id: string } {
  const org = needed(operation, 'org');
  return { org_id: resolver === null ? readable(org) : segment(resolver.org(org)) };
}

function repositoryBody(operation: Operation) {
  const { connection, by, path } = repositoryOf(needed(operation, 'role'));
  const field = { repo: 'repo_path', prefix: 'prefix_path', group: 'group_prefix' } as const;
  return { git_connection_id: connection, [field[by]]: path };
}

function permissionOf(operation: Operation): { git_permission_id: string } {
  const { id } = repositoryOf(needed(operation, 'before'));
  if (id === null) throw new Error(`operation ${operation.key} (${operation.kind}) names no permission`);
  return { git_permission_id: segment(id) };
}

/** A limit that is left out is Devin's default; null would be sent as "no limit at all". */
function orgBody(operation: Operation): BodyOf<typeof ORGS, 'post'> {
  const { create } = operation;
  if (create === null)
    throw new Error(`operation ${operation.key} (${operation.kind}) names no organization`);
  return {
    name: create.name,
    ...(create.maxSessionAcuLimit === null ? {} : { max_session_acu_limit: create.maxSessionAcuLimit }),
    ...(create.maxCycleAcuLimit === null ? {} : { max_cycle_acu_limit: create.maxCycleAcuLimit }),
  };
}

export function batchOf(operation: Operation): string[] {
  const { length } = operation.batch;
  if (length < 1 || length > MAX_BATCH)
    throw new Error(
      `operation ${operation.key} (${operation.kind}) has ${length} entries; 1 to ${MAX_BATCH} are allowed`,
    );
  return [...operation.batch];
}

/** @throws Error when the operation lacks it. */
export function needed(operation: Operation, field: 'user' | 'group' | 'org' | 'role' | 'before'): string {
  const value = operation[field];
  if (value === null) throw new Error(`operation ${operation.key} (${operation.kind}) names no ${field}`);
  return value;
}
