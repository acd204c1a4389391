/** One page of a list. */

export interface ListPage<T> {
  readonly total: number;
  readonly page: number;
  readonly pages: number;
  readonly items: readonly T[];
}

/** @param page from 1; one past the end is the last. */
export function pageOf<T>(all: readonly T[], page: number, size: number): ListPage<T> {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const at = Math.min(Math.max(1, page), pages);
  return { total: all.length, page: at, pages, items: all.slice((at - 1) * size, at * size) };
}
