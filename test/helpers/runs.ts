/** How often a property is tried, and from which seed: `npm run test:properties` tries more often and says the seed. */

/** The day it was written: the same worlds every time, until somebody looks further with `FC_SEED`. */
const SEED = 20261122;

/** @param usual few enough for every day; the long run sets `FC_RUNS`. */
export function runs(usual: number): { readonly numRuns: number; readonly seed: number } {
  return {
    numRuns: Number(process.env.FC_RUNS ?? usual),
    seed: Number(process.env.FC_SEED ?? SEED),
  };
}
