/** Who counts beside the changes at hand: people written in the last 24 hours, and those whom earlier plans may still write. */
import { peopleOf, whoOf } from './counters.ts';
import { DAY_MS } from './day.ts';
import type { Change } from './model/change.ts';
import type { Memory, RecentWrite } from './model/memory.ts';
import type { Pending } from './model/standing.ts';

export type Recent = ReadonlyMap<string, readonly RecentWrite[]>;

export function windowKey(guard: string, place: string | null): string {
  return JSON.stringify([guard, place]);
}

/** What was written in the last 24 hours, by guard and place. */
export function recentByPlace({ recent }: Pick<Memory, 'recent'>, now: number): Recent {
  const late = recent.filter(({ at }) => now - at <= DAY_MS);
  return Map.groupBy(late, ({ guard, place }) => windowKey(guard, place));
}

/** Each person once, however much was taken from them; an older version did not write down who. */
export function peopleOfWrites(writes: readonly RecentWrite[]): number {
  const people = new Map<string, number>();
  let unnamed = 0;
  for (const write of writes) {
    if (write.who === undefined) unnamed += write.people;
    else people.set(write.who, Math.max(write.people, people.get(write.who) ?? 0));
  }
  return [...people.values()].reduce((sum, count) => sum + count, unnamed);
}

/** More names than this are not kept: guards have long been tripped by then, or the place is very large. */
const MOST_NAMED = 100;

export function pendingOf(guard: string, place: string | null, changes: readonly Change[]): Pending {
  const people = new Set<string>();
  for (const change of changes) {
    if (people.size === MOST_NAMED) break;
    // Organizations are the only subjects without an id of either side, and no guard counts them.
    people.add(whoOf(change) as string);
  }
  return { guard, place, count: peopleOf(changes), people: [...people] };
}

/** People counted before there too, without these and those written since. */
export function othersPending(
  { count, people }: Pending,
  mine: ReadonlySet<string>,
  since: readonly RecentWrite[],
): number {
  const known = new Set(people);
  // Whoever it did not know comes on top of those it counted.
  const written = peopleOfWrites(since.filter(({ who }) => who !== undefined && known.has(who)));
  return Math.max(0, count - people.filter((who) => mine.has(who)).length - written);
}

/** What earlier decisions counted, and a decision about a few people now: until it is written, only this tells of it. */
export function joined(before: readonly Pending[], now: readonly Pending[]): readonly Pending[] {
  const all = new Map(before.map((one) => [windowKey(one.guard, one.place), one]));
  for (const one of now) {
    const key = windowKey(one.guard, one.place);
    const known = all.get(key) ?? { ...one, count: 0, people: [] };
    const fresh = one.people.filter((who) => !known.people.includes(who));
    all.set(key, {
      ...known,
      count: known.count + fresh.length,
      people: [...known.people, ...fresh],
      later: (known.later ?? 0) + fresh.length,
    });
  }
  return [...all.values()];
}
