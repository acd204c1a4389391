/** Groups that a pattern follows to a new name: the new mapping is approved, and until then the old one is remembered. */
import type { Binding, Moved } from './bind.ts';
import type { Verdict } from './model/change.ts';
import type { Memory } from './model/memory.ts';
import { heldBy, type Scene } from './scene.ts';
import { closureOf, groupPath } from './want.ts';

/** Held where a group gives this only since it got its name; null: it does not. */
export function underNewName(scene: Scene, binding: Binding): Verdict | null {
  if (binding.renamedFrom === undefined) return null;
  scene.out.renamed.add(nameOf(scene, binding.rule.name, binding.group));
  return heldBy('group-renamed');
}

/** Whoever loses a place because the name of their group is another has left nothing. What was seen; null: no such group. */
export function lostByRename(scene: Scene, person: number, place: number): string | null {
  for (const moved of scene.bindings.moved) {
    if (moved.place !== place) continue;
    if (groupPath(scene.directory, closureOf(scene.directory, moved.group), person) === null) continue;
    scene.out.renamed.add(nameOf(scene, moved.rule, moved.group));
    return `in group "${moved.to}", which was "${moved.from}" when rule "${moved.rule}" gave this`;
  }
  return null;
}

/** A new name counts from when nothing that it changes waits any more. */
export function bindingsAfter(scene: Scene): Memory['bindings'] {
  const { memory, moved } = scene.bindings;
  const settled = moved.filter(({ rule, group }) => !scene.out.renamed.has(nameOf(scene, rule, group)));
  if (settled.length === 0) return memory;
  const after = { ...memory };
  for (const one of settled) after[one.rule] = withName(scene, after[one.rule] as Names, one);
  return after;
}

type Names = Readonly<Record<string, string>>;

function withName({ directory }: Scene, names: Names, { group, to, matches }: Moved): Names {
  const { id } = directory.group(group);
  const { [id]: _old, ...others } = names;
  return matches ? { ...others, [id]: to } : others;
}

function nameOf({ directory }: Scene, rule: string, group: number): string {
  return JSON.stringify([rule, directory.group(group).id]);
}
