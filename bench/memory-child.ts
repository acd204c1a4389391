/** Loads and saves a ledger with every role of a company in it, and prints what that took. */
import type { LedgerPerson } from '../src/core/model/memory.ts';
import { openStore } from '../src/state/redis/open-store.ts';
import { cpuSeconds } from './cpu.ts';
import type { MemoryRun } from './memory-run.ts';
import { startPrivateRedis } from './private-redis.ts';
import { SIZES, type SizeName, shapeOf } from './shape.ts';
import { buildHave, TENANTS } from './tenant.ts';

const CHANGED = 100;

const [size, runs] = process.argv.slice(2) as [SizeName, string];
const { memory } = buildHave(shapeOf(SIZES[size]), true);
const { client, close } = await startPrivateRedis();
const store = (await openStore(client, 'bench', Date.now())).memory;
await store.save({ ...memory, people: [] }, memory);

async function plainly(): Promise<number> {
  let rows = 0;
  for (let cursor = '0'; ; ) {
    const [next, entries] = await client.hscan('{bench}:ledger:people', cursor, 'COUNT', 1000);
    for (let at = 1; at < entries.length; at += 2) {
      JSON.parse(entries[at] as string);
      rows++;
    }
    if (next === '0') return rows;
    cursor = next;
  }
}

/** Everybody's first hundred got a new address. */
function changed(people: readonly LedgerPerson[], turn: number): LedgerPerson[] {
  return people.map((row, at) => (at < CHANGED ? { ...row, email: `new-${turn}-${at}@corp.example` } : row));
}

const run = { people: memory.people.length, load: [], plain: [], save: [] } as {
  -readonly [Name in keyof MemoryRun]: MemoryRun[Name] extends number ? number : number[];
};
for (let turn = 0; turn < Number(runs); turn++) {
  let taken = cpuSeconds();
  const rows = await plainly();
  run.plain.push(taken());
  taken = cpuSeconds();
  const loaded = await store.load(TENANTS);
  run.load.push(taken());
  if (loaded.people.length !== run.people || rows < run.people)
    throw new Error(`${loaded.people.length} and ${rows} rows of ${run.people}`);
  const after = { ...loaded, people: changed(loaded.people, turn) };
  taken = cpuSeconds();
  await store.save(loaded, after);
  run.save.push(taken());
}
await close();
console.log(JSON.stringify(run));
process.exit();
