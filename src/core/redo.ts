/** The name of doing once more what was taken back: a rollback holds it, as a rejection holds an item. */
import { hash } from 'node:crypto';
import type { Change } from './model/change.ts';

/** In front of the names of rejections that a rollback leaves; no item key looks like this. */
const UNDONE = 'undone-';
const KEY_DIGITS = 20;

type Told = Pick<Change, 'kind' | 'subject' | 'org' | 'before' | 'after' | 'cause'>;

/**
 * The same for every change that would do again, for the same cause, what was taken back; other than an item key it
 * does not name the Devin user, because whoever was removed and invited again has another one. What is taken may be
 * taken in other steps than before, so `after` counts for grants only.
 */
export function redoKey({ kind, subject, org, before, after, cause }: Told): string {
  const { type, directoryId, label } = subject;
  const slot = kind.startsWith('register') || kind.startsWith('unregister') ? 'registration' : 'role';
  const gives = cause === 'rule' ? (after?.id ?? '') : '*';
  const parts = [type, directoryId ?? label, slot, org === null ? '' : (org.id ?? org.name)];
  const text = [...parts, before?.id ?? '', gives, cause].map((part) =>
    encodeURIComponent(part.toWellFormed()),
  );
  return `${UNDONE}${hash('sha256', text.join('/')).slice(0, KEY_DIGITS)}`;
}

export function isRedoKey(item: string): boolean {
  return item.startsWith(UNDONE);
}
