/** Lists of the v2 API, which counts rows instead of giving cursors. */
import type { z } from 'zod';
import type { ReadReport } from '../../core/model/directory.ts';
import { SourceReadError } from '../../lib/errors.ts';
import type { ReadContext } from '../../lib/reading.ts';
import type { DevinClient } from '../client.ts';
import { asSourceError } from '../pages.ts';
import { firstIssue } from '../schema.ts';
import { PAGE_SIZE, pageOf } from './schema.ts';

export interface V2List<Item> {
  readonly what: string;
  readonly item: z.ZodType<Item>;
  readonly idOf: (item: Item) => string;
  readonly pathFrom: (query: Readonly<Record<string, string>>) => string;
}

export interface WholeV2List<Item> {
  readonly items: readonly Item[];
  readonly report: ReadReport;
}

/**
 * A row that goes while pages are read moves all after it one place up, past the next page: the count of the last
 * page tells. @throws SourceReadError naming the page and what to do; the signal's reason when aborted.
 */
export async function readV2List<Item>(
  client: DevinClient,
  list: V2List<Item>,
  context: ReadContext,
): Promise<WholeV2List<Item>> {
  const items = new Map<string, Item>();
  let calls = 0;
  let skip = 0;
  for (let page = 1; ; page++) {
    const path = list.pathFrom({ skip: String(skip), limit: String(PAGE_SIZE) });
    const place = `Page ${page} of ${list.what} (${path.split('?', 1)[0]})`;
    const reading = await asSourceError(place, context.signal, () => client.get(path, context.signal));
    calls += reading.calls;
    const parsed = pageOf(list.item).safeParse(reading.json);
    if (!parsed.success) throw odd(place, firstIssue(parsed.error));
    const { items: rows, has_more: more, total } = parsed.data;
    for (const row of rows) items.set(list.idOf(row), row);
    skip += rows.length;
    context.onProgress({ what: list.what, done: items.size, total: total ?? null });
    if (more === true && rows.length === 0) throw odd(place, 'it is empty, but announces another page');
    if (more === true) continue;
    if (total != null && items.size < total)
      throw odd(place, `the list has ${total} rows, and ${items.size} were read: it changed meanwhile`);
    return { items: [...items.values()], report: { what: list.what, pages: page, items: items.size, calls } };
  }
}

function odd(place: string, why: string): SourceReadError {
  return new SourceReadError(
    `${place} is not as the API promises: ${why}. Run again; if it stays so, check that devin.url leads to the API of Devin.`,
  );
}
