/** The desired state: which role each person should hold directly, place by place, and which rule decided. */

import type { Binding } from './bind.ts';
import { edgesByRow, IntColumn, type Rows, rowAt } from './model/columns.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { Atlas, RankedRole } from './places.ts';

/** One wanted role. `binding` -1: the default enterprise role, wanted because an org role needs it. */
export interface Wanted {
  readonly place: number;
  readonly role: number;
  readonly binding: number;
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
  readonly #rows: Rows;
  readonly #bindingOf: Int32Array;
  readonly #directAt = new Map<number, number[]>();

  constructor(
    bindings: readonly Binding[],
    closures: readonly Closure[],
    atlas: Atlas,
    rows: Rows,
    bindingOf: Int32Array,
  ) {
    this.bindings = bindings;
    this.closures = closures;
    this.#atlas = atlas;
    this.#rows = rows;
    this.#bindingOf = bindingOf;
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

  /** One role a place: higher priority wins, then the stronger role, then the earlier rule. */
  of(person: number): Wanted[] {
    const wanted: Wanted[] = [];
    for (const edge of rowAt(this.#rows, person)) {
      const binding = this.#bindingOf[edge] as number;
      const { place, role } = this.bindings[binding] as Binding;
      const rival = wanted.findIndex((other) => other.place === place);
      if (rival < 0) wanted.push({ place, role, binding });
      else if (this.#beats(binding, (wanted[rival] as Wanted).binding))
        wanted[rival] = { place, role, binding };
    }
    const inOrg = wanted.length > 0 && !wanted.some((one) => one.place === ENTERPRISE);
    if (inOrg) wanted.push({ place: ENTERPRISE, role: this.#atlas.defaultRole, binding: -1 });
    return wanted.sort((a, b) => a.place - b.place);
  }

  #beats(challenger: number, holder: number): boolean {
    return outranks(this.#atlas, this.bindings[challenger] as Binding, this.bindings[holder] as Binding);
  }
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

/** People of a closure, each once. */
export function* peopleIn(directory: DirectorySnapshot, closure: Closure): Generator<number> {
  if (closure.groups.length === 1) {
    yield* directory.members(closure.groups[0] as number);
    return;
  }
  const seen = new Set<number>();
  for (const group of closure.groups) {
    for (const person of directory.members(group)) {
      if (seen.has(person)) continue;
      seen.add(person);
      yield person;
    }
  }
}

export function buildWant(directory: DirectorySnapshot, bindings: readonly Binding[], atlas: Atlas): Want {
  const personOf = new IntColumn(1024);
  const bindingOf = new IntColumn(1024);
  const cache = new Map<number, Closure>();
  const closures = bindings.map((binding, index) => {
    const closure = cache.get(binding.group) ?? closureOf(directory, binding.group);
    cache.set(binding.group, closure);
    if (binding.rule.via === 'direct') {
      for (const person of peopleIn(directory, closure)) {
        personOf.push(person);
        bindingOf.push(index);
      }
    }
    return closure;
  });
  const rows = edgesByRow(personOf.view(), directory.personCount);
  return new Want(bindings, closures, atlas, rows, bindingOf.view());
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
