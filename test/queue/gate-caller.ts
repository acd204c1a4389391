/** A replica: passes the gate so many times and tells its parent when, on Redis's clock. */
import { Redis } from 'ioredis';
import { openGate } from '../../src/queue/gate.ts';

const [socket = '', prefix = '', count = ''] = process.argv.slice(2);
const client = new Redis({ path: socket, disableClientInfo: true });
const gate = openGate({ connection: client, prefix, maxPerSecond: 20, pacingMs: 0 });
const times: number[] = [];
for (let call = 0; call < Number(count); call++) {
  await gate.acquire(new AbortController().signal);
  const [seconds, micros] = await client.time();
  times.push(Number(seconds) * 1000 + Number(micros) / 1000);
}
process.send?.(times);
client.disconnect();
process.disconnect();
