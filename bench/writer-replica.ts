/** One more replica of the writer; it is killed when enough was seen. */
import { Redis } from 'ioredis';
import { openGate } from '../src/queue/gate.ts';
import { startWriter } from '../src/queue/worker.ts';
import { openStore } from '../src/state/redis/open-store.ts';
import type { FakesReady } from './fakes.ts';
import { devinTarget } from './sources.ts';

export interface Replica {
  readonly socket: string;
  readonly prefix: string;
  readonly perSecond: number;
  readonly devin: FakesReady['devin'];
}

const { socket, prefix, perSecond, devin } = JSON.parse(process.argv[2] as string) as Replica;
const connection = new Redis({ path: socket, maxRetriesPerRequest: null });
const store = await openStore(connection, prefix, Date.now());
const pace = openGate({ connection, prefix, maxPerSecond: perSecond });
const target = devinTarget({ devin }, pace);
startWriter({ connection, prefix, store, target, pace, actor: 'bench' });
process.on('disconnect', () => process.exit());
process.send?.('writing');
