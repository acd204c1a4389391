/** What was written and decided about one person, as a document, JSON or a table for a spreadsheet. */
import { stringify } from 'csv-stringify/sync';
import { CHANGE_KINDS, type Change, type ChangeKind } from '../core/model/change.ts';
import type { HistoryEntry } from '../core/model/history.ts';
import type { Document, Line } from './document.ts';
import type { Every } from './json.ts';
import { jsonText } from './json-text.ts';
import { items } from './lines.ts';
import { plural, shortId, time } from './text.ts';
import { actionOf } from './words.ts';

export const HISTORY_VERSION = 1;

export interface History {
  readonly email: string;
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
}

export function historyDocument({ email, entries }: History): Document {
  const blocks = entries.length === 0 ? [] : [items(null, null, entries, writeLine)];
  const sentence =
    entries.length === 0
      ? `Nothing was written or decided about ${email} in the last 30 days.`
      : `${plural(entries.length, 'entry', 'entries')} about ${email}, the oldest first.`;
  const section = { id: 'history', title: 'History', tone: 'quiet', note: null, folded: false } as const;
  return {
    title: `History of ${email}`,
    verdict: { word: 'History', sentence, tone: 'calm' },
    facts: [],
    brief: false,
    sections: [{ ...section, count: entries.length, blocks }],
  };
}

export function* historyJsonText({ email, entries }: History): Generator<string> {
  yield `${jsonText({ version: HISTORY_VERSION, email, entries: entries.map(historyJson) })}\n`;
}

export function* historyCsv({ entries }: History): Generator<string> {
  yield stringify(entries.map(historyJson), { header: true, columns: [...COLUMNS], escape_formulas: true });
}

const COLUMNS = [
  'at',
  'kind',
  'subject',
  'org',
  'before',
  'after',
  'outcome',
  'reason',
  'actor',
  'plan',
  'run',
  'item',
] as const satisfies readonly (keyof HistoryEntry)[];

export function historyJson(entry: HistoryEntry): Every<HistoryEntry> {
  const { at, ...rest } = entry;
  return { at: new Date(at).toISOString(), ...rest };
}

/** Two of them may be about the same change: when it was approved, and when it was written. */
export function writeLine(entry: HistoryEntry): Line {
  const { at, outcome, reason, actor, plan, run, item } = entry;
  const traces = [
    reason,
    actor === null ? null : `by ${actor}`,
    run === null ? null : `run ${run}`,
    plan === null ? null : `plan ${shortId(plan)}`,
    item === null ? null : `item ${item}`,
  ].filter((part) => part !== null);
  return {
    key: null,
    effect: isWrite(entry.kind) ? CHANGE_KINDS[entry.kind].effect : null,
    subject: time(at),
    action: wordsOf(entry),
    reason: traces.join(', '),
    status: outcome,
    privileged: false,
  };
}

function isWrite(kind: string): kind is ChangeKind {
  return Object.hasOwn(CHANGE_KINDS, kind);
}

const DECISIONS: Readonly<Record<string, string>> = {
  write: 'A write that was not carried out',
  approve: 'Approved',
  reject: 'Rejected',
  adopt: 'Adopted',
  release: 'Released',
};

function wordsOf({ kind, subject, org, before, after }: HistoryEntry): string {
  const named = (name: string | null) => (name === null ? null : { id: null, name });
  if (!isWrite(kind)) return DECISIONS[kind] ?? kind;
  const change = { kind, org: named(org), before: named(before), after: named(after) };
  const about = { type: 'person', directoryId: null, devinId: null, label: subject } as const;
  return actionOf({ ...change, subject: about } as Change);
}
