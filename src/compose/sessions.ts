/** Sessions of the review pages in Redis: any replica knows them, and none of them outlives its time. */
import { randomBytes } from 'node:crypto';
import { keyspace } from '../lib/keyspace.ts';
import type { SessionKeeper } from '../server/sessions.ts';
import type { RedisConnections } from '../state/connect.ts';

export async function openSessions({ producer, prefix }: RedisConnections): Promise<SessionKeeper> {
  const key = keyspace(prefix);
  const session = (id: string) => key(`session:${id}`);
  // Whoever comes first makes the secret, and every replica signs with it.
  await producer.set(key('session-secret'), randomBytes(48).toString('base64url'), 'NX');
  const secret = await producer.get(key('session-secret'));
  if (secret === null) throw new Error(`Redis has lost ${key('session-secret')} that was just written`);
  return {
    secret,
    get: (id) => producer.get(session(id)),
    set: async (id, text, ttlMs) => {
      await producer.set(session(id), text, 'PX', Math.max(1, Math.ceil(ttlMs)));
    },
    delete: async (id) => {
      await producer.del(session(id));
    },
  };
}
