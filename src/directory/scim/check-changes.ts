/** Whether `incremental` can work with this provider, as far as harmless questions tell. */
import type * as z from 'zod';
import { errorText, SourceReadError } from '../../lib/errors.ts';
import type { Finding } from '../../lib/reading.ts';
import { newTally } from '../pages.ts';
import { type Place, plain } from '../read-error.ts';
import type { Desk, Terms } from './intake.ts';
import { pageOf, readTotal } from './lists.ts';
import { scimGroup, scimUser } from './schema.ts';
import { changedSince, DoubtError, stampOf } from './stamps.ts';

const WHAT = 'SCIM changes';
const DAY_MS = 24 * 3_600_000;
const PROMISES = 'that a change of its members touches a group shows in no answer (docs/setup-sources.md)';

export async function checkChanges(desk: Desk, terms: Terms, signal: AbortSignal): Promise<Finding> {
  const wanted = desk.options.incremental !== 'never';
  try {
    if (terms.doubt !== null) throw new DoubtError(terms.doubt);
    if (terms.clock === null) throw new DoubtError('the provider sends no Date');
    const tried = [
      await tryFilter(desk, { path: '/Users', schema: scimUser }, terms.clock, signal),
      await tryFilter(desk, { path: '/Groups', schema: scimGroup }, terms.clock, signal),
    ];
    if (!tried.includes(true)) throw new DoubtError('there is nobody to try it with');
    const words = `the provider filters by meta.lastModified and counts; ${PROMISES}`;
    if (wanted) return { level: 'ok', what: WHAT, detail: words };
    return { level: 'advice', what: WHAT, detail: `incremental: lastModified would save calls: ${words}` };
  } catch (error) {
    const words = error instanceof SourceReadError ? error.message : plain(errorText(error));
    const [reason = ''] = words.split('. The read was ended', 1);
    const detail = `everything is read each turn: ${reason}`;
    if (!wanted) return { level: 'ok', what: WHAT, detail };
    return { level: 'warn', what: WHAT, detail: `${detail}. Take incremental out` };
  }
}

interface Kind<Schema> {
  readonly path: '/Users' | '/Groups';
  readonly schema: Schema;
}

/** The first of the list must be found a minute before its change, and nobody in the future. @returns false where there is none. */
async function tryFilter<Schema extends z.ZodType<{ id: string }>>(
  desk: Desk,
  { path, schema }: Kind<Schema>,
  clock: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { client } = desk;
  const tally = newTally(WHAT);
  async function ask(query: Readonly<Record<string, string>>, count: string) {
    const attributes = path === '/Users' ? 'id,meta' : 'id,displayName,meta';
    const text = new URLSearchParams({ attributes, ...query, startIndex: '1', count });
    const place: Place = { what: WHAT, page: null, url: client.url(`${path}?${text}`) };
    return pageOf(await client.get({ place, tally, signal }), place, schema);
  }
  const total = await readTotal(client, { what: WHAT, path, query: { attributes: 'id' }, tally, signal });
  if (total === null) throw new DoubtError(`the provider does not count ${path}`);
  const [first] = (await ask({}, '2')).items;
  if (first === undefined) return false;
  const at = stampOf(first);
  const since = Math.floor(at / 1000) * 1000 - 60_000;
  const found = await ask({ filter: changedSince(since) }, '20');
  if ((found.total ?? 0) === 0 || found.items.some((item) => stampOf(item) < since - 1000))
    throw new DoubtError(`a filter by meta.lastModified does not find what changed in ${path}`);
  const future = await ask({ filter: changedSince(Math.max(clock, at) + DAY_MS) }, '2');
  if (future.total !== 0)
    throw new DoubtError(`a filter by meta.lastModified in the future finds something in ${path}`);
  return true;
}
