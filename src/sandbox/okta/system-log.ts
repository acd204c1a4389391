/** The System Log, told from the changes of the company: asked without an end, it always links to what comes next. */
import type { CompanyChange } from '../company/directory.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import type { OktaContext } from './context.ts';
import { oktaRefusal } from './errors.ts';
import { compileFilter, EVENT_FILTER } from './filter.ts';
import { checkQuery, limitOf } from './paging.ts';

const MAX_EVENTS = 1000;
const USUAL_EVENTS = 100;
const CURSOR = 'events';

const TYPES: Readonly<Record<CompanyChange['kind'], readonly [string, 'User' | 'UserGroup']>> = {
  person: ['user.account.update_profile', 'User'],
  'person-deleted': ['user.lifecycle.delete.completed', 'User'],
  group: ['group.profile.update', 'UserGroup'],
  membership: ['group.user_membership.add', 'UserGroup'],
  'group-deleted': ['group.lifecycle.delete', 'UserGroup'],
};

export function listEvents(context: OktaContext, _params: unknown, exchange: Exchange): Answer {
  checkQuery(exchange, ['since', 'until', 'after', 'filter', 'q', 'limit', 'sortOrder']);
  const { query } = exchange;
  const size = limitOf(exchange, MAX_EVENTS, USUAL_EVENTS);
  const filter = query.get('filter');
  const test = filter === null ? () => true : compileFilter(filter, EVENT_FILTER, false);
  const since = timeOf(query.get('since'), 0);
  const until = timeOf(query.get('until'), Number.POSITIVE_INFINITY);
  const done = sequenceOf(query.get('after'));
  const wanted = context.company.changes.filter(
    (change) =>
      change.sequence > done &&
      change.at >= since &&
      change.at <= until &&
      test({ eventType: TYPES[change.kind][0] }),
  );
  const events = wanted.slice(0, size);
  const last = events.at(-1)?.sequence ?? done;
  const next = new URLSearchParams(query);
  next.set('after', encodeCursor(CURSOR, String(last)));
  const links = [`<${context.url}${exchange.target}>; rel="self"`];
  if (!query.has('until') || wanted.length > events.length)
    links.push(`<${context.url}${exchange.pathname}?${next}>; rel="next"`);
  return jsonAnswer(200, events.map(eventOf), { link: links });
}

function eventOf(change: CompanyChange): unknown {
  const [eventType, type] = TYPES[change.kind];
  return {
    uuid: `event-${change.sequence}`,
    published: new Date(change.at).toISOString(),
    eventType,
    severity: 'INFO',
    target: [{ id: change.id, type }],
  };
}

function timeOf(text: string | null, otherwise: number): number {
  if (text === null) return otherwise;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw oktaRefusal('validation', `${text} is not a time`);
  return time;
}

function sequenceOf(cursor: string | null): number {
  if (cursor === null) return 0;
  const sequence = decodeCursor(CURSOR, cursor);
  if (sequence === null) throw oktaRefusal('validation', 'after: not a cursor of this list');
  return Number(sequence);
}
