/** Takes back what was written about one person: access that is still as it was left, and nothing else. */
import { orgRoles } from './leavers.ts';
import type { NamedRef, Subject } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import { denyWords } from './personal.ts';
import { isProtectedUser, READY, type Scene } from './scene.ts';
import { draftOf, inWords, type Judged, leave, lost, placeOf, roleOf, settle, type Undo } from './undo.ts';
import type { Holder, Slot } from './undo-slots.ts';

export function undoPerson(undo: Undo, holder: Holder): void {
  const { scene } = undo;
  const user = userOf(undo, holder);
  const { subject } = holder;
  if (isProtected(scene, subject, user)) leave(undo, holder, 'they are protected');
  else if (user >= 0) undoUser(undo, holder, user);
  else if (wasRemoved(holder)) inviteAgain(undo, holder);
  // What was given is gone with them; what was there before cannot be given to nobody.
  else if ([...holder.slots.values()].some(({ before }) => before !== null))
    leave(undo, holder, `Devin has no user ${subject.devinId} any more`);
}

function undoUser(undo: Undo, holder: Holder, user: number): void {
  const { scene } = undo;
  const subject: Subject = { ...holder.subject, devinId: scene.devin.user(user).id };
  const top = holder.slots.get('');
  const isInvited = top !== undefined && top.before === null && top.after !== null;
  if (scene.devin.directCount(user) === 0)
    leave(undo, holder, 'they are in Devin only through an IdP group now');
  else if (isInvited && takesAll(scene, holder, user)) removeAgain(undo, holder, subject, user);
  else
    for (const slot of holder.slots.values())
      settle(undo, holder, slot, judge(scene, { holder, slot, subject, user }));
}

/** The user that was written to; whoever was removed may be back with another id. */
function userOf({ scene, userByEmail }: Undo, holder: Holder): number {
  const { devinId, directoryId, label } = holder.subject;
  const same = devinId === null ? -1 : scene.devin.userIndex(devinId);
  if (same >= 0 || !wasRemoved(holder)) return same;
  const person = directoryId === null ? -1 : scene.directory.personIndex(directoryId);
  const joined = person < 0 ? -1 : (scene.join.userOf[person] as number);
  return joined >= 0 ? joined : userByEmail(label);
}

function wasRemoved({ slots }: Holder): boolean {
  const top = slots.get('');
  return top !== undefined && top.after === null;
}

function isProtected(scene: Scene, { label }: Subject, user: number): boolean {
  return user < 0 ? scene.protects(label) : isProtectedUser(scene, user);
}

function inviteAgain(undo: Undo, holder: Holder): void {
  const why = notAgain(undo, holder);
  if (why !== null) leave(undo, holder, why);
  else {
    const { label, devinId } = holder.subject;
    undo.invited.add(label);
    for (const slot of holder.slots.values()) settle(undo, holder, slot, given(undo.scene, holder, slot));
    lost(
      undo,
      label,
      `${label} is invited again: a new mail, and a new Devin user; the sessions and settings of ${devinId} do not come back`,
    );
  }
}

function given(scene: Scene, holder: Holder, slot: Slot): Judged {
  if (slot.before === null) return null;
  const place = placeOf(scene, slot.org);
  const after = roleOf(scene, slot.before);
  if (place === null || after < 0) return `${inWords(slot)} does not exist any more`;
  const refusal = mayNotHave(scene, holder, slot, place);
  if (refusal !== null) return refusal;
  const { subject } = holder;
  const kind = place === ENTERPRISE ? 'invite' : 'add-to-org';
  return { kind, subject: { ...subject, devinId: null }, place, before: -1, after, verdict: READY };
}

