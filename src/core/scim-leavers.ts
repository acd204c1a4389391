/** Users of the SCIM service who are to be switched off, each with its cause and proof; they are never deleted there. */
import { dueVerdict, outsideOf } from './leavers.ts';
import type { Subject } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { ScimUser } from './model/scim.ts';
import { absence, absentStatus, type Confirmation, type Proof, statusProof } from './proof.ts';
import { isProtectedPerson, note, READY } from './scene.ts';
import { emitMember, emitUser, idOf, markOf, type ScimDesk, subjectOf } from './scim-desk.ts';
import { markKey } from './scim-ledger.ts';

export function scimLeavers(desk: ScimDesk): void {
  let strangers = 0;
  for (const [index, user] of desk.reading.users.entries()) {
    const person = desk.join.personOf[index] as number;
    if (person >= 0) judgePerson(desk, person, user);
    else if (user.externalId !== null && markOf(desk, user.externalId, '') !== undefined)
      judgeAbsent(desk, user, user.externalId);
    else strangers++;
  }
  if (strangers === 0) return;
  const message = `${strangers} users of the SCIM service stand for nobody in the directory: they are left alone`;
  note(desk.scene, 'foreign', 'the SCIM service', message);
}

function judgePerson(desk: ScimDesk, person: number, user: ScimUser): void {
  const { scene } = desk;
  const { status, id } = scene.directory.person(person);
  if (isProtectedPerson(scene, person) || scene.protects(user.userName)) return;
  const asked = { kind: 'scim-deactivate-user', place: ENTERPRISE } as const;
  const ours = markOf(desk, id, '') !== undefined;
  if (status === 'deactivated') {
    if (!user.active && !desk.memberOf.has(user.id)) return;
    const proof = statusProof(scene, asked, id, 'deactivated');
    switchOff(desk, subjectOf(desk, person), user, proof);
    loseGroups(desk, subjectOf(desk, person), user, proof);
  } else if (status === 'suspended') {
    if (user.active && (ours || scene.settings.foreign === 'remove'))
      switchOff(desk, subjectOf(desk, person), user, statusProof(scene, asked, id, 'suspended'));
  } else if (status === 'active' && ours && user.active && isOutOfScope(desk, person, user))
    fadeOut(desk, subjectOf(desk, person), user, { seen: outsideOf(scene, person), ...ONLY_LISTED });
}

/** No rule gives anything, through SCIM or directly, and every membership that was ours is gone. */
function isOutOfScope(desk: ScimDesk, person: number, user: ScimUser): boolean {
  const { scene, wanted, memberOf, leftAlone, loose } = desk;
  const { frozenRules, orphaned } = scene.bindings;
  if (frozenRules.size + orphaned.size + leftAlone.size > 0) return false;
  if (wanted.has(person) || memberOf.has(user.id) || loose.has(idOf(desk, person))) return false;
  return scene.want.of(person).length === 0;
}

interface Absent {
  readonly cause: 'out-of-scope' | 'vanished';
  readonly seen: string;
  readonly confirmation: Confirmation;
}

/** Switched off once the absence is proven and its time is over: the two steps of the REST side are one here. */
function fadeOut(
  desk: ScimDesk,
  subject: Subject,
  user: ScimUser,
  { cause, seen, confirmation }: Absent,
): void {
  const gone = absence(desk.scene, `scim:${subject.directoryId}`, cause, confirmation);
  const proof: Proof = { cause, seen, verdict: dueVerdict(desk.scene, gone) };
  switchOff(desk, subject, user, proof);
  loseGroups(desk, subject, user, proof);
}

/** A reading built from changes repeats old rows; nothing was asked that would prove this. */
const ONLY_LISTED = { cause: 'out-of-scope', confirmation: { urgent: false, given: () => false } } as const;
/** The directory has said in this run that it knows no such id. */
const GONE_BY_ID: Absent = {
  cause: 'vanished',
  seen: 'unknown to the directory, also by id',
  confirmation: { urgent: true, given: () => true },
};

/** Made here for somebody whom the directory does not list any more. */
function judgeAbsent(desk: ScimDesk, user: ScimUser, directoryId: string): void {
  const { scene } = desk;
  if (scene.protects(user.userName)) return;
  if (!user.active && !desk.memberOf.has(user.id)) {
    scene.out.unmarked.add(markKey({ person: directoryId, group: '' }));
    return;
  }
  const subject: Subject = { type: 'person', directoryId, devinId: null, label: user.userName };
  const answer = absentStatus(scene, directoryId);
  if (answer === 'gone') fadeOut(desk, subject, user, GONE_BY_ID);
  else if (answer === 'deactivated') {
    const proof: Proof = {
      cause: 'deactivated',
      seen: 'missing from the directory list, deactivated by id',
      verdict: READY,
    };
    switchOff(desk, subject, user, proof);
    loseGroups(desk, subject, user, proof);
  }
}

function switchOff(desk: ScimDesk, subject: Subject, user: ScimUser, { cause, seen, verdict }: Proof): void {
  if (!user.active) return;
  emitUser(desk, { kind: 'scim-deactivate-user', subject, user, body: null, cause, reason: seen, verdict });
}

/** A user that is switched off keeps no membership, or would have it again one day before anybody looked. */
function loseGroups(desk: ScimDesk, subject: Subject, user: ScimUser, { cause, seen, verdict }: Proof): void {
  for (const team of desk.memberOf.get(user.id) ?? []) {
    if (desk.leftAlone.has(team.id)) continue;
    emitMember(desk, { kind: 'scim-remove-member', subject, team, user, cause, reason: seen, verdict });
  }
}
