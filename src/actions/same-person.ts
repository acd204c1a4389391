/** Whether two names in triggers and the journal are one person: what two-person approval stands on. */
import { hash } from 'node:crypto';

/**
 * Who logged in through a provider: `oidc:` and the address, then a mark of the provider's own id. The address is for
 * readers and may change; the mark stays.
 */
export function providerActor(issuer: string, subject: string, name: string): string {
  return `oidc:${name}#${hash('sha256', `${issuer}\n${subject}`).slice(0, 10)}`;
}

/** A person who was given another address between two looks is still the same. */
export function samePerson(one: string, other: string): boolean {
  const mark = markOf(one);
  return one === other || (mark !== null && mark === markOf(other));
}

/** The name without the kind of login and the mark. */
export function shownActor(actor: string): string {
  return actor.replace(/^\w+:/, '').replace(MARK, '');
}

const MARK = /#[0-9a-f]{10}$/;

function markOf(actor: string): string | null {
  return actor.startsWith('oidc:') ? (MARK.exec(actor)?.[0] ?? null) : null;
}