/** Why nobody may be invited again; null: they may. */
function notAgain({ scene, invited }: Undo, holder: Holder): string | null {
  const top = holder.slots.get('') as Slot;
  if (top.before === null)
    return 'they had no role in the enterprise, so nobody can say as what to invite them';
  const { label } = holder.subject;
  const refusal = mayNotHave(scene, holder, top, ENTERPRISE);
  if (refusal !== null) return refusal;
  if (!label.includes('@')) return 'there is no address to invite';
  if (invited.has(label)) return `${label} had several Devin users, and only one can be invited`;
  return roleOf(scene, top.before) < 0 ? `${inWords(top)} does not exist any more` : null;
}

/** Whom the directory has shut out gets nothing back, whoever asks. */
export function mayNotHave(
  scene: Scene,
  { subject }: Pick<Holder, 'subject'>,
  { cause }: Pick<Slot, 'cause'>,
  place: number,
): string | null {
  const { directoryId } = subject;
  const person = directoryId === null ? -1 : scene.directory.personIndex(directoryId);
  const lines = scene.personal.outside.get(subject.label)?.denied;
  const denial = person < 0 ? (lines?.get(null) ?? lines?.get(place)) : scene.want.denial(person, place);
  if (denial !== undefined) return denyWords(denial);
  const status = person < 0 ? null : scene.directory.person(person).status;
  if (status === 'deactivated' || status === 'suspended')
    return `they are ${status} in the directory: reactivate them there, and the next run gives it back`;
  if (cause === 'deactivated' && status !== 'active')
    return 'they were removed as deactivated, and the directory does not list them as active';
  return null;
}

/** True where the invitation can be taken back: nothing else has been given since. */
function takesAll(scene: Scene, { slots }: Holder, user: number): boolean {
  return scene.devin.directRoles(user).every(({ org, role }) => {
    const slot = slots.get(org === ENTERPRISE ? '' : (scene.atlas.places[org]?.id as string));
    return slot !== undefined && slot.before === null && slot.after?.id === scene.atlas.roles[role]?.id;
  });
}

function removeAgain(undo: Undo, holder: Holder, subject: Subject, user: number): void {
  const { scene } = undo;
  const slot = holder.slots.get('') as Slot;
  draftOf(undo, slot, {
    kind: 'remove-user',
    subject,
    place: ENTERPRISE,
    before: scene.devin.directRole(user, ENTERPRISE),
    after: -1,
    loses: orgRoles(scene, user),
    verdict: READY,
  });
  for (const one of holder.slots.values()) if (one !== slot) undo.holds.push(...one.writes);
  lost(
    undo,
    subject.label,
    `${subject.label} was invited by mail: that cannot be called back, and the sessions they began are lost`,
  );
}

interface UserSlot {
  readonly holder: Holder;
  readonly slot: Slot;
  readonly subject: Subject;
  readonly user: number;
}

function judge(scene: Scene, { holder, slot, subject, user }: UserSlot): Judged {
  const place = placeOf(scene, slot.org);
  if (place === null) return `${inWords(slot)} does not exist any more`;
  const have = scene.devin.directRole(user, place);
  const haveId = scene.atlas.roles[have]?.id ?? null;
  if (haveId === (slot.before?.id ?? null)) return null;
  // What a removal took with it is as it was left when the person is back without it.
  if (haveId !== (slot.after?.id ?? null)) return `${inWords(slot)} has been changed since`;
  if (slot.before === null && place === ENTERPRISE)
    return 'they have been given other access since they were invited';
  const after = roleOf(scene, slot.before);
  if (slot.before !== null && after < 0) return `the role ${slot.before.name} does not exist any more`;
  const refusal = slot.before === null ? null : mayNotHave(scene, holder, slot, place);
  if (refusal !== null) return refusal;
  return { kind: kindOf(place, have, slot.before), subject, place, before: have, after, verdict: READY };
}

function kindOf(place: number, have: number, before: NamedRef | null) {
  if (place === ENTERPRISE) return 'set-enterprise-role';
  if (before === null) return 'remove-from-org';
  return have < 0 ? 'add-to-org' : 'change-org-role';
}
