/** A Redis that a test may kill and start again, on the same append-only file; gone after the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { ensureBinary } from '../../src/lib/provision.ts';
import { REDIS_SERVER } from '../../src/state/embedded-redis.ts';
import { ping } from '../../src/state/redis-process.ts';
import type { PrivateRedis } from './private-redis.ts';

export interface OwnRedis extends PrivateRedis {
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export async function ownRedis(): Promise<OwnRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'idp-own-'));
  const socket = join(dir, 'r.sock');
  const binary = await ensureBinary({ ...REDIS_SERVER, install: false, announce: () => {} });
  const clients: Redis[] = [];
  let server: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    const child = server;
    server = null;
    if (child === null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  const start = async (): Promise<void> => {
    const settings = ['--port', '0', '--unixsocket', socket, '--dir', dir, '--save', ''];
    // A busy disk makes Redis put off its writing otherwise, and a kill then loses what it has answered.
    const kept = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'];
    server = spawn(binary, [...settings, ...kept], { stdio: 'ignore' });
    while ((await ping(socket)) !== 'pong') await sleep(10);
  };
  const client = (): Redis => {
    const one = new Redis({
      path: socket,
      maxRetriesPerRequest: null,
      disableClientInfo: true,
      retryStrategy: () => 50,
    });
    one.on('error', () => {});
    clients.push(one);
    return one;
  };
  await start();
  onTestFinished(async () => {
    for (const one of clients) one.disconnect();
    await kill();
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  });
  return { socket, client, prefix: () => 't', kill, start };
}
