/** Redis, ours or theirs, with the store and the gate on it: one code path for both. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Logger } from '../lib/log.ts';
import { ensureBinary } from '../lib/provision.ts';
import type { Releasers } from '../lib/releasers.ts';
import { type Gate, openGate } from '../queue/gate.ts';
import { connectRedis, type RedisConnections } from '../state/connect.ts';
import { REDIS_SERVER, startEmbeddedRedis } from '../state/embedded-redis.ts';
import { preflight } from '../state/preflight.ts';
import { openStore } from '../state/redis/open-store.ts';
import type { Store } from '../state/store.ts';
import type { AppOptions } from './app-options.ts';

export interface StateRoom {
  readonly connections: RedisConnections;
  readonly store: Store;
  readonly pace: Gate;
  /** Of Devin's SCIM service; null where there is none. */
  readonly scimPace: Gate | null;
  /** Socket of the private server; null where the configuration names a Redis. */
  readonly socket: string | null;
}

const FRESH_STORE_ADVICE =
  'all writes but deactivations and resyncs of one person are paused until a plan is approved or the pause is lifted. ' +
  'If this is not a new installation, restore the backup of Redis first';

/** Says since when this folder has been in use. */
const WITNESS = 'created';

const CLIENT_NAME = 'devin-idp-sync';

export async function openState(
  config: Config,
  options: AppOptions,
  releasers: Releasers,
  log: Logger,
): Promise<StateRoom> {
  const isNew = !hasOwnRedis(config) && isUntouched(config.stateDir);
  const socket = hasOwnRedis(config) ? null : await startPrivate(config, options, releasers, log);
  const place = { redis: config.redis, name: CLIENT_NAME, ...(socket === null ? {} : { socket }) };
  await preflight(place);
  const connections = connectRedis({
    ...place,
    onError: (error) => log.warn({ err: error }, 'Redis connection'),
  });
  releasers.add('Redis connections', () => connections.close());
  const store = await openStore(connections.producer, config.redis.prefix, Date.now(), {
    pauseIfFresh: !isNew,
  });
  if (!hasOwnRedis(config)) await leaveWitness(config.stateDir);
  if (store.fresh && !isNew) log.error(`Redis held nothing of ours: ${FRESH_STORE_ADVICE}`);
  const pace = openGate({
    connection: connections.worker,
    prefix: config.redis.prefix,
    maxPerSecond: config.limits.devin.maxPerSecond,
  });
  const { scim } = config.devin;
  const scimPace =
    scim === undefined
      ? null
      : openGate({
          connection: connections.worker,
          prefix: config.redis.prefix,
          maxPerSecond: scim.maxPerSecond,
          budget: 'scim',
        });
  return { connections, store, pace, scimPace, socket };
}

/** Here nothing can have been lost: no private server ever ran, and none was removed. */
function isUntouched(stateDir: string): boolean {
  return !existsSync(join(stateDir, 'redis')) && !existsSync(join(stateDir, WITNESS));
}

/** Stays when somebody deletes the folder of the private server. */
async function leaveWitness(stateDir: string): Promise<void> {
  const path = join(stateDir, WITNESS);
  if (!existsSync(path)) await writeFile(path, `${new Date().toISOString()}\n`, { mode: 0o600 });
}

function hasOwnRedis({ redis }: Config): boolean {
  return redis.url !== undefined || redis.sentinel !== undefined || redis.cluster !== undefined;
}

async function startPrivate(
  config: Config,
  { io, install }: AppOptions,
  releasers: Releasers,
  log: Logger,
): Promise<string> {
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  const binary = () =>
    ensureBinary({
      ...REDIS_SERVER,
      install,
      announce: io.note,
      ...(io.ask === null
        ? {}
        : { ask: (question: string) => (io.ask as NonNullable<typeof io.ask>).confirm(question) }),
    });
  const server = await startEmbeddedRedis({
    stateDir: config.stateDir,
    binary,
    onTrouble: (message) => log.error(message),
  });
  releasers.add('the private Redis', () => server.release());
  return server.socket;
}
