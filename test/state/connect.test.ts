import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { ConfigError } from '../../src/lib/errors.ts';
import { connectRedis, type RedisConnections } from '../../src/state/connect.ts';
import { type RedisOptions, redisOptions, stateOptions } from '../../src/state/options.ts';
import { inspectRedis, preflight } from '../../src/state/preflight.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { selfSigned } from '../helpers/certificate.ts';
import { operation, plan } from '../lib/plan-builder.ts';
import { file, freePort, listening } from '../lib/redis-server.ts';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function place(redis: Partial<RedisOptions>): { redis: RedisOptions; name: string } {
  return { redis: redisOptions.parse(redis), name: 'test' };
}

function connected(redis: Partial<RedisOptions>): RedisConnections {
  const connections = connectRedis(place(redis));
  closing.push(() => connections.close());
  return connections;
}

test('a server that keeps keys and writes a file is fit', async () => {
  const port = await listening('--appendonly', 'yes', '--maxmemory-policy', 'noeviction');
  const findings = await preflight(place({ url: `redis://127.0.0.1:${port}` }));
  expect(findings.map(({ level, what }) => `${what}: ${level}`)).toEqual([
    'Redis version: ok',
    'Redis eviction: ok',
    'Redis persistence: ok',
  ]);
});

test('a server that may evict keys is refused, one without a file is warned about', async () => {
  const port = await listening('--maxmemory-policy', 'allkeys-lru');
  const where = place({ url: `redis://127.0.0.1:${port}` });
  await expect(preflight(where)).rejects.toThrow(
    /may throw keys away when memory is short \(maxmemory-policy allkeys-lru\).*set maxmemory-policy to noeviction/,
  );
  const findings = await inspectRedis(where);
  expect(findings.map(({ level }) => level)).toEqual(['ok', 'fail', 'warn']);
});

