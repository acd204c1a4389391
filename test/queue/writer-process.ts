/** A replica that writes until it is killed. `slow`: after a lost answer it waits long before it looks. */
import { Redis } from 'ioredis';
import { openGate } from '../../src/queue/gate.ts';
import { startWriter } from '../../src/queue/worker.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { IMPATIENT, restTarget, STEADY } from './timing.ts';

const [path = '', prefix = '', url = '', key = '', mood = ''] = process.argv.slice(2);
const connection = new Redis({ path, maxRetriesPerRequest: null, disableClientInfo: true });
const store = await openStore(connection, prefix, Date.now());
const pace = openGate({ connection, prefix, maxPerSecond: 500 });
const target = restTarget(url, key, pace);
const patience = mood === 'slow' ? { ...IMPATIENT, looks: [60_000] } : IMPATIENT;
const settings = { actor: 'replica', locks: STEADY, patience, concurrency: 3 };
startWriter({ connection, prefix, store, target, pace, ...settings });
process.send?.('writing');
