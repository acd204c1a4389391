/** How long the rest of a reading will take, judged by how fast it has gone so far. */
import type { ReadProgress } from './reading.ts';

/** Below this nothing is said: the first page says little about the others. */
const LEAST_MS = 1000;

/** @param clock epoch ms. Seconds that are left of what each call names; null while nobody can say. */
export function etaMeter(clock: () => number): (progress: ReadProgress) => number | null {
  const starts = new Map<string, { readonly at: number; readonly done: number }>();
  return ({ what, done, total }) => {
    const now = clock();
    const start = starts.get(what);
    if (start === undefined || done < start.done) {
      starts.set(what, { at: now, done });
      return null;
    }
    const [items, ms] = [done - start.done, now - start.at];
    if (total === null || total <= done || items === 0 || ms < LEAST_MS) return null;
    return Math.ceil(((total - done) / items) * (ms / 1000));
  };
}
