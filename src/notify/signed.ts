/** A message as JSON with a signature, for receivers of your own. docs/notifications.md says how to check it. */
import { createHmac } from 'node:crypto';
import type { NotifyEvent } from './event.ts';

export const TIMESTAMP_HEADER = 'x-devin-idp-sync-timestamp';
export const SIGNATURE_HEADER = 'x-devin-idp-sync-signature';
export const EVENT_HEADER = 'x-devin-idp-sync-event';

/** JSON text. */
export function signedBody(event: NotifyEvent, link: string | null): string {
  const { id, kind, severity, at, title, counts, details } = event;
  return JSON.stringify({ id, kind, severity, at: new Date(at).toISOString(), title, counts, details, link });
}

/** @param now epoch ms; each attempt is signed anew, so that a receiver may refuse old ones. */
export function signatureHeaders(
  event: NotifyEvent,
  body: string,
  secret: string,
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    [EVENT_HEADER]: event.id,
    [TIMESTAMP_HEADER]: timestamp,
    [SIGNATURE_HEADER]: `v1=${signature}`,
  };
}
