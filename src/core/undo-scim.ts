/**
 * Takes back what was written through SCIM: users, groups and members that are still as they were left. The service is
 * never asked to delete anything, so who was made there is switched off, and a group stays.
 */
import type { Binding } from './bind.ts';
import { ENTERPRISE } from './model/devin.ts';
import { isScimKind, type ScimGroup, type ScimIds, type ScimReading, type ScimUser } from './model/scim.ts';
import type { WrittenChange } from './model/written.ts';
import { READY, type Scene } from './scene.ts';
import { emitMember, givesAdmin, placesOf, type ScimTeam } from './scim-desk.ts';
import { file, type Undo } from './undo.ts';
import { mayNotHave } from './undo-person.ts';
import { undoScimGroup } from './undo-scim-group.ts';
import { isShielded, membership, type ScimSlot, type ScimUndo, stays } from './undo-scim-slots.ts';
import { undoScimUser } from './undo-scim-user.ts';

export function undoScim(undo: Undo, all: readonly WrittenChange[]): void {
  const writes = all.filter(({ kind }) => isScimKind(kind));
  const { scim: reading } = undo.scene.devin.head;
  for (const [why, some] of Map.groupBy(writes, (write) => unreachable(reading, write)))
    if (why !== null) for (const label of new Set(some.map(labelOf))) stays(undo, label, why);
  if (reading === undefined) return;
  const known = Map.groupBy(
    writes.filter((write) => unreachable(reading, write) === null),
    slotOf,
  );
  const slots = [...known].map(([name, some]) => ({ name, slot: slotFrom(some) }));
  const members = slots.filter(({ slot }) => isMembership(slot.first));
  const desk: ScimUndo = {
    ...{ undo, scene: undo.scene, reading, switchedOn: new Set() },
    users: new Map(reading.users.map((user) => [user.id, user])),
    groups: new Map(reading.groups.map((group) => [group.id, group])),
    inside: new Map(reading.groups.map((group) => [group.id, new Set(group.members)])),
    leaves: new Set(members.filter(({ slot }) => !wasIn(slot)).map(({ name }) => name)),
  };
  for (const { slot } of slots) {
    if (isMembership(slot.first)) continue;
    if (slot.subject.type === 'group') undoScimGroup(desk, slot);
    else undoScimUser(desk, slot);
  }
  for (const { slot } of members) undoMember(desk, slot);
}

function labelOf({ subject }: WrittenChange): string {
  return subject.label;
}

/** Why nothing can be said of a write; null: it can. */
function unreachable(reading: ScimReading | undefined, { scim }: WrittenChange): string | null {
  if (scim === undefined) return 'it was journalled by an older version, without what taking it back needs';
  if (reading === undefined) return 'devin.scim is not configured any more';
  if (scim.url !== reading.url) return `it was written to ${scim.url}, and devin.scim names another service`;
  return null;
}

function slotOf({ kind, scim }: WrittenChange): string {
  const { user, group } = scim as ScimIds;
  return kind === 'scim-add-member' || kind === 'scim-remove-member'
    ? membership(group as string, user as string)
    : JSON.stringify(user === null ? { group } : { user });
}

function slotFrom(writes: readonly WrittenChange[]): ScimSlot {
  const [first] = writes as [WrittenChange];
  const last = writes.at(-1) as WrittenChange;
  return { subject: last.subject, ids: last.scim as ScimIds, first, last, writes };
}

function isMembership({ kind }: WrittenChange): boolean {
  return kind === 'scim-add-member' || kind === 'scim-remove-member';
}

function wasIn({ first }: ScimSlot): boolean {
  return first.kind === 'scim-remove-member';
}

function undoMember(desk: ScimUndo, slot: ScimSlot): void {
  const { undo, scene, reading } = desk;
  const { subject, ids, first, last, writes } = slot;
  const user = desk.users.get(ids.user as string);
  const there = desk.groups.get(ids.group as string);
  const before = wasIn(slot);
  const { id, name } = (first.before ?? first.after) as { id: string; name: string };
  const leave = (why: string) => stays(undo, subject.label, `group ${name}: ${why}`);
  if (user === undefined || there === undefined) {
    if (before) leave('the SCIM service has not both of them any more');
    return;
  }
  const team = teamOf(scene, id, there);
  const refusal = before ? mayNotBeIn(desk, slot, team, user) : null;
  if (desk.inside.get(there.id)?.has(user.id) === before) return;
  if (before === (last.kind === 'scim-add-member')) leave('it has been changed since');
  else if (isShielded(desk, subject, user)) leave('they are protected');
  else if (refusal !== null) leave(refusal);
  else {
    const kind = before ? 'scim-add-member' : 'scim-remove-member';
    const said = { cause: 'rollback', reason: `as it was before ${undo.what}`, verdict: READY } as const;
    const owner = before && last.cause === 'foreign' ? ({ owner: 'foreign' } as const) : {};
    emitMember({ scene, reading }, { kind, subject, team, user, ...said, ...owner });
    file(undo, writes);
  }
}

function teamOf(scene: Scene, id: string, there: ScimGroup): ScimTeam {
  const group = scene.directory.groupIndex(id);
  const giving = [...scene.want.bindings.keys()].filter((index) => {
    const binding = scene.want.bindings[index] as Binding;
    return binding.rule.via === 'scim' && binding.group === group;
  });
  const privileged = givesAdmin({ scene }, there.displayName, giving);
  return { id, group, name: there.displayName, giving, there, privileged };
}

/** Whom the directory has shut out, or a deny keeps out, is not put back. */
function mayNotBeIn(
  { scene, switchedOn }: ScimUndo,
  { subject, last }: ScimSlot,
  team: ScimTeam,
  user: ScimUser,
): string | null {
  for (const place of [ENTERPRISE, ...placesOf({ scene }, team)]) {
    const refusal = mayNotHave(scene, { subject }, last, place);
    if (refusal !== null) return refusal;
  }
  return user.active || switchedOn.has(user.id) ? null : 'their user there is switched off';
}
