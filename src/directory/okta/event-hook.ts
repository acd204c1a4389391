/**
 * What an HTTP server needs to receive Okta's event hooks: pure functions, no state. Deliveries come at least once,
 * in any order and sometimes never, so they only trigger a reading. Okta waits three seconds: answer 204 first.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { nobodyDirty, noteDirty } from './events.ts';
import { oktaEvent } from './schema.ts';

/** Header of the one GET with which Okta checks that the receiver is ours; Node gives names in lower case. */
export const CHALLENGE_HEADER = 'x-okta-verification-challenge';

/** No challenge of Okta is nearly as long. */
const MAX_CHALLENGE = 1000;

/** The JSON body to answer the check with; null when there is nothing to answer. */
export function answerChallenge(header: string | undefined): { readonly verification: string } | null {
  if (header === undefined || header === '' || header.length > MAX_CHALLENGE) return null;
  return { verification: header };
}

/**
 * Whether the value of the `Authorization` header is the secret that was entered in Okta. Takes as long for a
 * wrong secret as for a right one. An empty secret lets nobody in.
 */
export function isFromOkta(authorization: string | undefined, secret: string): boolean {
  if (secret === '' || authorization === undefined) return false;
  return timingSafeEqual(digest(authorization), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What one delivery is about. */
export interface Delivery {
  /** `uuid` of each event, by which a repeated delivery is known. */
  readonly eventIds: readonly string[];
  /** IdP ids; sorted, distinct. */
  readonly people: readonly string[];
  readonly groups: readonly string[];
}

const delivery = z.object({ data: z.object({ events: z.array(oktaEvent) }) });

/** @param body the parsed JSON body. null: not a delivery of Okta; answer 400, which Okta does not repeat. */
export function parseDelivery(body: unknown): Delivery | null {
  const parsed = delivery.safeParse(body);
  if (!parsed.success) return null;
  const { events } = parsed.data.data;
  const dirty = nobodyDirty();
  noteDirty(dirty, events);
  return {
    eventIds: [...new Set(events.map(({ uuid }) => uuid))],
    people: [...dirty.users].sort(),
    groups: [...dirty.groups].sort(),
  };
}
