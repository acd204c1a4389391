/** Who has which role where and why, now: a look at both sides and the journal together. */
import type { HistoryEntry } from '../core/model/history.ts';
import type { Review } from '../core/model/review.ts';
import { type LastWrites, review, writeKey } from '../core/review.ts';
import { ConfigError } from '../lib/errors.ts';
import type { JournalRow, Store } from '../state/store.ts';
import type { Turn } from '../sync/run.ts';
import { entryOf } from './history.ts';

const PAGE = 1000;

/** What no reading of today can tell. */
const UNKNOWN = [
  'A write that is older than the journal (30 days) is not shown; its files on disk may reach further back.',
  'What was given outside of this configuration does not say who gave it; the audit log of Devin does.',
  'A membership of a group counts in Devin from the next sign-in on: people who did not sign in since are not shown with it.',
];

/**
 * @param turn a look at both sides. @param org name or id of the only organization to show; null: everything.
 * @throws ConfigError when there is no such organization.
 */
export async function reviewNow(
  store: Pick<Store, 'journal'>,
  { input, decision }: Turn,
  org: string | null,
): Promise<Review> {
  const found = review(input, decision.plan, await lastWrites(store), org);
  if (found.problem !== null) throw new ConfigError([found.problem]);
  const { rows, org: name } = found;
  return { at: input.now, tenants: input.tenants, org: name, rows, unknown: UNKNOWN };
}

/** The newest write that took effect, for each place of each person and group. */
async function lastWrites({ journal }: Pick<Store, 'journal'>): Promise<LastWrites> {
  const newest = new Map<string, HistoryEntry>();
  for (let after: string | null = null; ; ) {
    const rows: readonly JournalRow[] = await journal.read({
      limit: PAGE,
      ...(after === null ? {} : { after }),
    });
    for (const row of rows) take(newest, row);
    after = rows.at(-1)?.id ?? null;
    if (after === null || rows.length < PAGE) return newest;
  }
}

function take(newest: Map<string, HistoryEntry>, row: JournalRow): void {
  const { kind, outcome, change } = row;
  if (kind !== 'write' || change === undefined || outcome === 'failed' || outcome === 'skipped') return;
  const { type, devinId, label } = change.subject;
  const holder = type === 'group' ? label : devinId;
  if (holder === null || type === 'org') return;
  newest.set(writeKey(type, holder, change.org?.id ?? ''), entryOf(row));
}
