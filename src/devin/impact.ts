/** What people who would lose access do with it: sessions and ACUs since the billing cycle began. */
import pLimit from 'p-limit';
import type { Impact, ImpactReading } from '../core/model/change.ts';
import { SourceReadError, TargetError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { DevinClient } from './client.ts';
import { saysGone } from './failure.ts';
import { type ListSpec, readList } from './pages.ts';
import { type Prefix, pathOf } from './requests.ts';
import { Consumption, Cycle, firstIssue, PAGE_SIZE, pageOf, Session } from './schema.ts';
import type { Loser } from './target.ts';

const PARALLEL = 4;
/** Where no cycle can be read, sessions are counted over this long. */
const FALLBACK_MS = 30 * 86_400_000;

interface Ask {
  readonly client: DevinClient;
  readonly prefix: Prefix;
  readonly context: ReadContext;
}

/** A missing permission drops its column and is said once. @throws SourceReadError when the rest cannot be read. */
export async function readImpact(ask: Ask, losers: readonly Loser[], now: number): Promise<ImpactReading> {
  const lacks: string[] = [];
  const orLack = async <T>(what: string, permission: string, read: () => Promise<T>): Promise<T | null> => {
    try {
      return await read();
    } catch (error) {
      if (!isDenied(error)) throw error;
      lacks.push(`${what} cannot be read: the key lacks ${permission}`);
      return null;
    }
  };
  const cycle = await orLack('ACU use', 'ManageBilling', () => currentCycle(ask, now));
  const since = cycle ?? now - FALLBACK_MS;
  const acus = cycle === null ? null : await acusOf(ask, losers, cycle, now);
  const sessions = await orLack('Sessions and last activity', 'ViewAccountSessions', () =>
    sessionsOf(ask, losers, since),
  );
  const people = losers.map(({ devinId, email }): Impact => {
    const mine = sessions?.filter(({ user_id }) => user_id === devinId) ?? null;
    const last = mine === null ? 0 : Math.max(0, ...mine.map(({ updated_at }) => updated_at));
    return {
      devinId,
      email,
      lastActiveAt: last === 0 ? null : last * 1000,
      sessions: mine?.length ?? null,
      acus: acus?.get(devinId) ?? null,
    };
  });
  return { people: lacks.length === 2 ? [] : people, since, lacks, leftOut: 0 };
}

function isDenied(error: unknown): boolean {
  return (error instanceof SourceReadError || error instanceof TargetError) && error.status === 403;
}

/** Epoch ms at which the cycle in hand began; null: Devin lists none that is. */
async function currentCycle({ client, prefix, context }: Ask, now: number): Promise<number | null> {
  const path = pathOf(prefix, '/v3/enterprise/consumption/cycles', {}, { first: String(PAGE_SIZE) });
  const { json } = await client.get(path, context.signal);
  const page = pageOf(Cycle).safeParse(json);
  if (!page.success)
    throw new SourceReadError(`${path} is not as the API promises: ${firstIssue(page.error)}.`);
  const seconds = now / 1000;
  const current = page.data.items.find(({ after, before }) => after <= seconds && seconds < before);
  return current === undefined ? null : current.after * 1000;
}

async function acusOf(
  { client, prefix, context }: Ask,
  losers: readonly Loser[],
  since: number,
  now: number,
): Promise<Map<string, number>> {
  const limit = pLimit(PARALLEL);
  const query = { time_after: String(Math.floor(since / 1000)), time_before: String(Math.ceil(now / 1000)) };
  const found = await limit.map(losers, async ({ devinId }) => {
    const names = { user_id: devinId };
    const path = pathOf(prefix, '/v3/enterprise/consumption/daily/users/{user_id}', names, query);
    try {
      const answer = Consumption.safeParse((await client.get(path, context.signal)).json);
      return answer.success ? ([[devinId, answer.data.total_acus]] as const) : [];
    } catch (error) {
      if (saysGone(error)) return [];
      throw error;
    }
  });
  return new Map(found.flat());
}

async function sessionsOf({ client, prefix, context }: Ask, losers: readonly Loser[], since: number) {
  const list: ListSpec<Session> = {
    what: 'sessions of people who would lose access',
    item: Session,
    idOf: (session) => session.session_id,
    pathAfter: (cursor) => {
      const query = new URLSearchParams({ first: String(PAGE_SIZE) });
      for (const { devinId } of losers) query.append('user_ids', devinId);
      query.append('created_after', String(Math.floor(since / 1000)));
      if (cursor !== null) query.append('after', cursor);
      return `${pathOf(prefix, '/v3/enterprise/sessions', {})}?${query}`;
    },
  };
  return (await readList(client, list, context)).items;
}
