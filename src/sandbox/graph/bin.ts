/** Users that were deleted and can be restored, with the memberships that come back with them. */
import type { CompanyDirectory } from '../company/directory.ts';
import type { CompanyPerson } from '../company/model.ts';

interface Deleted {
  readonly person: CompanyPerson;
  readonly groups: readonly string[];
}

export class RecycleBin {
  readonly soft = new Map<string, Deleted>();
  readonly restored = new Set<string>();
  readonly #company: CompanyDirectory;

  constructor(company: CompanyDirectory) {
    this.#company = company;
  }

  /** @returns the id. */
  softDelete(key: string): string {
    const person = this.#company.person(key);
    const groups = [...this.#company.company.groups.values()]
      .filter(({ members }) => members.has(person.id))
      .map(({ id }) => id);
    this.#company.deletePerson(person.id);
    this.soft.set(person.id, { person, groups });
    return person.id;
  }

  /** The same id, in those of its groups that still exist. */
  restore(id: string): void {
    const deleted = this.soft.get(id);
    if (deleted === undefined) throw new Error(`${id} is not in the recycle bin`);
    this.soft.delete(id);
    this.restored.add(id);
    this.#company.company.people.set(id, deleted.person);
    for (const group of deleted.groups) this.#company.company.groups.get(group)?.members.add(id);
  }
}
