import type { Scene } from './scene.ts';
import { closureOf, peopleIn } from './want.ts';

/** How many people a directory group reaches now. */
export function peopleOfGroup({ directory }: Pick<Scene, 'directory'>, id: string): number {
  return peopleIn(directory, closureOf(directory, directory.groupIndex(id))).length;
}
