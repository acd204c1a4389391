/** Devin user → the person whom the ledger links to it, so that one person's row is found from either side. */
import type { Redis } from 'ioredis';
import type { LedgerPerson } from '../../core/model/memory.ts';
import type { Keyspace } from '../../lib/keyspace.ts';
import { reading } from './parse.ts';

const PAIRS_PER_CALL = 1000;

export function linksKey(key: Keyspace): string {
  return key('ledger', 'links');
}

/**
 * Before the rows themselves, so that no row is ever without its link. A link that outlives its row does no harm: who
 * follows it looks at the row.
 */
export async function linkRows(client: Redis, key: Keyspace, rows: readonly LedgerPerson[]): Promise<void> {
  const name = linksKey(key);
  for (let at = 0; at < rows.length; at += PAIRS_PER_CALL) {
    const some = rows.slice(at, at + PAIRS_PER_CALL);
    const pairs = some.flatMap(({ devinId, directoryId }) => [devinId, directoryId]);
    await reading(name, client.hset(name, ...pairs));
  }
}

/** IdP ids of those whom these Devin users may be linked to. */
export async function linkedTo(client: Redis, key: Keyspace, devinIds: readonly string[]): Promise<string[]> {
  if (devinIds.length === 0) return [];
  const name = linksKey(key);
  const ids = await reading(name, client.hmget(name, ...devinIds));
  return ids.filter((id) => id !== null);
}
