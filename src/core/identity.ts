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
  // A domain may be called like a member of every object, so only own keys are aliases.
  return Object.hasOwn(aliases, domain) ? `${plain.slice(0, at)}@${aliases[domain]}` : plain;
}

/**
 * A test for addresses against `a@b`, `*@b` or `svc-*@b`. Case does not matter, and an alias domain means the same
 * as the domain it stands for, on both sides.
 */
export function addressMatcher(
  patterns: readonly string[],
  aliases: Readonly<Record<string, string>>,
): (email: string | null) => boolean {
  const exact = new Set<string>();
  const wild: RegExp[] = [];
  for (const pattern of patterns) {
    const plain = normaliseEmail(pattern, aliases) ?? pattern.trim().toLowerCase();
    if (plain.includes('*')) wild.push(new RegExp(`^${plain.split('*').map(literal).join('.*')}$`));
    else exact.add(plain);
  }
  return (email) => {
    const plain = normaliseEmail(email, aliases);
    return plain !== null && (exact.has(plain) || wild.some((expression) => expression.test(plain)));
  };
}

function literal(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

export interface Collision {
  readonly email: string;
  readonly people: readonly number[];
  readonly users: readonly number[];
  /** In words, with the ids. */
  readonly why: string;
}

/** People and Devin users joined, as indexes into both readings. */
export interface Join {
  /** Normalised address of each person; null: none. */
  readonly emails: readonly (string | null)[];
  /** Devin user of each person, or -1. */
  readonly userOf: Int32Array;
  /** Person of each Devin user, or -1; a twin points to the same person as the user it collides with. */
  readonly personOf: Int32Array;
  /** Further Devin users on the address of a joined person. */
  readonly twins: ReadonlyMap<number, readonly number[]>;
  /** People whose grants are held, with the reason in words. */
  readonly blocked: ReadonlyMap<number, string>;
  readonly collisions: readonly Collision[];
  /** Unlinked Devin users on an address that several people share: nobody can say whose they are. */
  readonly shared: ReadonlyMap<number, readonly number[]>;
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
  readonly shared: Map<number, readonly number[]>;
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
    shared: new Map(),
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
    work.userOf[person] = user;
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

function joinByEmail(
  work: Work,
  peopleOn: ReadonlyMap<string, readonly number[]>,
  usersOn: ReadonlyMap<string, readonly number[]>,
): void {
  for (const [email, people] of peopleOn) {
    const users = byId(work, usersOn.get(email) ?? []);
    if (people.length > 1) sharePeople(work, email, people, users);
    else claimUsers(work, email, people[0] as number, users);
  }
}

/** In the order of ids, so that the order of pages decides nothing. */
function byId({ devin }: Work, users: readonly number[]): readonly number[] {
  if (users.length < 2) return users;
  return [...users].sort((a, b) => (devin.user(a).id < devin.user(b).id ? -1 : 1));
}

/** The first unlinked user is the person's own; a user linked to somebody else keeps its link and blocks the newcomer. */
function claimUsers(work: Work, email: string, person: number, users: readonly number[]): void {
  const twins: number[] = [];
  for (const user of users) {
    const holder = work.links.get(user);
    if (holder === undefined) {
      work.personOf[user] = person;
      if (work.userOf[person] === -1) work.userOf[person] = user;
      else twins.push(user);
    } else if (work.personOf[user] !== person) {
      const why = `${email} belongs to Devin user ${holder.devinId}, which is linked to the directory id ${holder.directoryId}`;
      block(work, { email, people: [person], users: [user], why });
    }
  }
  if (twins.length === 0) return;
  work.twins.set(person, twins);
  const all = [work.userOf[person] as number, ...twins];
  const ids = all.map((user) => work.devin.user(user).id).join(', ');
  block(work, { email, people: [person], users: all, why: `several Devin users stand for ${email}: ${ids}` });
}

function sharePeople(work: Work, email: string, people: readonly number[], users: readonly number[]): void {
  const ids = people.map((person) => work.directory.person(person).id).sort();
  const why = `${people.length} people of the directory share ${email}: ${ids.join(', ')}`;
  block(work, { email, people, users, why });
  for (const user of users) {
    if (!work.links.has(user)) work.shared.set(user, people);
  }
}

function block(work: Work, collision: Collision): void {
  work.collisions.push(collision);
  for (const person of collision.people) work.blocked.set(person, collision.why);
}
