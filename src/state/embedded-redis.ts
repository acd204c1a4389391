/**
 * The Redis of an installation that has none: a private server on a unix socket in the state folder. Processes
 * on the same folder share it; the last one to leave stops it. A killed owner leaves it running, with its data,
 * and the next start adopts it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { ConfigError } from '../lib/errors.ts';
import type { BinaryNeed } from '../lib/provision.ts';
import { DISCONNECT_TIMEOUT_MS } from './connect.ts';
import { withProcessLock } from './process-lock.ts';
import { gone, ping, type RedisPlace, redisPlace, startServer } from './redis-process.ts';

/** What to ask `ensureBinary` for. */
export const REDIS_SERVER: Pick<BinaryNeed, 'names' | 'packages' | 'purpose'> = {
  names: ['redis-server', 'valkey-server'],
  packages: {
    'apt-get': ['redis-server'],
    dnf: ['valkey'],
    apk: ['valkey'],
    pacman: ['valkey'],
    zypper: ['redis'],
    brew: ['redis'],
  },
  purpose: 'keep state and queues (no redis.url is configured)',
};

export interface EmbeddedRedis {
  readonly socket: string;
  /** True when it ran already. */
  readonly adopted: boolean;
  /** Stops the server unless another process still uses it. */
  release(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly stateDir: string;
  /** Path of redis-server or valkey-server; asked for only when one must be started. */
  readonly binary: () => Promise<string>;
  /** The server died under us and was started again, or could not be. */
  readonly onTrouble?: (message: string) => void;
}

const LOCK_TIMEOUT_MS = 90_000;
const REVIVE_DELAY_MS = 500;

/** Each process keeps one connection of this name open for as long as it uses the server. */
const OWNER = 'devin-idp-sync-owner';

export async function startEmbeddedRedis(options: EmbeddedOptions): Promise<EmbeddedRedis> {
  const place = await redisPlace(options.stateDir);
  const guarded = <T>(body: () => Promise<T>): Promise<T> =>
    withProcessLock(join(place.dir, 'start.lock'), LOCK_TIMEOUT_MS, body);
  const { adopted, owner } = await guarded(async () => {
    const ran = await ensureRunning(place, options.binary);
    return { adopted: ran, owner: await joinOwners(place.socket) };
  });
  const stopReviving = reviveOnLoss(
    owner,
    () => guarded(() => ensureRunning(place, options.binary)),
    options,
  );
  let released: Promise<void> | null = null;
  const release = async (): Promise<void> => {
    await stopReviving();
    await guarded(() => leaveOwners(owner, place.socket));
  };
  return { socket: place.socket, adopted, release: () => (released ??= release()) };
}

/** True when it ran already. */
async function ensureRunning(place: RedisPlace, binary: () => Promise<string>): Promise<boolean> {
  for (let waited = 0; waited < LOCK_TIMEOUT_MS; waited += 1000) {
    const answer = await ping(place.socket);
    if (answer === 'pong') return true;
    if (answer === 'none') {
      // Somebody may just have ended it by a signal; see `gone`.
      await sleep(existsSync(place.socket) ? 100 : 0);
      await startServer(await binary(), place);
      return false;
    }
    await sleep(1000);
  }
  throw new ConfigError([
    `the private Redis at ${place.socket} runs but does not answer; see its log in ${place.dir}`,
  ]);
}

async function joinOwners(socket: string): Promise<Redis> {
  const owner = new Redis({
    path: socket,
    connectionName: OWNER,
    disableClientInfo: true,
    maxRetriesPerRequest: 1,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    // A SHUTDOWN must never be repeated to the next server on this socket.
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => REVIVE_DELAY_MS,
  });
  owner.on('error', () => {});
  // Named before the lock is given back, or a process that leaves just now would not count us.
  await owner.client('SETNAME', OWNER);
  return owner;
}

async function leaveOwners(owner: Redis, socket: string): Promise<void> {
  try {
    if ((await otherOwners(owner)) === 0) {
      // The server closes the connection instead of answering.
      void owner.shutdown().catch(() => {});
      await gone(socket);
    }
  } catch {
    // It does not answer any more, so there is nothing left to stop.
  } finally {
    owner.disconnect();
  }
}

async function otherOwners(owner: Redis): Promise<number> {
  const me = String(await owner.client('ID'));
  const clients = String(await owner.client('LIST')).split('\n');
  return clients.filter((line) => line.includes(` name=${OWNER} `) && !line.startsWith(`id=${me} `)).length;
}

/** Starts the server again when it dies while in use; BullMQ and the store reconnect by themselves. */
function reviveOnLoss(
  owner: Redis,
  revive: () => Promise<boolean>,
  { onTrouble }: EmbeddedOptions,
): () => Promise<void> {
  const stop = new AbortController();
  let underWay: Promise<void> | null = null;
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        if (!(await revive())) onTrouble?.('the private Redis ended unexpectedly and was started again');
        return;
      } catch (error) {
        onTrouble?.(`the private Redis ended unexpectedly: ${(error as Error).message}`);
      }
      await sleep(REVIVE_DELAY_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  };
  const onClose = (): void => {
    underWay ??= loop().finally(() => {
      underWay = null;
    });
  };
  owner.on('close', onClose);
  return async () => {
    stop.abort();
    owner.off('close', onClose);
    await underWay;
  };
}
