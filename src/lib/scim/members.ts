/** The members of a group are kept apart from its body; what requests say of them becomes one change. */
import { bad, shown } from './fault.ts';
import type { ScimFilter } from './filter.ts';
import { isObject, own } from './path.ts';
import type { MemberChange, ScimValue } from './store.ts';

/** As Redis keeps them; ids given here have 36 characters. */
const LONGEST_ID = 256;

/** Ids in a value of `members`, each once. One lone member may stand without a list. @throws ScimFault invalidValue */
export function memberIds(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  return [...new Set((Array.isArray(value) ? value : [value]).map(memberId))];
}

function memberId(member: unknown): string {
  const id = typeof member === 'string' ? member : isObject(member) ? idIn(member) : undefined;
  if (typeof id !== 'string' || id.trim() === '')
    throw bad(
      'invalidValue',
      `A member needs a value, the id of a user or group; ${shown(member)} has none.`,
    );
  if (id.length > LONGEST_ID)
    throw bad('invalidValue', `The id ${shown(id)} is longer than ${LONGEST_ID} characters.`);
  return id;
}

function idIn(member: { readonly [name: string]: ScimValue }): ScimValue | undefined {
  for (const [name, value] of Object.entries(member)) if (name.toLowerCase() === 'value') return value;
  const reference = own(member, '$ref');
  return typeof reference === 'string' ? reference.slice(reference.lastIndexOf('/') + 1) : undefined;
}

/** Several operations on members as one. Removals come first in a change, so an id stands on one side only. */
export class MemberChanges {
  #all: Set<string> | null = null;
  readonly #add = new Set<string>();
  readonly #remove = new Set<string>();
  #spoken = false;

  add(ids: Iterable<string>): void {
    this.#spoken = true;
    for (const id of ids) {
      if (this.#all !== null) this.#all.add(id);
      else {
        this.#add.add(id);
        this.#remove.delete(id);
      }
    }
  }

  remove(ids: Iterable<string>): void {
    this.#spoken = true;
    for (const id of ids) {
      if (this.#all !== null) this.#all.delete(id);
      else {
        this.#remove.add(id);
        this.#add.delete(id);
      }
    }
  }

  replace(ids: Iterable<string>): void {
    this.#spoken = true;
    this.#all = new Set(ids);
  }

  /** The members after these changes. */
  over(before: readonly string[]): ReadonlySet<string> {
    if (this.#all !== null) return this.#all;
    const after = new Set(before);
    for (const id of this.#remove) after.delete(id);
    for (const id of this.#add) after.add(id);
    return after;
  }

  /** undefined: nothing was said of members. */
  result(): MemberChange | undefined {
    if (!this.#spoken) return undefined;
    if (this.#all !== null) return { kind: 'replace', ids: [...this.#all] };
    return { kind: 'change', add: [...this.#add], remove: [...this.#remove] };
  }
}

/** Ids out of `members[value eq "a" or value eq "b"]`; null: the members themselves have to be looked at. */
export function idsInFilter(filter: ScimFilter): readonly string[] | null {
  if (filter.kind === 'compare') {
    const named = filter.path.toLowerCase() === 'value' && filter.op === 'eq';
    return named && typeof filter.value === 'string' ? [filter.value] : null;
  }
  if (filter.kind !== 'or') return null;
  const parts = filter.of.map(idsInFilter);
  return parts.every((part) => part !== null) ? parts.flat() : null;
}
