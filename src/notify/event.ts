/** One thing to tell, before it is put into anybody's format. */
import type { EVENT_KINDS } from './options.ts';

export type EventKind = (typeof EVENT_KINDS)[number] | 'test';

export interface NotifyEvent {
  /** The same for every replica that notices the same thing: whoever is told knows a repeated message by it. */
  readonly id: string;
  readonly kind: EventKind;
  /** `alarm` needs somebody, `notice` is good to know, `good` is over. */
  readonly severity: 'alarm' | 'notice' | 'good';
  /** Epoch ms. */
  readonly at: number;
  /** Our own words only. */
  readonly title: string;
  readonly counts: Readonly<Record<string, number>>;
  /** What others wrote: names, addresses, messages of another system. Never to be read as markup. */
  readonly details: readonly string[];
  /** The page of the daemon that shows it, from its root; null: there is none. */
  readonly path: string | null;
}

export const MOST_DETAILS = 10;
const LONGEST_DETAIL = 400;

/** At most ten details, one line each, none endless. */
export function detailsOf(all: readonly string[]): string[] {
  const shown = all.slice(0, MOST_DETAILS).map(oneLine);
  return all.length > MOST_DETAILS ? [...shown, `and ${all.length - MOST_DETAILS} more`] : shown;
}

function oneLine(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return plain.length > LONGEST_DETAIL ? `${plain.slice(0, LONGEST_DETAIL)}…` : plain;
}
