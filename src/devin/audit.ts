/** The audit log of the enterprise, read to its end: who gave what to whom. */
import { z } from 'zod';
import type { Act } from '../core/model/act.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { DevinClient } from './client.ts';
import { readList } from './pages.ts';
import { type Prefix, pathOf } from './requests.ts';
import { PAGE_SIZE } from './schema.ts';

const Entry = z.object({
  audit_log_id: z.string().min(1),
  action: z.string(),
  /** Unix seconds. */
  created_at: z.number(),
  org_id: z.string().nullish(),
  service_user_id: z.string().nullish(),
  data: z.unknown(),
});

/** Deep enough for any details that somebody may read. */
const DEPTH = 6;

/**
 * Oldest first. @throws SourceReadError; the words of a 403 name the permission ManageEnterpriseSettings.
 */
export async function readActs(
  client: DevinClient,
  prefix: Prefix,
  principalId: string,
  context: ReadContext,
): Promise<readonly Act[]> {
  const { items } = await readList(
    client,
    {
      what: 'Devin audit log',
      item: Entry,
      idOf: (entry) => entry.audit_log_id,
      pathAfter: (cursor) =>
        pathOf(
          prefix,
          '/v3/enterprise/audit-logs',
          {},
          {
            first: String(PAGE_SIZE),
            order: 'asc',
            ...(cursor === null ? {} : { after: cursor }),
          },
        ),
    },
    context,
  );
  // The order was added late to the API; where it is not known the time still is.
  return [...items]
    .sort((a, b) => a.created_at - b.created_at)
    .map(({ action, org_id, service_user_id, data }) => ({
      action,
      ours: service_user_id === principalId,
      org: org_id ?? null,
      mentions: textsIn(data, DEPTH),
    }));
}

function textsIn(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return [value];
  if (depth === 0 || typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((part) => textsIn(part, depth - 1));
}
