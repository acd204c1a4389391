/** Takes back the name of a group of the SCIM service, where nobody loses a role by it. */
import { ENTERPRISE } from './model/devin.ts';
import { type ScimBody, type ScimGroup, scimBodyOf, scimCode } from './model/scim.ts';
import { emitRef, READY, type Scene } from './scene.ts';
import { file } from './undo.ts';
import { keptForever, type ScimSlot, type ScimUndo, stays } from './undo-scim-slots.ts';

export function undoScimGroup({ undo, scene, reading, groups }: ScimUndo, slot: ScimSlot): void {
  const { subject, ids, first, last, writes } = slot;
  const there = groups.get(ids.group as string);
  const leave = (why: string) => stays(undo, subject.label, why);
  if (there === undefined) {
    if (first.before !== null) leave('the SCIM service has no such group any more');
    return;
  }
  if (first.before === null) {
    keptForever(undo, subject.label, `group ${there.displayName} was made there, and stays`);
    return;
  }
  const before = named(first.before.id);
  const after = named(last.after?.id);
  if (before.externalId === undefined) leave('it stays bound to the group of the directory, by its id');
  if (before.displayName === after.displayName || there.displayName === before.displayName) return;
  if (there.displayName !== after.displayName) leave('its name has been changed since');
  else if (losesRoles(scene, there, before.displayName))
    leave(`${before.displayName} has no role in Devin any more, and its members would lose theirs`);
  else {
    const name = before.displayName;
    const bound: ScimBody = there.externalId === null ? {} : { externalId: there.externalId };
    emitRef(
      scene,
      {
        kind: 'scim-update-group',
        // Under that name the roles of the group are looked for, which must be given first.
        subject: { ...subject, devinId: name, label: name },
        place: ENTERPRISE,
        before: { id: scimCode({ ...bound, displayName: there.displayName }), name: there.displayName },
        after: { id: scimCode({ ...bound, displayName: name }), name },
        cause: 'rollback',
        reason: `as it was before ${undo.what}`,
        people: 0,
        verdict: READY,
        scim: { url: reading.url, user: null, group: there.id },
      },
      false,
    );
    file(undo, writes);
  }
}

function named(code: string | null | undefined): ScimBody & { readonly displayName: string } {
  return scimBodyOf(code as string) as ScimBody & { readonly displayName: string };
}

/** Members have what Devin gives to the name of their group. */
function losesRoles({ devin, out }: Scene, { displayName }: ScimGroup, name: string): boolean {
  const rolesOf = (group: string) => devin.groupRoles(devin.groupIndex(group)).length;
  if (rolesOf(displayName) === 0 || rolesOf(name) > 0) return false;
  return !out.changes.some(({ subject, after }) => subject.label === name && after !== null);
}
