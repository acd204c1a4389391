/** Which permission of the service user each call needs; kept in step with the contract by a test. */
import type { ApiRequest } from './target.ts';

export type Permission =
  | 'ReadAccountMeta'
  | 'ViewAccountMembership'
  | 'ManageAccountMembership'
  | 'ManageOrganizations'
  | 'ManageEnterpriseSettings'
  | 'ManageGitIntegrations'
  | 'ManageBilling'
  | 'ViewAccountSessions'
  | 'ViewOrgMembership';

/** `path` has the prefix; query and further segments are allowed. */
export function permissionFor(method: ApiRequest['method'], path: string): Permission {
  if (/\/self$/.test(path)) return 'ReadAccountMeta';
  if (/\/git-providers\//.test(path)) return 'ManageGitIntegrations';
  if (/\/consumption\//.test(path)) return 'ManageBilling';
  if (/\/enterprise\/sessions(\?|$)/.test(path)) return 'ViewAccountSessions';
  if (/^\/v3\w*\/organizations\//.test(path)) return 'ViewOrgMembership';
  if (/\/audit-logs(\?|$)/.test(path)) return 'ManageEnterpriseSettings';
  if (/\/organizations(\/[^/?]+)?(\?|$)/.test(path)) return 'ManageOrganizations';
  return method === 'GET' ? 'ViewAccountMembership' : 'ManageAccountMembership';
}

/** What to grant after a 403, in words. */
export function grantAdvice(method: ApiRequest['method'], path: string): string {
  if (path.startsWith('/v2/'))
    return 'Use the personal key of an administrator of the enterprise (apk_user_…)';
  const permission = permissionFor(method, path);
  const grant = `Give its service user a role with the permission ${permission}`;
  if (permission === 'ViewAccountMembership')
    return `${grant} (where Devin does not offer it yet: ManageAccountMembership)`;
  if (permission === 'ManageOrganizations' && method === 'GET')
    return `${grant}, or name the organizations in devin.organizations`;
  return grant;
}
