/** The name of doing once more what was taken back: a rollback holds it, as a rejection holds an item. */
import { hash } from 'node:crypto';
import type { Change } from './model/change.ts';
import { isScimKind } from './model/scim.ts';

/** In front of the names of rejections that a rollback leaves; no item key looks like this. */
const UNDONE = 'undone-';
const KEY_DIGITS = 20;

type Told = Pick<Change, 'kind' | 'subject' | 'org' | 'before' | 'after' | 'cause'>;

/**
 * The same for every change that would do again, for the same cause, what was taken back; other than an item key it
 * does not name the Devin user, because whoever was removed and invited again has another one. What is taken may be
 * taken in other steps than before, so `after` counts for grants only.
 */
export function redoKey(told: Told): string {
  const { kind, subject, org, before, after, cause } = told;
  const { type, directoryId, label } = subject;
  if (isScimKind(kind)) return named([type, directoryId as string, ...throughScim(told), cause]);
  const slot = kind.startsWith('register') || kind.startsWith('unregister') ? 'registration' : 'role';
  const gives = cause === 'rule' ? (after?.id ?? '') : '*';
  const parts = [type, directoryId ?? label, slot, org === null ? '' : (org.id ?? org.name)];
  return named([...parts, before?.id ?? '', gives, cause]);
}

/** A user that was made and switched off is made again by switching it on. */
function throughScim({ kind, before, after }: Told): string[] {
  if (kind === 'scim-add-member' || kind === 'scim-remove-member')
    return [kind, (after ?? before)?.id as string];
  if (kind === 'scim-deactivate-user') return [kind];
  if (kind === 'scim-create-user' || kind === 'scim-activate-user') return ['scim-user'];
  return [kind, after?.id as string];
}

function named(parts: readonly string[]): string {
  const text = parts.map((part) => encodeURIComponent(part.toWellFormed()));
  return `${UNDONE}${hash('sha256', text.join('/')).slice(0, KEY_DIGITS)}`;
}

export function isRedoKey(item: string): boolean {
  return item.startsWith(UNDONE);
}
