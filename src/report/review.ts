/** An access review for a spreadsheet, for whoever signs it, and for programs. */
import { stringify } from 'csv-stringify/sync';
import type { Review, ReviewBasis, ReviewRow } from '../core/model/review.ts';
import type { Document, Section } from './document.ts';
import { historyJson } from './history.ts';
import type { Every } from './json.ts';
import { jsonText } from './json-text.ts';
import { clean, count, plural, time } from './text.ts';
import { OWNERSHIPS, STATUSES } from './words.ts';

export const REVIEW_VERSION = 1;

const BASES: Readonly<Record<ReviewBasis, string>> = {
  rule: 'Rule',
  grant: 'Grant',
  default: 'Needed by an organization',
  none: 'Not asked for',
  residual: 'Stays although it should end',
  unknown: 'Not kept',
};

const ORIGINS: Readonly<Record<ReviewRow['origin'], string>> = {
  ...OWNERSHIPS,
  group: 'through a group',
  unknown: 'not kept',
};

const COLUMNS = [
  'email',
  'name',
  'user',
  'directory status',
  'organization',
  'role',
  'admin',
  'group in Devin',
  'given by',
  'basis',
  'why',
  'last write',
  'last write by',
  'last write of plan',
] as const;

const ROWS = 500;

function statusOf(status: ReviewRow['status']): string {
  if (status === null) return 'Not in the directory';
  return status === 'not-kept' ? 'Not kept' : STATUSES[status];
}

/** RFC 4180 with a header. What a spreadsheet would take for a formula is written as text, with a quote before it. */
export function* reviewCsv({ rows }: Review): Generator<string> {
  yield lines([[...COLUMNS]]);
  for (let at = 0; at < rows.length; at += ROWS) yield lines(rows.slice(at, at + ROWS).map(cellsOf));
}

function lines(rows: readonly (readonly string[])[]): string {
  return stringify(
    rows.map((row) => row.map(clean)),
    { escape_formulas: true, record_delimiter: '\r\n' },
  );
}

function cellsOf(row: ReviewRow): string[] {
  const { email, name, user, status, org, role, admin, group, origin, basis, why, lastWrite } = row;
  return [
    email ?? '',
    name ?? '',
    user,
    statusOf(status),
    org ?? 'the enterprise',
    role,
    admin === null ? 'not kept' : admin ? 'yes' : 'no',
    group ?? '',
    ORIGINS[origin],
    BASES[basis],
    why,
    lastWrite === null ? '' : new Date(lastWrite.at).toISOString(),
    lastWrite?.actor ?? '',
    lastWrite?.plan ?? '',
  ];
}

export function* reviewJsonText({ at, plan, tenants, org, rows, unknown }: Review): Generator<string> {
  const head = { version: REVIEW_VERSION, at: new Date(at).toISOString(), plan, tenants, org, unknown };
  yield `${jsonText(head).slice(0, -1)},"rows":[`;
  for (const [index, row] of rows.entries()) yield `${index === 0 ? '' : ','}\n${jsonText(rowJson(row))}`;
  yield '\n]}\n';
}

function rowJson({ lastWrite, ...row }: ReviewRow): Every<ReviewRow> {
  return { ...row, lastWrite: lastWrite && historyJson(lastWrite) };
}

/** Of the past only a part is known, so that it is never called all well. */
function verdictOf({ rows, plan }: Review): Document['verdict'] {
  const users = new Set(rows.map(({ user }) => user)).size;
  const open = rows.filter(({ basis }) => basis === 'none' || basis === 'residual').length;
  const total = `${plural(rows.length, 'role')} of ${plural(users, 'person', 'people')}`;
  const unasked = `${count(open)} not asked for by the configuration.`;
  const word = 'Access review';
  if (plan !== null) {
    const sentence = `Of the moment of this plan ${total} can be told; more may have been held. ${unasked}`;
    return { word, tone: 'caution', sentence };
  }
  if (open > 0) return { word, tone: 'caution', sentence: `${total}. ${unasked}` };
  return { word, tone: 'calm', sentence: `${total}. The configuration asks for all of them.` };
}

export function reviewDocument(review: Review): Document {
  const { rows, at, plan, tenants, org, unknown } = review;
  return {
    title: 'Access review',
    verdict: verdictOf(review),
    facts: [
      { label: 'Read', value: time(at) },
      ...(plan === null ? [] : [{ label: 'Plan', value: plan }]),
      { label: 'Directory', value: tenants.directory },
      { label: 'Devin', value: tenants.devin },
      ...(org === null ? [] : [{ label: 'Only', value: org }]),
      ...unknown.map((value) => ({ label: 'Not known', value })),
    ],
    brief: false,
    sections: [...Map.groupBy(rows, (row) => row.org ?? '')]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(placeSection),
  };
}

function placeSection([org, rows]: [string, readonly ReviewRow[]], index: number): Section {
  const columns = ['Who', 'Status', 'Role', 'Given by', 'Why', 'Last write'];
  return {
    id: `place-${index}`,
    title: org === '' ? 'The enterprise' : org,
    tone: 'quiet',
    count: rows.length,
    note: null,
    folded: false,
    blocks: [
      {
        type: 'table',
        caption: 'Who has which role and why',
        columns: columns.map((title) => ({ title, align: 'left' })),
        rows: rows.map(shownCells),
        total: null,
      },
    ],
  };
}

function shownCells(row: ReviewRow): string[] {
  const { email, user, status, role, admin, group, origin, basis, why, lastWrite } = row;
  return [
    email ?? user,
    statusOf(status),
    admin === true ? `${role} (admin)` : role,
    group === null ? ORIGINS[origin] : `through the group ${group}`,
    `${BASES[basis]}: ${why}`,
    lastWrite === null
      ? ''
      : `${time(lastWrite.at)}${lastWrite.actor === null ? '' : ` by ${lastWrite.actor}`}`,
  ];
}
