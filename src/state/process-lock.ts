import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../lib/errors.ts';

const BUSY = 5; // SQLITE_BUSY
const POLL_MS = 20;

/**
 * Runs `body` while no other process runs one under the same path. Node has no file locks of its own; those of
 * SQLite are the operating system's, so a holder that is killed leaves nothing behind that must be cleaned up.
 * @throws ConfigError when the lock is not free within `timeoutMs`.
 */
export async function withProcessLock<T>(
  path: string,
  timeoutMs: number,
  body: () => Promise<T>,
): Promise<T> {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    await lock(database, path, timeoutMs);
    return await body();
  } finally {
    database.close();
  }
}

async function lock(database: DatabaseSync, path: string, timeoutMs: number): Promise<void> {
  for (let waited = 0; ; waited += POLL_MS) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== BUSY) throw error;
      if (waited >= timeoutMs)
        throw new ConfigError([`${path} has been locked by another process for ${timeoutMs / 1000} s`]);
    }
    await sleep(POLL_MS);
  }
}
