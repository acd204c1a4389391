/** Lists of resources: pages by index (RFC 7644 section 3.4.2.4) and by cursor (RFC 9865). */
import { LIST_URN } from '../../lib/scim/discovery.ts';
import { bad } from '../../lib/scim/fault.ts';
import type { ScimModel } from '../../lib/scim/model.ts';
import type { ScimObject, ScimPage, ScimResource, ScimType } from '../../lib/scim/store.ts';
import { type Sieve, sieveOf } from './candidates.ts';
import type { ListQuery } from './query.ts';
import { type Room, represent } from './room.ts';

const AT_ONCE = 1000;

/** Resources that are looked at for one page by index; 50,000 take about a second. */
export const MOST_SCANNED = 100_000;

/** Resources looked at for one page by cursor; then it ends, shorter than asked for. */
const MOST_LOOKED_AT = 20_000;

interface Found {
  readonly resources: readonly ScimResource[];
  /** null: not known, which RFC 9865 allows in pages by cursor. */
  readonly total: number | null;
  /** Of the next page; null: this was the last one. */
  readonly next: string | null;
}

/** @param models one type, or both where the root is asked @throws ScimFault */
export async function listResources(
  room: Room,
  models: readonly ScimModel[],
  query: ListQuery,
): Promise<ScimObject> {
  const { filter } = query;
  const sieves = models.map((model) => (filter === null ? all(model) : sieveOf(room, model, filter, models)));
  const found =
    query.cursor === null ? await byIndex(room, sieves, query) : await byCursor(room, sieves, query);
  const shown: ScimObject[] = [];
  for (const model of models) {
    const some = found.resources.filter(({ type }) => type === model.type);
    shown.push(...(await represent(room, model, some, query.projection)));
  }
  return {
    schemas: [LIST_URN],
    ...(found.total === null ? {} : { totalResults: found.total }),
    ...(query.cursor === null ? { startIndex: query.startIndex } : {}),
    itemsPerPage: shown.length,
    ...(found.next === null ? {} : { nextCursor: found.next }),
    Resources: shown,
  };
}

/** No filter: everything passes. */
function all(model: ScimModel): Sieve & { readonly open: true } {
  return { model, open: true, candidates: () => null, passes: async () => true };
}

function isOpen(sieve: Sieve): boolean {
  return 'open' in sieve;
}

async function byIndex(
  room: Room,
  sieves: readonly Sieve[],
  { startIndex, count }: ListQuery,
): Promise<Found> {
  const resources: ScimResource[] = [];
  let total = 0;
  for (const sieve of sieves) {
    const skip = Math.max(0, startIndex - 1 - total);
    const part = await slice(room, sieve, skip, count - resources.length);
    total += part.total;
    resources.push(...part.resources);
  }
  return { resources, total, next: null };
}

interface Slice {
  readonly resources: readonly ScimResource[];
  readonly total: number;
}

async function slice(room: Room, sieve: Sieve, skip: number, limit: number): Promise<Slice> {
  const { model } = sieve;
  if (isOpen(sieve)) {
    const page = await pageOf(room, model.type, { limit: Math.max(1, limit), offset: skip });
    return { resources: limit === 0 ? [] : page.resources, total: page.total };
  }
  const resources: ScimResource[] = [];
  let total = 0;
  for await (const some of batches(room, sieve)) {
    for (const resource of some) {
      if (!(await sieve.passes(resource))) continue;
      if (total >= skip && resources.length < limit) resources.push(resource);
      total += 1;
    }
  }
  return { resources, total };
}

async function* batches(room: Room, sieve: Sieve): AsyncGenerator<readonly ScimResource[]> {
  const candidates = sieve.candidates();
  if (candidates !== null) {
    yield await candidates;
    return;
  }
  let after: string | undefined;
  for (;;) {
    const page = await pageOf(room, sieve.model.type, {
      limit: AT_ONCE,
      ...(after === undefined ? {} : { after }),
    });
    if (page.total > MOST_SCANNED) throw tooManyToScan(sieve.model, page.total);
    yield page.resources;
    if (page.next === null) return;
    after = page.next;
  }
}

/** Never a shorter list: a client would take it for all there is. */
function tooManyToScan({ type }: ScimModel, total: number) {
  return bad(
    'tooMany',
    `No index answers this filter, and ${total} resources of type ${type} are more than the ${MOST_SCANNED} that are looked at for one answer. Filter by id, userName, externalId, emails.value, the displayName or the members of groups, or ask for pages by cursor.`,
  );
}

/** A cursor names the type and the place in its list; the store knows whether it gave it. */
async function byCursor(room: Room, sieves: readonly Sieve[], query: ListQuery): Promise<Found> {
  const start = startOf(sieves, query.cursor ?? '');
  const few = query.cursor === '' ? await fewOf(sieves) : null;
  if (few !== null && few.length <= query.count) return { resources: few, total: few.length, next: null };
  const resources: ScimResource[] = [];
  let looked = 0;
  let next: string | null = null;
  let { after } = start;
  for (let at = start.at; at < sieves.length; at += 1) {
    const sieve = sieves[at] as Sieve;
    do {
      // No page ends within a page of the store: its cursor is the only one there is.
      const limit = Math.max(1, query.count - resources.length);
      const page = await pageOf(room, sieve.model.type, { limit, ...(after === undefined ? {} : { after }) });
      for (const each of page.resources) if (await sieve.passes(each)) resources.push(each);
      looked += page.resources.length;
      after = page.next ?? undefined;
      next = cursorOf(sieves, at, page.next);
    } while (after !== undefined && resources.length < query.count && looked < MOST_LOOKED_AT);
    if (next === null || resources.length >= query.count || after !== undefined) break;
  }
  const total = await totalOf(room, sieves);
  if (query.count === 0) return { resources: [], total, next: null };
  return { resources, total, next };
}

/** What passes, where indexes name the candidates of every type; null: all have to be looked at. */
async function fewOf(sieves: readonly Sieve[]): Promise<readonly ScimResource[] | null> {
  const few: ScimResource[] = [];
  for (const sieve of sieves) {
    const candidates = sieve.candidates();
    if (candidates === null) return null;
    for (const each of await candidates) if (await sieve.passes(each)) few.push(each);
  }
  return few;
}

async function totalOf(room: Room, sieves: readonly Sieve[]): Promise<number | null> {
  if (!sieves.every(isOpen)) return null;
  let total = 0;
  for (const { model } of sieves) total += (await pageOf(room, model.type, { limit: 1 })).total;
  return total;
}

function cursorOf(sieves: readonly Sieve[], at: number, next: string | null): string | null {
  if (next !== null) return encoded((sieves[at] as Sieve).model.type, next);
  const following = sieves[at + 1];
  return following === undefined ? null : encoded(following.model.type, '');
}

function encoded(type: ScimType, after: string): string {
  return Buffer.from(`${type}:${after}`).toString('base64url');
}

function startOf(sieves: readonly Sieve[], cursor: string): { at: number; after: string | undefined } {
  if (cursor === '') return { at: 0, after: undefined };
  const [type, after = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(':');
  const at = sieves.findIndex(({ model }) => model.type === type);
  if (at === -1 || encoded(type as ScimType, after) !== cursor) throw badCursor();
  return { at, after: after === '' ? undefined : after };
}

async function pageOf(
  room: Room,
  type: ScimType,
  listing: Parameters<Room['store']['list']>[1],
): Promise<ScimPage> {
  const page = await room.store.list(type, listing);
  if (page === null) throw badCursor();
  return page;
}

function badCursor() {
  return bad('invalidCursor', 'This cursor was not given out here.');
}
