/** Who has which role where and why, now or when a stored plan was made: readings, ledger and journal together. */

import type { Plan } from '../core/model/change.ts';
import type { HistoryEntry } from '../core/model/history.ts';
import type { Review } from '../core/model/review.ts';
import { type LastWrites, review, writeKey } from '../core/review.ts';
import { reviewPast, type TouchedEdge } from '../core/review-past.ts';
import { ConfigError } from '../lib/errors.ts';
import type { JournalRow, Store } from '../state/store.ts';
import type { Turn } from '../sync/run.ts';
import { needPlan } from './find-plan.ts';
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
  return { at: input.now, plan: null, tenants: input.tenants, org: name, rows, unknown: UNKNOWN };
}

/** What nobody can tell of the past. */
const LOST = [
  'A plan keeps what it wanted to change, what it found to stay through groups, and nothing of what it found in order. Roles in the ledger are added where nothing was written about them since; that nobody else had taken one of them by then is known only where the configuration asked for it.',
  'Roles that were given outside of this configuration, or that people held through groups, are shown only where the plan named them.',
  'The status of people, the rule that gave a role in the ledger and who counted as admin were not kept.',
];

/** As long as the journal reaches back. */
const REACH_MS = 30 * 24 * 3_600_000;

export interface PastRequest {
  /** Id of a run, or 8 or more digits of a plan's. */
  readonly of: { readonly run: string } | { readonly plan: string };
  /** Name of the only organization to show; null: everything. */
  readonly org: string | null;
  /** Epoch ms. */
  readonly now: number;
}

type PastStore = Pick<Store, 'journal' | 'memory' | 'plans' | 'runs' | 'standing'>;

/**
 * Reads neither side. @throws ConfigError when there is no such plan or run, or when too much of what it stands on is lost.
 */
export async function reviewThen(store: PastStore, { of, org, now }: PastRequest): Promise<Review> {
  const plan = 'plan' in of ? await needPlan(store, of.plan) : await planOfRun(store, of.run);
  const memory = await store.memory.loadBound();
  const problem = lostBecause(plan, memory.tenants, now);
  if (problem !== null) throw new ConfigError([`plan ${plan.id.slice(0, 12)} ${problem}`]);
  const standing = (await store.standing.get())?.standing;
  const named = [...(standing?.roles ?? []), ...(standing?.orgs ?? [])];
  const names = new Map(named.map(({ id, name }) => [id, name]));
  const since = await touchedSince(store, plan.createdAt);
  const { rows, left } = reviewPast({ plan, people: memory.people, since, names });
  const shown = org === null ? rows : rows.filter((row) => row.org === org);
  if (org !== null && shown.length === 0)
    throw new ConfigError([
      `nothing is known of roles in "${org}" when this plan was made; give the name exactly`,
    ]);
  const more =
    left === 0
      ? []
      : [
          `Left out: ${left === 1 ? '1 role' : `${left} roles`} about which something was written since, and of which the plan says nothing.`,
        ];
  const { createdAt: at, id, tenants } = plan;
  return { at, plan: id, tenants, org, rows: shown, unknown: [...LOST, ...more] };
}

async function planOfRun(store: PastStore, id: string): Promise<Plan> {
  const run = await store.runs.get(id);
  if (run === null)
    throw new ConfigError([`no run "${id}" is kept; "devin-idp-sync runs" lists those that are`]);
  if (run.planId === null) throw new ConfigError([`run ${id} has no plan: it ended before it had decided`]);
  return needPlan(store, run.planId);
}

function lostBecause(plan: Plan, tenants: Plan['tenants'] | null, now: number): string | null {
  if (plan.only !== null) return 'is about a part of the company: name a plan of everything';
  if (tenants?.directory !== plan.tenants.directory || tenants.devin !== plan.tenants.devin)
    return 'is of another pair of directory and Devin than the ledger is now';
  if (now - plan.createdAt < REACH_MS) return null;
  return 'is older than the journal (30 days): what was written since cannot be told';
}

async function touchedSince(store: PastStore, from: number): Promise<TouchedEdge[]> {
  const touched: TouchedEdge[] = [];
  for await (const { edge } of rowsOf(store, from)) if (edge?.type === 'person') touched.push(edge);
  return touched;
}

/** The newest write that took effect, for each place of each person and group. */
async function lastWrites(store: Pick<Store, 'journal'>): Promise<LastWrites> {
  const newest = new Map<string, HistoryEntry>();
  for await (const row of rowsOf(store, 0)) take(newest, row);
  return newest;
}

/** Oldest first. @param from epoch ms. */
async function* rowsOf({ journal }: Pick<Store, 'journal'>, from: number): AsyncGenerator<JournalRow> {
  for (let after: string | null = null; ; ) {
    const rows: readonly JournalRow[] = await journal.read({
      limit: PAGE,
      ...(after === null ? { from } : { after }),
    });
    yield* rows;
    after = rows.at(-1)?.id ?? null;
    if (after === null || rows.length < PAGE) return;
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
