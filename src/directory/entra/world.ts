/**
 * The directory in Graph's own terms: users as they are, groups by id, direct memberships. Full readings and
 * updates fill the same world and are sealed from it in the same way, so that both give the same snapshot.
 */
import type { GraphGroup } from './schema.ts';
import { Users } from './users.ts';

/** Direct members of a group that was read to its end. */
export interface Membership {
  /** Numbers of `World.users`. */
  readonly people: Int32Array;
  readonly groups: readonly string[];
}

export interface World {
  readonly users: Users;
  /** Every group whose name is known; null: Graph says that there is none. */
  readonly groups: Map<string, GraphGroup | null>;
  readonly members: Map<string, Membership>;
}

export function emptyWorld(): World {
  return { users: new Users(), groups: new Map(), members: new Map() };
}

/** Which groups rules may see: chosen by name, or assigned to the application. */
export type Chooser = (group: GraphGroup) => boolean;

export function chosenGroups(world: World, chooses: Chooser): GraphGroup[] {
  return [...world.groups.values()].filter((group) => group !== null && chooses(group)) as GraphGroup[];
}

/**
 * Takes out edges to groups that do not exist, and what was read of groups that no chosen group contains: both
 * would be carried from update to update for nothing.
 */
export function tidy(world: World, chooses: Chooser): void {
  const reached = new Set(chosenGroups(world, chooses).map(({ id }) => id));
  for (const id of reached) {
    const members = world.members.get(id);
    if (members === undefined) continue;
    const groups = members.groups.filter((child) => world.members.has(child));
    if (groups.length < members.groups.length) world.members.set(id, { people: members.people, groups });
    for (const child of groups) reached.add(child);
  }
  for (const id of world.members.keys()) if (!reached.has(id)) world.members.delete(id);
}
