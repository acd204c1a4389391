/** A world as a sealed snapshot, and the rest that a later update needs to find the world again. */
import { DirectoryBuilder, type DirectorySnapshot, type SealOptions } from '../../core/model/directory.ts';
import { calmly } from '../../lib/calmly.ts';
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
  /** Numbers of guests who are no people; see `strangersOf`. */
  readonly strangers: ReadonlySet<number>;
}

/** Guests are no people unless configuration says so. */
export function strangersOf(world: World, options: EntraOptions): Set<number> {
  const strangers = new Set<number>();
  if (options.guests === 'include') return strangers;
  for (const [number, user] of world.users.entries()) if (isGuest(user)) strangers.add(number);
  return strangers;
}

export async function sealWorld(projection: Projection, seal: SealOptions): Promise<DirectorySnapshot> {
  const builder = new DirectoryBuilder();
  const breath = new Breath();
  const people = await addPeople(builder, projection, breath);
  await addGroups(builder, projection, people, breath);
  builder.closeList('people');
  builder.closeList('groups');
  await breath.pause();
  return calmly(builder.sealSteps(seal));
}

/** A number that the builder has not seen yet. */
const UNSEEN = -1;

/** The index in the snapshot of each numbered user. */
async function addPeople(
  builder: DirectoryBuilder,
  projection: Projection,
  breath: Breath,
): Promise<Int32Array> {
  const { world, options, strangers } = projection;
  const scope = inScope(projection);
  const indexes = new Int32Array(world.users.numbered).fill(UNSEEN);
  for (const [number, user] of world.users.entries()) {
    if (strangers.has(number) || scope?.has(number) === false) continue;
    indexes[number] = builder.person(personRecord(user, options));
    if (breath.isDue()) await breath.pause();
  }
  return indexes;
}

/** Numbers of those whom the application lets in, assigned by themselves or by a group; null: everybody. */
export function inScope({ world, chooses, assigned }: Projection): ReadonlySet<number> | null {
  if (assigned === null) return null;
  const people = new Set(Array.from(assigned, (id) => world.users.number(id)));
  for (const { id } of chosenGroups(world, chooses))
    for (const person of world.members.get(id)?.people ?? []) people.add(person);
  return people;
}

async function addGroups(
  builder: DirectoryBuilder,
  projection: Projection,
  indexes: Int32Array,
  breath: Breath,
): Promise<void> {
  const { world, chooses, seesHidden, strangers } = projection;
  // One that was deleted before its members were read is no group, nor anybody's child.
  const given = chosenGroups(world, chooses).filter(({ id }) => world.members.has(id));
  const ids = new Set(given.map(({ id }) => id));
  const nestings = given.map(({ id, displayName: name }) => {
    const nesting = nestingOf(world, id, (child) => ids.has(child));
    const index = builder.group({ id, name, hidden: hasHidden(world, nesting, seesHidden) });
    return { id, index, nesting };
  });
  for (const { id, index, nesting } of nestings) {
    for (const person of nesting.people) {
      if (strangers.has(person)) continue;
      if (indexes[person] === UNSEEN) indexes[person] = builder.named(world.users.id(person));
      builder.memberAt(index, indexes[person] as number);
    }
    for (const child of nesting.children) builder.child(id, child);
    builder.closeGroup(id);
    if (breath.isDue(nesting.people.length)) await breath.pause();
  }
}
