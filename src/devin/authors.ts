/** Who changed an edge and when, from the audit log: newest first, and no further back than it takes. */
import type { DriftedEdge } from '../core/model/change.ts';
import { SourceReadError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { DevinClient } from './client.ts';
import { asSourceError } from './pages.ts';
import { type Prefix, pathOf } from './requests.ts';
import { type AuditEntry, AuditEntry as AuditSchema, firstIssue, PAGE_SIZE, pageOf } from './schema.ts';

/** Pages of 200 entries that one question may cost. */
const MOST_PAGES = 5;

/** Contract: actions about identity and membership, with what they do. Others are passed over. */
const VERBS: Readonly<Record<string, string>> = {
  add_enterprise_member: 'added',
  add_member: 'added',
  add_group_membership: 'added',
  approve_join_request: 'let in',
  automatic_join_event: 'joined at sign-in',
  assign_roles: 'changed',
  update_group_membership: 'changed',
  delete_member: 'removed',
  delete_group_membership: 'removed',
};

interface Ask {
  readonly client: DevinClient;
  readonly prefix: Prefix;
  readonly context: ReadContext;
  /** Id of our own key: what it wrote is no drift. */
  readonly principal: string;
}

/**
 * Words for each edge, or null where the log names nobody. `names`: the e-mail or name that the log may use instead
 * of the holder's id. null: the key may not read the log.
 */
export async function readAuthors(
  ask: Ask,
  edges: readonly (DriftedEdge & { readonly name: string })[],
): Promise<readonly (string | null)[] | null> {
  const found: (string | null)[] = edges.map(() => null);
  let cursor: string | null = null;
  for (let page = 1; page <= MOST_PAGES; page++) {
    const read = await nextPage(ask, cursor);
    if (read === null) return null;
    for (const entry of read.entries) {
      for (const [index, edge] of edges.entries())
        if (found[index] === null && isAbout(entry, edge, ask.principal)) found[index] = wordsOf(entry);
    }
    cursor = read.cursor;
    if (cursor === null || !found.includes(null)) break;
  }
  return found;
}

async function nextPage(
  { client, prefix, context }: Ask,
  cursor: string | null,
): Promise<{ entries: readonly AuditEntry[]; cursor: string | null } | null> {
  const query = { first: String(PAGE_SIZE), order: 'desc', ...(cursor === null ? {} : { after: cursor }) };
  const path = pathOf(prefix, '/v3/enterprise/audit-logs', {}, query);
  try {
    const { json } = await asSourceError('The audit log of Devin', context.signal, () =>
      client.get(path, context.signal),
    );
    const page = pageOf(AuditSchema).safeParse(json);
    if (!page.success)
      throw new SourceReadError(`The audit log is not as the API promises: ${firstIssue(page.error)}.`);
    const more = page.data.has_next_page === true ? (page.data.end_cursor ?? null) : null;
    return { entries: page.data.items, cursor: more };
  } catch (error) {
    if (error instanceof SourceReadError && error.status === 403) return null;
    throw error;
  }
}

/** The shape of `data` is not documented, so the id or the name counts wherever it stands. */
function isAbout(
  entry: AuditEntry,
  { holder, org, name }: DriftedEdge & { name: string },
  principal: string,
): boolean {
  if (VERBS[entry.action] === undefined || entry.service_user_id === principal) return false;
  if (org !== null && entry.org_id != null && entry.org_id !== org) return false;
  return mentions(entry.data, holder) || mentions(entry.data, name);
}

function mentions(value: unknown, text: string): boolean {
  if (typeof value === 'string') return value.toLowerCase() === text.toLowerCase();
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((item) => mentions(item, text));
}

function wordsOf({
  action,
  created_at,
  user_email,
  user_id,
  service_user_name,
  service_user_id,
}: AuditEntry): string {
  const person = user_email ?? user_id;
  const key = service_user_name ?? service_user_id;
  const who = key != null ? `service user ${key} through the API` : `${person ?? 'somebody'} in the web app`;
  const at = new Date(created_at * 1000).toISOString().slice(0, 16).replace('T', ' ');
  return `${VERBS[action]} by ${who} on ${at} UTC`;
}
