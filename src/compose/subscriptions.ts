/** Subscriptions at Graph, kept alive by one replica at a time, where the configuration asks for it. */
import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { EntraOptions } from '../directory/entra/options.ts';
import { errorText } from '../lib/errors.ts';
import { keyspace } from '../lib/keyspace.ts';
import type { Logger } from '../lib/log.ts';
import { script } from '../lib/redis-script.ts';
import type { Generation } from './generation.ts';
import type { Rooms } from './rooms.ts';
import type { StateRoom } from './state-room.ts';

const EVERY_MS = 6 * 3_600_000;
/** After a look that failed, or that another replica kept from happening; that long, too, does one that ended keep the others from looking. */
const AGAIN_MS = 5 * 60_000;
const CALLS_MS = 2 * 60_000;

/** A look that took longer than the lock must not end that of the next. */
const unlock = script(
  'idpUnlockSubscriptions',
  `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`,
);

export interface SubscriptionDeps {
  readonly rooms: Pick<Rooms, 'subscriptions' | 'releasers'>;
  readonly state: Pick<StateRoom, 'connections'>;
  readonly log: Logger;
  readonly current: () => Pick<Generation, 'config'>;
}

export interface Subscriptions {
  /** Looks now: Graph says that one ends. */
  look(): void;
}

/** Begins once the receiver listens, because Graph tries the address before it takes a subscription. */
export function keepSubscriptions({ rooms, state, log, current }: SubscriptionDeps): Subscriptions {
  const { producer, prefix } = state.connections;
  const lock = keyspace(prefix)('hooks', 'subscriptions');
  let turn: Promise<void> = Promise.resolve();
  /** false: another replica is at it, and what it looked at may be older than what this one has heard. */
  const keep = async (): Promise<boolean> => {
    const { config } = current();
    const hook = config.server.hooks.entra;
    const { publicUrl } = config.server;
    if (hook?.subscribe !== true || publicUrl === null) return true;
    const own = randomUUID();
    if ((await producer.set(lock, own, 'PX', AGAIN_MS, 'NX')) !== 'OK') return false;
    const wanted = {
      receiver: `${publicUrl.replace(/\/+$/, '')}/hooks/graph`,
      clientState: hook.clientState,
    };
    try {
      for (const options of entraIn(config)) {
        const keeper = await rooms.subscriptions(options);
        const { made, renewed } = await keeper(wanted, AbortSignal.timeout(CALLS_MS));
        if (made.length + renewed.length > 0) log.info({ made, renewed }, 'Graph subscriptions');
      }
      return true;
    } finally {
      // Graph may say at any moment that one has ended, and then a look must not wait.
      await unlock(producer, [lock], [own]);
    }
  };
  let again: NodeJS.Timeout | undefined;
  const later = () => {
    again = setTimeout(look, AGAIN_MS).unref();
  };
  const look = () => {
    clearTimeout(again);
    turn = turn
      .then(keep)
      .then((kept) => {
        if (!kept) later();
      })
      .catch((error) => {
        log.error({ reason: errorText(error) }, 'Graph subscriptions');
        later();
      });
  };
  look();
  const timer = setInterval(look, EVERY_MS).unref();
  rooms.releasers.add('the subscriptions', async () => {
    clearInterval(timer);
    await turn;
    clearTimeout(again);
  });
  return { look };
}

function entraIn({ directory }: Config): EntraOptions[] {
  const sources = directory.kind === 'several' ? directory.sources : [directory];
  return sources.flatMap((source) => (source.kind === 'entra' ? [source.options] : []));
}
