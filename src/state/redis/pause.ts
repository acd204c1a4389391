import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keyspace } from '../../lib/keyspace.ts';
import { entryOf } from '../journal.ts';
import type { JournalEntry, Pause, PauseSwitch } from '../store.ts';
import { journalArguments, journalKey } from './journal.ts';
import { parseStored, reading } from './parse.ts';
import { committed } from './transaction.ts';

const pauseSchema: z.ZodType<Pause> = z.strictObject({ by: z.string(), at: z.number(), all: z.boolean() });

export function redisPause(client: Redis, key: Keyspace): PauseSwitch {
  const name = key('pause');
  const journal = journalKey(key);
  return {
    get: async () => {
      const text = await reading(name, client.get(name));
      return text === null ? null : parseStored(pauseSchema, text, name);
    },
    set: async ({ by, at, all }) => {
      const entry = noted('pause', by, at, all ? 'everything' : null);
      const batch = client.multi().set(name, JSON.stringify({ by, at, all }));
      await committed(batch.xadd(journal, ...journalArguments(entry)).exec());
    },
    clear: async (by, at) => {
      const batch = client.multi().del(name);
      await committed(batch.xadd(journal, ...journalArguments(noted('resume', by, at, null))).exec());
    },
  };
}

function noted(kind: 'pause' | 'resume', actor: string, at: number, reason: string | null): JournalEntry {
  return entryOf({ at, kind, actor, reason });
}
