/** Takes back what was written about a registered group, as far as Devin allows: it empties a group from below. */
import { peopleOfGroup } from './census-of-groups.ts';
import type { Subject } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import { READY, type Scene } from './scene.ts';
import { draftOf, inWords, type Judged, leave, placeOf, roleOf, settle, type Undo } from './undo.ts';
import type { Holder, Slot } from './undo-slots.ts';

export function undoGroup(undo: Undo, holder: Holder): void {
  const { scene } = undo;
  const { label } = holder.subject;
  const group = scene.devin.groupIndex(label);
  const registered = group >= 0 && scene.devin.isRegistered(group);
  const subject: Subject = { ...holder.subject, devinId: label };
  const people = peopleOf(scene, subject);
  if (!registered && holder.registered !== false) {
    if ([...holder.slots.values()].some(({ before }) => before !== null))
      leave(undo, holder, 'the group is not registered any more');
    return;
  }
  const roles = new Map(
    scene.devin
      .groupRoles(group)
      .map(({ org, role }) => [placeName(scene, org), scene.atlas.roles[role]?.id]),
  );
  if (!registered) registration(undo, holder, subject, people);
  const empties = holder.registered === true && isOnlyOurs(holder, roles);
  const orgStays = [...roles].some(([place, role]) => place !== '' && !goes(holder, place, role));
  for (const [place, slot] of holder.slots) {
    if (place === '' && slot.before === null && orgStays)
      leave(undo, holder, 'the group has other roles since, which need its enterprise role', slot);
    else settle(undo, holder, slot, judge(scene, { slot, subject, have: roles.get(place) ?? null, people }));
  }
  if (empties) registration(undo, holder, subject, people);
  else if (holder.registered === true && registered)
    leave(undo, holder, 'the group has other roles since, so it stays registered');
}

function placeName(scene: Scene, org: number): string {
  return org === ENTERPRISE ? '' : (scene.atlas.places[org]?.id as string);
}

function goes({ slots }: Holder, place: string, role: string | undefined): boolean {
  const slot = slots.get(place);
  return slot !== undefined && slot.before === null && slot.after?.id === role;
}

function isOnlyOurs(holder: Holder, roles: ReadonlyMap<string, string | undefined>): boolean {
  return [...roles].every(([place, role]) => goes(holder, place, role));
}

/** Of an unregistered group the names are registered again; of a registered one they go. */
function registration(undo: Undo, holder: Holder, subject: Subject, people: number): void {
  const kind = holder.registered === true ? 'unregister-group' : 'register-group';
  const slot: Slot = { org: null, before: null, after: null, cause: 'rule', writes: holder.registrations };
  draftOf(undo, slot, { kind, subject, place: ENTERPRISE, before: -1, after: -1, people, verdict: READY });
}

interface GroupSlot {
  readonly slot: Slot;
  readonly subject: Subject;
  /** Id of the role it has there. */
  readonly have: string | null;
  readonly people: number;
}

function judge(scene: Scene, { slot, subject, have, people }: GroupSlot): Judged {
  const place = placeOf(scene, slot.org);
  const after = roleOf(scene, slot.before);
  if (place === null || (slot.before !== null && after < 0))
    return `${inWords(slot)} does not exist any more`;
  if (have === (slot.before?.id ?? null)) return null;
  if (have !== (slot.after?.id ?? null)) return `${inWords(slot)} has been changed since`;
  const before = have === null ? -1 : scene.atlas.roles.findIndex(({ id }) => id === have);
  const kind = kindOf(place, have, slot.before);
  return { kind, subject, place, before, after, people, verdict: READY };
}

function kindOf(place: number, have: string | null, before: unknown) {
  const top = place === ENTERPRISE;
  if (before === null) return top ? 'take-group-role' : 'remove-group-from-org';
  if (have === null) return top ? 'give-group-role' : 'add-group-to-org';
  return top ? 'change-group-role' : 'change-group-org-role';
}

/** At least one: a group nobody is in yet may be signed in to at any time. */
function peopleOf(scene: Scene, { directoryId }: Subject): number {
  const known = directoryId !== null && scene.directory.groupIndex(directoryId) >= 0;
  return known ? peopleOfGroup(scene, directoryId as string) : 1;
}
