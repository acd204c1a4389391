/** A replica that writes until it is killed; `bug` breaks one promise of the writer, to see that the oracle notices. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { TargetError } from '../../src/lib/errors.ts';
import { unpaced } from '../../src/lib/pace.ts';
import { openGate } from '../../src/queue/gate.ts';
import { startWriter, type WriterOptions } from '../../src/queue/worker.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { IMPATIENT, restTarget } from '../queue/timing.ts';
import type { Bug, WriterArguments } from './world.ts';

const { socket, prefix, url, key, perSecond, bug } = JSON.parse(process.argv[2] ?? '') as WriterArguments;
const connection = new Redis({
  path: socket,
  maxRetriesPerRequest: null,
  disableClientInfo: true,
  retryStrategy: () => 50,
});
connection.on('error', () => {});
const store = await openStore(connection, prefix, Date.now());
const pace = openGate({ connection, prefix, maxPerSecond: perSecond });
const target = restTarget(url, key, pace);
// Shorter than Redis is away in one test, longer than the machine stands still.
const locks = { lockMs: 4000, stalledMs: 500, maxStalled: 10 };
const patience = { ...IMPATIENT, looks: [0, 50, 200], repeats: [20, 50, 100, 200, 400, 800] };
const whole: WriterOptions = { connection, prefix, store, target, pace, actor: 'chaos', locks, patience };
const tries = { attempts: 20, backoffMs: 20 };
const writer = startWriter({ ...planted(whole, bug), concurrency: 4, tries, onError: () => {} });
process.once('SIGTERM', () => void writer.close().then(() => process.exit(0)));
process.send?.('writing');

function planted(options: WriterOptions, what: Bug | null): WriterOptions {
  switch (what) {
    case 'skip-journal':
      return { ...options, store: { ...store, writes: { ...store.writes, intend: async () => true } } };
    case 'ignore-limiter':
      return { ...options, pace: unpaced };
    case 'drop-error':
      return { ...options, target: { ...target, apply: dropErrors } };
    case 'reuse-job-id':
      oneJobIdForAll();
      return options;
    case 'resend-after-unknown':
      return { ...options, target: { ...target, readBack: blind } };
    case null:
      return options;
  }
}

type Target = WriterOptions['target'];

async function dropErrors(...call: Parameters<Target['apply']>): ReturnType<Target['apply']> {
  try {
    return await target.apply(...call);
  } catch (error) {
    if (error instanceof TargetError && call[0].kind === 'add-to-org') return { users: {}, orgId: null };
    throw error;
  }
}

async function blind(...call: Parameters<Target['readBack']>): ReturnType<Target['readBack']> {
  return call[0].kind === 'add-to-org' ? { state: 'not-done' } : target.readBack(...call);
}

function oneJobIdForAll(): void {
  const { addBulk } = Queue.prototype;
  Queue.prototype.addBulk = function (this: Queue, jobs) {
    return addBulk.call(
      this,
      jobs.map((job) => ({ ...job, opts: { ...job.opts, jobId: 'same' } })),
    );
  };
}
