/** Seeded random numbers: the same seed gives the same company on every machine. */

export interface Random {
  /** 0 ≤ x < 1. */
  next(): number;
  chance(probability: number): boolean;
  /** 0 ≤ i < length. */
  index(length: number): number;
  pick<T>(items: readonly T[]): T;
}

/** Mulberry32: 32 bits of state are plenty for a fictional company. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
  const index = (length: number) => Math.floor(next() * length);
  return {
    next,
    chance: (probability) => next() < probability,
    index,
    pick: <T>(items: readonly T[]) => items[index(items.length)] as T,
  };
}
