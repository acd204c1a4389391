/** Opaque page cursors. A cursor names the last item's key, so that paging survives changes between two pages. */

export function encodeCursor(kind: string, key: string): string {
  return Buffer.from(`${kind}\n${key}`).toString('base64url');
}

/** The key; null when the cursor is not one of this kind. */
export function decodeCursor(kind: string, cursor: string): string | null {
  const [found, ...key] = Buffer.from(cursor, 'base64url').toString('utf8').split('\n');
  return found === kind && key.length > 0 ? key.join('\n') : null;
}

export interface Slice<T> {
  readonly items: readonly T[];
  /** Key of the last item when more follow; null on the last page. */
  readonly last: string | null;
  readonly total: number;
}

/** The next `size` items after `after` in the order of their keys. */
export function sliceAfter<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  after: string | null,
  size: number,
  descending = false,
): Slice<T> {
  const sign = descending ? -1 : 1;
  const keyed = Array.from(items, (item) => ({ item, key: keyOf(item) }));
  keyed.sort((a, b) => sign * compare(a.key, b.key));
  const rest = after === null ? keyed : keyed.filter(({ key }) => sign * compare(key, after) > 0);
  const page = rest.slice(0, size);
  return {
    items: page.map(({ item }) => item),
    last: rest.length > size ? (page.at(-1)?.key ?? null) : null,
    total: keyed.length,
  };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
