/** The desired state: which role each person should hold directly, place by place, and which rule decided. */

import type { Binding } from './bind.ts';
import type { Rows } from './model/columns.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { Deny, Grant } from './model/grants.ts';
import type { GivenRole, PersonalLines } from './personal.ts';
import type { Atlas, RankedRole } from './places.ts';
import { breather } from './steps.ts';

/** One wanted role. `binding` -1: the default enterprise role, wanted because an org role needs it. */
export interface Wanted {
  readonly place: number;
  readonly role: number;
  readonly binding: number;
  /** The grant that decided instead of a rule. */
  readonly grant?: Grant;
}

/** Groups of a binding: its own group first, then nested ones, each with the group it was reached from. */
export interface Closure {
  readonly groups: readonly number[];
  readonly parent: ReadonlyMap<number, number>;
}

export class Want {
  readonly bindings: readonly Binding[];
  readonly closures: readonly Closure[];
  readonly #atlas: Atlas;
  readonly #reaches: Rows;
  readonly #directAt = new Map<number, number[]>();
  readonly #personal: ReadonlyMap<number, PersonalLines>;

  /** `reaches`: the direct bindings that reach each person, in the order of their places. */
  constructor(
    bindings: readonly Binding[],
    closures: readonly Closure[],
    atlas: Atlas,
    reaches: Rows,
    personal: ReadonlyMap<number, PersonalLines>,
  ) {
    this.#personal = personal;
    this.bindings = bindings;
    this.closures = closures;
    this.#atlas = atlas;
    this.#reaches = reaches;
    for (const [index, { rule, place }] of bindings.entries()) {
      if (rule.via !== 'direct') continue;
      const known = this.#directAt.get(place);
      if (known === undefined) this.#directAt.set(place, [index]);
      else known.push(index);
    }
  }

  /** Direct bindings of a place, by index; the closure of each is at the same index. */
  directAt(place: number): readonly number[] {
    return this.#directAt.get(place) ?? [];
  }

  /** Whether any rule gives people something directly. */
  get hasDirect(): boolean {
    return this.#directAt.size > 0;
  }

