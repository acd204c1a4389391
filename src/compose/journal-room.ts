/** The file of the journal: written by a timer of the daemon, after the writes of a command, and on demand. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Logger } from '../lib/log.ts';
import type { Releasers } from '../lib/releasers.ts';
import { type Exported, exportJournal, journalFiles } from '../state/journal-file.ts';
import type { StateRoom } from './state-room.ts';

export interface JournalRoom {
  /** null: another writer is at it. */
  export(): Promise<Exported | null>;
  /** Absolute paths, in the order of the chain. */
  files(): Promise<readonly string[]>;
}

/** How long an entry may stand in Redis alone. */
const EVERY_MS = 10_000;

export function openJournalRoom({ journal }: Config, { store }: StateRoom, log: Logger): JournalRoom {
  const { folder, maxBytes } = journal;
  return {
    export: () =>
      exportJournal({
        folder,
        maxBytes,
        host: hostname(),
        journal: store.journal,
        anchor: store.anchor,
        clock: Date.now,
        onTrouble: (message) => log.error(message),
      }),
    files: async () => (await journalFiles(folder)).map((name) => join(folder, name)),
  };
}

/** Every few seconds until it is released, and once more then. A failure is told when it begins, and tried again. */
export function exportRegularly(room: JournalRoom, releasers: Releasers, log: Logger): void {
  const once = exportOnce(room, log);
  const timer = setInterval(() => void once(), EVERY_MS).unref();
  releasers.add('the file of the journal', async () => {
    clearInterval(timer);
    await once();
  });
}

/** One after the other: a call while one is under way waits for it. */
export function exportOnce(room: JournalRoom, log: Logger): () => Promise<void> {
  let told = '';
  let last: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      await room.export();
      told = '';
    } catch (error) {
      const { message } = error as Error;
      if (message !== told) log.error({ err: error }, 'the journal cannot be written to its file');
      told = message;
    }
  };
  return () => {
    last = last.then(run);
    return last;
  };
}
