/** A Redis of one test file's own, gone after it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll } from 'vitest';
import { ensureBinary } from '../../src/lib/provision.ts';
import { type EmbeddedRedis, REDIS_SERVER, startEmbeddedRedis } from '../../src/state/embedded-redis.ts';

export interface PrivateRedis {
  readonly socket: string;
  /** A connection as workers have it; closed after the tests. */
  client(): Redis;
  /** A prefix that no other test uses. */
  prefix(): string;
}

export async function privateRedis(): Promise<PrivateRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'idp-redis-'));
  const server = await startPrivate(dir);
  const clients: Redis[] = [];
  let prefixes = 0;
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.release();
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  });
  return {
    socket: server.socket,
    client: () => {
      const client = new Redis({ path: server.socket, maxRetriesPerRequest: null, disableClientInfo: true });
      clients.push(client);
      return client;
    },
    prefix: () => `t${++prefixes}`,
  };
}

async function startPrivate(stateDir: string): Promise<EmbeddedRedis> {
  return startEmbeddedRedis({
    stateDir,
    binary: () => ensureBinary({ ...REDIS_SERVER, install: false, announce: () => {} }),
  });
}
