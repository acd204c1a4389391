/** The writes queue, and this process's writer once somebody needs one. */
import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import type { DevinTarget } from '../devin/target.ts';
import type { Logger } from '../lib/log.ts';
import { once } from '../lib/once.ts';
import type { Releasers } from '../lib/releasers.ts';
import { startWriter, type Writer, type WriterOptions } from '../queue/worker.ts';
import { openWriteQueue, type WriteQueue } from '../queue/writes.ts';
import { openStore } from '../state/redis/open-store.ts';
import type { StateRoom } from './state-room.ts';

export interface WriteRoom {
  readonly queue: WriteQueue;
  /** The queue, with a writer at work in this process. */
  withWriter(observe?: WriterOptions['observe']): Promise<WriteQueue>;
  /** Writes with another key from now on: those that were stopped because of the key before go on. */
  tryAgain(): Promise<void>;
  /** Ends the writer, if there is one; the queue stays. */
  stop(): Promise<void>;
}

export function openWriteRoom(
  state: StateRoom,
  target: DevinTarget,
  releasers: Releasers,
  log: Logger,
  { devin: { seatWords }, limits: { shutdownMs } }: Pick<Config, 'devin' | 'limits'>,
): WriteRoom {
  const { connections, store, pace, scimPace } = state;
  const { prefix, producer, worker } = connections;
  const queue = openWriteQueue({ connection: producer, prefix, store, gate: pace });
  releasers.add('the writes queue', () => queue.close());
  let writer: Writer | null = null;
  const stop = async (): Promise<void> => writer?.close();
  const start = once(async (observe?: WriterOptions['observe']) => {
    // A writer waits while Redis is away instead of losing an outcome, so its store is on the patient connection.
    const patient = await openStore(worker, prefix, Date.now());
    writer = startWriter({
      connection: worker,
      prefix,
      store: patient,
      target,
      pace,
      actor: `devin-idp-sync on ${hostname()}`,
      onError: (error) => log.error({ err: error }, 'writer'),
      alert: (text) => log.error(text),
      seatWords,
      closeMs: shutdownMs,
      ...(scimPace === null ? {} : { scimPace }),
      ...(observe === undefined ? {} : { observe }),
    });
    releasers.add('the writer', stop);
  });
  return {
    queue,
    withWriter: async (observe) => {
      await start(observe);
      return queue;
    },
    tryAgain: async () => writer?.tryAgain(),
    stop,
  };
}
