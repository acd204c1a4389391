/** A world as a sealed snapshot, and the rest that a later update needs to find the world again. */
import { DirectoryBuilder, type DirectorySnapshot, type SealOptions } from '../../core/model/directory.ts';
import { hasHidden, nestingOf } from './nesting.ts';
import type { EntraOptions } from './options.ts';
import { isGuest, personRecord } from './schema.ts';
import { type Chooser, chosenGroups, type World } from './world.ts';

export interface Projection {
  readonly world: World;
  readonly options: EntraOptions;
  readonly chooses: Chooser;
  readonly seesHidden: boolean;
  /** People assigned to the application by themselves; null where every user is a person. */
  readonly assigned: ReadonlySet<string> | null;
}

export function sealWorld(projection: Projection, seal: SealOptions): DirectorySnapshot {
  const builder = new DirectoryBuilder();
  addPeople(builder, projection);
  addGroups(builder, projection);
  builder.closeList('people');
  builder.closeList('groups');
  return builder.seal(seal);
}

/** Guests are no people unless configuration says so. */
export function isPerson({ world, options }: Pick<Projection, 'world' | 'options'>, id: string): boolean {
  const user = world.users.get(id);
  return user === undefined || options.guests === 'include' || !isGuest(user);
}

function addPeople(builder: DirectoryBuilder, projection: Projection): void {
  const { world, options } = projection;
  const scope = inScope(projection);
  for (const user of world.users.values())
    if (isPerson(projection, user.id) && (scope === null || scope.has(user.id)))
      builder.person(personRecord(user, options));
}

/** Whom the application lets in, assigned by themselves or by a group; null: everybody. */
export function inScope({ world, chooses, assigned }: Projection): ReadonlySet<string> | null {
  if (assigned === null) return null;
  const people = new Set(assigned);
  for (const { id } of chosenGroups(world, chooses))
    for (const person of world.members.get(id)?.people ?? []) people.add(person);
  return people;
}

function addGroups(builder: DirectoryBuilder, projection: Projection): void {
  const { world, chooses, seesHidden } = projection;
  // One that was deleted before its members were read is no group, nor anybody's child.
  const given = chosenGroups(world, chooses).filter(({ id }) => world.members.has(id));
  const ids = new Set(given.map(({ id }) => id));
  const nestings = given.map(({ id }) => nestingOf(world, id, (child) => ids.has(child)));
  for (const [index, { id, displayName }] of given.entries()) {
    const hidden = hasHidden(world, nestings[index] as (typeof nestings)[number], seesHidden);
    builder.group({ id, name: displayName, hidden });
  }
  for (const [index, { id }] of given.entries()) {
    const { people, children } = nestings[index] as (typeof nestings)[number];
    for (const person of people) if (isPerson(projection, person)) builder.member(id, person);
    for (const child of children) builder.child(id, child);
    builder.closeGroup(id);
  }
}
