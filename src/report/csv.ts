/** The changes of a plan for a spreadsheet: one row each, in the order of a review. */
import { stringify } from 'csv-stringify/sync';
import { CHANGE_KINDS, type Change, type Effect, type Plan } from '../core/model/change.ts';
import { clean } from './text.ts';
import { actionOf, CAUSES, reasonOf, statusOf } from './words.ts';

const COLUMNS = [
  'subject',
  'type',
  'action',
  'organization',
  'role before',
  'role after',
  'cause',
  'reason',
  'verdict',
  'status',
  'privileged',
  'people',
  'item key',
] as const;

/** Removals first. */
const ORDER: readonly Effect[] = ['revoke', 'change', 'grant'];

const ROWS = 500;

/** RFC 4180 with a header. What a spreadsheet would take for a formula is written as text, with a quote before it. */
export function* renderPlanCsv({ changes }: Plan): Generator<string> {
  yield lines([[...COLUMNS]]);
  const effect = ({ kind }: Change) => ORDER.indexOf(CHANGE_KINDS[kind].effect);
  const sorted = [...changes].sort((a, b) => effect(a) - effect(b));
  for (let at = 0; at < sorted.length; at += ROWS) yield lines(sorted.slice(at, at + ROWS).map(rowOf));
}

function lines(rows: readonly (readonly string[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    { escape_formulas: true, record_delimiter: '\r\n' },
  );
}

function rowOf(change: Change): string[] {
  const { subject, org, before, after, cause, verdict, privileged, people, key } = change;
  return [
    subject.label,
    subject.type,
    actionOf(change),
    org?.name ?? '',
    before?.name ?? '',
    after?.name ?? '',
    CAUSES[cause].title,
    reasonOf(change, false),
    verdict.state,
    statusOf(verdict),
    privileged ? 'yes' : 'no',
    String(people),
    key,
  ].map(clean);
}
