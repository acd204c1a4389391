/** A Redis of this run's own in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ensureBinary } from '../src/lib/provision.ts';
import { REDIS_SERVER, startEmbeddedRedis } from '../src/state/embedded-redis.ts';

export interface PrivateRedis {
  readonly client: Redis;
  readonly socket: string;
  /** Bytes that its data takes now. */
  bytes(): Promise<number>;
  close(): Promise<void>;
}

export async function startPrivateRedis(): Promise<PrivateRedis> {
  const stateDir = await mkdtemp(join(tmpdir(), 'idp-bench-redis-'));
  const server = await startEmbeddedRedis({
    stateDir,
    binary: () => ensureBinary({ ...REDIS_SERVER, install: false, announce: () => {} }),
  });
  const client = new Redis({ path: server.socket, maxRetriesPerRequest: null });
  return {
    client,
    socket: server.socket,
    bytes: async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]),
    close: async () => {
      client.disconnect();
      await server.release();
      await rm(stateDir, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
