/** How far a plan is. */
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Intent, Tally } from '../store.ts';
import { parseStored } from './parse.ts';
import { committed } from './transaction.ts';

/** A write times out in 8 s; an older intent belongs to a process that died. */
const IN_FLIGHT_MS = 60_000;

export const intentSchema: z.ZodType<Intent> = z.object({ opKey: z.string(), at: z.number() });

type TallyAnswers = readonly [Record<string, string>, readonly string[], readonly [string | number]];

/** One moment of both: an operation that ends meanwhile is under way or has ended, and never neither. */
export async function readTally(
  client: Redis,
  { tally, intents }: Readonly<Record<'tally' | 'intents', string>>,
): Promise<Tally> {
  const batch = client.multi().hgetall(tally).hvals(intents).time();
  return tallyOf((await committed(batch.exec(), [tally, intents])) as never, intents);
}

/** Of the answers to HGETALL of the counts, HVALS of the intents and TIME. */
export function tallyOf([counts, underWay, [seconds]]: TallyAnswers, intents: string): Tally {
  const recent = underWay.map((text) => parseStored(intentSchema, text, intents));
  const inFlight = recent.filter(({ at }) => at > Number(seconds) * 1000 - IN_FLIGHT_MS).length;
  return { ...counted(counts), inFlight };
}

function counted(counts: Readonly<Record<string, string>>): Omit<Tally, 'inFlight'> {
  const phases = Object.entries(counts).flatMap(([name, count]) =>
    name.startsWith('phase:') ? [[Number(name.slice(6)), Number(count)] as const] : [],
  );
  const kinds = Object.entries(counts).flatMap(([name, count]) =>
    name.startsWith('kind:') ? [[name.slice(5), Number(count)] as const] : [],
  );
  const count = (name: string): number => Number(counts[name] ?? 0);
  return {
    done: count('done'),
    failed: count('failed'),
    skipped: count('skipped'),
    phases: new Map(phases),
    kinds: new Map(kinds),
  };
}
