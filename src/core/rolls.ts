/**
 * Which groups somebody left, by what is remembered of who was in them. An emptied group is noticed for itself,
 * whatever else gives the same, however many newcomers it has, and over as many runs as the losses take.
 */
import type { Binding } from './bind.ts';
import type { Change, NamedRef } from './model/change.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import { hasMark, markOf, type Roll, readMarks, writeMarks } from './model/roll.ts';
import { type Atlas, placeKey } from './places.ts';
import { breather } from './steps.ts';
import { type Closure, closureOf, isMember, peopleIn, type Want } from './want.ts';

/** Members between two chances to breathe. */
const STRIDE = 1024;

interface Readings {
  readonly directory: DirectorySnapshot;
  readonly want: Want;
  readonly atlas: Atlas;
  /** False for the reading of a few people. */
  readonly whole: boolean;
}

/** Somebody was in this group and is no longer, or it no longer gives anything in these places. */
export interface Departure {
  readonly roll: Roll;
  /** Keys of places; `''`, the enterprise, is among them once the group reaches the person no more at all. */
  readonly places: ReadonlySet<string>;
}

/** A group that gives people something now. */
interface Giver {
  readonly group: number;
  readonly bound: boolean;
  readonly places: readonly string[];
}

export class Rolls {
  readonly #known: readonly Roll[];
  readonly #directory: DirectorySnapshot;
  readonly #givers: ReadonlyMap<string, Giver>;
  readonly #departures = new Map<number, Departure[]>();
  readonly #stayed = new Map<string, number>();
  readonly #reached = new Map<string, number>();
  readonly #marks: Int32Array;
  /** Ids of groups that are as their rolls say. */
  readonly #same = new Set<string>();

  constructor({ directory, want, atlas }: Readings, known: readonly Roll[]) {
    this.#known = known;
    this.#directory = directory;
    this.#givers = giversOf(want, directory, atlas);
    this.#marks = new Int32Array(directory.personCount);
  }

  /** Comes first. */
  *mark(): Generator<void, void> {
    const isDue = breather(STRIDE);
    for (let person = 0; person < this.#marks.length; person++) {
      this.#marks[person] = markOf(this.#directory.person(person).id);
      if (isDue()) yield;
    }
  }

  /** Groups that somebody left and that gave something in a place. */
  leftBy(directoryId: string, place: string): readonly Roll[] {
    const departures = this.#departures.get(markOf(directoryId)) ?? [];
    const rolls = departures.flatMap(({ roll, places }) => (places.has(place) ? [roll] : []));
    return rolls.sort((a, b) => (a.directoryId < b.directoryId ? -1 : 1));
  }

  /** The group is no longer in the directory. */
  isGone({ directoryId }: Roll): boolean {
    return this.#directory.groupIndex(directoryId) < 0;
  }

