/** Who is who in the SCIM service: the directory's id joins first, the address only who has no other id. */
import { normaliseEmail } from './identity.ts';
import type { ScimReading, ScimUser } from './model/scim.ts';
import type { Scene } from './scene.ts';

export interface ScimJoin {
  /** Users of each person; the one that is written to comes first. */
  readonly usersOf: ReadonlyMap<number, readonly number[]>;
  /** Person of each user, or -1. */
  readonly personOf: Int32Array;
  /** People with several users of whom none can be told to be theirs. */
  readonly unclear: ReadonlySet<number>;
  /** Id of a user → its index. */
  readonly userIndex: ReadonlyMap<string, number>;
}

/** @param isMarked whether the user of this directory id is one that was written by this daemon. */
export function joinScim(
  scene: Scene,
  { users }: ScimReading,
  isMarked: (directoryId: string) => boolean,
): ScimJoin {
  const byAddress = peopleByAddress(scene);
  const personOf = new Int32Array(users.length).fill(-1);
  const exact = new Map<number, number[]>();
  const byMail = new Map<number, number[]>();
  for (const [index, user] of users.entries()) {
    const known = user.externalId === null ? -1 : scene.directory.personIndex(user.externalId);
    if (known >= 0) put(exact, known, index);
    else {
      // An active user of somebody who is gone is still theirs, whoever has the address now.
      const isTaken = user.externalId !== null && user.active && isMarked(user.externalId);
      const people = isTaken ? [] : (byAddress.get(addressOf(scene, user) ?? '') ?? []);
      if (people.length === 1) put(byMail, people[0] as number, index);
    }
  }
  const unclear = new Set<number>();
  for (const [person, own] of exact) if (own.length > 1) unclear.add(person);
  for (const [person, own] of byMail) if (own.length > 1 && !exact.has(person)) unclear.add(person);
  const usersOf = new Map(byMail);
  for (const [person, own] of exact) usersOf.set(person, [...own, ...(byMail.get(person) ?? [])]);
  for (const [person, own] of usersOf) for (const user of own) personOf[user] = person;
  return { usersOf, personOf, unclear, userIndex: new Map(users.map(({ id }, index) => [id, index])) };
}

function put<Key>(lists: Map<Key, number[]>, key: Key, index: number): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [index]);
  else known.push(index);
}

/** Some services take any login as the user name, and keep the address beside it. */
function addressOf({ settings }: Scene, { userName, email }: ScimUser): string | null {
  return normaliseEmail(userName, settings.domainAliases) ?? normaliseEmail(email, settings.domainAliases);
}

function peopleByAddress({ join }: Scene): Map<string, number[]> {
  const people = new Map<string, number[]>();
  for (const [person, email] of join.emails.entries()) if (email !== null) put(people, email, person);
  return people;
}
