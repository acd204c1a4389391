/** One JSON document that says whatever is written when an operation has ended; see `recordOutcome`. */
import { markKey } from '../../core/scim-ledger.ts';
import type { LedgerRows, OutcomeRecord } from '../store.ts';
import { journalFrom } from './journal.ts';
import { groupRow, markRow, personRow, recentMember } from './memory-schema.ts';

/** As long as the plan itself is kept. */
export const KEPT_MS = 90 * 24 * 3_600_000;

/** Fields of the tally, beside its state, that an operation counts in. */
export function countsOf(phase: number | null, kind: string | undefined): string[] {
  if (phase === null) return [];
  return [`phase:${phase}`, ...(kind === undefined ? [] : [`kind:${phase} ${kind}`])];
}

/** What the script reads; values that Redis stores are text already, so that Lua never re-encodes a number. */
export function payload(record: OutcomeRecord): object {
  const { planId, edition, outcome, phase, kind, ledger, journal, ids, failedSubjects } = record;
  const count = outcome.state === 'already' ? 'done' : outcome.state;
  return {
    planId,
    edition,
    opKey: outcome.opKey,
    at: String(outcome.at),
    outcome: JSON.stringify(outcome),
    counts: [count, ...countsOf(phase, kind)],
    ids: Object.entries(ids),
    failed: failedSubjects,
    journal: journal.map((entry) => JSON.stringify(entry)),
    journalFrom: String(journalFrom(outcome.at)),
    read: rowsRead(ledger),
    people: ledger.people.map((person) => [person.directoryId, personRow(person), person.devinId]),
    removedPeople: ledger.removedPeople,
    groups: ledger.groups.map((group) => [group.directoryId, groupRow(group)]),
    removedGroups: ledger.removedGroups,
    marks: (ledger.scim?.put ?? []).map((mark) => [markKey(mark), markRow(mark)]),
    removedMarks: ledger.scim?.removed ?? [],
    recent: (ledger.recent ?? []).map((write, at) =>
      recentMember(`${planId}/${outcome.opKey}/${at}`, write).map(String),
    ),
    keptMs: String(KEPT_MS),
  };
}

/** Number of the key in the script, field, and the text that is expected there. */
function rowsRead({ from, people, removedPeople, groups, removedGroups }: LedgerRows): unknown[] {
  if (from === undefined) return [];
  const person = (id: string) => [10, id, textOf(from.people.get(id), personRow)];
  const group = (id: string) => [11, id, textOf(from.groups.get(id), groupRow)];
  return [
    ...[...people.map(({ directoryId }) => directoryId), ...removedPeople].map(person),
    ...[...groups.map(({ directoryId }) => directoryId), ...removedGroups].map(group),
  ];
}

function textOf<T>(row: T | null | undefined, encode: (row: T) => string): string {
  return row == null ? '' : encode(row);
}
