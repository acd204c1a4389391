/** A replica that starts a run and never ends it. */
import { Redis } from 'ioredis';
import { openRunQueue } from '../../src/queue/runs.ts';

const [path = '', prefix = ''] = process.argv.slice(2);
const connection = (): Redis => new Redis({ path, maxRetriesPerRequest: null, disableClientInfo: true });
const queue = openRunQueue({
  connections: { prefix, producer: connection(), worker: connection() },
  intervalMs: 3_600_000,
  jitter: 0,
  locks: { lockMs: 1000, stalledMs: 500, maxStalled: 5 },
  handler: ({ id }) => {
    process.send?.(id);
    return new Promise(() => {});
  },
});
await queue.start();
