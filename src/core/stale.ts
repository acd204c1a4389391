/** Residual access of people who left a group but have not signed in since: Devin still shows the old membership. */

import { placeRef } from './places.ts';
import { roleName, type Scene } from './scene.ts';
import { type Closure, isMember } from './want.ts';

export function staleMemberships(scene: Scene): void {
  const groups = groupsByName(scene);
  if (groups.size === 0) return;
  for (let user = 0; user < scene.devin.userCount; user++) {
    const person = scene.join.personOf[user] as number;
    if (person < 0 || scene.directory.person(person).status !== 'active') continue;
    for (const edge of scene.devin.derivedRoles(user)) {
      const name = scene.devin.groupName(edge.group);
      const closure = groups.get(name);
      if (closure === undefined || closure.some((group) => isMember(scene.directory.members(group), person)))
        continue;
      scene.out.residual.push({
        email: scene.join.emails[person] ?? scene.devin.user(user).id,
        devinId: scene.devin.user(user).id,
        group: name,
        org: placeRef(scene.atlas, edge.org)?.name ?? null,
        role: roleName(scene, edge.role),
        lever: 'left the group in the directory: ends at their next sign-in, or at once with SCIM',
      });
    }
  }
}

/** Nested groups of each `via: group` rule, by the name Devin knows. */
function groupsByName(scene: Scene): Map<string, readonly number[]> {
  const groups = new Map<string, readonly number[]>();
  for (const [index, { rule, group }] of scene.want.bindings.entries()) {
    if (rule.via !== 'group') continue;
    groups.set(scene.directory.group(group).name, (scene.want.closures[index] as Closure).groups);
  }
  return groups;
}
