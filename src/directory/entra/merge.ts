/** Changes put into a world. What they do not settle is returned, to be asked for by id. */
import { type Changes, contradicts, type GroupChange, type UserChange } from './changes.ts';
import type { GraphUser } from './schema.ts';
import type { World } from './world.ts';

/** Something that changes cannot tell: only a whole reading can. */
export class DoubtError extends Error {}

export interface Merge {
  readonly world: World;
  readonly changes: Changes;
  /** Deleted since the last full reading; grows. */
  readonly removed: Set<string>;
  /** Epoch ms of the full reading: an older user that was not known then was deleted and is back. */
  readonly fullAt: number;
  /** Every user is known, not only those in the scope of an application. */
  readonly everybody: boolean;
  /** Whether a group may be chosen by what is known of it now. */
  readonly mayChoose: (fields: GroupChange['fields']) => boolean;
}

export interface Unsettled {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Users that joined groups that were read. */
  readonly joined: readonly string[];
}

const USER = '#microsoft.graph.user';

/** @throws DoubtError when somebody is back: their memberships come back without a word. */
export function merge(parts: Merge): Unsettled {
  const users: string[] = [];
  const gone = new Set<string>();
  for (const [id, change] of parts.changes.users) {
    if (change.unclear) users.push(id);
    else if (change.removed) gone.add(id);
    else if (!mergeUser(parts, id, change)) users.push(id);
  }
  dropUsers(parts, gone);
  const groups: string[] = [];
  const joined = new Set<string>();
  for (const [id, change] of parts.changes.groups) {
    if (!mergeGroup(parts, id, change)) groups.push(id);
    if (!parts.world.members.has(id)) continue;
    for (const [member, type] of change.joined) {
      if (type !== USER) continue;
      // An old change may name somebody who has been deleted since.
      if (parts.removed.has(member)) users.push(member);
      else joined.add(member);
    }
  }
  return { users, groups, joined: [...joined] };
}

/** Users that Graph says are gone, with every edge: changes of groups do not always tell. */
export function dropUsers(
  { world, removed }: Pick<Merge, 'world' | 'removed'>,
  gone: ReadonlySet<string>,
): void {
  if (gone.size === 0) return;
  const numbers = new Set<number>();
  for (const id of gone) {
    numbers.add(world.users.number(id));
    world.users.delete(id);
    removed.add(id);
  }
  for (const [id, { people, groups }] of world.members) {
    const left = people.filter((person) => !numbers.has(person));
    if (left.length < people.length) world.members.set(id, { people: left, groups });
  }
}

/** False when too little is known of them. */
function mergeUser(parts: Merge, id: string, change: UserChange): boolean {
  const known = parts.world.users.get(id);
  if (known !== undefined) {
    parts.world.users.set({ ...known, ...change.fields });
    return true;
  }
  refuseReturn(parts, id);
  // Of people outside the application's scope nothing is kept.
  if (!parts.everybody) return true;
  const created = Date.parse(change.created ?? '');
  if (Number.isNaN(created)) return false;
  if (created < parts.fullAt) throw new DoubtError(`user ${id} is back, or was never listed`);
  if (change.fields.accountEnabled === undefined) return false;
  parts.world.users.set({ id, ...change.fields } as GraphUser);
  return true;
}

/** False when it has to be asked for by id. */
function mergeGroup(parts: Merge, id: string, change: GroupChange): boolean {
  const { world } = parts;
  const known = world.groups.get(id);
  if (change.unclear) return forget(world, id);
  if (change.removed) {
    world.groups.set(id, null);
    world.members.delete(id);
    parts.removed.add(id);
    return true;
  }
  if (!known) {
    refuseReturn(parts, id);
    return !parts.mayChoose(change.fields);
  }
  world.groups.set(id, { ...known, ...change.fields });
  if (contradicts(change)) return forget(world, id);
  mergeMembers(parts, id, change);
  return true;
}

function refuseReturn({ removed }: Merge, id: string): void {
  if (removed.has(id)) throw new DoubtError(`${id} was deleted and is back`);
}

function forget(world: World, id: string): false {
  world.groups.delete(id);
  world.members.delete(id);
  return false;
}

function mergeMembers(parts: Merge, id: string, { joined, left }: GroupChange): void {
  const { world, everybody } = parts;
  const own = world.members.get(id);
  if (own === undefined || (joined.size === 0 && left.size === 0)) return;
  const people = new Set(own.people);
  const groups = new Set(own.groups);
  for (const member of left) {
    people.delete(world.users.number(member));
    groups.delete(member);
  }
  for (const [member, type] of joined) {
    if (type === USER) people.add(world.users.number(member));
    // An application lets nobody in through a group inside an assigned one.
    else if (type === '#microsoft.graph.group') {
      if (everybody) groups.add(member);
    } else if (!isNobody(type)) throw new DoubtError(`member ${member} of ${id} is of the type ${type}`);
  }
  world.members.set(id, { people: Int32Array.from(people), groups: [...groups] });
}

function isNobody(type: string | undefined): boolean {
  return /^#microsoft\.graph\.(device|orgContact|servicePrincipal|application)$/.test(type ?? '');
}
