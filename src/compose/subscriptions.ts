/** Subscriptions at Graph, kept alive by one replica at a time, where the configuration asks for it. */
import type { Config } from '../config/config.ts';
import type { EntraOptions } from '../directory/entra/options.ts';
import { errorText } from '../lib/errors.ts';
import { keyspace } from '../lib/keyspace.ts';
import type { Logger } from '../lib/log.ts';
import type { Generation } from './generation.ts';
import type { Rooms } from './rooms.ts';
import type { StateRoom } from './state-room.ts';

const EVERY_MS = 6 * 3_600_000;
/** After a look that failed; also as long as a replica that ended in between keeps the others from looking. */
const AGAIN_MS = 5 * 60_000;
const CALLS_MS = 2 * 60_000;

export interface SubscriptionDeps {
  readonly rooms: Rooms;
  readonly state: StateRoom;
  readonly log: Logger;
  readonly current: () => Generation;
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
  const keep = async (): Promise<void> => {
    const { config } = current();
    const hook = config.server.hooks.entra;
    const { publicUrl } = config.server;
    if (hook?.subscribe !== true || publicUrl === null) return;
    if ((await producer.set(lock, '1', 'PX', AGAIN_MS, 'NX')) !== 'OK') return;
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
    } finally {
      // Graph may say at any moment that one has ended, and then a look must not wait.
      await producer.del(lock);
    }
  };
  let again: NodeJS.Timeout | undefined;
  const look = () => {
    clearTimeout(again);
    turn = turn.then(keep).catch((error) => {
      log.error({ reason: errorText(error) }, 'Graph subscriptions');
      again = setTimeout(look, AGAIN_MS).unref();
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
