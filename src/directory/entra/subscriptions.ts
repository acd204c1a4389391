/**
 * Keeps Graph's subscriptions of users and groups alive, so that it tells of changes. They end by themselves: for
 * users and groups after 41,760 minutes at most (https://learn.microsoft.com/graph/api/resources/subscription).
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { guarded } from '../guarded.ts';
import { newTally } from '../pages.ts';
import { parseOne } from '../parse.ts';
import type { Place } from '../read-error.ts';
import { EntraClient, type GraphAsk } from './client.ts';
import { type EntraOptions, secretsOf } from './options.ts';
import { EntraToken } from './token.ts';

const DAY_MS = 24 * 3_600_000;
const LIFE_MS = 28 * DAY_MS;
/** Renewed this long before the end: several tries fit in. */
const RENEW_MS = 14 * DAY_MS;

const RESOURCES = ['users', 'groups'] as const;

const subscription = z.object({
  id: z.string(),
  resource: z.string(),
  notificationUrl: z.string().nullish(),
  expirationDateTime: z.iso.datetime({ offset: true }),
});
const subscriptionList = z.object({ value: z.array(subscription) });

export interface Wanted {
  /** Address of the receiver, e.g. `https://idp-sync.corp.example/hooks/graph`. */
  readonly receiver: string;
  readonly clientState: string;
}

export interface Kept {
  readonly made: readonly string[];
  readonly renewed: readonly string[];
}

/** @throws SourceReadError with what Graph said, e.g. which permission is missing. */
export type KeepSubscriptions = (wanted: Wanted, signal: AbortSignal) => Promise<Kept>;

export function subscriptionKeeper(options: EntraOptions, now: () => number = Date.now): KeepSubscriptions {
  const token = new EntraToken(options);
  const client = new EntraClient(options, token);
  return async (wanted, signal) => {
    return guarded(
      {
        what: 'keeping subscriptions at Graph',
        signal,
        get secrets() {
          return [...secretsOf(options), ...token.secrets(), wanted.clientState];
        },
      },
      () => keep(client, wanted, signal, now()),
    );
  };
}

async function keep(client: EntraClient, wanted: Wanted, signal: AbortSignal, now: number): Promise<Kept> {
  const ask: GraphAsk = { tally: newTally('Graph subscriptions'), signal };
  const list: Place = { what: 'Graph subscriptions', page: null, url: client.url('/subscriptions') };
  const { value } = parseOne(await client.get(list, ask), subscriptionList, list);
  const notificationUrl = addressOf(wanted);
  const made: string[] = [];
  const renewed: string[] = [];
  for (const resource of RESOURCES) {
    const ours = value.filter((one) => one.resource === resource && one.notificationUrl === notificationUrl);
    const ends = (one: z.output<typeof subscription>) => Date.parse(one.expirationDateTime);
    const last = ours.toSorted((a, b) => ends(b) - ends(a))[0];
    const expirationDateTime = new Date(now + LIFE_MS).toISOString();
    if (last === undefined) {
      const body = {
        changeType: 'updated,deleted',
        resource,
        notificationUrl,
        lifecycleNotificationUrl: notificationUrl,
        clientState: wanted.clientState,
        expirationDateTime,
      };
      const place: Place = { ...list, what: `Graph subscription of ${resource}`, method: 'POST' };
      await client.send(place, ask, body, 201);
      made.push(resource);
    } else if (ends(last) - now < RENEW_MS) {
      const url = client.url(`/subscriptions/${encodeURIComponent(last.id)}`);
      const place: Place = { what: `Graph subscription of ${resource}`, page: null, method: 'PATCH', url };
      await client.send(place, ask, { expirationDateTime }, 200);
      renewed.push(resource);
    }
  }
  return { made, renewed };
}

/** Graph does not tell the state of a subscription, so its address shows by a digest which one it was made with. */
function addressOf({ receiver, clientState }: Wanted): string {
  const version = createHash('sha256').update(clientState).digest('hex').slice(0, 12);
  return `${receiver}?v=${version}`;
}
