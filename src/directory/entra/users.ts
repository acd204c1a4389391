/**
 * Users by id and by number. A number is given to an id once, so that a membership of a large tenant is a row of
 * integers instead of half a million strings, and whether somebody is known is asked without hashing their id again.
 */
import type { GraphUser } from './schema.ts';

export class Users {
  readonly #numbers = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #users: (GraphUser | undefined)[] = [];
  #size = 0;

  /** Users whose own record is known. */
  get size(): number {
    return this.#size;
  }

  /** Ids that have a number, of known users or not. */
  get numbered(): number {
    return this.#ids.length;
  }

  number(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = this.#ids.push(id) - 1;
    this.#numbers.set(id, number);
    this.#users.push(undefined);
    return number;
  }

  id(number: number): string {
    return this.#ids[number] as string;
  }

  /** Undefined while only a membership has named them. */
  at(number: number): GraphUser | undefined {
    return this.#users[number];
  }

  get(id: string): GraphUser | undefined {
    const number = this.#numbers.get(id);
    return number === undefined ? undefined : this.#users[number];
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  set(user: GraphUser): void {
    const number = this.number(user.id);
    if (this.#users[number] === undefined) this.#size++;
    this.#users[number] = user;
  }

  /** The number stays: memberships may hold it. */
  delete(id: string): void {
    if (!this.has(id)) return;
    this.#size--;
    this.#users[this.number(id)] = undefined;
  }

  /** Known users with their numbers. */
  *entries(): Generator<[number, GraphUser]> {
    for (const [number, user] of this.#users.entries()) if (user !== undefined) yield [number, user];
  }
}
