/** Two writes about one person or group never overlap, whichever replica and plan they come from. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { keyspace } from '../lib/keyspace.ts';
import { script } from '../lib/redis-script.ts';

export interface SubjectLock {
  /**
   * Runs `body` under the lock of `subject`. Redis may be away for longer than a lock lives, so the body asks
   * `isHeld` right before what must not happen twice. Rejects with the signal's reason while it waits.
   */
  hold<T>(subject: string, signal: AbortSignal, body: (isHeld: IsHeld) => Promise<T>): Promise<T>;
}

/** True: the lock is ours, and from now on for its whole time, which is longer than a write may take. */
export type IsHeld = () => Promise<boolean>;

const POLL_MS = 50;

/** A repeated SET whose first answer was lost finds its own token. */
const take = script(
  'idpTakeLock',
  `local holder = redis.call('GET', KEYS[1])
  if holder and holder ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`,
);
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
      while ((await take(connection, [name], [token, lockMs])) !== 1) {
        await sleep(POLL_MS, undefined, { signal }).catch(() => {
          throw signal.reason;
        });
      }
      const isHeld: IsHeld = async () => (await renew(connection, [name], [token, lockMs])) === 1;
      const timer = setInterval(() => {
        isHeld().catch(() => {});
      }, lockMs / 3);
      try {
        return await body(isHeld);
      } finally {
        clearInterval(timer);
        await release(connection, [name], [token]);
      }
    },
  };
}
