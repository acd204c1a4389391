/** Follows Okta's System Log from where the last reading left it. */
import { withinOrigin } from '../../lib/origin.ts';
import type { Tally } from '../pages.ts';
import { OddAnswerError, oddAnswer, type Place } from '../read-error.ts';
import type { OktaClient } from './client.ts';
import { type Dirty, nobodyDirty, noteDirty } from './events.ts';
import { pageOf } from './lists.ts';
import { oktaEvent } from './schema.ts';

/** Lists and log lag behind writes; whatever changed this long before the last look is looked at again. */
export const OVERLAP_MS = 5 * 60 * 1000;

const LOG_PATH = '/api/v1/logs';
const PAGE_SIZE = 1000;
/** A burst of more is cheaper to read from the lists than from the log. */
const MAX_PAGES = 10;
const WANTED = 'eventType sw "user.lifecycle." or eventType sw "user.account." or eventType sw "group."';

/** Without an end, so that Okta answers in the order in which events were stored and leaves none out. */
export function logFrom(client: OktaClient, since: number): string {
  const query = new URLSearchParams({
    since: new Date(since).toISOString(),
    sortOrder: 'ASCENDING',
    limit: String(PAGE_SIZE),
    filter: WANTED,
  });
  return client.url(`${LOG_PATH}?${query}`);
}

export interface LogRead {
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/**
 * The log always links to a next page, so an empty one is its end for now.
 * @returns whom the new events are about, and where to go on the next time.
 * @throws OddAnswerError when it cannot be followed from there, or has more to tell than it is worth.
 */
export async function followLog(
  client: OktaClient,
  from: string,
  read: LogRead,
): Promise<{ readonly dirty: Dirty; readonly next: string }> {
  const dirty = nobodyDirty();
  let url = from;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const place: Place = { what: 'Okta System Log', page, url };
    if (withinOrigin(url, client.origin) === null)
      throw oddAnswer(place, 'the link to go on leads to another host; it was not followed');
    const { items, next } = pageOf(await client.get({ place, ...read }), place, oktaEvent);
    read.tally.pages++;
    read.tally.items += items.length;
    if (next === null) throw oddAnswer(place, 'the log ended without a link to go on from');
    noteDirty(dirty, items);
    url = next;
    if (items.length === 0) return { dirty, next: url };
  }
  throw new OddAnswerError(`the Okta System Log has more than ${MAX_PAGES} pages of new events`);
}
