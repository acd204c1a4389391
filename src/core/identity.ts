/**
 * Who is who: the ledger links IdP ids to Devin user ids; the normalised e-mail joins only what is unlinked.
 * Several people on one address, or several Devin ids on one, is a collision that is listed and holds grants.
 */
import type { DevinState } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { LedgerPerson } from './model/memory.ts';

/** Trimmed, lower case, declared alias domains folded; null when there is no usable address. */
export function normaliseEmail(
  email: string | null,
  aliases: Readonly<Record<string, string>>,
): string | null {
  if (email === null) return null;
  const plain = email.trim().toLowerCase();
  const at = plain.lastIndexOf('@');
  if (at < 1 || at === plain.length - 1) return null;
  const domain = plain.slice(at + 1);
  const canonical = aliases[domain];
  return canonical === undefined ? plain : `${plain.slice(0, at)}@${canonical}`;
}

/** Matches an address against `a@b`, `*@b` or `svc-*@b`; both sides in lower case. */
export function matchesEmail(email: string, pattern: string): boolean {
  if (!pattern.includes('*')) return email === pattern.toLowerCase();
  const parts = pattern
    .toLowerCase()
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(email);
}

export interface Collision {
  readonly email: string;
  readonly people: readonly number[];
  readonly users: readonly number[];
}

/** People and Devin users joined, as indexes into both readings. */
export interface Join {
  /** Normalised address of each person; null: none. */
  readonly emails: readonly (string | null)[];
  /** Devin user of each person, or -1. */
  readonly userOf: Int32Array;
  /** Person of each Devin user, or -1; users that collide with a joined one point to the same person. */
  readonly personOf: Int32Array;
  /** Further Devin users on the address of a joined person. */
  readonly twins: ReadonlyMap<number, readonly number[]>;
  /** People whose grants are held, with the reason in words. */
  readonly blocked: ReadonlyMap<number, string>;
  readonly collisions: readonly Collision[];
  /** Devin users linked to an IdP id that this reading does not have. */
  readonly orphans: ReadonlyMap<number, LedgerPerson>;
  /** Ledger row of each linked Devin user. */
  readonly links: ReadonlyMap<number, LedgerPerson>;
}

interface Work {
  readonly directory: DirectorySnapshot;
  readonly devin: DevinState;
  readonly emails: (string | null)[];
  readonly userOf: Int32Array;
  readonly personOf: Int32Array;
  readonly twins: Map<number, number[]>;
  readonly blocked: Map<number, string>;
  readonly collisions: Collision[];
  readonly orphans: Map<number, LedgerPerson>;
  readonly links: Map<number, LedgerPerson>;
}

export function join(
  directory: DirectorySnapshot,
  devin: DevinState,
  ledger: readonly LedgerPerson[],
  aliases: Readonly<Record<string, string>>,
): Join {
  const work: Work = {
    directory,
    devin,
    emails: Array.from({ length: directory.personCount }, (_, p) =>
      normaliseEmail(directory.person(p).email, aliases),
    ),
    userOf: new Int32Array(directory.personCount).fill(-1),
    personOf: new Int32Array(devin.userCount).fill(-1),
    twins: new Map(),
    blocked: new Map(),
    collisions: [],
    orphans: new Map(),
    links: new Map(),
  };
  linkByLedger(work, ledger);
  const peopleOn = peopleByEmail(work);
  joinByEmail(work, peopleOn, usersByEmail(work, aliases));
  return work;
}

function linkByLedger(work: Work, ledger: readonly LedgerPerson[]): void {
  for (const row of ledger) {
    const user = work.devin.userIndex(row.devinId);
    if (user < 0) continue;
    work.links.set(user, row);
    const person = work.directory.personIndex(row.directoryId);
    if (person < 0) {
      work.orphans.set(user, row);
      continue;
    }
    work.personOf[user] = person;
    if (work.userOf[person] === -1) work.userOf[person] = user;
    else addTwin(work, person, user);
  }
}

function peopleByEmail(work: Work): Map<string, number[]> {
  const people = new Map<string, number[]>();
  work.emails.forEach((email, person) => {
    if (email === null) return;
    const known = people.get(email);
    if (known === undefined) people.set(email, [person]);
    else known.push(person);
  });
  return people;
}

function usersByEmail(work: Work, aliases: Readonly<Record<string, string>>): Map<string, number[]> {
  const users = new Map<string, number[]>();
  for (let user = 0; user < work.devin.userCount; user++) {
    const email = normaliseEmail(work.devin.user(user).email, aliases);
    if (email === null) continue;
    const known = users.get(email);
    if (known === undefined) users.set(email, [user]);
    else known.push(user);
  }
  return users;
}

function joinByEmail(work: Work, peopleOn: Map<string, number[]>, usersOn: Map<string, number[]>): void {
  for (const [email, people] of peopleOn) {
    const users = usersOn.get(email) ?? [];
    if (people.length > 1) {
      blockPeople(work, email, people, users);
      continue;
    }
    const person = people[0] as number;
    for (const user of users) claim(work, person, user, email);
    if (work.twins.has(person)) work.collisions.push({ email, people, users });
  }
}

/** One user for one person; a user linked to somebody else keeps its link and blocks the newcomer. */
function claim(work: Work, person: number, user: number, email: string): void {
  const holder = work.links.get(user);
  if (holder !== undefined) {
    const mine = work.personOf[user] === person;
    if (!mine) {
      work.blocked.set(
        person,
        `${email} belongs to Devin user ${work.devin.user(user).id}, which is linked to the directory id ${holder.directoryId}`,
      );
    }
    return;
  }
  work.personOf[user] = person;
  if (work.userOf[person] === -1) work.userOf[person] = user;
  else addTwin(work, person, user);
}

function addTwin(work: Work, person: number, user: number): void {
  const known = work.twins.get(person);
  if (known === undefined) work.twins.set(person, [user]);
  else known.push(user);
  work.blocked.set(
    person,
    `several Devin users stand for ${work.directory.person(person).email ?? work.directory.person(person).id}`,
  );
}

function blockPeople(work: Work, email: string, people: readonly number[], users: readonly number[]): void {
  work.collisions.push({ email, people, users });
  for (const person of people)
    work.blocked.set(person, `${people.length} people of the directory share ${email}`);
  for (const user of users) {
    if (work.links.has(user)) continue;
    // Nobody owns it yet: it counts as the first person's only for being judged "not foreign"; grants are held.
    work.personOf[user] = people[0] as number;
  }
}
