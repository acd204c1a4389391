/** How a dump names things: by name where that is clear and can be written, else by id. */
import type { GroupMatch } from './model/settings.ts';
import { findPlace, findRole, type Place, type RankedRole } from './places.ts';
import type { Scene } from './scene.ts';

export interface Names {
  group(group: number): Exclude<GroupMatch, { by: 'pattern' }>;
  place(place: number): string;
  role(role: number): string;
}

/** Blanks around a name are seen by nobody, and braces would be a template. */
function canBeWritten(name: string): boolean {
  return /^\S(?:.*\S)?$/.test(name) && !/\{\w+\}/.test(name);
}

export function dumpNames({ directory, atlas }: Scene): Names {
  const count = new Map<string, number>();
  for (let group = 0; group < directory.groupCount; group++) {
    const { name } = directory.group(group);
    count.set(name, (count.get(name) ?? 0) + 1);
  }
  return {
    group: (group) => {
      const { id, name } = directory.group(group);
      return count.get(name) === 1 && canBeWritten(name) ? { by: 'name', name } : { by: 'id', id };
    },
    place: (place) => {
      const { id, name } = atlas.places[place] as Place;
      return canBeWritten(name) && findPlace(atlas.places, name) === place ? name : (id as string);
    },
    role: (role) => {
      const { id, name, scope } = atlas.roles[role] as RankedRole;
      return canBeWritten(name) && findRole(atlas.roles, name, scope) === role ? name : id;
    },
  };
}
