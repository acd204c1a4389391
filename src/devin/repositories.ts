/** Reads which repositories organizations may use: only of those that configuration declares some for. */
import pLimit from 'p-limit';
import type { Org } from '../core/model/devin.ts';
import type { ReadReport } from '../core/model/directory.ts';
import type { RepositoryPermission, RepositoryReading } from '../core/model/repository.ts';
import { SourceReadError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { DevinClient } from './client.ts';
import type { TargetOptions } from './options.ts';
import { type ListSpec, readList } from './pages.ts';
import { type Prefix, pathOf } from './requests.ts';
import { GitConnection, GitPermission, PAGE_SIZE } from './schema.ts';

const PARALLEL = 4;

/** `reading` null: no organization declares any. A key that may not read them costs the repositories, not the run. */
export async function readRepositories(
  client: DevinClient,
  options: TargetOptions,
  orgs: readonly Org[],
  context: ReadContext,
): Promise<{ reading: RepositoryReading | null; reads: ReadReport[] }> {
  const names = options.repositoriesOf ?? [];
  if (names.length === 0) return { reading: null, reads: [] };
  const ours = orgs.filter(({ id, name }) => names.includes(id) || names.includes(name));
  try {
    return await readAll(client, options.prefix, ours, context);
  } catch (error) {
    if (!(error instanceof SourceReadError) || error.status !== 403) throw error;
    return { reading: { connections: [], permissions: {}, unread: error.message }, reads: [] };
  }
}

async function readAll(
  client: DevinClient,
  prefix: Prefix,
  orgs: readonly Org[],
  context: ReadContext,
): Promise<{ reading: RepositoryReading; reads: ReadReport[] }> {
  const limit = pLimit(PARALLEL);
  const connections = await readList(client, connectionList(prefix), context);
  const lists = await limit.map(orgs, ({ id }) => readList(client, repositoryList(prefix, id), context));
  const permissions = orgs.map(({ id }, index) => {
    const items = lists[index]?.items ?? [];
    return [id, items.flatMap((item) => permissionIn(item) ?? [])] as const;
  });
  const reading = {
    connections: connections.items.map(({ git_connection_id: id, name }) => ({ id, name: name || id })),
    permissions: Object.fromEntries(permissions),
    unread: null,
  };
  return { reading, reads: [connections.report, ...lists.map(({ report }) => report)] };
}

function connectionList(
  prefix: Prefix,
): ListSpec<{ git_connection_id: string; name?: string | null | undefined }> {
  const path = '/v3/enterprise/git-providers/connections';
  return {
    what: 'git connections in Devin',
    item: GitConnection,
    idOf: (one) => one.git_connection_id,
    pathAfter: (cursor) => pathOf(prefix, path, {}, pageQuery(cursor)),
  };
}

export function repositoryList(prefix: Prefix, orgId: string): ListSpec<GitPermission> {
  const path = '/v3/enterprise/organizations/{org_id}/git-providers/permissions';
  return {
    what: `repositories of ${orgId}`,
    item: GitPermission,
    idOf: (one) => one.git_permission_id,
    pathAfter: (cursor) => pathOf(prefix, path, { org_id: orgId }, pageQuery(cursor)),
  };
}

function pageQuery(cursor: string | null): Record<string, string> {
  return { first: String(PAGE_SIZE), ...(cursor === null ? {} : { after: cursor }) };
}

/** null: of a kind that nobody has described, so it is left alone. */
export function permissionIn(row: GitPermission): RepositoryPermission | null {
  const { git_permission_id: id, git_connection_id: connection } = row;
  const base = { id, connection };
  if (row.repo_path) return { ...base, by: 'repo', path: row.repo_path };
  if (row.prefix_path) return { ...base, by: 'prefix', path: row.prefix_path };
  if (row.group_prefix) return { ...base, by: 'group', path: row.group_prefix };
  return null;
}