test('a server that is nearly full is warned about before nothing can be written any more', async () => {
  const port = await listening('--maxmemory', '32mb', '--maxmemory-policy', 'noeviction');
  const where = place({ url: `redis://127.0.0.1:${port}` });
  const memory = async () => (await inspectRedis(where)).filter(({ what }) => what === 'Redis memory');
  expect(await memory()).toMatchObject([
    { level: 'ok', detail: expect.stringMatching(/uses \d+ % of 32 MB$/) },
  ]);
  await connected({ url: `redis://127.0.0.1:${port}` }).producer.setrange('large', 25 * 1024 * 1024, 'x');
  expect(await memory()).toMatchObject([
    { level: 'warn', detail: expect.stringContaining('raise maxmemory') },
  ]);
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
  const port = await listening('--requirepass', 'opensesame', '--appendonly', 'yes');
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

/** The store and a queue of BullMQ do what they are for. */
async function expectWork(where: Partial<RedisOptions>): Promise<void> {
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
}

test('a Redis Cluster holds the store and the queues like a single server', async () => {
  const port = await listening('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1');
  const single = connected({ url: `redis://127.0.0.1:${port}` });
  await single.producer.cluster('ADDSLOTSRANGE', 0, 16_383);
  while (!String(await single.producer.cluster('INFO')).includes('cluster_state:ok'))
    await new Promise((resolve) => setTimeout(resolve, 10));
  const where = { cluster: [`127.0.0.1:${port}`] };
  await preflight(place(where));
  await expectWork(where);
});

test('TLS: a server with a certificate of its own is refused, and trusted with redis.tls.ca, which it asks back for', async () => {
  const { certificate, key } = selfSigned();
  const [cert, secret] = [await file('cert.pem', certificate), await file('key.pem', key)];
  const tls = ['--tls-cert-file', cert, '--tls-key-file', secret, '--tls-ca-cert-file', cert];
  const plain = await freePort();
  await listening('--port', '0', '--tls-port', `${plain}`, ...tls, '--appendonly', 'yes');
  const url = `rediss://127.0.0.1:${plain}`;
  await expect(preflight(place({ url }))).rejects.toThrow('a TLS connection that we cannot trust or speak');
  const trusting = { ca: certificate, serverName: 'test' };
  await expect(preflight(place({ url, tls: trusting }))).rejects.toThrow(/certificate|cannot be used/);
  const own = { url, tls: { ...trusting, cert: certificate, key } };
  expect((await preflight(place(own))).map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
  expect(await connected(own).producer.ping()).toBe('PONG');
});

test('a Cluster of two nodes over TLS is found through either of them, with a certificate on both sides', async () => {
  const { certificate, key } = selfSigned();
  const [cert, secret] = [await file('cert.pem', certificate), await file('key.pem', key)];
  const secured = ['--tls-cert-file', cert, '--tls-key-file', secret, '--tls-ca-cert-file', cert];
  const clustered = [
    '--cluster-enabled',
    'yes',
    '--cluster-announce-ip',
    '127.0.0.1',
    '--tls-cluster',
    'yes',
  ];
  const ports = await Promise.all(
    [1, 2].map(async () => {
      const port = await freePort();
      await listening(
        '--port',
        '0',
        '--tls-port',
        `${port}`,
        ...secured,
        ...clustered,
        '--appendonly',
        'yes',
      );
      return port;
    }),
  );
  const tls = { ca: certificate, cert: certificate, key, serverName: 'test' };
  const [first, second] = ports.map(
    (port) => connected({ url: `rediss://127.0.0.1:${port}`, tls }).producer,
  ) as [Redis, Redis];
  await first.cluster('ADDSLOTSRANGE', 0, 8191);
  await second.cluster('ADDSLOTSRANGE', 8192, 16_383);
  await first.cluster('MEET', '127.0.0.1', ports[1] as number);
  for (const node of [first, second])
    while (!/cluster_state:ok.*cluster_known_nodes:2/s.test(String(await node.cluster('INFO'))))
      await new Promise((resolve) => setTimeout(resolve, 10));
  // Whatever node keeps the slot of our keys, one of these two is the other one.
  for (const port of ports) {
    const where = { cluster: [`127.0.0.1:${port}`], tls, prefix: `over-${port}` };
    await preflight(place(where));
    await expectWork(where);
  }
});

test('an ACL user who may use our keys only, and no command of an administrator, runs the store and the queues', async () => {
  const rights = 'on >opensesame ~{t}:* &{t}:* +@all -@admin -@dangerous +info';
  const acl = await file('users.acl', `user default off\nuser sync ${rights}\n`);
  const port = await listening('--aclfile', acl, '--appendonly', 'yes');
  const where = { url: `redis://127.0.0.1:${port}`, username: 'sync', password: 'opensesame', prefix: 't' };
  await preflight(place(where));
  await expectWork(where);
});

test('a replica is no place for state', async () => {
  const master = await listening();
  const url = `redis://127.0.0.1:${await listening('--replicaof', '127.0.0.1', `${master}`)}`;
  await expect(preflight(place({ url }))).rejects.toThrow(
    `is a replica of 127.0.0.1:${master} and takes no writes`,
  );
});

test('behind Sentinel the master is found by its name', async () => {
  const port = await listening('--appendonly', 'yes', '--requirepass', 'opensesame');
  const settings = `sentinel monitor sync 127.0.0.1 ${port} 1\nsentinel auth-pass sync opensesame\nrequirepass watcher\n`;
  const config = await file('sentinel.conf', settings);
  const watcher = await listening(config, '--sentinel');
  const sentinel = { name: 'sync', nodes: [`127.0.0.1:${watcher}`], password: 'watcher' };
  await preflight(place({ sentinel, password: 'opensesame' }));
  await expectWork({ sentinel, password: 'opensesame' });
  const unknown = preflight(place({ sentinel: { ...sentinel, name: 'other' }, password: 'opensesame' }));
  await expect(unknown).rejects.toThrow(`Redis at other behind the sentinels 127.0.0.1:${watcher}`);
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
