/** Changes to a company, each with the time stamps and the sequence number that an IdP would give it. */
import type { Company, CompanyGroup, CompanyPerson } from './model.ts';

/** Unix times in ms. `membership` moves when people or groups join or leave; people have none. */
export interface Stamp {
  readonly created: number;
  readonly updated: number;
  readonly membership: number;
}

export interface CompanyChange {
  /** 1 and up, without gaps. */
  readonly sequence: number;
  readonly at: number;
  readonly kind: 'person' | 'person-deleted' | 'group' | 'membership' | 'group-deleted';
  readonly id: string;
}

export interface Hire {
  firstName: string;
  lastName: string;
  email: string;
  status?: CompanyPerson['status'];
  /** Names or ids. */
  groups?: readonly string[];
}

/** The stamp of everything that has not changed since the company was built. */
export const FOUNDED = Date.UTC(2026, 0, 5, 9);

/**
 * The mutators find a person by id or e-mail and a group by id or name; they throw when there is none.
 * The maps of the company may also be changed directly: the fakes serve that at once, only without a new stamp.
 */
export class CompanyDirectory {
  readonly company: Company;
  readonly changes: CompanyChange[] = [];
  readonly #now: () => number;
  readonly #stamps = new WeakMap<object, Stamp>();
  #last = FOUNDED;
  #ids = 0;

  constructor(company: Company, options: { now?: () => number } = {}) {
    this.company = company;
    this.#now = options.now ?? Date.now;
  }

  person(key: string): CompanyPerson {
    const known = this.company.people.get(key);
    if (known !== undefined) return known;
    const email = key.toLowerCase();
    for (const person of this.company.people.values())
      if (person.email.toLowerCase() === email) return person;
    throw new Error(`the company has no person ${key}`);
  }

  group(key: string): CompanyGroup {
    const known = this.company.groups.get(key);
    if (known !== undefined) return known;
    for (const group of this.company.groups.values()) if (group.name === key) return group;
    throw new Error(`the company has no group ${key}`);
  }

  stamp(subject: CompanyPerson | CompanyGroup): Stamp {
    return this.#stamps.get(subject) ?? { created: FOUNDED, updated: FOUNDED, membership: FOUNDED };
  }

  hire(hire: Hire): CompanyPerson {
    const groups = (hire.groups ?? []).map((key) => this.group(key));
    const { firstName, lastName, email, status = 'active' } = hire;
    const person = { id: this.#newId('00u'), email, firstName, lastName, status };
    this.company.people.set(person.id, person);
    this.#created(person, 'person');
    for (const group of groups) this.join(group.id, person.id);
    return person;
  }

  suspend(key: string): CompanyPerson {
    return this.#setStatus(key, 'suspended');
  }

  deactivate(key: string): CompanyPerson {
    return this.#setStatus(key, 'deactivated');
  }

  /** Active again, after a suspension, a deactivation or while staged. */
  restore(key: string): CompanyPerson {
    return this.#setStatus(key, 'active');
  }

  changeEmail(key: string, email: string): CompanyPerson {
    const person = this.person(key);
    person.email = email;
    return this.#touched(person, 'person');
  }

  /** Gone from the directory and from every group. */
  deletePerson(key: string): void {
    const person = this.person(key);
    for (const group of this.company.groups.values()) {
      if (group.members.delete(person.id)) this.#touched(group, 'membership');
    }
    this.company.people.delete(person.id);
    this.#record('person-deleted', person.id);
  }

  createGroup(name: string): CompanyGroup {
    const group = { id: this.#newId('00g'), name, members: new Set<string>(), children: new Set<string>() };
    this.company.groups.set(group.id, group);
    this.#created(group, 'group');
    return group;
  }

  renameGroup(key: string, name: string): CompanyGroup {
    const group = this.group(key);
    group.name = name;
    return this.#touched(group, 'group');
  }

  deleteGroup(key: string): void {
    const group = this.group(key);
    for (const parent of this.company.groups.values()) {
      if (parent.children.delete(group.id)) this.#touched(parent, 'membership');
    }
    this.company.groups.delete(group.id);
    this.#record('group-deleted', group.id);
  }

  join(groupKey: string, personKey: string): void {
    const group = this.group(groupKey);
    group.members.add(this.person(personKey).id);
    this.#touched(group, 'membership');
  }

  leave(groupKey: string, personKey: string): void {
    const group = this.group(groupKey);
    const person = this.person(personKey);
    if (!group.members.delete(person.id)) throw new Error(`${person.email} is not in ${group.name}`);
    this.#touched(group, 'membership');
  }

  move(personKey: string, from: string, to: string): void {
    this.leave(from, personKey);
    this.join(to, personKey);
  }

  /** Puts one group into another. */
  nest(parentKey: string, childKey: string): void {
    const parent = this.group(parentKey);
    parent.children.add(this.group(childKey).id);
    this.#touched(parent, 'membership');
  }

  #setStatus(key: string, status: CompanyPerson['status']): CompanyPerson {
    const person = this.person(key);
    person.status = status;
    return this.#touched(person, 'person');
  }

  #created(subject: CompanyPerson | CompanyGroup, kind: CompanyChange['kind']): void {
    const at = this.#record(kind, subject.id);
    this.#stamps.set(subject, { created: at, updated: at, membership: at });
  }

  #touched<T extends CompanyPerson | CompanyGroup>(subject: T, kind: CompanyChange['kind']): T {
    const stamp = this.stamp(subject);
    const at = this.#record(kind, subject.id);
    this.#stamps.set(
      subject,
      kind === 'membership' ? { ...stamp, membership: at } : { ...stamp, updated: at },
    );
    return subject;
  }

  // Two changes never share a time: readers compare stamps by equality.
  #record(kind: CompanyChange['kind'], id: string): number {
    this.#last = Math.max(this.#now(), this.#last + 1);
    this.changes.push({ sequence: this.changes.length + 1, at: this.#last, kind, id });
    return this.#last;
  }

  #newId(prefix: string): string {
    let id: string;
    do {
      this.#ids += 1;
      id = `${prefix}new${this.#ids.toString(36).padStart(14, '0')}`;
    } while (this.company.people.has(id) || this.company.groups.has(id));
    return id;
  }
}

const known = new WeakMap<Company, CompanyDirectory>();

/** The one directory of a company, so that two fakes that serve it agree on every stamp. */
export function directoryOf(company: Company | CompanyDirectory): CompanyDirectory {
  if (company instanceof CompanyDirectory) return company;
  const directory = known.get(company) ?? new CompanyDirectory(company);
  known.set(company, directory);
  return directory;
}
