/** Holds between runs: since when each item is held, and when to tell about it again. They never end by themselves. */
import type { Change } from './model/change.ts';
import type { Hold } from './model/memory.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Ages at which a hold is told again; after the last one, every week. */
const REMINDERS: readonly number[] = [0, DAY_MS, 3 * DAY_MS, 7 * DAY_MS];
const WEEK_MS = 7 * DAY_MS;

/** One thing to tell: items that the same guards hold, new ones or those that reached the same age. */
export interface HoldAlert {
  readonly kind: 'new' | 'reminder';
  readonly guards: readonly string[];
  readonly items: readonly string[];
  /** Age in ms that they reached; 0 for new ones. */
  readonly age: number;
}

export interface Holds {
  readonly holds: readonly Hold[];
  readonly alerts: readonly HoldAlert[];
}

/** The whole first plan is one decision, not one for each of its items. */
export const FIRST_PLAN = 'first-plan';

/** Guard under which a lost emergency account is told: nothing is held, but it grows old like a hold. */
export const BREAK_GLASS = 'break-glass';

/**
 * @param changes of the whole plan, judged.
 * @param unwatched emergency accounts that are not as they should be.
 */
export function holdsAfter(
  known: readonly Hold[],
  changes: readonly Change[],
  now: number,
  unwatched: readonly string[] = [],
): Holds {
  const before = new Map(known.map((hold) => [hold.item, hold]));
  const holds = new Map<string, Hold>();
  const alerts = new Map<string, { alert: HoldAlert; items: string[] }>();
  for (const [item, guards] of heldItems(changes, unwatched)) {
    const old = before.get(item);
    const since = old?.since ?? now;
    const age = reminderAt(now - since);
    holds.set(item, { item, since, toldAge: age });
    if (old !== undefined && age <= old.toldAge) continue;
    const name = `${age} ${guards.join(' ')}`;
    const items = alerts.get(name)?.items ?? [];
    items.push(item);
    const kind = old === undefined ? 'new' : 'reminder';
    alerts.set(name, { alert: { kind, guards, items, age }, items });
  }
  return { holds: [...holds.values()], alerts: [...alerts.values()].map(({ alert }) => alert) };
}

/** Each item once, with the guards that hold it. */
function heldItems(
  changes: readonly Change[],
  unwatched: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const items = new Map<string, readonly string[]>();
  for (const { key, verdict } of changes) {
    if (verdict.state !== 'held') continue;
    const item = verdict.by.every((guard) => guard === FIRST_PLAN) ? FIRST_PLAN : key;
    if (!items.has(item)) items.set(item, verdict.by);
  }
  for (const item of unwatched) items.set(item, [BREAK_GLASS]);
  return items;
}

/** The last age of the series that was reached. */
function reminderAt(age: number): number {
  const last = REMINDERS.at(-1) as number;
  if (age >= last) return last + Math.floor((age - last) / WEEK_MS) * WEEK_MS;
  return REMINDERS.findLast((step) => step <= age) as number;
}

/**
 * Alerts of a run that another replica took over: the first one may have died between remembering its holds and telling
 * about them, so what is remembered since it began counts as new. Whoever tells it knows what this run has told already.
 */
export function alertsSince(
  holds: readonly Hold[],
  changes: readonly Change[],
  since: number,
): readonly HoldAlert[] {
  const held = heldItems(changes, []);
  const unwatched = holds.filter(({ item }) => !held.has(item)).map(({ item }) => item);
  const known = holds.filter((hold) => hold.since < since);
  const now = Math.max(since, ...holds.map((hold) => hold.since));
  return holdsAfter(known, changes, now, unwatched).alerts.filter(({ kind }) => kind === 'new');
}
