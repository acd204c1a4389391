/** Dead letters that nobody shall try again become skipped writes. */
import type { Redis } from 'ioredis';
import { entryOf } from '../journal.ts';
import type { Discarding, Outcome } from '../store.ts';
import { journalFrom } from './journal.ts';
import { outcomeSchema } from './outcome-schema.ts';
import { parseStored, reading } from './parse.ts';
import { discardOutcomes } from './write-scripts.ts';

/** Returns how many. */
export async function discard(
  client: Redis,
  keys: Readonly<Record<'outcomes' | 'tally' | 'journal', string>>,
  { planId, opKeys, by, why, at }: Discarding & { readonly planId: string },
): Promise<number> {
  if (opKeys.length === 0) return 0;
  const texts = await reading(keys.outcomes, client.hmget(keys.outcomes, ...opKeys));
  const operations = texts.flatMap((text, index) => {
    const before = text === null ? null : parseStored(outcomeSchema, text, keys.outcomes);
    if (before?.state !== 'failed') return [];
    const opKey = opKeys[index] as string;
    const after: Outcome = {
      ...before,
      state: 'skipped',
      reason: `discarded by ${by}: ${why}`,
      discardedBy: by,
    };
    const entry = entryOf({ at, kind: 'discard', planId, opKey, actor: by, reason: why });
    return [{ opKey, before: text, after: JSON.stringify(after), entry: JSON.stringify(entry) }];
  });
  const document = JSON.stringify({ operations, journalFrom: String(journalFrom(at)) });
  return Number(await discardOutcomes(client, [keys.outcomes, keys.tally, keys.journal], [document]));
}
