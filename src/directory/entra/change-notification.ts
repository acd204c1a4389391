/**
 * What Microsoft Graph sends to a subscription. It is a trigger only: nothing is believed but that something may
 * have changed, and a missing notification means nothing, so that turns go on by schedule.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';

/** Answered within 10 s; Graph sends it as a POST with `?validationToken=…` before it takes a subscription. */
export interface Handshake {
  readonly status: 200;
  readonly contentType: 'text/plain; charset=utf-8';
  readonly body: string;
}

/**
 * The answer to a handshake; null when the request is none. @param validationToken the query parameter, decoded.
 * What could be read as markup is escaped: the token comes from whoever knows the address.
 */
export function answerHandshake(validationToken: string | null): Handshake | null {
  if (validationToken === null) return null;
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: escaped(validationToken) };
}

export type Lifecycle = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

export interface Delivery {
  /** Users and groups that may have changed; distinct. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** What Graph says of the subscriptions themselves. */
  readonly lifecycle: readonly { readonly event: Lifecycle; readonly subscriptionId: string }[];
  /** Notifications without our client state, or of something else: ignored. */
  readonly ignored: number;
}

const notification = z.object({
  subscriptionId: z.string(),
  clientState: z.string().nullish(),
  tenantId: z.string().nullish(),
  lifecycleEvent: z.enum(['reauthorizationRequired', 'subscriptionRemoved', 'missed']).nullish(),
  resource: z.string().nullish(),
  resourceData: z.object({ id: z.string().nullish(), '@odata.type': z.string().nullish() }).nullish(),
});

/** Graph packs many into one delivery; this bounds what a stranger can make us look at. */
const MOST = 10_000;

const body = z.object({ value: z.array(z.unknown()).max(MOST) });

export interface Expected {
  /** The secret that was given to Graph with the subscription. */
  readonly clientState: string;
  /** Directory (tenant) ID. */
  readonly tenantId: string;
}

/** Null when the body is no delivery at all: answer 400. Otherwise answer 202 within 3 s, whatever is in it. */
export function parseDelivery(value: unknown, expected: Expected): Delivery | null {
  const parsed = body.safeParse(value);
  if (!parsed.success) return null;
  const users = new Set<string>();
  const groups = new Set<string>();
  const lifecycle: Delivery['lifecycle'][number][] = [];
  let ignored = 0;
  for (const item of parsed.data.value) {
    const one = notification.safeParse(item).data;
    if (one === undefined || !isExpected(one, expected)) {
      ignored++;
      continue;
    }
    const subject = subjectOf(one);
    if (one.lifecycleEvent) lifecycle.push({ event: one.lifecycleEvent, subscriptionId: one.subscriptionId });
    else if (subject === null) ignored++;
    else if (subject.kind === 'users') users.add(subject.id);
    else groups.add(subject.id);
  }
  return { users: [...users], groups: [...groups], lifecycle, ignored };
}

/** Whether a subscription has to be renewed or made anew. Of users and groups Graph never says `missed`. */
export function needsSubscription({ lifecycle }: Delivery): boolean {
  return lifecycle.length > 0;
}

function isExpected(one: z.output<typeof notification>, { clientState, tenantId }: Expected): boolean {
  const sameTenant = !one.tenantId || one.tenantId.toLowerCase() === tenantId.toLowerCase();
  return sameSecret(one.clientState ?? '', clientState) && clientState !== '' && sameTenant;
}

/** In a time that does not depend on where they differ: hashes have one length. */
function sameSecret(given: string, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

/** `users/{id}`, `Groups/{id}` or `groups/{id}/members/{id}`: the group is what changed. */
function subjectOf(one: z.output<typeof notification>): { kind: 'users' | 'groups'; id: string } | null {
  const found = /^\/?(users|groups)\/([\w-]{1,64})(\/|$)/i.exec(one.resource ?? '');
  if (found !== null) return { kind: found[1]?.toLowerCase() as 'users' | 'groups', id: found[2] as string };
  const id = one.resourceData?.id ?? '';
  const kind = /^#microsoft\.graph\.(user|group)$/i.exec(one.resourceData?.['@odata.type'] ?? '')?.[1];
  if (kind === undefined || !/^[\w-]{1,64}$/.test(id)) return null;
  return { kind: kind.toLowerCase() === 'user' ? 'users' : 'groups', id };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
