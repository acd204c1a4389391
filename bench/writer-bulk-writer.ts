/** The writer of a bulk apply, alone in its process; it says what it holds whenever it is asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Redis } from 'ioredis';
import { openGate } from '../src/queue/gate.ts';
import { startWriter } from '../src/queue/worker.ts';
import { openStore } from '../src/state/redis/open-store.ts';
import { devinTarget } from './sources.ts';
import type { Replica } from './writer-replica.ts';
import type { Held } from './writer-run.ts';

const { socket, prefix, perSecond, devin } = JSON.parse(process.argv[2] as string) as Replica;
const connection = new Redis({ path: socket, maxRetriesPerRequest: null });
const store = await openStore(connection, prefix, Date.now());
const pace = openGate({ connection, prefix, maxPerSecond: perSecond });
const target = devinTarget({ devin }, pace);
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
startWriter({ connection, prefix, store, target, pace, actor: 'bench', concurrency: 8 });

process.on('message', (ask: 'look' | 'collect') => {
  // A collection of our own making is no block of the writer.
  const blockMs = delay.max / 1e6;
  if (ask === 'collect') globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ rss, heapUsed, blockMs } satisfies Held);
  if (ask === 'collect') setTimeout(() => delay.reset(), 50);
});
process.on('disconnect', () => process.exit());
process.send?.('writing');