  /** How many of those whom a group reached are still in it; where nothing is remembered, all who are in it. For a group that gives something, or did. */
  stayed(group: string): number {
    return (this.#stayed.get(group) ?? this.#reached.get(group)) as number;
  }

  /** How many people each group that gives something reaches now, by its id. */
  everyReached(): Iterable<[string, number]> {
    return this.#reached;
  }

  /** By what a reading of everything says. */
  *compare(): Generator<void, void> {
    const isDue = breather(STRIDE);
    const known = new Map(this.#known.map((roll) => [roll.directoryId, roll]));
    for (const [id, giver] of this.#givers) {
      const people = this.#peopleOf(giver);
      this.#reached.set(id, people.length);
      const roll = known.get(id);
      if (roll !== undefined) this.#compareOne(roll, giver, people);
      if (isDue(people.length)) yield;
    }
    for (const roll of this.#known) {
      if (this.#givers.has(roll.directoryId)) continue;
      for (const mark of readMarks(roll.people)) this.#depart(mark, roll, [...roll.places, '']);
      this.#stayed.set(roll.directoryId, 0);
      if (isDue(roll.people.count)) yield;
    }
  }

  #compareOne(roll: Roll, giver: Giver, people: Int32Array): void {
    const lost = roll.places.filter((place) => !giver.places.includes(place));
    const same = this.#isSame(roll, people);
    if (same) this.#same.add(roll.directoryId);
    this.#stayed.set(roll.directoryId, roll.people.count);
    if (same && lost.length === 0) return;
    const now = this.#marksOf(people).sort();
    let stayed = 0;
    for (const mark of readMarks(roll.people)) {
      if (!isMember(now, mark)) this.#depart(mark, roll, [...roll.places, '']);
      else if (lost.length > 0) this.#depart(mark, roll, lost);
      else stayed++;
    }
    this.#stayed.set(roll.directoryId, stayed);
  }

  /** By what is read of these people alone; through which group they are in another one is not known then. */
  look(): void {
    for (const [person, mark] of this.#marks.entries()) {
      for (const roll of this.#known) {
        if (!hasMark(roll.people, mark)) continue;
        const group = this.#directory.groupIndex(roll.directoryId);
        if (group >= 0 && isMember(this.#directory.members(group), person)) continue;
        this.#depart(mark, roll, [...roll.places, '']);
      }
    }
  }

  #depart(mark: number, roll: Roll, places: readonly string[]): void {
    const departure = { roll, places: new Set(places) };
    const known = this.#departures.get(mark);
    if (known === undefined) this.#departures.set(mark, [departure]);
    else known.push(departure);
  }

  #peopleOf({ group }: Giver): Int32Array {
    return peopleIn(this.#directory, closureOf(this.#directory, group));
  }

  #marksOf(people: Int32Array): Int32Array {
    return people.map((person) => this.#marks[person] as number);
  }

  #isSame({ people: { count, sum } }: Roll, people: Int32Array): boolean {
    if (people.length !== count) return false;
    let now = 0;
    for (const person of people) now += this.#marks[person] as number;
    return now === sum;
  }

  /**
   * What is remembered from now on: who is in each group, and whose loss the plan still has, whatever its verdict.
   * @param frozen a rule gives nothing only for now, so no group is forgotten.
   */
  *after(changes: readonly Change[], frozen: boolean): Generator<void, readonly Roll[]> {
    const isDue = breather(STRIDE);
    const open = openLosses(changes);
    const known = new Map(this.#known.map((roll) => [roll.directoryId, roll]));
    const rolls: Roll[] = [];
    for (const [id, giver] of this.#givers) {
      const roll = this.#rollOf(id, giver, { old: known.get(id), left: open.get(id) });
      rolls.push(roll);
      if (isDue(roll.people.count)) yield;
    }
    for (const roll of this.#known) {
      const left = open.get(roll.directoryId);
      if (this.#givers.has(roll.directoryId)) continue;
      if (frozen) rolls.push(roll);
      else if (left !== undefined) rolls.push({ ...roll, people: writeMarks(Int32Array.from(left)) });
    }
    return rolls;
  }

  #rollOf(
    directoryId: string,
    giver: Giver,
    { old, left }: { readonly old: Roll | undefined; readonly left: ReadonlySet<number> | undefined },
  ): Roll {
    const { group, places, bound } = giver;
    const { name } = this.#directory.group(group);
    const row = { directoryId, name, places, bound };
    if (left === undefined && old !== undefined && this.#same.has(directoryId)) {
      const equal = old.name === name && old.bound === bound && old.places.join() === places.join();
      return equal ? old : { ...row, people: old.people };
    }
    const now = this.#marksOf(this.#peopleOf(giver)).sort();
    const gone = [...(left ?? [])].filter((mark) => !isMember(now, mark));
    const all = new Int32Array(now.length + gone.length);
    all.set(now);
    all.set(gone, now.length);
    return { ...row, people: writeMarks(all) };
  }
}

export function* rollSteps(readings: Readings, known: readonly Roll[]): Generator<void, Rolls> {
  const rolls = new Rolls(readings, known);
  yield* rolls.mark();
  if (readings.whole) yield* rolls.compare();
  else rolls.look();
  return rolls;
}

/** Every group through which a rule gives people something directly, nested ones too, by its id. */
function giversOf(
  { bindings, closures }: Want,
  directory: DirectorySnapshot,
  atlas: Atlas,
): ReadonlyMap<string, Giver> {
  const found = new Map<number, { bound: boolean; places: Set<string> }>();
  for (const [index, { rule, place, group: own }] of bindings.entries() as Iterable<[number, Binding]>) {
    if (rule.via !== 'direct') continue;
    for (const group of (closures[index] as Closure).groups) {
      const giver = found.get(group) ?? { bound: false, places: new Set() };
      found.set(group, giver);
      giver.bound ||= group === own;
      // An organization that is yet to be created has no id, and nobody who could lose it.
      const key: string | null = placeKey(atlas, place);
      if (key !== null) giver.places.add(key);
    }
  }
  return new Map(
    Array.from(found, ([group, { bound, places }]) => [
      directory.group(group).id,
      { group, bound, places: [...places].sort() },
    ]),
  );
}

/** Group id → marks of those who left it and would lose something for it. */
function openLosses(changes: readonly Change[]): ReadonlyMap<string, Set<number>> {
  const open = new Map<string, Set<number>>();
  for (const { left = [], subject } of changes) {
    for (const { id } of left as readonly (NamedRef & { id: string })[]) {
      const marks = open.get(id) ?? new Set();
      open.set(id, marks.add(markOf(subject.directoryId as string)));
    }
  }
  return open;
}
