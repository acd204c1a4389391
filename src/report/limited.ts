/** How much of a long section a terminal or a comment shows. */
import type { Block } from './document.ts';
import { count } from './text.ts';

/** Lines, rows or requests that a section shows before it says how many more there are. */
export const DEFAULT_LIMIT = 20;

/** Spends one section's limit block by block, in order. */
export class Allowance {
  #left: number;

  constructor(limit: number) {
    this.#left = limit;
  }

  take<T>(things: Iterable<T>): readonly T[] {
    const taken = [...Iterator.from(things).take(this.#left)];
    this.#left -= taken.length;
    return taken;
  }
}

/** What a block says in place of what it does not show; null when it shows everything. */
export function moreThan(shown: number, block: Exclude<Block, { type: 'commands' }>): string | null {
  const all = block.type === 'table' ? block.rows.length : block.count;
  if (all === shown) return null;
  const rest = shown === 0 ? `${count(all)} not shown` : `and ${count(all - shown)} more`;
  return `… ${rest}; the html and json formats list all`;
}
