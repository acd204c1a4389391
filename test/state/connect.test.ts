import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { afterEach, expect, test } from 'vitest';
import { ConfigError } from '../../src/lib/errors.ts';
import { connectRedis, type RedisConnections } from '../../src/state/connect.ts';
import { type RedisOptions, redisOptions, stateOptions } from '../../src/state/options.ts';
import { inspectRedis, preflight } from '../../src/state/preflight.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { operation, plan } from '../lib/plan-builder.ts';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A redis-server on a port of its own, with these settings. */
async function server(...settings: string[]): Promise<number> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'redis-connect-'));
  const child: ChildProcess = spawn('redis-server', [
    ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
    ...settings,
  ]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  closing.push(async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  });
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (text) => /Ready to accept/.test(String(text)) && resolve());
  });
  return port;
}

/** A Cluster needs the port 10,000 above as well, so high ones will not do. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port: given } = probe.address() as { port: number };
        probe.close(() => resolve(given));
      });
    });
    if (port < 55_000) return port;
  }
}

function place(redis: Partial<RedisOptions>): { redis: RedisOptions; name: string } {
  return { redis: redisOptions.parse(redis), name: 'test' };
}

function connected(redis: Partial<RedisOptions>): RedisConnections {
  const connections = connectRedis(place(redis));
  closing.push(() => connections.close());
  return connections;
}

test('a server that keeps keys and writes a file is fit', async () => {
  const port = await server('--appendonly', 'yes', '--maxmemory-policy', 'noeviction');
  const findings = await preflight(place({ url: `redis://127.0.0.1:${port}` }));
  expect(findings.map(({ level, what }) => `${what}: ${level}`)).toEqual([
    'Redis version: ok',
    'Redis eviction: ok',
    'Redis persistence: ok',
  ]);
});

test('a server that may evict keys is refused, one without a file is warned about', async () => {
  const port = await server('--maxmemory-policy', 'allkeys-lru');
  const where = place({ url: `redis://127.0.0.1:${port}` });
  await expect(preflight(where)).rejects.toThrow(
    /may throw keys away when memory is short \(maxmemory-policy allkeys-lru\).*set maxmemory-policy to noeviction/,
  );
  const findings = await inspectRedis(where);
  expect(findings.map(({ level }) => level)).toEqual(['ok', 'fail', 'warn']);
});

test('nobody at the address is an error that says so, and never shows the password', async () => {
  const port = await freePort();
  const attempt = preflight(place({ url: `redis://admin:hunter2@127.0.0.1:${port}` }));
  await expect(attempt).rejects.toBeInstanceOf(ConfigError);
  await expect(attempt).rejects.toThrow(
    `Redis at redis://127.0.0.1:${port} does not answer: nothing listens there`,
  );
  await expect(attempt).rejects.not.toThrow('hunter2');
  const socket = preflight(place({ url: 'unix:///nowhere/redis.sock' }));
  await expect(socket).rejects.toThrow('nothing listens there');
});

test('a wrong password is told apart, and the right one is taken from the url or from its own key', async () => {
  const port = await server('--requirepass', 'opensesame', '--appendonly', 'yes');
  const url = `redis://127.0.0.1:${port}`;
  await expect(preflight(place({ url }))).rejects.toThrow('refuses our credentials');
  await expect(preflight(place({ url, password: 'wrong' }))).rejects.toThrow('refuses our credentials');
  await preflight(place({ url, password: 'opensesame' }));
  await preflight(place({ url: `redis://:opensesame@127.0.0.1:${port}` }));
});

test('a server that is gone fails a request of a person within seconds', async () => {
  const { producer } = connected({ url: `redis://127.0.0.1:${await freePort()}` });
  await expect(producer.ping()).rejects.toThrow(/max retries/i);
});

test('a Redis Cluster holds the store and the queues like a single server', async () => {
  const port = await server('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1');
  const single = connected({ url: `redis://127.0.0.1:${port}` });
  await single.producer.cluster('ADDSLOTSRANGE', 0, 16_383);
  while (!String(await single.producer.cluster('INFO')).includes('cluster_state:ok'))
    await new Promise((resolve) => setTimeout(resolve, 10));
  const where = { cluster: [`127.0.0.1:${port}`] };
  await preflight(place(where));
  const { producer, worker, prefix } = connected(where);
  const store = await openStore(worker, prefix, Date.now());
  const one = plan('P', [operation({ key: 'op', kind: 'invite' })]);
  await store.plans.put(one);
  await store.writes.submit({ planId: 'P', scope: 'all', total: 1, submittedAt: Date.now() });
  expect((await store.writes.open()).map(({ planId }) => planId)).toEqual(['P']);
  expect(await store.plans.get('P')).toEqual(one);
  const seen: unknown[] = [];
  const jobs = new Worker('jobs', async ({ data }) => seen.push(data), {
    connection: worker,
    prefix: `{${prefix}}`,
  });
  closing.push(() => jobs.close());
  const queue = new Queue('jobs', { connection: producer, prefix: `{${prefix}}` });
  await queue.add('job', { x: 1 }, { priority: 1 });
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(seen).toEqual([{ x: 1 }]);
});

test.each([
  [{ url: 'http://redis:6379' }, /redis:\/\/host:6379/],
  [{ url: 'redis://a', cluster: ['b:6379'] }, /only one of url, sentinel and cluster/],
  [{ prefix: 'a{b}' }, /letters, digits, dots/],
  [{ cluster: ['b:6379:x'] }, /host:port/],
  [{ uri: 'redis://a' }, /uri/],
])('%j is refused with what is allowed', (redis, message) => {
  const parsed = stateOptions.safeParse({ redis });
  expect(JSON.stringify(parsed.error?.issues)).toMatch(message);
});

test('nothing configured is a private server under the usual prefix', () => {
  expect(stateOptions.parse({})).toEqual({ redis: { prefix: 'devin-idp-sync' } });
});
