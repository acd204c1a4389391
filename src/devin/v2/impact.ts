/** What the older API tells of a person: when they last signed in, and how many sessions they ever began. */
import pLimit from 'p-limit';
import type { Impact, ImpactReading } from '../../core/model/change.ts';
import type { ReadContext } from '../../lib/reading.ts';
import type { DevinClient } from '../client.ts';
import { saysGone } from '../failure.ts';
import type { Loser } from '../target.ts';
import { v2Path } from './requests.ts';
import { MemberFacts } from './schema.ts';

const PARALLEL = 4;

/** @throws TargetError when somebody could not be read. */
export async function readV2Impact(
  client: DevinClient,
  losers: readonly Loser[],
  { signal }: ReadContext,
): Promise<ImpactReading> {
  const limit = pLimit(PARALLEL);
  const people = await limit.map(losers, (loser) => factsOf(client, loser, signal));
  const lacks = ['ACU use of single people is not in the v2 API'];
  return { people, since: null, lacks, leftOut: 0 };
}

async function factsOf(client: DevinClient, { devinId, email }: Loser, signal: AbortSignal): Promise<Impact> {
  const nothing = { devinId, email, lastActiveAt: null, sessions: null, acus: null };
  try {
    const { json } = await client.get(
      v2Path('/v2/enterprise/members/{user_id}', { user_id: devinId }),
      signal,
    );
    const facts = MemberFacts.safeParse(json);
    if (!facts.success) return nothing;
    const at = Date.parse(facts.data.last_login ?? '');
    const lastActiveAt = Number.isNaN(at) ? null : at;
    return { ...nothing, lastActiveAt, sessions: facts.data.sessions_created_count ?? null };
  } catch (error) {
    if (saysGone(error)) return nothing;
    throw error;
  }
}
