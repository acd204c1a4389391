/**
 * Who is who: the ledger links IdP ids to Devin user ids; the normalised e-mail joins only what is unlinked.
 * Several people on one address, or several Devin ids on one, is a collision that is listed and holds grants.
 */
import type { DevinState } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { LedgerPerson } from './model/memory.ts';
import { breather } from './steps.ts';

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

/** Ledger rows of people whom the directory does not have are under their address: it has no id for them. */
const OUTSIDE = 'grant:';

export function outsiderId(address: string): string {
  return `${OUTSIDE}${address}`;
}

export function isOutsiderId(directoryId: string): boolean {
  return directoryId.startsWith(OUTSIDE);
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
  /** Ledger row of each Devin user, where it is linked. */
  readonly links: readonly (LedgerPerson | undefined)[];
  /** Ledger row of each person whose linked Devin user is gone. */
  readonly lost: ReadonlyMap<number, LedgerPerson>;
}

interface Work {
  readonly directory: DirectorySnapshot;
  readonly devin: DevinState;
  readonly aliases: Readonly<Record<string, string>>;
  readonly emails: (string | null)[];
  readonly userOf: Int32Array;
  readonly personOf: Int32Array;
  readonly twins: Map<number, number[]>;
  readonly blocked: Map<number, string>;
  readonly shared: Map<number, readonly number[]>;
  readonly collisions: Collision[];
  readonly orphans: Map<number, LedgerPerson>;
  readonly links: (LedgerPerson | undefined)[];
  readonly lost: Map<number, LedgerPerson>;
}

/** People and users between two chances to breathe. */
const STRIDE = 4096;

/** In strides, since a large company has a million addresses on either side. */
export function* joinSteps(
  directory: DirectorySnapshot,
  devin: DevinState,
  ledger: readonly LedgerPerson[],
  aliases: Readonly<Record<string, string>>,
): Generator<void, Join> {
  const work: Work = {
    directory,
    devin,
    aliases,
    emails: new Array<string | null>(directory.personCount).fill(null),
    userOf: new Int32Array(directory.personCount).fill(-1),
    personOf: new Int32Array(devin.userCount).fill(-1),
    twins: new Map(),
    blocked: new Map(),
    shared: new Map(),
    collisions: [],
    orphans: new Map(),
    links: new Array<LedgerPerson | undefined>(devin.userCount).fill(undefined),
    lost: new Map(),
  };
  yield* linkByLedger(work, ledger);
  yield* joinByEmail(work, yield* peopleByEmail(work));
  return work;
}

function* linkByLedger(work: Work, ledger: readonly LedgerPerson[]): Generator<void, void> {
  const isDue = breather(STRIDE);
  for (const row of ledger) {
    if (isDue()) yield;
    const user = work.devin.userIndex(row.devinId);
    const person = work.directory.personIndex(row.directoryId);
    if (user < 0) {
      if (person >= 0) work.lost.set(person, row);
      continue;
    }
    work.links[user] = row;
    if (person < 0) {
      if (!isOutsiderId(row.directoryId)) work.orphans.set(user, row);
      continue;
    }
    work.personOf[user] = person;
    work.userOf[person] = user;
  }
}

/** Addresses as chains of integers: lists of one for each of a million addresses would weigh more than the addresses. */
interface Addresses {
  /** The first person on each address. */
  readonly firstOn: ReadonlyMap<string, number>;
  /** All people on an address that is shared, under the first of them. */
  readonly sharers: ReadonlyMap<number, readonly number[]>;
}

function* peopleByEmail({ directory, aliases, emails }: Work): Generator<void, Addresses> {
  const isDue = breather(STRIDE);
  const firstOn = new Map<string, number>();
  const sharers = new Map<number, number[]>();
  for (let person = 0; person < emails.length; person++) {
    if (isDue()) yield;
    const email = normaliseEmail(directory.person(person).email, aliases);
    emails[person] = email;
    if (email === null) continue;
    const first = firstOn.get(email);
    if (first === undefined) firstOn.set(email, person);
    else sharers.set(first, [...(sharers.get(first) ?? [first]), person]);
  }
  return { firstOn, sharers };
}

/** Users on the address of a person: `first[person]`, then `next[user]`; -1 ends the chain. */
interface UserChains {
  readonly first: Int32Array;
  readonly next: Int32Array;
}

function* usersByPerson(
  { devin, directory, aliases }: Work,
  firstOn: ReadonlyMap<string, number>,
): Generator<void, UserChains> {
  const isDue = breather(STRIDE);
  const first = new Int32Array(directory.personCount).fill(-1);
  const next = new Int32Array(devin.userCount).fill(-1);
  for (let user = 0; user < devin.userCount; user++) {
    if (isDue()) yield;
    const email = normaliseEmail(devin.user(user).email, aliases);
    const person = email === null ? undefined : firstOn.get(email);
    if (person === undefined) continue;
    next[user] = first[person] as number;
    first[person] = user;
  }
  return { first, next };
}

function* joinByEmail(work: Work, { firstOn, sharers }: Addresses): Generator<void, void> {
  const chains = yield* usersByPerson(work, firstOn);
  const isDue = breather(STRIDE);
  for (const [email, person] of firstOn) {
    if (isDue()) yield;
    const people = sharers.get(person);
    if (people !== undefined) sharePeople(work, email, people, usersOn(work, chains, person));
    else if (chains.first[person] !== -1) claimUsers(work, email, person, usersOn(work, chains, person));
  }
}

/** By id, so that the order of pages decides nothing. */
function usersOn({ devin }: Work, { first, next }: UserChains, person: number): number[] {
  const users: number[] = [];
  for (let user = first[person] as number; user !== -1; user = next[user] as number) users.push(user);
  return users.sort((a, b) => (devin.user(a).id < devin.user(b).id ? -1 : 1));
}

/** The first unlinked user is the person's own; a user linked to somebody else keeps its link and blocks the newcomer. */
function claimUsers(work: Work, email: string, person: number, users: readonly number[]): void {
  const twins: number[] = [];
  for (const user of users) {
    const holder = work.links[user];
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
    if (work.links[user] === undefined) work.shared.set(user, people);
  }
}

function block(work: Work, collision: Collision): void {
  work.collisions.push(collision);
  for (const person of collision.people) work.blocked.set(person, collision.why);
}
