/** Reads one directory from fakes in another process, packs the reading as the store does, and prints what it took. */
import { packSnapshot, unpackSnapshot } from '../src/state/redis/snapshot-bytes.ts';
import type { FakesReady } from './fakes.ts';
import { entraSource, oktaSource, reading } from './sources.ts';

/** `full` is of the reading alone; `peakMb` is of everything, with the packing. */
export interface LargeRead {
  readonly people: number;
  readonly groups: number;
  readonly edges: number;
  readonly seconds: number;
  readonly readMb: number;
  readonly packedMb: number;
  readonly peakMb: number;
}

const [of, ready] = process.argv.slice(2) as ['okta' | 'graph', string];
const fakes = JSON.parse(ready) as FakesReady;
const source = of === 'okta' ? oktaSource(fakes) : entraSource(fakes);
const peakMb = (): number => process.resourceUsage().maxRSS / 1024;

const started = performance.now();
const snapshot = await source.read({ kind: 'all' }, reading());
const seconds = (performance.now() - started) / 1000;
const readMb = peakMb();
const packed = await packSnapshot(snapshot);
const back = await unpackSnapshot(packed);
if (back.edgeCount !== snapshot.edgeCount)
  throw new Error('the stored reading differs from the one that was read');
const result: LargeRead = {
  people: snapshot.personCount,
  groups: snapshot.groupCount,
  edges: snapshot.edgeCount,
  seconds,
  readMb,
  packedMb: packed.length / 2 ** 20,
  peakMb: peakMb(),
};
console.log(JSON.stringify(result));
process.exit();
