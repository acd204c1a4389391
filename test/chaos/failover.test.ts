/** A replica takes the place of the master while work is under way. */
import { connect, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../src/state/connect.ts';
import { type RedisOptions, redisOptions } from '../../src/state/options.ts';
import type { PrivateRedis } from '../lib/private-redis.ts';
import { file, freePort, listening, type RedisServer, redisServer } from '../lib/redis-server.ts';
import { addToOrg, type Desk, desk, email, invite, planOf, until, writesOf } from '../queue/writing.ts';

// A replica gets its copy at once.
const KEPT = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--repl-diskless-sync-delay', '0'];
const forever = new AbortController().signal;

interface Pair {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** For commands of an administrator. */
  at(server: RedisServer): Redis;
}

/** A master and a replica that has caught up with it. */
async function pair(): Promise<Pair> {
  const master = await redisServer(...KEPT);
  const replica = await redisServer(...KEPT, '--replicaof', '127.0.0.1', `${master.port}`);
  const at = ({ port }: RedisServer): Redis => {
    const client = new Redis({ port, host: '127.0.0.1', disableClientInfo: true });
    client.on('error', () => {});
    onTestFinished(() => client.disconnect());
    return client;
  };
  const asked = at(replica);
  await until(async () => (await asked.info('replication')).includes('master_link_status:up'));
  return { master, replica, at };
}

/** Connections of the daemon. */
function daemonRedis(redis: Partial<RedisOptions>): PrivateRedis {
  const client = (): Redis => {
    const connections = connectRedis({ redis: redisOptions.parse(redis), name: 'test' });
    onTestFinished(() => connections.close());
    return connections.worker;
  };
  return { socket: '', client, prefix: () => 't' };
}

/** One address that leads to one server after another; connections that stand stay where they are. */
async function address(first: number): Promise<{ port: number; leadTo(port: number): void }> {
  let to = first;
  const sockets = new Set<Socket>();
  const front = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const one of [near, far]) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => front.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const one of sockets) one.destroy();
    front.close();
  });
  const leadTo = (next: number): void => {
    to = next;
  };
  return { port, leadTo };
}

/** A plan under way of which `reached` effects have happened. */
async function underWay(redis: PrivateRedis, reached: number): Promise<Desk> {
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const users = Array.from({ length: 120 }, (_, n) => at.devin.state.addUser({ email: email(`p${n}`) }));
  const parts = users.map((user, n) => addToOrg({ who: `p${n}`, user: user.id, org }));
  at.devin.faults.add({ method: 'POST', times: Number.POSITIVE_INFINITY, action: { kind: 'delay', ms: 10 } });
  at.writer({ concurrency: 3, locks: { lockMs: 10_000, stalledMs: 1000, maxStalled: 5 } });
  await at.queue.submit(planOf('P', invite(['ada', 'bob']), ...parts));
  await until(() => at.devin.state.effects.length >= reached);
  return at;
}

async function expectWhole(at: Desk): Promise<void> {
  expect(await at.queue.settled('P', { signal: forever })).toMatchObject({ done: 121, failed: 0 });
  expect(at.devin.state.effects).toHaveLength(122);
  expect(writesOf(at.devin).filter(({ status }) => status >= 400)).toEqual([]);
}

test('behind one address: a master that becomes a replica and keeps its connections is left for the new one', async () => {
  const { master, replica, at: admin } = await pair();
  const { port, leadTo } = await address(master.port);
  const at = await underWay(daemonRedis({ url: `redis://127.0.0.1:${port}` }), 40);
  // As a managed service does it: nothing is lost, and nobody is disconnected.
  await admin(master).call('CLIENT', 'PAUSE', '100000', 'WRITE');
  const offset = async (server: RedisServer) =>
    /(?:slave|master)_repl_offset:(\d+)/.exec(await admin(server).info('replication'))?.[1];
  await until(async () => (await offset(master)) === (await offset(replica)));
  await admin(replica).replicaof('NO', 'ONE');
  leadTo(replica.port);
  await admin(master).replicaof('127.0.0.1', replica.port);
  await admin(master).call('CLIENT', 'UNPAUSE');
  await expectWhole(at);
});

test('behind Sentinel: the master dies, a replica takes its place, and each write is made once', async () => {
  const { master, replica, at: admin } = await pair();
  const settings = [
    `sentinel monitor sync 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds sync 500',
    'sentinel failover-timeout sync 2000',
  ];
  const watcher = await listening(await file('sentinel.conf', `${settings.join('\n')}\n`), '--sentinel');
  const sentinel = { name: 'sync', nodes: [`127.0.0.1:${watcher}`] };
  const at = await underWay(daemonRedis({ sentinel }), 40);
  await master.kill();
  await expectWhole(at);
  expect(await admin(replica).info('replication')).toContain('role:master');
});
