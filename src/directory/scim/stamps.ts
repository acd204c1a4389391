/** What `meta.lastModified` tells, by the provider's own clock. */
import { OddAnswerError } from '../read-error.ts';

/** What changed this long before the newest change that is known is asked for again: hosts of a provider may differ. */
export const OVERLAP_MS = 5 * 60_000;
/** A stamp may be this far ahead of the provider's Date header. */
const AHEAD_MS = 60_000;
/** Provider's clock went back by more than this: what it stamps now may lie before what is known. */
const BACK_MS = 60_000;

interface Stamped {
  readonly id: string;
  readonly meta?: { readonly lastModified?: string | null | undefined } | null | undefined;
}

/** Only a reading of everything can tell. The message goes on after "because". */
export class DoubtError extends OddAnswerError {}

/** The newest change of one list: it must come with each next answer, or the filter does not do what it says. */
export interface Mark {
  readonly newest: string;
  /** Unix ms. */
  readonly at: number;
}

/** Unix ms. A time without a zone could be of any. @throws DoubtError */
export function stampOf({ id, meta }: Stamped): number {
  const text = meta?.lastModified ?? '';
  if (text === '') throw new DoubtError(`${id} has no meta.lastModified`);
  const at = Date.parse(text);
  if (Number.isNaN(at) || !/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/i.test(text))
    throw new DoubtError(`meta.lastModified of ${id} is not a time with its zone`);
  return at;
}

/** @param latest Unix ms of the provider: no stamp can be later. @throws DoubtError */
export function markOf(entries: Iterable<Stamped>, latest: number): Mark | null {
  let mark: Mark | null = null;
  for (const entry of entries) {
    const at = stampOf(entry);
    if (at > latest + AHEAD_MS) throw new DoubtError(`meta.lastModified of ${entry.id} lies in the future`);
    if (mark === null || at > mark.at) mark = { newest: entry.id, at };
  }
  return mark;
}

/**
 * From when on changes are asked for, Unix ms. What was stamped after the reading began may hide something that
 * changed earlier in it, on a page that was read already; so the provider's clock at its beginning is the upper limit.
 */
export function sinceOf({ at }: Mark, beganAt: number): number {
  return Math.floor((Math.min(at, beganAt) - OVERLAP_MS) / 1000) * 1000;
}

export function changedSince(ms: number): string {
  return `meta.lastModified gt "${new Date(ms).toISOString().replace('.000Z', 'Z')}"`;
}

/** @throws DoubtError where an answer to `changedSince` does not show that the provider has understood it. */
export function checkChanged(entries: ReadonlyMap<string, Stamped>, mark: Mark, since: number): void {
  for (const entry of entries.values()) {
    // A provider with seconds may round.
    if (stampOf(entry) < since - 1000)
      throw new DoubtError(
        `${entry.id} came, which did not change since: the provider passes the filter over`,
      );
  }
  const newest = entries.get(mark.newest);
  if (newest === undefined)
    throw new DoubtError(
      `${mark.newest}, which changed last, is not named any more: it is gone, or the provider does not understand the filter`,
    );
  if (stampOf(newest) < mark.at) throw new DoubtError(`meta.lastModified of ${mark.newest} went back`);
}

/** @throws DoubtError */
export function checkClock(clock: number, before: number): void {
  if (clock < before - BACK_MS) throw new DoubtError("the provider's clock went back by more than a minute");
}
