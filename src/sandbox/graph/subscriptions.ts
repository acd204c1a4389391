/** Subscriptions to changes, as an app sees its own: made, listed without their state, prolonged. */
import { z } from 'zod';
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { graphRefusal, notFound } from './errors.ts';

export interface Subscription {
  readonly id: string;
  readonly resource: string;
  readonly changeType: string;
  readonly notificationUrl: string;
  readonly clientState: string;
  expirationDateTime: string;
}

/** Longest life of subscriptions of users and groups, in minutes. */
const LONGEST = 41_760;

const made = z.object({
  resource: z.enum(['users', 'groups']),
  changeType: z.string(),
  notificationUrl: z.url(),
  lifecycleNotificationUrl: z.url(),
  clientState: z.string().max(128),
  expirationDateTime: z.iso.datetime(),
});
const prolonged = z.object({ expirationDateTime: z.iso.datetime() });

function parsed<T>(schema: z.ZodType<T>, { text }: Exchange): T {
  const result = schema.safeParse(JSON.parse(text));
  if (!result.success)
    throw graphRefusal(400, 'InvalidRequest', result.error.issues[0]?.message ?? 'odd body');
  return result.data;
}

function refuseLong(end: string): void {
  if (Date.parse(end) - Date.now() <= LONGEST * 60_000) return;
  throw graphRefusal(
    400,
    'InvalidRequest',
    'Subscription expiration can only be 41760 minutes in the future.',
  );
}

function shown({ clientState: _secret, ...rest }: Subscription): object {
  return { ...rest, clientState: null };
}

interface Subscribed {
  readonly subscriptions: Subscription[];
}

export function listSubscriptions({ subscriptions }: Subscribed): Answer {
  return jsonAnswer(200, { value: subscriptions.map(shown) });
}

export function makeSubscription(
  { subscriptions }: Subscribed,
  _params: unknown,
  exchange: Exchange,
): Answer {
  const body = parsed(made, exchange);
  refuseLong(body.expirationDateTime);
  const one: Subscription = { id: `subscription-${subscriptions.length + 1}`, ...body };
  subscriptions.push(one);
  return jsonAnswer(201, shown(one));
}

export function prolongSubscription(
  { subscriptions }: Subscribed,
  params: Readonly<Record<string, string>>,
  exchange: Exchange,
): Answer {
  const one = subscriptions.find(({ id }) => id === params.id);
  if (one === undefined) throw notFound(params.id ?? '');
  const { expirationDateTime } = parsed(prolonged, exchange);
  refuseLong(expirationDateTime);
  one.expirationDateTime = expirationDateTime;
  return jsonAnswer(200, shown(one));
}
