/** Two writes about one person or group never overlap, whichever replica and plan they come from. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { keyspace } from '../lib/keyspace.ts';
import { script } from '../lib/redis-script.ts';

export interface SubjectLock {
  /** Runs `body` under the lock of `subject`. Rejects with the signal's reason while it waits. */
  hold<T>(subject: string, signal: AbortSignal, body: () => Promise<T>): Promise<T>;
}

const POLL_MS = 50;

const ifOurs = (command: string): string =>
  `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call(${command}) end return 0`;
const renew = script('idpRenewLock', ifOurs(`'PEXPIRE', KEYS[1], ARGV[2]`));
const release = script('idpReleaseLock', ifOurs(`'DEL', KEYS[1]`));

/** A dead replica's lock goes by itself after `lockMs`; a living one renews it. */
export function subjectLock(connection: Redis, prefix: string, lockMs: number): SubjectLock {
  const key = keyspace(prefix);
  return {
    hold: async (subject, signal, body) => {
      const name = key('writes', 'lock', subject);
      const token = randomUUID();
      while ((await connection.set(name, token, 'PX', lockMs, 'NX')) !== 'OK') {
        await sleep(POLL_MS, undefined, { signal }).catch(() => {
          throw signal.reason;
        });
      }
      const timer = setInterval(() => {
        renew(connection, [name], [token, lockMs]).catch(() => {});
      }, lockMs / 3);
      try {
        return await body();
      } finally {
        clearInterval(timer);
        await release(connection, [name], [token]);
      }
    },
  };
}
