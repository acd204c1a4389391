/** Reads one list of the API to its end, or says which page of what failed. */
import type { z } from 'zod';
import type { ReadReport } from '../core/model/directory.ts';
import { SourceReadError, TargetError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { DevinClient } from './client.ts';
import { firstIssue, PAGE_SIZE, pageOf } from './schema.ts';

export interface ListSpec<Item> {
  /** In words, e.g. `Devin users`. */
  readonly what: string;
  readonly item: z.ZodType<Item>;
  readonly idOf: (item: Item) => string;
  /** The whole path of the page after `cursor`; null: of the first one. */
  readonly pathAfter: (cursor: string | null) => string;
}

export interface WholeList<Item> {
  /** Each id once; rows that moved between two pages keep their later reading. */
  readonly items: readonly Item[];
  readonly report: ReadReport;
}

/** @throws SourceReadError naming the page, the path and what to do; the signal's reason when aborted. */
export async function readList<Item>(
  client: DevinClient,
  list: ListSpec<Item>,
  context: ReadContext,
): Promise<WholeList<Item>> {
  const items = new Map<string, Item>();
  const cursors = new Set<string>();
  const page = pageOf(list.item);
  let calls = 0;
  let cursor: string | null = null;
  for (let pages = 1; ; pages++) {
    const place = placeOf(list, pages, cursor);
    const reading = await asSourceError(place, context.signal, () =>
      client.get(list.pathAfter(cursor), context.signal),
    );
    calls += reading.calls;
    const parsed = page.safeParse(reading.json);
    if (!parsed.success) throw odd(place, firstIssue(parsed.error), parsed.error);
    for (const item of parsed.data.items) items.set(list.idOf(item), item);
    context.onProgress({ what: list.what, done: items.size, total: parsed.data.total ?? null });
    cursor = nextCursor(parsed.data, place);
    if (cursor === null) {
      return {
        items: [...items.values()],
        report: { what: list.what, pages, items: items.size, calls },
      };
    }
    if (cursors.has(cursor)) throw odd(place, 'it points to a page that was read before');
    cursors.add(cursor);
  }
}

/** Gives a failed call the page it happened on, so that the words say what is incomplete. */
export async function asSourceError<T>(
  place: string,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (!(error instanceof TargetError))
      throw new SourceReadError(`${place} could not be read.`, { cause: error });
    // The words of the TargetError are in the message; its own cause is what they leave out.
    const cause = error.cause === undefined ? {} : { cause: error.cause };
    throw new SourceReadError(`${place} could not be read. ${error.message}`, {
      ...cause,
      status: error.status,
    });
  }
}

interface PageEnd {
  readonly items: readonly unknown[];
  readonly end_cursor?: string | null | undefined;
  readonly has_next_page?: boolean | null | undefined;
}

/**
 * Either sign ends a list, as for the vendor's own client. But a full page that announces another one and
 * gives no cursor would be a company cut short.
 */
function nextCursor(page: PageEnd, place: string): string | null {
  if (page.has_next_page !== true) return null;
  if (page.end_cursor) return page.end_cursor;
  if (page.items.length >= PAGE_SIZE) throw odd(place, 'it announces another page but gives no end_cursor');
  return null;
}

function placeOf(
  list: Pick<ListSpec<unknown>, 'what' | 'pathAfter'>,
  page: number,
  cursor: string | null,
): string {
  return `Page ${page} of ${list.what} (${list.pathAfter(cursor).split('?', 1)[0]})`;
}

function odd(place: string, why: string, cause?: unknown): SourceReadError {
  const advice =
    'Check that devin.url and devin.prefix lead to the API of Devin; if they do, tell its support';
  return new SourceReadError(`${place} is not as the API promises: ${why}. ${advice}.`, { cause });
}
