/** Connections to Redis with the settings that queues need. */
import type { ConnectionOptions } from 'node:tls';
import { type RedisOptions as AnyOptions, Cluster, type ClusterOptions, Redis } from 'ioredis';
import { errorText } from '../lib/errors.ts';
import type { RedisOptions } from './options.ts';

export interface RedisConnections {
  readonly prefix: string;
  /** For requests of people: a command fails within seconds while Redis is away. */
  readonly producer: Redis;
  /** For workers: a command waits until Redis is back, so that no outcome is lost. */
  readonly worker: Redis;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly redis: RedisOptions;
  /** Socket of the private server; it wins over everything in `redis`. */
  readonly socket?: string;
  /** Shown in CLIENT LIST. */
  readonly name: string;
  /** Lost connections and the like; the clients reconnect by themselves. */
  readonly onError?: (error: Error) => void;
}

/** The reply mapping chooses between overloads of the client's types; we keep the default one. */
type ClientOptions = Omit<AnyOptions, 'replyMapping'>;

const CONNECT_TIMEOUT_MS = 5000;

/** ioredis waits so long for the other side to hang up, also where it has done so already; a command must not end later for it. */
export const DISCONNECT_TIMEOUT_MS = 50;

/** Longest wait of a person for one command of a Redis that hangs. */
const COMMAND_TIMEOUT_MS = 5000;

/** Opens both connections; `preflight` has said before whether the server is fit. */
export function connectRedis(options: ConnectOptions): RedisConnections {
  const producer = openClient(options, {
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy,
  });
  const worker = openClient(options, { maxRetriesPerRequest: null, retryStrategy });
  return {
    prefix: options.redis.prefix,
    producer,
    worker,
    close: async () => {
      await Promise.all([quit(producer), quit(worker)]);
    },
  };
}

/** One connection that tries once, for a look; `connect()` it and read `lastError` when that fails. */
export function openOnce(options: ConnectOptions): { client: Redis; lastError: () => string | null } {
  let last: string | null = null;
  const client = openClient(
    { ...options, onError: (error) => (last = errorText(error)) },
    {
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
    },
  );
  return { client, lastError: () => last };
}

/** Where it connects to, without credentials: for messages. */
export function describeRedis(options: Pick<ConnectOptions, 'redis' | 'socket'>): string {
  const { redis, socket } = options;
  if (socket !== undefined) return socket;
  if (redis.sentinel) return `${redis.sentinel.name} behind the sentinels ${redis.sentinel.nodes.join(', ')}`;
  if (redis.cluster) return `the cluster ${redis.cluster.join(', ')}`;
  const url = redis.url ?? 'redis://127.0.0.1:6379';
  return url.replace(/^(\w+:\/\/)[^@/]*@/, '$1');
}

function retryStrategy(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), 2000);
}

function openClient(options: ConnectOptions, settings: ClientOptions): Redis {
  const { redis, socket } = options;
  const base: ClientOptions = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    connectionName: options.name,
    disableClientInfo: true,
    reconnectOnError: isReplica,
    ...credentials(redis),
    ...(redis.tls === undefined ? {} : { tls: tlsOf(redis.tls) }),
    ...settings,
  };
  const client =
    redis.cluster && socket === undefined ? openCluster(redis.cluster, base) : openSingle(options, base);
  client.on('error', options.onError ?? (() => {}));
  return client;
}

/**
 * After a failover behind one address, such as a managed service has, the old master may go on as a replica and keep
 * its connections; the address leads to the new one. What was refused is an error to whoever asked: sent again from
 * here, a command of a transaction would run outside of it. Scripts of older servers wrap the word.
 */
function isReplica({ message }: Error): boolean {
  return /\bREADONLY\b/.test(message);
}

function openSingle({ redis, socket }: ConnectOptions, base: ClientOptions): Redis {
  if (socket !== undefined) return new Redis({ ...base, path: socket });
  if (redis.sentinel)
    return new Redis({
      ...base,
      name: redis.sentinel.name,
      ...(redis.sentinel.password === undefined ? {} : { sentinelPassword: redis.sentinel.password }),
      // Whoever tries a master once tries the sentinels once.
      ...(base.retryStrategy?.(1) === null ? { sentinelRetryStrategy: () => null } : {}),
      ...(base.tls === undefined ? {} : { sentinelTLS: base.tls, enableTLSForSentinelMode: true }),
      sentinels: redis.sentinel.nodes.map((node) => hostAndPort(node, 26_379)),
    });
  const url = redis.url ?? 'redis://127.0.0.1:6379';
  const path = /^(?:unix:\/\/)?(\/.*)$/.exec(url)?.[1];
  return path === undefined ? new Redis(url, base) : new Redis({ ...base, path });
}

/** A Cluster has the commands of a single server as long as all keys share the hash tag of our keyspace. */
function openCluster(nodes: readonly string[], base: ClientOptions): Redis {
  const { retryStrategy: retry, lazyConnect, ...redisOptions } = base;
  const options: Omit<ClusterOptions, 'replyMapping' | 'redisOptions'> & { redisOptions: ClientOptions } = {
    redisOptions,
    ...(lazyConnect ? { lazyConnect } : {}),
    clusterRetryStrategy: (times) => retry?.(times) ?? null,
  };
  const seeds = nodes.map((node) => hostAndPort(node, 6379));
  return new Cluster(seeds, options) as unknown as Redis;
}

function tlsOf({ serverName, ...certificates }: NonNullable<RedisOptions['tls']>): ConnectionOptions {
  return { ...certificates, ...(serverName === undefined ? {} : { servername: serverName }) };
}

function credentials(redis: RedisOptions): ClientOptions {
  return {
    ...(redis.username === undefined ? {} : { username: redis.username }),
    ...(redis.password === undefined ? {} : { password: redis.password }),
  };
}

function hostAndPort(address: string, port: number): { host: string; port: number } {
  const [host = '', given] = address.split(':');
  return { host, port: given === undefined ? port : Number(given) };
}

/** QUIT waits for commands that are under way; a server that is gone must not delay the end. */
async function quit(client: Redis): Promise<void> {
  if (client.status === 'ready') await client.quit().catch(() => {});
  client.disconnect();
}
