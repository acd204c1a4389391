/** Two writes about one person or group never overlap, whichever replica and plan they come from. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { keyspace } from '../lib/keyspace.ts';
import { script } from '../lib/redis-script.ts';

export interface SubjectLock {
  /**
   * Runs `body` under the locks of all `subjects`, which are taken together or not at all. Redis may be away for longer
   * than a lock lives, so the body asks `isHeld` right before what must not happen twice. Rejects with the signal's
   * reason while it waits.
   */
  hold<T>(subjects: readonly string[], signal: AbortSignal, body: (isHeld: IsHeld) => Promise<T>): Promise<T>;
}

/** True: the locks are ours, and from now on for their whole time, which is longer than a write may take. */
export type IsHeld = () => Promise<boolean>;

const POLL_MS = 50;

/** A repeated SET whose first answer was lost finds its own token. */
const take = script(
  'idpTakeLock',
  `for _, name in ipairs(KEYS) do
    local holder = redis.call('GET', name)
    if holder and holder ~= ARGV[1] then return 0 end
  end
  for _, name in ipairs(KEYS) do redis.call('SET', name, ARGV[1], 'PX', ARGV[2]) end
  return 1`,
);
const renew = script(
  'idpRenewLock',
  `for _, name in ipairs(KEYS) do
    if redis.call('GET', name) ~= ARGV[1] then return 0 end
  end
  for _, name in ipairs(KEYS) do redis.call('PEXPIRE', name, ARGV[2]) end
  return 1`,
);
const release = script(
  'idpReleaseLock',
  `for _, name in ipairs(KEYS) do
    if redis.call('GET', name) == ARGV[1] then redis.call('DEL', name) end
  end
  return 1`,
);

/** A dead replica's lock goes by itself after `lockMs`; a living one renews it. */
export function subjectLock(connection: Redis, prefix: string, lockMs: number): SubjectLock {
  const key = keyspace(prefix);
  return {
    hold: async (subjects, signal, body) => {
      const names = subjects.map((subject) => key('writes', 'lock', subject));
      const token = randomUUID();
      while ((await take(connection, names, [token, lockMs])) !== 1) {
        await sleep(POLL_MS, undefined, { signal }).catch(() => {
          throw signal.reason;
        });
      }
      const isHeld: IsHeld = async () => (await renew(connection, names, [token, lockMs])) === 1;
      const timer = setInterval(() => {
        isHeld().catch(() => {});
      }, lockMs / 3);
      try {
        return await body(isHeld);
      } finally {
        clearInterval(timer);
        await release(connection, names, [token]);
      }
    },
  };
}