  /** In the order of places, one role each: no denied place, then grants, then rules. */
  of(person: number): Wanted[] {
    const byRules = this.byRules(person);
    const lines = this.#personal.get(person);
    return lines === undefined ? byRules : personally(byRules, lines, this.#atlas.defaultRole);
  }

  /** The deny that is in force for a person in a place. */
  denial(person: number, place: number): Deny | undefined {
    const denied = this.#personal.get(person)?.denied;
    return denied?.get(null) ?? denied?.get(place);
  }

  /** The grant of exactly this role whose time is over. */
  ended(person: number, place: number, role: number): GivenRole | undefined {
    return this.#personal.get(person)?.ended.find((one) => one.place === place && one.role === role);
  }

  /** Whether a grant of any role to this person is over. */
  hadGrants(person: number): boolean {
    return (this.#personal.get(person)?.ended.length ?? 0) > 0;
  }

  /** What rules alone give: higher priority wins, then the stronger role, then the earlier rule. */
  byRules(person: number): Wanted[] {
    const { offsets, values } = this.#reaches;
    const end = offsets[person + 1] as number;
    const wanted: Wanted[] = [];
    let top: Wanted | null = null;
    for (let at = offsets[person] as number; at < end; at++) {
      const binding = values[at] as number;
      const { place, role } = this.bindings[binding] as Binding;
      if (top === null && place !== ENTERPRISE)
        wanted.push({ place: ENTERPRISE, role: this.#atlas.defaultRole, binding: -1 });
      if (top === null || top.place !== place) wanted.push({ place, role, binding });
      else if (this.#beats(binding, top.binding)) wanted[wanted.length - 1] = { place, role, binding };
      top = wanted[wanted.length - 1] as Wanted;
    }
    return wanted;
  }

  #beats(challenger: number, holder: number): boolean {
    return outranks(this.#atlas, this.bindings[challenger] as Binding, this.bindings[holder] as Binding);
  }
}

/** What is left of rules, and comes to it, for a person who is named. An org role needs an enterprise role. */
export function personally(
  byRules: readonly Wanted[],
  { given, denied }: PersonalLines,
  defaultRole: number,
): Wanted[] {
  if (denied.has(null)) return [];
  const byPlace = new Map<number, Wanted>();
  for (const one of byRules) if (one.binding >= 0) byPlace.set(one.place, one);
  for (const { place, role, grant } of given) byPlace.set(place, { place, role, binding: -1, grant });
  for (const place of denied.keys()) byPlace.delete(place as number);
  const wanted = [...byPlace.values()].sort((a, b) => a.place - b.place);
  if (wanted.length > 0 && (wanted[0] as Wanted).place !== ENTERPRISE)
    wanted.unshift({ place: ENTERPRISE, role: defaultRole, binding: -1 });
  return wanted;
}

/** Precedence of two bindings in one place. The list of bindings is in a fixed order, so equals are settled by it. */
export function outranks(atlas: Atlas, a: Binding, b: Binding): boolean {
  if (a.rule.priority !== b.rule.priority) return a.rule.priority > b.rule.priority;
  const strength = (role: number) => (atlas.roles[role] as RankedRole).strength;
  return strength(a.role) > strength(b.role);
}

/** Nested groups below `group`, breadth first; a cycle ends where it closes. */
export function closureOf(directory: DirectorySnapshot, group: number): Closure {
  const parent = new Map<number, number>();
  const groups = [group];
  const seen = new Set(groups);
  for (const current of groups) {
    for (const child of directory.children(current)) {
      if (seen.has(child)) continue;
      seen.add(child);
      parent.set(child, current);
      groups.push(child);
    }
  }
  return { groups, parent };
}

/** People of a closure, each once, by index. */
export function peopleIn(directory: DirectorySnapshot, { groups }: Closure): Int32Array {
  const lists = groups.map((group) => directory.members(group));
  if (lists.length === 1) return lists[0] as Int32Array;
  const all = new Int32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let length = 0;
  for (const list of lists) {
    all.set(list, length);
    length += list.length;
  }
  return all.sort().filter((person, at) => at === 0 || person !== all[at - 1]);
}

/** Memberships between two chances to breathe. */
const STRIDE = 4096;

/** In strides, since a large company has millions of memberships. */
export function* wantSteps(
  directory: DirectorySnapshot,
  bindings: readonly Binding[],
  atlas: Atlas,
  personal: ReadonlyMap<number, PersonalLines>,
): Generator<void, Want> {
  const known = new Map<number, Closure>();
  const closures = bindings.map(({ group }) => {
    const closure = known.get(group) ?? closureOf(directory, group);
    known.set(group, closure);
    return closure;
  });
  yield;
  const reaches = yield* reachSteps(directory, bindings, closures);
  return new Want(bindings, closures, atlas, reaches, personal);
}

/** A counting sort of memberships by person: who goes through the bindings in the order of places keeps that order. */
function* reachSteps(
  directory: DirectorySnapshot,
  bindings: readonly Binding[],
  closures: readonly Closure[],
): Generator<void, Rows> {
  const placeOf = (index: number) => (bindings[index] as Binding).place;
  const direct = [...bindings.keys()]
    .filter((index) => bindings[index]?.rule.via === 'direct')
    .sort((a, b) => placeOf(a) - placeOf(b) || a - b);
  const nested = new Map<Closure, Int32Array>();
  const reached = (index: number): Int32Array => {
    const closure = closures[index] as Closure;
    const people = nested.get(closure) ?? peopleIn(directory, closure);
    if (closure.groups.length > 1) nested.set(closure, people);
    return people;
  };
  const offsets = new Int32Array(directory.personCount + 1);
  yield* visitEach(direct, reached, (person) => {
    offsets[person + 1] = (offsets[person + 1] as number) + 1;
  });
  for (let person = 0; person < directory.personCount; person++)
    offsets[person + 1] = (offsets[person + 1] as number) + (offsets[person] as number);
  const next = offsets.slice(0, -1);
  const values = new Int32Array(offsets[directory.personCount] as number);
  yield* visitEach(direct, reached, (person, index) => {
    values[next[person] as number] = index;
    next[person] = (next[person] as number) + 1;
  });
  return { offsets, values };
}

function* visitEach(
  bindings: readonly number[],
  reached: (index: number) => Int32Array,
  visit: (person: number, index: number) => void,
): Generator<void, void> {
  const isDue = breather(STRIDE);
  for (const index of bindings) {
    const people = reached(index);
    for (const person of people) visit(person, index);
    if (isDue(people.length)) yield;
  }
}

/** `Engineering > Frontend`: how a person is in a binding's group; null when not a member. */
export function groupPath(directory: DirectorySnapshot, closure: Closure, person: number): string | null {
  for (const group of closure.groups) {
    if (!isMember(directory.members(group), person)) continue;
    const path: string[] = [];
    for (let at: number | undefined = group; at !== undefined; at = closure.parent.get(at)) {
      path.unshift(directory.group(at).name);
    }
    return path.join(' > ');
  }
  return null;
}

/** Binary search in sorted member indexes. */
export function isMember(members: Int32Array, person: number): boolean {
  let low = 0;
  let high = members.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = members[middle] as number;
    if (value === person) return true;
    if (value < person) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
