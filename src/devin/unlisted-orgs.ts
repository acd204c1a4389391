/** Orgs in which somebody holds a role although the list of organizations does not name them. */
import pLimit from 'p-limit';
import type { Org } from '../core/model/devin.ts';
import type { ReadReport } from '../core/model/directory.ts';
import { SourceReadError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { DevinClient } from './client.ts';
import { saysGone } from './failure.ts';
import { LIST_WORDS } from './lists.ts';
import type { DevinOptions } from './options.ts';
import { asSourceError } from './pages.ts';
import { pathOf } from './requests.ts';
import { firstIssue, Organization } from './schema.ts';

const PARALLEL = 4;
/** As many as may have been created or deleted while the lists were read. */
const MOST_UNLISTED_ORGS = 20;

/**
 * Orgs that assignments name but the list lacks are asked for by id, for a list cut short must not make us
 * create an org twice. Where configuration took the place of the list they keep their id as name.
 */
export async function readUnlistedOrgs(
  client: DevinClient,
  options: DevinOptions,
  ids: readonly string[],
  context: ReadContext,
): Promise<{ orgs: Org[]; reads: ReadReport[] }> {
  if (ids.length === 0) return { orgs: [], reads: [] };
  if (options.organizations !== undefined) return { orgs: ids.map((id) => ({ id, name: id })), reads: [] };
  if (ids.length > MOST_UNLISTED_ORGS)
    throw new SourceReadError(
      `The list of ${LIST_WORDS.organizations} lacks ${ids.length} organizations in which people hold roles (${ids.slice(0, 3).join(', ')}, …); up to ${MOST_UNLISTED_ORGS} could be a change during the read. Check that the key may see every organization, then run again.`,
    );
  const limit = pLimit(PARALLEL);
  const answers = await limit.map(ids, (id) => readOrg(client, options, id, context.signal));
  const calls = answers.reduce((sum, answer) => sum + answer.calls, 0);
  const what = `${LIST_WORDS.organizations} that their list lacks`;
  return {
    orgs: answers.map((answer) => answer.org),
    reads: [{ what, pages: answers.length, items: answers.length, calls }],
  };
}

/** 404: deleted, while assignments in it linger. */
async function readOrg(
  client: DevinClient,
  options: DevinOptions,
  id: string,
  signal: AbortSignal,
): Promise<{ org: Org; calls: number }> {
  const path = pathOf(options.prefix, '/v3/enterprise/organizations/{org_id}', { org_id: id });
  const reading = await asSourceError(`Devin organization ${id} (${path})`, signal, async () => {
    try {
      return await client.get(path, signal);
    } catch (error) {
      if (saysGone(error)) return null;
      throw error;
    }
  });
  if (reading === null) return { org: { id, name: id }, calls: 1 };
  const org = Organization.safeParse(reading.json);
  if (!org.success)
    throw new SourceReadError(`${path} is not as the API promises: ${firstIssue(org.error)}.`);
  return { org: { id, name: org.data.name }, calls: reading.calls };
}
