/** Entries of the journal that a person causes. */
import type { JournalEntry } from '../state/store.ts';

const BLANK: Omit<JournalEntry, 'at' | 'kind'> = {
  planId: null,
  opKey: null,
  item: null,
  subject: null,
  actor: null,
  before: null,
  after: null,
  request: null,
  outcome: null,
  reason: null,
};

export function entryOf(entry: Pick<JournalEntry, 'at' | 'kind'> & Partial<JournalEntry>): JournalEntry {
  return { ...BLANK, ...entry };
}
