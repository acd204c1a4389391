/** A world as a sealed snapshot, and the rest that a later update needs to find the world again. */
import { DirectoryBuilder, type DirectorySnapshot, type SealOptions } from '../../core/model/directory.ts';
import { Breath } from './breath.ts';
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
  /** Guests who are no people; see `strangersOf`. */
  readonly strangers: ReadonlySet<string>;
}

/** Guests are no people unless configuration says so. */
export function strangersOf(world: World, options: EntraOptions): Set<string> {
  const strangers = new Set<string>();
  if (options.guests === 'include') return strangers;
  for (const user of world.users.values()) if (isGuest(user)) strangers.add(user.id);
  return strangers;
}

export async function sealWorld(projection: Projection, seal: SealOptions): Promise<DirectorySnapshot> {
  const builder = new DirectoryBuilder();
  const breath = new Breath();
  await addPeople(builder, projection, breath);
  await addGroups(builder, projection, breath);
  builder.closeList('people');
  builder.closeList('groups');
  await breath.pause();
  return builder.seal(seal);
}

async function addPeople(builder: DirectoryBuilder, projection: Projection, breath: Breath): Promise<void> {
  const { world, options, strangers } = projection;
  const scope = inScope(projection);
  for (const user of world.users.values()) {
    if (strangers.has(user.id) || scope?.has(user.id) === false) continue;
    builder.person(personRecord(user, options));
    if (breath.isDue()) await breath.pause();
  }
}

/** Whom the application lets in, assigned by themselves or by a group; null: everybody. */
export function inScope({ world, chooses, assigned }: Projection): ReadonlySet<string> | null {
  if (assigned === null) return null;
  const people = new Set(assigned);
  for (const { id } of chosenGroups(world, chooses))
    for (const person of world.members.get(id)?.people ?? []) people.add(person);
  return people;
}

async function addGroups(builder: DirectoryBuilder, projection: Projection, breath: Breath): Promise<void> {
  const { world, chooses, seesHidden, strangers } = projection;
  // One that was deleted before its members were read is no group, nor anybody's child.
  const given = chosenGroups(world, chooses).filter(({ id }) => world.members.has(id));
  const ids = new Set(given.map(({ id }) => id));
  const nestings = given.map((group) => ({
    group,
    nesting: nestingOf(world, group.id, (child) => ids.has(child)),
  }));
  for (const { group, nesting } of nestings)
    builder.group({ id: group.id, name: group.displayName, hidden: hasHidden(world, nesting, seesHidden) });
  for (const { group, nesting } of nestings) {
    for (const person of nesting.people) if (!strangers.has(person)) builder.member(group.id, person);
    for (const child of nesting.children) builder.child(group.id, child);
    builder.closeGroup(group.id);
    if (breath.isDue(nesting.people.length)) await breath.pause();
  }
}
