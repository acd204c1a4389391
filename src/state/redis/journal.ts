import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keyspace } from '../../lib/keyspace.ts';
import type { Journal, JournalEntry, JournalRange } from '../store.ts';
import { writtenSchema } from '../written-schema.ts';
import { damaged, parseStored, reading } from './parse.ts';

const KEPT_MS = 30 * 24 * 3_600_000;

const text = z.string().nullable();

export const entrySchema: z.ZodType<JournalEntry> = z.object({
  at: z.number(),
  kind: z.enum([
    'sending',
    'write',
    'pause',
    'resume',
    'approve',
    'reject',
    'hold',
    'submit',
    'retry',
    'discard',
    'supersede',
    'breaker',
    'adopt',
    'release',
    'rollback',
    'attest',
    'relink',
    'budget',
  ]),
  planId: text,
  opKey: text,
  item: text,
  subject: text,
  actor: text,
  before: text,
  after: text,
  request: z.object({ method: z.string(), path: z.string(), body: z.unknown() }).nullable(),
  outcome: z.enum(['done', 'already', 'failed', 'skipped']).nullable(),
  reason: text,
  run: z.string().exactOptional(),
  change: writtenSchema.exactOptional(),
  edge: z
    .object({
      type: z.enum(['person', 'group']),
      directoryId: z.string(),
      devinId: z.string(),
      place: z.string(),
      role: text,
      gone: z.boolean(),
    })
    .exactOptional(),
  mark: z
    .object({
      person: z.string(),
      group: z.string(),
      url: z.string(),
      active: z.boolean(),
      gone: z.boolean(),
    })
    .exactOptional(),
});

export function journalKey(key: Keyspace): string {
  return key('journal');
}

/** Oldest time (epoch ms) that is kept beside an entry of time `at`. */
export function journalFrom(at: number): number {
  return Math.max(0, at - KEPT_MS);
}

/** Arguments of XADD: old entries go as new ones come, whole blocks at a time, which costs next to nothing. */
export function journalArguments(entry: JournalEntry): [string, '~', number, '*', 'entry', string] {
  return ['MINID', '~', journalFrom(entry.at), '*', 'entry', JSON.stringify(entry)];
}

export function redisJournal(client: Redis, key: Keyspace): Journal {
  const stream = journalKey(key);
  return {
    append: async (entries) => {
      for (const entry of entries) await reading(stream, client.xadd(stream, ...journalArguments(entry)));
    },
    read: async (range) => {
      const rows = await reading(
        stream,
        client.xrange(stream, start(range), end(range), 'COUNT', range.limit),
      );
      return rows.map(([id, fields]) => {
        const at = fields.indexOf('entry');
        const entry = at < 0 ? undefined : fields[at + 1];
        if (entry === undefined) throw damaged(`${stream} ${id}`, 'it has no entry');
        return { id, ...parseStored(entrySchema, entry, `${stream} ${id}`) };
      });
    },
  };
}

function start({ after, from }: JournalRange): string {
  if (after !== undefined) return `(${after}`;
  return from === undefined ? '-' : String(from);
}

function end({ to }: JournalRange): string {
  return to === undefined ? '+' : String(to);
}
