/** A company of a million as arithmetic: nobody is an object until a page is asked for, so that pages cost next to nothing. */
import type { Shape } from './shape.ts';
import { emailOf, groupName, personId } from './tenant.ts';

/** When everything was last changed that has not changed since. */
const FOUNDED = '2026-01-05T09:00:00.000Z';
/** The smallest groups take the newcomers, so that as few groups as possible change. */
const TAKING = 20;

export class LargeCompany {
  readonly shape: Shape;
  /** Group → persons who joined, in the order in which they did. */
  readonly #joined = new Map<number, number[]>();
  readonly #updated = new Map<number, string>();
  #joins = 0;

  constructor(shape: Shape) {
    this.shape = shape;
  }

  groupId(group: number): string {
    return `00g${group.toString(36).padStart(17, '0')}`;
  }

  groupOf(id: string): number {
    return Number.parseInt(id.slice(3), 36);
  }

  user(person: number) {
    return { id: personId(person), email: emailOf(person), first: 'Person', last: `Number ${person}` };
  }

  name(group: number): string {
    return groupName(this.shape, group);
  }

  updated(group: number): string {
    return this.#updated.get(group) ?? FOUNDED;
  }

  /** Persons of a group; those who joined later come last. */
  members(group: number): number[] {
    const { members, offsets } = this.shape;
    const founders = members.subarray(offsets[group], offsets[group + 1]);
    return [...founders, ...(this.#joined.get(group) ?? [])];
  }

  /** So many people join; gives how many groups changed. */
  join(people: number): number {
    const changed = new Set<number>();
    const now = new Date().toISOString();
    for (const last = this.#joins + people; this.#joins < last; this.#joins++) {
      const person = (this.#joins * 7919) % this.shape.people;
      const group = this.shape.groups - 1 - (this.#joins % TAKING);
      if (this.members(group).includes(person)) continue;
      this.#joined.set(group, [...(this.#joined.get(group) ?? []), person]);
      this.#updated.set(group, now);
      changed.add(group);
    }
    return changed.size;
  }

  /** Everybody who has joined, by group: what a record of changes is made of. */
  joined(): ReadonlyMap<number, readonly number[]> {
    return new Map(this.#joined);
  }
}
