/**
 * A group that was not chosen but is nested in a chosen one is read as well, and its people count as direct
 * members of the chosen one: leaving them out would make the company smaller than it is.
 */
import { hidesMembers } from './schema.ts';
import type { World } from './world.ts';

export interface Nesting {
  /** With those of nested groups that were not chosen. */
  readonly people: Int32Array;
  /** Chosen groups directly below, or below groups that were not chosen. */
  readonly children: readonly string[];
  /** This group and those whose people count as its own. */
  readonly merged: readonly string[];
}

/** @param isChild chosen, and still there. */
export function nestingOf(world: World, id: string, isChild: (id: string) => boolean): Nesting {
  const own = world.members.get(id);
  if (own === undefined) return { people: new Int32Array(0), children: [], merged: [id] };
  if (own.groups.length === 0) return { people: own.people, children: [], merged: [id] };
  const people = [own.people];
  const children: string[] = [];
  const merged = [id];
  const seen = new Set([id]);
  const open = [...own.groups];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (seen.has(child)) continue;
    seen.add(child);
    const nested = world.members.get(child);
    if (isChild(child)) children.push(child);
    else if (nested !== undefined) {
      merged.push(child);
      people.push(nested.people);
      open.push(...nested.groups);
    }
  }
  return { people: joined(people), children, merged };
}

function joined(rows: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

/** Whether members of any group that counts here may be hidden from us. */
export function hasHidden(world: World, { merged }: Nesting, seesHidden: boolean): boolean {
  if (seesHidden) return false;
  return merged.some((id) => {
    const group = world.groups.get(id);
    return group !== null && group !== undefined && hidesMembers(group);
  });
}
