/** Whose roles a dump is about, and who is left out of it and why. */
import { isProtectedPerson, isProtectedUser, type Scene } from './scene.ts';

/** Place → role. */
export type Holding = ReadonlyMap<number, number>;

export interface Census {
  /** Active people of the directory with direct roles in Devin. */
  readonly holdings: ReadonlyMap<number, Holding>;
  /** Active people who would be invited, were a rule to reach them. */
  readonly empty: ReadonlySet<number>;
  /** Addresses, or ids where there is none. */
  readonly left: Readonly<Record<'unknown' | 'inactive' | 'ambiguous' | 'untouchable', readonly string[]>>;
}

export function censusOf(scene: Scene): Census {
  const holdings = new Map<number, Holding>();
  const left = {
    unknown: [] as string[],
    inactive: [] as string[],
    ambiguous: [] as string[],
    untouchable: [] as string[],
  };
  for (let user = 0; user < scene.devin.userCount; user++) {
    const holding = new Map(scene.devin.directRoles(user).map(({ org, role }) => [org, role]));
    if (holding.size === 0) continue;
    const person = scene.join.personOf[user] as number;
    const why = leftOut(scene, user, person);
    const { id, email } = scene.devin.user(user);
    if (why === null) holdings.set(person, holding);
    else left[why].push(email ?? id);
  }
  return { holdings, empty: newcomers(scene), left };
}

function leftOut(scene: Scene, user: number, person: number): keyof Census['left'] | null {
  const { join, directory } = scene;
  if (isProtectedUser(scene, user) || (person >= 0 && isProtectedPerson(scene, person))) return 'untouchable';
  if (person < 0) return join.shared.has(user) ? 'ambiguous' : 'unknown';
  if (join.blocked.has(person)) return 'ambiguous';
  return directory.person(person).status === 'active' ? null : 'inactive';
}

function newcomers(scene: Scene): Set<number> {
  const { directory, join } = scene;
  const found = new Set<number>();
  for (let person = 0; person < directory.personCount; person++) {
    const user = join.userOf[person] as number;
    const wouldCome = user < 0 || join.blocked.has(person);
    if (!wouldCome || directory.person(person).status !== 'active') continue;
    if (join.emails[person] !== null && !isProtectedPerson(scene, person)) found.add(person);
  }
  return found;
}
