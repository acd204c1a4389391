/** The part of a plan that somebody asked for: filtered, in the order of a review, one page at a time. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Cause, Change, Effect, Plan, Verdict } from '../core/model/change.ts';
import { CHANGE_KINDS } from '../core/model/change.ts';
import { groupsOf } from '../report/group-of.ts';
import { byPlace, placeOf } from '../report/shelves.ts';
import { pageOf as listPage } from './pages-of.ts';

export interface ChangeFilter {
  readonly state?: Verdict['state'] | undefined;
  readonly effect?: Effect | undefined;
  readonly cause?: Cause | undefined;
  /** Name of an organization; `''` is the enterprise itself. */
  readonly place?: string | undefined;
  /** Name of a directory group that the change comes from. */
  readonly group?: string | undefined;
  /** Part of a subject, a place, a role or a reason, in any letter case. */
  readonly search?: string | undefined;
}

export interface ChangePage {
  /** Changes that the filter lets through. */
  readonly total: number;
  readonly page: number;
  readonly pages: number;
  readonly changes: readonly Change[];
}

/** Changes between two chances for others to be served. */
const STRIDE = 4096;

/**
 * Removals first, then role changes, then grants; in each the enterprise, then organizations by name, and there the
 * order of the plan. Each change goes into the drawer of its kind and place, so that only drawers are sorted.
 */
export async function reviewOrder(plan: Pick<Plan, 'changes'>, filter: ChangeFilter): Promise<Change[]> {
  const drawers: Record<Effect, Map<string, Change[]>> = {
    revoke: new Map(),
    change: new Map(),
    grant: new Map(),
  };
  for (let from = 0; from < plan.changes.length; from += STRIDE) {
    if (from > 0) await breathe();
    for (const change of plan.changes.slice(from, from + STRIDE)) {
      if (!fits(change, filter)) continue;
      const drawer = drawers[CHANGE_KINDS[change.kind].effect];
      const place = placeOf(change);
      const there = drawer.get(place);
      if (there === undefined) drawer.set(place, [change]);
      else there.push(change);
    }
  }
  return [drawers.revoke, drawers.change, drawers.grant].flatMap((drawer) =>
    byPlace(drawer).flatMap(([, changes]) => changes),
  );
}

/** @param page from 1; one past the end is the last. */
export function pageOf(changes: readonly Change[], page: number, size: number): ChangePage {
  const { items, ...rest } = listPage(changes, page, size);
  return { ...rest, changes: items };
}

function fits(change: Change, { state, effect, cause, place, group, search }: ChangeFilter): boolean {
  return (
    (state === undefined || change.verdict.state === state) &&
    (effect === undefined || CHANGE_KINDS[change.kind].effect === effect) &&
    (cause === undefined || change.cause === cause) &&
    (place === undefined || placeOf(change) === place) &&
    (group === undefined || groupsOf(change).has(group)) &&
    (search === undefined || mentions(change, search.toLowerCase()))
  );
}

function mentions({ subject, org, before, after, reason }: Change, words: string): boolean {
  return [subject.label, org?.name, before?.name, after?.name, reason].some(
    (text) => text?.toLowerCase().includes(words) === true,
  );
}
