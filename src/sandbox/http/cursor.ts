/** Opaque page cursors. A cursor names the last item's key, so that paging survives changes between two pages. */

export function encodeCursor(kind: string, key: string): string {
  return Buffer.from(`${kind}\n${key}`).toString('base64url');
}

/** The key; null when the cursor is not one of this kind. */
export function decodeCursor(kind: string, cursor: string): string | null {
  const [found, ...key] = Buffer.from(cursor, 'base64url').toString('utf8').split('\n');
  return found === kind && key.length > 0 ? key.join('\n') : null;
}

export interface SliceOf<T> {
  readonly items: Iterable<T>;
  readonly keyOf: (item: T) => string;
  /** Leaves items out; asked only until the page is full. */
  readonly keep?: (item: T) => boolean;
  readonly descending?: boolean;
}

export interface Slice<T> {
  readonly items: readonly T[];
  /** Key of the last item when more follow; null on the last page. */
  readonly last: string | null;
}

/** The next `size` items after `after` in the order of their keys. */
export function sliceAfter<T>(list: SliceOf<T>, after: string | null, size: number): Slice<T> {
  const { keyOf, keep = () => true } = list;
  const sign = list.descending === true ? -1 : 1;
  const ordered = [...list.items].sort((a, b) => sign * compare(keyOf(a), keyOf(b)));
  const items: T[] = [];
  for (const item of ordered) {
    if (after !== null && sign * compare(keyOf(item), after) <= 0) continue;
    if (!keep(item)) continue;
    if (items.length === size) return { items, last: keyOf(items.at(-1) as T) };
    items.push(item);
  }
  return { items, last: null };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
